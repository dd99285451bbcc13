"""One pass over a batch: look where that is needed, judge, place, and say when to come back."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from structlog.contextvars import bound_contextvars

from torana.connectors.contract import ExecutionMode
from torana.kit.due import Claim, Kind
from torana.market.calendar import trading_of
from torana.orders import store
from torana.orders.cancel import cancel, settle, withdraw
from torana.orders.commit import commit, hold_back, may_settle
from torana.orders.evidence import Look
from torana.orders.models import Batch, Order
from torana.orders.place import place
from torana.orders.reconcile import reconcile
from torana.orders.run import BatchRun, OrderServices, begin_run
from torana.orders.states import AT_BROKER, FINAL, TO_DECIDE, AttentionKind, OrderState

BATCHES = Kind(
    "batches",
    ("gateway_id", "batch_id"),
    concurrency=256,
    lane="lane",
    per_lane=40,
    gateway_places=160,
    gateway_places_in_lane=32,
)
"""A lane is one broker, the real one or its simulator: one that hangs holds up nobody else's orders."""
LATE_LOOKS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
"""When, after its end, a batch whose end may still change is looked at again; and once more after the close."""
AFTER_CLOSE = timedelta(minutes=15)
LOOK_AGAIN = timedelta(minutes=5)
"""After a look at such a batch that read nothing, for as long as the broker keeps the book."""

_PACE = (
    (timedelta(seconds=5), 0.4),
    (timedelta(seconds=30), 1.0),
    (timedelta(minutes=2), 3.0),
    (timedelta(minutes=10), 10.0),
    (timedelta(hours=1), 30.0),
)
"""Up to this age of the last news the book is read at this gap in seconds."""
_SLOWEST = 120.0
_UNKNOWN_AGE = timedelta(minutes=1)
"""Of news that was written before somebody set the time back."""
HELD_GAP = 5.0
"""Seconds between two tries to send what waits for the end of a halt; its end wakes it at once."""
_UNRESOLVED_GAP = 3600.0
"""Seconds between two looks at an order whose end was not seen: a person, or a late word of the broker, ends it."""


async def work(services: OrderServices, claim: Claim) -> None:
    """The due handler of a batch. Raises `LostLease` when another worker has it by now."""
    run = await begin_run(services, claim)
    with bound_contextvars(transaction_id=run.batch.transaction_id, batch_id=run.batch.batch_id):
        await _pass(run)


async def _pass(run: BatchRun) -> None:
    services = run.services
    was_over = run.batch.over
    _notice_return(run)
    unproven = run.unproven()
    if _left_behind(run.batch.orders) or unproven or run.may_be_too_old:
        await reconcile(run, look=bool(unproven))
    batch = run.batch
    if batch.held_for is not None and not await store.halt_of(services.database, batch.gateway_id, batch.broker):
        await hold_back(run, None)
    await withdraw(run)
    if run.batch.execution_mode is ExecutionMode.SERVER_API:
        await place(run)
        await _note_halt(run)
    await cancel(run)
    looked_at, look, seen = services.clock.now(), _needs_a_look(run.batch), Look.NOT_MADE
    if look or any(order.state in TO_DECIDE for order in run.batch.orders):
        seen = await reconcile(run, look=look)
        await withdraw(run)
    now = services.clock.now()
    if may_settle(run.batch, now) or _unconcluded(run.batch):
        await commit(run, [])
    told = await settle(run, seen)
    run.remember()
    if was_over or told or not run.batch.over:  # what ended in this pass was given back by the write that ended it
        unread = look and seen is not Look.READ
        due = next_due(run.batch, now, looked_at=looked_at, book_until=run.book_ends, unread=unread)
        due_at = _by_due_clock(run, due, now)
        await store.give_back(services.database, run.claim, run.batch, due_at, now, watched=run.watched)


