"""Write what a pass has learned, and what follows from it, in one database transaction.

Orders, attempts, batch, transaction, events and deliveries change together or not at all (P05, I7, I8).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from torana.connectors.contract import Variety
from torana.events.log import record
from torana.kit.database import Connection
from torana.kit.faultpoints import reach
from torana.orders import store
from torana.orders.desk import Hand
from torana.orders.models import FINAL, AttemptState, Batch, Change, OrderState, apply, status_of
from torana.orders.schemas import batch_event, order_event
from torana.transactions import life_cycle
from torana.transactions.models import Status
from torana.transactions.outcomes import ORDER_IN_QUEUE

QUEUE_AFTER = timedelta(seconds=30)
"""So long an investor waits for orders that rest at the exchange; then he is told that they are in the queue."""

_UNDECIDED = frozenset({OrderState.PLANNED, OrderState.SENDING, OrderState.CHECKING, OrderState.ABSENT})


async def commit(
    hand: Hand, changes: Sequence[Change], *, event: str = "orders.updated", stopped_reason: str | None = None
) -> None:
    """Raises `LostLease` when the batch is another worker's by now; then nothing is written, and what is in memory
    is of no use any more."""
    batch, now = hand.batch, hand.desk.clock.now()
    told = [change for change in changes if change.visible]
    for change in changes:
        apply(change, now)
    batch.had_absent |= any(change.attempt_state is AttemptState.ABSENT for change in changes)
    news = {"batch_id": batch.batch_id, "orders": [order_event(change.order) for change in told]}
    stops = stopped_reason is not None and batch.stopped_reason is None
    if told and not stops and _goes_on(batch, now):
        # Nothing follows for the batch: one statement is a transaction of its own.
        await reach("orders.commit.before")
        async with hand.desk.database.connection() as connection:
            await store.write_and_tell(connection, hand.claim, batch.transaction_id, changes, event, news, now)
    else:
        async with hand.desk.database.transaction() as connection:
            if told:
                await store.write_and_tell(connection, hand.claim, batch.transaction_id, changes, event, news, now)
            elif changes:
                await store.write(connection, hand.claim, changes, now)
            else:
                await store.fence(connection, hand.claim)
            if stops:
                await store.write_batch(connection, batch, stopped_reason=stopped_reason)
                await _record(connection, batch, "batch.stopped", {"reason": stopped_reason}, now)
            await _conclude(connection, batch, corrected=bool(told), now=now)
            await reach("orders.commit.before")
    await reach("orders.commit.after")


def _goes_on(batch: Batch, now: datetime) -> bool:
    """Whether, as the orders are now, nothing follows for batch and transaction."""
    undecided = any(order.state in _UNDECIDED for order in batch.orders)
    between = batch.placed_at is not None and any(order.state not in FINAL for order in batch.orders)
    return batch.completed_at is None and (undecided or between) and not may_settle(batch, now)


async def _conclude(connection: Connection, batch: Batch, *, corrected: bool, now: datetime) -> None:
    """What follows for the batch and its transaction from where the orders are."""
    states = {order.state for order in batch.orders}
    if batch.completed_at is not None:
        if corrected:
            await store.write_batch(connection, batch, status=status_of(batch.orders))
            await _tell(connection, batch, "batch.corrected", now)
        return
    if batch.placed_at is None and not states & _UNDECIDED:
        await store.write_batch(connection, batch, placed_at=now)
        await _tell(connection, batch, "batch.placed", now)
    if states <= FINAL:
        await store.write_batch(connection, batch, status=status_of(batch.orders), completed_at=now)
        await _tell(connection, batch, "batch.completed", now)
        await life_cycle.settle(
            connection,
            gateway_id=batch.gateway_id,
            transaction_id=batch.transaction_id,
            status=Status.COMPLETED,
            error=None,
            now=now,
        )
        batch.settled_at = batch.settled_at or now
    elif may_settle(batch, now):
        await life_cycle.settle(
            connection,
            gateway_id=batch.gateway_id,
            transaction_id=batch.transaction_id,
            status=Status.PROCESSING,
            error=None if batch.variety is Variety.AMO else ORDER_IN_QUEUE,
            now=now,
        )
        batch.settled_at = now


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


async def _tell(connection: Connection, batch: Batch, event: str, now: datetime) -> None:
    await _record(connection, batch, event, batch_event(batch), now, notify_partner=True)


async def _record(
    connection: Connection, batch: Batch, event: str, data: object, now: datetime, *, notify_partner: bool = False
) -> None:
    await record(
        connection,
        gateway_id=batch.gateway_id,
        transaction_id=batch.transaction_id,
        type=event,
        data=data,
        now=now,
        notify_partner=notify_partner,
    )
