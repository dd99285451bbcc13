"""A day ends, a login dies, a broker corrects itself: no order stays open for ever, and nothing is ended by a guess."""

import asyncio
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from tests.faults.stage import MONDAY, Stage, states
from tests.faults.test_baskets import reported
from tests.support.processes import ran
from torana.connectors.contract import Reason, Variety
from torana.flows.securities import order_batches
from torana.kit.errors import ToranaError
from torana.orders import decide
from torana.orders.invariants import violations
from torana.orders.models import Batch
from torana.orders.states import AttentionKind, BatchStatus, OrderState
from torana.orders.store import in_attention


async def set_to(stage: Stage, wall: str, *, days: int = 0) -> None:
    """It becomes this time in India, so many days after a Monday without a holiday around it, for everybody."""
    hour, minute = (int(part) for part in wall.split(":"))
    then = MONDAY.replace(hour=hour, minute=minute) + timedelta(days=days)
    stage.advance((then - stage.services.clock.now()).total_seconds())
    await stage.tell("POST", "/sandbox/clock", {"now": then.isoformat()})


def calls(kind: AttentionKind, batch: Batch) -> bool:
    return all(order.attention is kind for order in batch.orders if order.final_at is None)


def counted(stage: Stage, kind: AttentionKind) -> float:
    labels = {"broker": stage.broker, "kind": kind.value}
    return REGISTRY.get_sample_value("torana_orders_attention_total", labels) or 0.0


@pytest.mark.parametrize("postback", [True, False], ids=["with a postback", "without"])
async def test_a_correction_after_the_end_is_found_and_told(stage: Stage, *, postback: bool) -> None:
    """B05: cancelled by the exchange, then filled."""
    session = await stage.log_in()

    async with stage.worker_here():
        transaction_id = await stage.buy(session, ("TCS", 123))
        batch = await stage.ended(transaction_id)
        assert states(batch) == [OrderState.CANCELLED]
        if postback:
            stage.advance(6)  # the exchange has corrected it, and no look is due for most of a minute
            await reported(stage)
        corrected = await stage.until(
            transaction_id, lambda batch: states(batch) == [OrderState.COMPLETE], step=0 if postback else 2
        )

    assert corrected.orders[0].filled_quantity == 123
    assert corrected.status is BatchStatus.COMPLETED
    await told_as_corrected(stage, transaction_id, 123)


@pytest.mark.parametrize("postback", [True, False], ids=["with a postback", "without"])
async def test_a_rejection_that_the_broker_takes_back_is_found_and_told(stage: Stage, *, postback: bool) -> None:
    session = await stage.log_in()

    async with stage.worker_here():
        transaction_id = await stage.buy(session, ("TCS", 102))
        batch = await stage.ended(transaction_id)
        assert states(batch) == [OrderState.REJECTED]
        (order,) = await stage.ledger()
        await stage.tell("POST", f"/sandbox/orders/{order['orderId']}/advance", {"action": "fill"})
        if postback:
            await reported(stage)
        batch = await stage.until(
            transaction_id, lambda batch: states(batch) == [OrderState.COMPLETE], step=0 if postback else 2
        )

    await told_as_corrected(stage, transaction_id, 102)


@pytest.mark.parametrize("obstacle", ["the login had died", "the book did not come"])
async def test_a_last_look_that_read_nothing_is_made_again(stage: Stage, obstacle: str) -> None:
    """B05: the correction comes after the close; the look that would have seen it fails."""
    await set_to(stage, "10:00")
    session = await stage.log_in()
    async with stage.worker_here():
        transaction_id = await stage.buy(session, ("TCS", 102))
        assert states(await stage.ended(transaction_id)) == [OrderState.REJECTED]
        (order,) = await stage.ledger()
    await stage.tell("POST", f"/sandbox/orders/{order['orderId']}/advance", {"action": "fill"})
    if obstacle == "the login had died":
        await stage.tell("POST", "/sandbox/sessions/end", {"broker": stage.broker})
        await stage.log_in()
    else:
        await stage.fault("status", "orders", status=500, times=20)

    await set_to(stage, "15:46")
    async with stage.worker_here():
        await eventually_looked(stage)
        await stage.heal()
        await stage.until(transaction_id, lambda batch: states(batch) == [OrderState.COMPLETE], step=5)

    await told_as_corrected(stage, transaction_id, 102)


async def eventually_looked(stage: Stage) -> None:
    """The look that was due has been made."""
    async with asyncio.timeout(30):
        while await stage.services.database.value(
            "select count(*) from batches where due_at <= $1", stage.services.clock.now()
        ):
            await asyncio.sleep(0.05)


async def told_as_corrected(stage: Stage, transaction_id: str, quantity: int) -> None:
    """One end, one correction, the same in the event for the partner and in what the API reads."""
    (corrected,) = await stage.events(transaction_id, "batch.corrected")
    (told,) = corrected["batch"]["orders"]
    assert (corrected["batch"]["status"], told["status"], told["filledQuantity"]) == ("COMPLETED", "COMPLETE", quantity)
    (read,) = await order_batches(stage.services.database, stage.gateway.gateway_id, [transaction_id])
    (order,) = read["orders"]
    assert (read["status"], order["status"], order["filledQuantity"]) == ("COMPLETED", "COMPLETE", quantity)
    assert order["reason"] is None
    assert len(await stage.events(transaction_id, "batch.completed")) == 1
    await stage.check(orders_at_broker=1)


async def test_a_refusal_after_the_acceptance_is_an_event_of_its_own(stage: Stage) -> None:
    session = await stage.log_in()

    async with stage.worker_here():
        transaction_id = await stage.buy(session, ("TCS", 102))
        batch = await stage.ended(transaction_id)

    assert states(batch) == [OrderState.REJECTED]
    (told,) = await stage.events(transaction_id, "order.rejected_late")
    assert told["batch"]["orders"][0]["reason"] == Reason.INSUFFICIENT_FUNDS
    await stage.check(orders_at_broker=1)


