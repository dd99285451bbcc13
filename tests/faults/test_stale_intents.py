"""Orders that were confirmed and not sent for a long time, or that the investor takes back before they are sent."""

import asyncio
import signal
from datetime import date, datetime, timedelta

import pytest

from tests.faults.stage import Stage, bought, line, sold, states
from tests.portal import samples
from tests.support.processes import Process
from torana.connectors.contract import OrderType, Side, Variety
from torana.kit.clock import IST
from torana.orders.decide import cancel, leave, place_again
from torana.orders.models import Batch
from torana.orders.run import is_too_old
from torana.orders.states import AttentionKind, OrderState
from torana.orders.work import next_due

DAY = date(2026, 11, 18)


async def confirmed_in_the_morning(stage: Stage, limit_price: int | None = None) -> str:
    half_past_ten = (await stage.market_time()).astimezone(IST).replace(hour=10, minute=30)
    await stage.tell("POST", "/sandbox/clock", {"now": half_past_ten.isoformat()})
    session = await stage.log_in()
    return await stage.buy(session, line("TCS", 2, Side.BUY, limit_price))


async def asked_again(stage: Stage) -> Batch:
    """Confirmed at 10:30, the worker is back at 14:30."""
    transaction_id = await confirmed_in_the_morning(stage)
    stage.advance(4 * 3600)
    await stage.start_worker()
    return await stage.until(transaction_id, lambda batch: states(batch) == [OrderState.STALE])


async def test_a_market_order_of_the_morning_is_asked_about_and_not_sent(stage: Stage) -> None:
    """Finding 4: the investor is told, and nothing has left."""
    batch = await asked_again(stage)

    assert await stage.requests() == 0
    assert batch.orders[0].attention is AttentionKind.STALE_INTENT
    assert len(await stage.events(batch.transaction_id, "batch.attention")) == 1
    updates = await stage.events(batch.transaction_id, "orders.updated")
    assert updates[-1]["orders"][0]["attention"] == AttentionKind.STALE_INTENT
    await stage.check(orders_at_broker=0)


async def test_place_now_places_it_once_under_a_new_tag(stage: Stage) -> None:
    batch = await asked_again(stage)
    first_tag = batch.orders[0].tag

    now = stage.services.clock.now()
    for _ in range(2):
        at = (batch.gateway_id, batch.batch_id, batch.transaction_id)
        await place_again(stage.services.database, *at, now, states={OrderState.STALE})
    batch = await stage.ended(batch.transaction_id)

    assert states(batch) == [OrderState.COMPLETE]
    assert batch.orders[0].tag != first_tag
    assert batch.orders[0].attention is None
    await stage.check(orders_at_broker=1)


@pytest.mark.parametrize("answered", [True, False], ids=["left by the investor", "never answered"])
async def test_left_it_is_not_placed(stage: Stage, answered: bool) -> None:
    batch = await asked_again(stage)

    if answered:
        now = stage.services.clock.now()
        at = (batch.gateway_id, batch.batch_id, batch.transaction_id)
        await leave(stage.services.database, *at, now, states={OrderState.STALE})
        batch = await stage.ended(batch.transaction_id)
    else:
        batch = await stage.ended(batch.transaction_id, step=20)

    assert states(batch) == [OrderState.NOT_PLACED]
    assert batch.orders[0].attention is None
    await stage.check(orders_at_broker=0)


async def test_a_limit_order_of_the_morning_is_sent_in_the_afternoon(stage: Stage) -> None:
    """A limit is what its investor asked for all day."""
    transaction_id = await confirmed_in_the_morning(stage, limit_price=100_000)
    stage.advance(4 * 3600)
    await stage.start_worker()
    await stage.until(transaction_id, lambda batch: batch.orders[0].broker_order_id is not None)

    await stage.check(orders_at_broker=1)


def at(hour: int, minute: int) -> datetime:
    return datetime(DAY.year, DAY.month, DAY.day, hour, minute, tzinfo=IST)


MARKET, LIMIT = OrderType.MARKET, OrderType.LIMIT
REGULAR, AMO = Variety.REGULAR, Variety.AMO


@pytest.mark.parametrize(
    ("kind", "variety", "age", "exchange", "too_old"),
    [
        (MARKET, REGULAR, 299, at(10, 35), False),
        (MARKET, REGULAR, 301, at(10, 35), True),
        (MARKET, REGULAR, 301, None, True),
        (MARKET, REGULAR, 10, None, False),
        (MARKET, REGULAR, -3600, at(10, 35), False),
        (MARKET, REGULAR, 10, at(15, 29), False),
        (MARKET, REGULAR, 10, at(15, 31), True),
        (LIMIT, REGULAR, 4 * 3600, at(14, 30), False),
        (LIMIT, REGULAR, 4 * 3600, None, False),
        (LIMIT, REGULAR, 10, at(15, 30), True),
        (LIMIT, REGULAR, 86_400, at(10, 30) + timedelta(days=1), True),
        (MARKET, AMO, 12 * 3600, at(8, 59), False),
        (MARKET, AMO, 12 * 3600, None, False),
        (LIMIT, AMO, 12 * 3600, at(9, 15), True),
        (MARKET, AMO, 12 * 3600, at(9, 15), True),
    ],
)
def test_how_long_a_confirmation_lasts(
    kind: OrderType, variety: Variety, age: int, exchange: datetime | None, too_old: bool
) -> None:
    order = samples.order("TCS", 2, OrderState.PLANNED)
    order.order_type = kind
    now = order.attempt.planned_at + timedelta(seconds=age)

    assert is_too_old(order, variety, DAY, 300.0, now=now, at=exchange) is too_old


