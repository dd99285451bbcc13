"""Group 1: crashes around placing. Workers are real processes and die by a real SIGKILL (or stop, or end)."""

import asyncio
import random
import signal
from pathlib import Path

import pytest

import torana.orders
from tests.faults.stage import SHORT_LEASE, Stage, bought, states
from torana.kit.faultpoints import FaultInjected, armed, names
from torana.orders import cancel
from torana.orders.decide import place_again
from torana.orders.models import AttemptState, Batch, OrderState

NOT_PLACING = {"orders.plan.before_commit", "orders.cancel.after_intent"}
POINTS = sorted(names(Path(torana.orders.__file__).parent) - NOT_PLACING)
RESTS = 118
AFTER_WINDOW = 125


def settled(batch: Batch) -> bool:
    """Every order is final, or is left to the investor."""
    return all(order.final_at or order.state is OrderState.ABSENT for order in batch.orders)


def doubtful(batch: Batch) -> bool:
    return any(order.attempt.state is AttemptState.UNKNOWN for order in batch.orders)


async def test_a_worker_killed_before_the_intent_leaves_a_planned_order_that_is_placed_once(stage: Stage) -> None:
    """P01."""
    session = await stage.log_in()
    transaction_id = await stage.buy(session, ("TCS", 2))

    await stage.killed(await stage.start_worker("orders.place.before_intent=kill"))
    assert states(await stage.batch(transaction_id)) == [OrderState.PLANNED]
    await stage.check(orders_at_broker=0)
    await stage.start_worker()
    batch = await stage.ended(transaction_id)

    assert states(batch) == [OrderState.COMPLETE]
    await stage.check(orders_at_broker=1)


async def test_a_worker_killed_between_intent_and_send_is_not_followed_by_a_blind_send(stage: Stage) -> None:
    """P02: the tag is looked for through the window; then the investor asks again, under a new tag."""
    session = await stage.log_in()
    transaction_id = await stage.buy(session, ("TCS", 2))

    await stage.killed(await stage.start_worker("orders.place.after_intent=kill"))
    await stage.start_worker()
    batch = await stage.until(transaction_id, doubtful)
    first_tag = batch.orders[0].tag
    assert await stage.requests() == 0
    stage.advance(AFTER_WINDOW)
    batch = await stage.until(transaction_id, settled)
    assert states(batch) == [OrderState.ABSENT]
    at, now = (batch.gateway_id, batch.batch_id, transaction_id), stage.services.clock.now()
    await place_again(stage.services.database, *at, now, states={OrderState.ABSENT})
    batch = await stage.ended(transaction_id)

    assert states(batch) == [OrderState.COMPLETE]
    assert batch.orders[0].attempt.number == 2
    assert batch.orders[0].tag != first_tag
    await stage.check(orders_at_broker=1)


async def test_a_worker_killed_while_the_answer_is_on_its_way_leaves_an_order_that_is_adopted(stage: Stage) -> None:
    """P03."""
    session = await stage.log_in()
    await stage.fault("hang", placed=True, seconds=30)
    transaction_id = await stage.buy(session, ("TCS", 2))

    worker = await stage.start_worker(lease_seconds=SHORT_LEASE)
    async with asyncio.timeout(60):
        while not await stage.ledger():
            await asyncio.sleep(0.02)
    worker.kill()
    await stage.start_worker()
    batch = await stage.ended(transaction_id)

    assert states(batch) == [OrderState.COMPLETE]
    assert batch.orders[0].broker_order_id == (await stage.ledger())[0]["orderId"]
    await stage.check(orders_at_broker=1)


async def test_a_worker_killed_between_accept_and_commit_leaves_one_order_and_one_placed_event(stage: Stage) -> None:
    """P04."""
    session = await stage.log_in()
    transaction_id = await stage.buy(session, ("TCS", 2))

    await stage.killed(await stage.start_worker("orders.place.after_answer=kill"))
    await stage.start_worker()
    batch = await stage.ended(transaction_id)

    assert states(batch) == [OrderState.COMPLETE]
    assert len(await stage.events(transaction_id, "batch.placed")) == 1
    await stage.check(orders_at_broker=1)