def _by_due_clock(run: BatchRun, due: datetime | None, now: datetime) -> datetime | None:
    """The same by the clock that never goes back. While its broker rests a batch has nothing to look at; what is
    still to be placed keeps its time."""
    if due is None:
        return None
    gap = due - now
    waiting = run.batch.unfunded
    if run.rest and not any(order.state is OrderState.PLANNED and order not in waiting for order in run.batch.orders):
        seconds = run.rest * random.uniform(1.0, 1.5)  # noqa: S311  # spreads load, guards nothing
        gap = max(gap, timedelta(seconds=seconds))
    return run.services.due_clock.now() + gap


async def _note_halt(run: BatchRun) -> None:
    """What is confirmed and not sent waits while new orders are stopped, and says so."""
    waits = any(order.state is OrderState.PLANNED for order in run.batch.orders)
    if waits and run.halt is not None and run.batch.held_for != run.halt.reason:
        await hold_back(run, run.halt)
    if not waits and run.batch.held_for is not None:
        await hold_back(run, None)


def _notice_return(run: BatchRun) -> None:
    """From now on the window of a basket counts: the browser is back from the broker's page."""
    if run.batch.returned_at is not None and run.batch.returned_watched is None:
        run.batch.returned_watched = run.watched


def _left_behind(orders: Sequence[Order]) -> bool:
    """Whether somebody began to send an order and did not live to tell."""
    return any(order.state is OrderState.SENDING for order in orders)


def _needs_a_look(batch: Batch) -> bool:
    """Whether the order book can have news of it."""
    if batch.completed_at is not None:
        return batch.may_change
    return any(order.absent_tags or _at_the_broker(order) for order in batch.orders)


def _at_the_broker(order: Order) -> bool:
    return order.state in AT_BROKER or order.state in (
        OrderState.CHECKING,
        OrderState.ABSENT,
        OrderState.UNRESOLVED,
    )


def _unconcluded(batch: Batch) -> bool:
    """All orders ended outside a worker's pass (an investor left those that were not at the broker)."""
    return batch.completed_at is None and all(order.state in FINAL for order in batch.orders)


def next_due(
    batch: Batch, now: datetime, *, looked_at: datetime, book_until: datetime, unread: bool = False
) -> datetime | None:
    """When this batch wants to be looked at again; None when nothing more can come. What was due after `looked_at`,
    when the book was asked for, is still to be looked at, however much later it is by now. `unread`: that look did not
    read the book, which the broker keeps until `book_until`."""
    if batch.over:
        return None
    waiting = batch.unfunded
    if unended := [order for order in batch.orders if order.state not in FINAL and order not in waiting]:
        return min(_order_due(batch, order, now) for order in unended)
    if batch.cancelling or batch.completed_at is None:
        return now
    _, close = trading_of(batch.book_day)
    looks = [batch.completed_at + after for after in LATE_LOOKS] + [close + AFTER_CLOSE]
    if unread and now < book_until:
        looks.append(now + LOOK_AGAIN)
    return min((at for at in looks if at > looked_at), default=None)


def _order_due(batch: Batch, order: Order, now: datetime) -> datetime:
    attempt = order.attempt
    if order.state is OrderState.PLANNED and batch.held_for is not None:
        return now + timedelta(seconds=HELD_GAP)
    if order.state is OrderState.PLANNED:
        gap = 0.3 if attempt.sends == 0 else min(2.0 ** (attempt.sends - 1), 30.0)
        return now + timedelta(seconds=gap)
    if order.state in TO_DECIDE:
        return now + timedelta(seconds=30)
    if order.state is OrderState.UNRESOLVED:
        return now + timedelta(seconds=_UNRESOLVED_GAP)
    if order.state is OrderState.CHECKING and order.attention in (None, AttentionKind.LOGIN_NEEDED):
        gap = min(0.5 * 2.0 ** min(attempt.lookups, 6), 8.0)
        return now + timedelta(seconds=gap)
    age = now - max(order.updated_at, batch.created_at)
    if age < timedelta(0):
        age = _UNKNOWN_AGE
    gap = next((seconds for limit, seconds in _PACE if age <= limit), _SLOWEST)
    return now + timedelta(seconds=gap)