@pytest.mark.parametrize(("exchange", "too_old"), [(at(14, 30), False), (None, False), (at(15, 30), True)])
def test_a_buy_that_waits_for_its_sells_grows_old_with_its_day_alone(exchange: datetime | None, too_old: bool) -> None:
    order = samples.order("TCS", 2, OrderState.PLANNED)
    now = order.attempt.planned_at + timedelta(hours=4)

    assert is_too_old(order, REGULAR, DAY, 300.0, now=now, at=exchange, waits=True) is too_old


async def test_the_buys_of_a_rebalancing_are_asked_about_once_they_could_be_sent(any_stage: Stage) -> None:
    """Given sells that take ten minutes, then nobody is asked before they are filled: nothing could be done with the
    answer. Then the confirmation is too old, and the investor decides."""
    session = await any_stage.log_in()
    transaction_id = await any_stage.buy(session, sold(await any_stage.holding(session), 118), bought("TCS", 2))
    await any_stage.services.database.execute("update batches set buys_wait = true")

    async with any_stage.worker_here():
        await any_stage.until(transaction_id, lambda batch: states(batch)[0] is OrderState.OPEN)
        any_stage.advance(600)
        waited = await any_stage.until(transaction_id, lambda batch: batch.watched > 600, step=30)
        (sell,) = await any_stage.ledger()
        await any_stage.tell("POST", f"/sandbox/orders/{sell['orderId']}/advance", {"action": "fill"})
        asked = await any_stage.until(transaction_id, lambda batch: states(batch)[1] is OrderState.STALE, step=30)
        at = (asked.gateway_id, asked.batch_id, transaction_id)
        await place_again(any_stage.services.database, *at, any_stage.services.clock.now(), states={OrderState.STALE})
        batch = await any_stage.ended(transaction_id, step=1)

    assert states(waited) == [OrderState.OPEN, OrderState.PLANNED]
    assert states(asked) == [OrderState.COMPLETE, OrderState.STALE]
    assert states(batch) == [OrderState.COMPLETE] * 2
    await any_stage.check(orders_at_broker=2)


async def test_what_is_cancelled_before_a_worker_comes_is_never_sent(stage: Stage) -> None:
    session = await stage.log_in()
    transaction_id = await stage.buy(session, ("TCS", 2), ("INFY", 3))
    batch = await stage.batch(transaction_id)

    assert await cancelled(stage, batch) == 2
    await stage.start_worker()
    batch = await stage.ended(transaction_id)

    assert states(batch) == [OrderState.NOT_PLACED] * 2
    assert {order.reason for order in batch.orders} == {"cancelled"}
    assert await stage.requests() == 0
    await stage.check(orders_at_broker=0)


@pytest.mark.parametrize(
    ("point", "cancels", "becomes"),
    [("before_intent", 1, OrderState.NOT_PLACED), ("after_intent", 0, OrderState.COMPLETE)],
)
async def test_a_cancel_wins_until_the_intent_is_written(
    stage: Stage, point: str, cancels: int, becomes: OrderState
) -> None:
    """SIGSTOP right before the intent, and right after it."""
    session = await stage.log_in()
    worker = await stage.start_worker(f"orders.place.{point}=stop", lease_seconds=60)
    await stage.working(worker)
    transaction_id = await stage.buy(session, ("TCS", 2))
    await stopped(worker)

    won = await cancelled(stage, await stage.batch(transaction_id))
    worker.send_signal(signal.SIGCONT)
    batch = await stage.ended(transaction_id)

    assert won == cancels
    assert states(batch) == [becomes]
    assert await stage.requests() == 1 - cancels
    await stage.check(orders_at_broker=1 - cancels)


async def test_a_cancel_and_an_intent_at_the_same_moment_have_one_winner(stage: Stage) -> None:
    """Whoever wins, what the page says is what happened."""
    session = await stage.log_in()
    async with stage.worker_here():
        for quantity in range(1, 9):
            transaction_id = await stage.buy(session, ("TCS", quantity))
            await asyncio.sleep(0.002 * quantity)
            won = await cancelled(stage, await stage.batch(transaction_id))
            batch = await stage.ended(transaction_id)
            assert states(batch) == [OrderState.NOT_PLACED if won else OrderState.COMPLETE]

    placed = {order["asked"]["quantity"] for order in await stage.ledger()}
    rows = await stage.services.database.value("select array_agg(quantity) from orders where state = 'COMPLETE'")
    assert placed == set(rows or ())
    await stage.check()


async def cancelled(stage: Stage, batch: Batch) -> int:
    now = stage.services.clock.now()
    return await cancel(stage.services.database, batch.gateway_id, batch.batch_id, batch.transaction_id, now)


async def stopped(worker: Process) -> None:
    """Wait until the process stands at its fault point."""
    async with asyncio.timeout(60):
        while _state_of(worker.pid) != "T":
            await asyncio.sleep(0.02)


def _state_of(pid: int) -> str:
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0]


def test_an_order_from_before_the_time_was_set_back_is_followed_at_a_middle_pace() -> None:
    """T01: neither at the pace of a new one for an hour, nor as slowly as an old one."""
    order = samples.order("TCS", 2, OrderState.OPEN)
    batch = samples.batch(order)
    now = batch.created_at - timedelta(hours=1)
    due = next_due(batch, now, looked_at=now, book_until=now + timedelta(days=1))

    assert due is not None
    assert timedelta(seconds=1) < due - now <= timedelta(seconds=10)