@pytest.mark.parametrize("point", ["orders.commit.before", "orders.commit.after"])
@pytest.mark.parametrize("passage", [1, 2, 3])
async def test_state_event_and_delivery_appear_together_or_not_at_all(
    any_stage: Stage, point: str, passage: int
) -> None:
    """P05."""
    session = await any_stage.log_in()
    await any_stage.services.database.execute(
        """
        insert into endpoints (gateway_id, endpoint_id, url, secret, created_at)
        values ($1, 'end_1', 'http://nowhere', '', now())
        """,
        any_stage.gateway.gateway_id,
    )
    transaction_id = await any_stage.buy(session, ("TCS", 2))

    await any_stage.killed(await any_stage.start_worker(f"{point}@{passage}=kill"))

    batch = await any_stage.batch(transaction_id)
    told = await any_stage.services.database.value(
        """
        select count(*) from events e join deliveries d using (gateway_id, event_id)
        where e.transaction_id = $1 and e.type in ('batch.placed', 'batch.completed')
        """,
        transaction_id,
    )
    assert told == (batch.placed_at is not None) + (batch.completed_at is not None)


async def test_a_worker_killed_in_mid_basket_is_followed_line_by_line(stage: Stage) -> None:
    """P06: what had its answer is untouched, what was on its way is looked for, the rest is placed once."""
    session = await stage.log_in()
    symbols = ["TCS", "INFY", "RELIANCE", "HDFCBANK", "ICICIBANK", "SBIN", "ITC", "LT", "AXISBANK", "WIPRO", "MARUTI"]
    transaction_id = await stage.buy(session, *((symbol, 1) for symbol in symbols))

    await stage.killed(await stage.start_worker("orders.place.after_answer@4=kill"))
    sent = len(await stage.ledger())
    await stage.start_worker()
    await stage.until(transaction_id, lambda batch: all(order.state != OrderState.PLANNED for order in batch.orders))
    stage.advance(AFTER_WINDOW)
    batch = await stage.until(transaction_id, settled, step=0.5)

    assert sent >= 4
    ledger = [order["symbol"] for order in await stage.ledger()]
    assert len(ledger) == len(set(ledger))
    absent = [order.symbol for order in batch.orders if order.state is OrderState.ABSENT]
    assert sorted([*ledger, *absent]) == sorted(symbols)
    await stage.check()


async def test_being_killed_five_times_during_the_recovery_changes_nothing(stage: Stage) -> None:
    """P07."""
    session = await stage.log_in()
    transaction_id = await stage.buy(session, ("TCS", 2))

    await stage.killed(await stage.start_worker("orders.place.after_answer=kill"))
    for _ in range(5):
        await stage.killed(await stage.start_worker("orders.commit.before=kill", lease_seconds=0.4))
    await stage.start_worker()
    batch = await stage.ended(transaction_id)

    assert states(batch) == [OrderState.COMPLETE]
    assert len(await stage.events(transaction_id, "batch.placed")) == 1
    await stage.check(orders_at_broker=1)


async def test_a_paused_worker_whose_lease_ran_out_does_not_send_when_it_wakes(stage: Stage) -> None:
    """P08: SIGSTOP right before the send."""
    session = await stage.log_in()
    transaction_id = await stage.buy(session, ("TCS", 2))

    paused = await stage.start_worker("orders.place.before_send=stop", lease_seconds=1)
    await stage.until(transaction_id, lambda batch: batch.orders[0].state is OrderState.SENDING)
    await stage.start_worker()
    await stage.until(transaction_id, doubtful)
    paused.send_signal(signal.SIGCONT)
    stage.advance(AFTER_WINDOW)
    batch = await stage.until(transaction_id, settled)

    assert states(batch) == [OrderState.ABSENT]
    assert await stage.requests() == 0
    await stage.check(orders_at_broker=0)


async def test_a_paused_worker_that_had_sent_finds_its_order_adopted_already(stage: Stage) -> None:
    """P08: SIGSTOP between the answer and its commit."""
    session = await stage.log_in()
    transaction_id = await stage.buy(session, ("TCS", 2))

    paused = await stage.start_worker("orders.place.after_answer=stop", lease_seconds=3)
    async with asyncio.timeout(60):
        while not await stage.ledger():
            await asyncio.sleep(0.02)
    await stage.start_worker()
    await stage.until(transaction_id, lambda batch: batch.orders[0].broker_order_id is not None)
    paused.send_signal(signal.SIGCONT)
    batch = await stage.ended(transaction_id)

    assert states(batch) == [OrderState.COMPLETE]
    assert len(await stage.events(transaction_id, "batch.placed")) == 1
    await stage.check(orders_at_broker=1)