async def test_an_order_whose_book_was_cleared_unseen_is_unresolved_and_a_person_ends_it(stage: Stage) -> None:
    """R04: half filled, no worker over the close, the book cleared, a new login."""
    await set_to(stage, "11:00")
    session = await stage.log_in()
    async with stage.worker_here():
        transaction_id = await stage.buy(session, ("TCS", 109))
        batch = await stage.until(transaction_id, lambda batch: states(batch) == [OrderState.PARTIAL], step=0.2)
    filled = batch.orders[0].filled_quantity

    await set_to(stage, "10:00", days=1)
    unseen = await violations(stage.services.database, stage.services.clock.now())
    await stage.log_in()
    async with stage.worker_here():
        batch = await stage.until(transaction_id, lambda batch: states(batch) == [OrderState.UNRESOLVED])

        (order,) = batch.orders
        assert (order.attention, order.filled_quantity) == (AttentionKind.END_NOT_SEEN, filled)
        assert {violation.invariant for violation in unseen} == {"I9"}
        await stage.check(orders_at_broker=1)
        (named,) = await in_attention(stage.services.database, stage.gateway.gateway_id, stage.services.clock.now())
        assert (named.order_id, named.kind, named.broker) == (order.order_id, order.attention, stage.broker)

        for wrong in (filled - 1, 110):
            with pytest.raises(decide.NotToResolve, match="shares can be filled"):
                await resolve(stage, order.order_id, wrong)
        seen = await command(stage, "doctor")
        assert f"Needs a person: END_NOT_SEEN  {order.order_id} ({transaction_id}) of stage at {stage.broker}" in seen
        ended = await command(
            stage, "order", "resolve", "stage", order.order_id, "--filled", "109", "--average", "3215.50"
        )
        assert ended == f"{order.order_id} is COMPLETE: 109 of 109 filled.\n"
        batch = await stage.ended(transaction_id)

    (told,) = await stage.events(transaction_id, "batch.attention")
    assert told["batch"]["orders"][0]["attention"]["kind"] == "END_NOT_SEEN"
    assert states(batch) == [OrderState.COMPLETE]
    assert (batch.orders[0].average_price, batch.orders[0].attention) == (3_215_50, None)
    (resolved,) = await stage.events(transaction_id, "order.resolved")
    assert (resolved["by"], resolved["order"]["filled_quantity"]) == ("operator", 109)
    assert len(await stage.events(transaction_id, "batch.completed")) == 1
    with pytest.raises(ToranaError, match="only an UNRESOLVED order"):
        await resolve(stage, order.order_id, 109)
    await stage.check(orders_at_broker=1)


async def command(stage: Stage, *words: str) -> str:
    """What the program prints to an operator, who sees it end well."""
    told = await ran("torana.cli", *words, environment=stage.environment)
    assert told.code == 0, told.said
    return told.output


async def resolve(stage: Stage, order_id: str, filled: int, average: int | None = None) -> None:
    await decide.resolve(
        stage.services.database,
        stage.gateway.gateway_id,
        order_id,
        filled=filled,
        average=average,
        now=stage.services.clock.now(),
    )


async def test_evening_orders_whose_login_died_ask_for_one_and_end_by_evidence(stage: Stage) -> None:
    """After-market orders of 20:30; the login dies before the opening; one is filled, one rejected; a new login."""
    await set_to(stage, "20:30")
    session = await stage.log_in()
    before = counted(stage, AttentionKind.LOGIN_NEEDED)
    async with stage.worker_here():
        transaction_id = await stage.buy(session, ("TCS", 2), ("INFY", 102), variety=Variety.AMO)
        await stage.until(transaction_id, lambda batch: set(states(batch)) == {OrderState.AMO_QUEUED})

        await set_to(stage, "08:30", days=1)
        batch = await stage.until(transaction_id, lambda batch: calls(AttentionKind.LOGIN_NEEDED, batch), step=5)
        assert counted(stage, AttentionKind.LOGIN_NEEDED) > before
        named = await in_attention(stage.services.database, stage.gateway.gateway_id, None)
        assert {order.kind for order in named} == {AttentionKind.LOGIN_NEEDED}
        told = (await stage.events(transaction_id, "batch.attention"))[-1]
        assert {order["attention"]["kind"] for order in told["batch"]["orders"]} == {"LOGIN_NEEDED"}
        await stage.check(orders_at_broker=2)

        await set_to(stage, "10:00", days=1)
        await stage.log_in()
        batch = await stage.ended(transaction_id, step=2)

    assert states(batch) == [OrderState.COMPLETE, OrderState.REJECTED]
    assert [order.attention for order in batch.orders] == [None, None]
    await stage.check(orders_at_broker=2)


async def test_evening_orders_that_nobody_logged_in_for_are_unresolved_when_their_book_is_gone(stage: Stage) -> None:
    """They do not ask for ever for a login that could show nothing any more."""
    await set_to(stage, "20:30")
    session = await stage.log_in()
    async with stage.worker_here():
        transaction_id = await stage.buy(session, ("TCS", 2), variety=Variety.AMO)
        await stage.until(transaction_id, lambda batch: set(states(batch)) == {OrderState.AMO_QUEUED})

        await set_to(stage, "08:30", days=2)
        batch = await stage.until(transaction_id, lambda batch: states(batch) == [OrderState.UNRESOLVED], step=5)

    assert batch.orders[0].attention is AttentionKind.END_NOT_SEEN
    await stage.check(orders_at_broker=1)
