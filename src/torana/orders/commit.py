"""Write what a pass has learned, and what follows from it, in one statement.

Orders, attempts, batch, transaction, events and deliveries change together or not at all (P05, I7, I8).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from torana.connectors.contract import Variety
from torana.events.log import News
from torana.kit.faultpoints import reach
from torana.orders import store
from torana.orders.desk import Hand
from torana.orders.models import FINAL, AttemptState, Batch, Change, OrderState, apply, status_of
from torana.orders.schemas import batch_event, order_event
from torana.transactions.life_cycle import Move, settling
from torana.transactions.models import Status
from torana.transactions.outcomes import ORDER_IN_QUEUE

QUEUE_AFTER = timedelta(seconds=30)
"""So long an investor waits for orders that rest at the exchange; then he is told that they are in the queue."""

_UNDECIDED = frozenset({OrderState.PLANNED, OrderState.SENDING, OrderState.CHECKING, OrderState.ABSENT})


async def commit(hand: Hand, changes: Sequence[Change], *, stopped_reason: str | None = None) -> None:
    """Raises `LostLease` when the batch is another worker's by now; then nothing is written, and what is in memory
    is of no use any more."""
    batch, now = hand.batch, hand.desk.clock.now()
    told = [change for change in changes if change.visible]
    for change in changes:
        apply(change, now)
    batch.had_absent |= any(change.attempt_state is AttemptState.ABSENT for change in changes)
    news: list[News] = []
    if told:
        news.append(
            News(
                "orders.updated", {"batch_id": batch.batch_id, "orders": [order_event(change.order) for change in told]}
            )
        )
    if stopped_reason is not None and batch.stopped_reason is None:
        batch.stopped_reason = stopped_reason
        news.append(News("batch.stopped", {"reason": stopped_reason}))
    ends = batch.completed_at is None and all(order.state in FINAL for order in batch.orders)
    news += _conclude(batch, ends=ends, corrected=bool(told), now=now)
    move = _settle(batch, ends=ends, now=now)
    if move is not None:
        news.append(move.news)
    await reach("orders.commit.before")
    await store.write(hand.desk.database, hand.claim, batch, changes, news, move, now)
    await reach("orders.commit.after")


def _conclude(batch: Batch, *, ends: bool, corrected: bool, now: datetime) -> list[News]:
    """What follows for the batch from where its orders are."""
    if batch.completed_at is not None:
        batch.status = status_of(batch.orders)
        return [_of(batch, "batch.corrected")] if corrected else []
    news = []
    if batch.placed_at is None and not any(order.state in _UNDECIDED for order in batch.orders):
        batch.placed_at = now
        news.append(_of(batch, "batch.placed"))
    if ends:
        batch.status, batch.completed_at = status_of(batch.orders), now
        news.append(_of(batch, "batch.completed"))
    return news


def _of(batch: Batch, event: str) -> News:
    return News(event, batch_event(batch), notify_partner=True)


def _settle(batch: Batch, *, ends: bool, now: datetime) -> Move | None:
    """What follows for the transaction."""
    if ends:
        batch.settled_at = batch.settled_at or now
        return settling(Status.COMPLETED, None)
    if may_settle(batch, now):
        batch.settled_at = now
        return settling(Status.PROCESSING, None if batch.variety is Variety.AMO else ORDER_IN_QUEUE)
    return None


def may_settle(batch: Batch, now: datetime) -> bool:
    """Whether the investor need not wait for the end: AMO orders are queued, or orders rest for long already."""
    if batch.settled_at is not None or batch.completed_at is not None:
        return False
    if any(order.attention for order in batch.orders):
        return now - batch.created_at > QUEUE_AFTER
    if batch.placed_at is None:
        return False
    waiting = {order.state for order in batch.orders} - FINAL
    if waiting == {OrderState.AMO_QUEUED}:
        return True
    return now - batch.placed_at > QUEUE_AFTER
