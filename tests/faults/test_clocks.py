"""Somebody sets the machines' clocks, forward or back, while orders are under way. Waits are counted in time that was
really watched."""

from tests.faults.stage import SHORT_LEASE, Stage, bought, sold, states
from torana.kit.clock import ForwardClock
from torana.kit.due import claim
from torana.orders.models import Batch
from torana.orders.run import OrderServices
from torana.orders.states import OrderState
from torana.orders.work import BATCHES, work
from torana.worker import order_services

HOUR = 3600.0


def looked(batch: Batch, times: int) -> bool:
    return batch.orders[0].attempt.lookups >= times


async def test_an_hour_forward_does_not_make_an_unanswered_order_absent(stage: Stage) -> None:
    """T01: nine seconds were watched, whatever the clock says."""
    session = await stage.log_in()
    await stage.fault("hang", placed=False)

    async with stage.worker_here():
        transaction_id = await stage.buy(session, ("TCS", 2))
        await stage.until(transaction_id, lambda batch: looked(batch, 1))
        stage.advance(9)
        stage.set_clock(HOUR)
        before = (await stage.batch(transaction_id)).orders[0].attempt.lookups
        batch = await stage.until(transaction_id, lambda batch: looked(batch, before + 2))
        assert states(batch) == [OrderState.CHECKING]
        stage.advance(115)
        batch = await stage.until(transaction_id, lambda batch: states(batch) == [OrderState.ABSENT])

    assert batch.watched >= 120
    await stage.check(orders_at_broker=0)


async def test_an_hour_back_in_mid_basket_stalls_nothing(stage: Stage) -> None:
    """T01: buys wait for a sell when the time is set back."""
    session = await stage.log_in()

    async with stage.worker_here():
        transaction_id = await stage.buy(session, sold("INFY", 118), bought("TCS", 2), bought("ITC", 3))
        await stage.until(transaction_id, lambda batch: batch.orders[0].state is OrderState.OPEN)
        await set_back(stage)
        stage.advance(31)
        done = [OrderState.OPEN, OrderState.COMPLETE, OrderState.COMPLETE]
        await stage.until(transaction_id, lambda batch: states(batch) == done)

    await stage.check(orders_at_broker=3)


async def test_an_hour_back_while_an_order_is_looked_for_stalls_nothing(stage: Stage) -> None:
    """T01: it shows in the book afterwards."""
    session = await stage.log_in()
    await stage.fault("hang", placed=True)
    await stage.fault("missing", "orders", times=None)

    async with stage.worker_here():
        transaction_id = await stage.buy(session, ("TCS", 2))
        await stage.until(transaction_id, lambda batch: looked(batch, 1))
        await set_back(stage)
        await stage.heal()
        await stage.until(transaction_id, lambda batch: batch.orders[0].broker_order_id is not None)

    await stage.check(orders_at_broker=1)


async def test_a_worker_that_starts_after_the_time_was_set_back_goes_on_with_what_was_put_off(stage: Stage) -> None:
    """T01: the batch was due a moment later by a clock that is an hour ahead."""
    session = await stage.log_in()
    await stage.fault("hang", placed=True)
    await stage.fault("missing", "orders", times=None)
    transaction_id = await stage.buy(session, ("TCS", 2))

    worker = await stage.start_worker(lease_seconds=SHORT_LEASE)
    await stage.until(transaction_id, lambda batch: looked(batch, 1))
    worker.kill()
    await worker.wait()
    await set_back(stage)
    await stage.heal()
    await stage.start_worker()
    await stage.until(transaction_id, lambda batch: batch.orders[0].broker_order_id is not None)

    await stage.check(orders_at_broker=1)


async def test_after_a_clock_was_an_hour_ahead_for_a_while_new_orders_are_placed_and_not_asked_about(
    stage: Stage,
) -> None:
    """T01: an order's age is not told by the clock that never goes back."""
    session = await stage.log_in()

    async with stage.worker_here():
        stage.set_clock(HOUR)
        await stage.ended(await stage.buy(session, ("TCS", 2)))
        stage.set_clock(-HOUR)
        batch = await stage.ended(await stage.buy(session, ("INFY", 3)))

    assert states(batch) == [OrderState.COMPLETE]
    await stage.check(orders_at_broker=2)


async def test_workers_that_take_turns_count_no_second_twice_and_none_in_which_no_worker_ran(stage: Stage) -> None:
    """T01: the larger counts, what is stored or what the worker has lived through since it had the batch last."""
    session = await stage.log_in()
    await stage.fault("hang", placed=False)
    transaction_id = await stage.buy(session, ("TCS", 2))
    one, other = order_services(stage.services), order_services(stage.services)

    async def watched_after(seconds: int, orders: OrderServices) -> float:
        stage.advance(seconds)
        await a_pass(stage, orders)
        return (await stage.batch(transaction_id)).watched

    assert await watched_after(0, one) < 100
    readings = [await watched_after(1_000, orders) for orders in (other, one, other, one)]
    new = order_services(stage.services)
    unseen = await watched_after(1_000, new)
    seen = await watched_after(1_000, new)

    assert [reading // 1_000 for reading in readings] == [0, 2, 2, 4]
    assert [unseen // 1_000, seen // 1_000] == [4, 5]


async def set_back(stage: Stage) -> None:
    """Our machines' time; the exchange keeps its own."""
    stage.set_clock(-HOUR)
    await stage.tell("POST", "/sandbox/clock", {"advanceSeconds": HOUR})


async def a_pass(stage: Stage, orders: OrderServices) -> None:
    """This worker, and no other, takes the batch up once."""
    in_a_while = ForwardClock(stage.services.clock)
    await stage.services.database.execute("update batches set due_at = $1", in_a_while.now())
    (claimed,) = await claim(stage.services.database, BATCHES, stage.gateway.gateway_id, in_a_while.now(), 1)
    await work(orders, claimed)