async def test_a_worker_asked_to_end_in_mid_basket_hands_over_without_a_doubt(stage: Stage) -> None:
    """P09: SIGTERM."""
    session = await stage.log_in()
    symbols = ["TCS", "INFY", "RELIANCE", "HDFCBANK", "ICICIBANK", "SBIN", "ITC", "LT", "AXISBANK", "WIPRO", "MARUTI"]
    lines = [bought(symbol, quantity) for quantity in (1, 2, 3, 4) for symbol in symbols]
    transaction_id = await stage.buy(session, *lines)

    worker = await stage.start_worker("orders.place.before_intent@3=sleep:6")
    async with asyncio.timeout(60):
        while len(await stage.ledger()) < 3:
            await asyncio.sleep(0.01)
    worker.terminate()
    assert await asyncio.wait_for(worker.wait(), 60) == 0
    batch = await stage.batch(transaction_id)
    assert OrderState.SENDING not in states(batch)
    assert OrderState.PLANNED in states(batch)
    await stage.start_worker()
    batch = await stage.ended(transaction_id)

    assert set(states(batch)) == {OrderState.COMPLETE}
    assert all(order.attempt.lookups == 0 for order in batch.orders)
    await stage.check(orders_at_broker=len(lines))


@pytest.mark.parametrize("point", POINTS)
async def test_killed_at_any_named_point_nothing_is_placed_twice_or_lost(stage: Stage, point: str) -> None:
    """P10."""
    session = await stage.log_in()
    transaction_id = await stage.buy(session, ("TCS", 2), ("INFY", 1))

    await stage.killed(await stage.start_worker(f"{point}=kill"))
    await stage.start_worker()
    await stage.until(transaction_id, lambda batch: batch.orders[0].state is not OrderState.PLANNED)
    batch = await come_to_rest(stage, transaction_id)

    assert await stage.requests() == len(await stage.ledger())
    assert len(await stage.ledger()) == states(batch).count(OrderState.COMPLETE)
    await stage.check()


async def test_a_worker_killed_before_it_asks_for_a_cancellation_is_followed_by_one_that_asks(stage: Stage) -> None:
    """P10."""
    session = await stage.log_in()
    transaction_id = await stage.buy(session, ("TCS", RESTS))
    worker = await stage.start_worker("orders.cancel.after_intent=kill")
    batch = await stage.until(transaction_id, lambda batch: batch.orders[0].state is OrderState.OPEN)

    order_ids = [order.order_id for order in batch.orders]
    now = stage.services.clock.now()
    asked = await cancel.ask(
        stage.services.database, batch.gateway_id, batch.investor_id, batch.batch_id, order_ids, now
    )
    await stage.killed(worker)
    await stage.start_worker()
    batch = await come_to_rest(stage, transaction_id)

    assert asked == 1
    assert states(batch) == [OrderState.CANCELLED]
    await stage.check(orders_at_broker=1)


async def test_killed_at_random_points_the_invariants_hold(stage: Stage, seed: int) -> None:
    """P10: the campaign runs many more seeds."""
    chance = random.Random(seed)
    session = await stage.log_in()
    lines = [(symbol, chance.randint(1, 9)) for symbol in chance.sample(["TCS", "INFY", "SBIN", "ITC", "LT"], 4)]
    transaction_id = await stage.buy(session, *lines)

    for _ in range(chance.randint(1, 3)):
        point = chance.choice(POINTS)
        worker = await stage.start_worker(f"{point}@{chance.randint(1, 6)}=kill", lease_seconds=0.6)
        await stage.working(worker)
        try:
            await asyncio.wait_for(worker.wait(), chance.uniform(0.3, 2.0))
        except TimeoutError:
            worker.kill()
    await stage.start_worker()
    batch = await come_to_rest(stage, transaction_id)

    assert len(await stage.ledger()) == states(batch).count(OrderState.COMPLETE)
    await stage.check()


async def come_to_rest(stage: Stage, transaction_id: str) -> Batch:
    """Everything heals; the clock passes the settle window; the batch comes to rest."""
    for _ in range(400):
        batch = await stage.batch(transaction_id)
        if settled(batch):
            return batch
        if doubtful(batch) or batch.placed_at is None:
            stage.advance(3)
        await asyncio.sleep(0.15)
    raise AssertionError(f"it did not come to rest: {states(batch)}")


async def test_a_plan_that_is_cut_off_leaves_nothing_and_can_be_confirmed_again(any_stage: Stage) -> None:
    """P10, in the gateway: the plan commits whole or not at all."""
    session = await any_stage.log_in()

    with armed("orders.plan.before_commit=raise"), pytest.raises(FaultInjected):
        await any_stage.buy(session, ("TCS", 2))
    assert await any_stage.services.database.value("select count(*) from orders") == 0
    transaction_id = await any_stage.buy(session, ("TCS", 2))
    await any_stage.start_worker()
    batch = await any_stage.ended(transaction_id)

    assert states(batch) == [OrderState.COMPLETE]
    await any_stage.check(orders_at_broker=1)
