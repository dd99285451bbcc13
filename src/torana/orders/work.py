"""One pass over a batch: take over, place, look at the book, reconcile, track, and say when to come back."""

import random
from datetime import datetime, timedelta

from structlog.contextvars import bound_contextvars

from torana.connectors.contract import ExecutionMode, SessionEnded
from torana.kit.due import Claim, Kind
from torana.orders import store
from torana.orders.book import read_book
from torana.orders.commit import commit, may_settle
from torana.orders.desk import Desk, Hand, take_up
from torana.orders.models import AT_BROKER, FINAL, Batch, Change, Order, OrderState
from torana.orders.place import place
from torana.orders.reconcile import reconcile, take_over
from torana.orders.track import track

BATCHES = Kind("batches", ("gateway_id", "batch_id"), concurrency=256, lane="lane", per_lane=32)
"""A lane is one broker, the real one or its simulator: one that hangs holds up nobody else's orders."""
DECISION_TIME = timedelta(minutes=5)
"""So long an investor may think about an absent order; then it is left unplaced."""
LATE_LOOKS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
"""When, after its end, a batch with an absent order is looked at again (A04)."""

LOGIN_NEEDED = "login needed: the session at the broker ended while the order was open"

_PACE = (
    (timedelta(seconds=5), 0.4),
    (timedelta(seconds=30), 1.0),
    (timedelta(minutes=2), 3.0),
    (timedelta(minutes=10), 10.0),
    (timedelta(hours=1), 30.0),
)
"""Up to this age of the last news the book is read at this gap in seconds."""
_SLOWEST = 120.0


async def work(desk: Desk, claim: Claim) -> None:
    """The due handler of a batch. Raises `LostLease` when another worker has it by now."""
    hand = await take_up(desk, claim)
    with bound_contextvars(transaction_id=hand.batch.transaction_id, batch_id=hand.batch.batch_id):
        await _pass(hand)


async def _pass(hand: Hand) -> None:
    desk, batch = hand.desk, hand.batch
    was_over = batch.over
    await take_over(hand)
    if batch.execution_mode is ExecutionMode.SERVER_API:
        await place(hand)
    if batch.had_absent or any(_at_the_broker(order) for order in batch.orders):
        await _look(hand)
    await _end_decisions(hand)
    now = desk.clock.now()
    if may_settle(batch, now) or _unconcluded(batch):
        await commit(hand, [])
    if was_over or not batch.over:  # what ended in this pass was given back by the write that ended it
        await store.give_back(desk.database, hand.claim, batch, _not_before_rest(hand, next_due(batch, now)), now)


def _not_before_rest(hand: Hand, due: datetime | None) -> datetime | None:
    """While its broker rests a batch has nothing to look at; what is still to be placed keeps its time."""
    if due is None or not hand.rest or any(order.state is OrderState.PLANNED for order in hand.batch.orders):
        return due
    seconds = hand.rest * random.uniform(1.0, 1.2)  # noqa: S311  # spreads load, guards nothing
    return max(due, hand.desk.clock.now() + timedelta(seconds=seconds))


async def _look(hand: Hand) -> None:
    try:
        book = await read_book(hand)
    except SessionEnded:
        # The next pass takes a later login of the same investor, once there is one.
        await hand.desk.sessions.end(hand.batch.gateway_id, hand.live_session.session_id, hand.desk.clock.now())
        await _mark(hand, LOGIN_NEEDED)
        return
    if book is not None:
        await _mark(hand, None)
        await reconcile(hand, book)
        await track(hand, book)


async def _mark(hand: Hand, attention: str | None) -> None:
    """Set or lift the note that the investor has to log in before we can look (R05)."""
    changes = [
        Change(order, order.state, attention=attention, clear_attention=attention is None)
        for order in hand.batch.orders
        if _at_the_broker(order) and (order.attention is None if attention else order.attention == LOGIN_NEEDED)
    ]
    if changes:
        await commit(hand, changes)


def _at_the_broker(order: Order) -> bool:
    """Whether the order book can have news of it."""
    return order.state in AT_BROKER or order.state in (OrderState.CHECKING, OrderState.ABSENT)


def _unconcluded(batch: Batch) -> bool:
    """All orders ended outside a worker's pass (an investor left the absent ones)."""
    return batch.completed_at is None and all(order.state in FINAL for order in batch.orders)


async def _end_decisions(hand: Hand) -> None:
    now = hand.desk.clock.now()
    late = [
        order
        for order in hand.batch.orders
        if order.state is OrderState.ABSENT and now - order.updated_at >= DECISION_TIME
    ]
    if late:
        await commit(hand, [Change(order, OrderState.NOT_PLACED) for order in late])


def next_due(batch: Batch, now: datetime) -> datetime | None:
    """When this batch wants to be looked at again; None when nothing more can come."""
    if batch.over:
        return None
    if batch.completed_at is not None:
        looks = (batch.completed_at + after for after in LATE_LOOKS)
        return next((at for at in looks if at > now), None)
    return min((_order_due(batch, order, now) for order in batch.orders if order.state not in FINAL), default=now)


def _order_due(batch: Batch, order: Order, now: datetime) -> datetime:
    if order.state is OrderState.PLANNED:
        gap = 0.3 if order.sends == 0 else min(2.0 ** (order.sends - 1), 30.0)
        return now + timedelta(seconds=gap)
    if order.state is OrderState.ABSENT:
        return min(order.updated_at + DECISION_TIME, now + timedelta(seconds=30))
    if order.state is OrderState.CHECKING and order.attention is None:
        gap = min(0.5 * 2.0 ** min(order.lookups, 6), 8.0)
        return now + timedelta(seconds=gap)
    age = now - max(order.updated_at, batch.created_at)
    gap = next((seconds for limit, seconds in _PACE if age <= limit), _SLOWEST)
    return now + timedelta(seconds=gap)
