"""Write what a pass has learned, and what follows from it, in one statement.

Orders, attempts, batch, transaction, events and deliveries change together or not at all (P05, I7, I8).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

import msgspec
import structlog

from torana.connectors.contract import Variety
from torana.events.log import News
from torana.kit.faultpoints import reach
from torana.kit.metrics import ATTENTION
from torana.orders import store
from torana.orders.changes import Change
from torana.orders.models import Attempt, Batch, Halt, Order
from torana.orders.run import BatchRun
from torana.orders.schemas import batch_event, halt_body, order_event
from torana.orders.states import FINAL, TO_DECIDE, AttemptState, AttentionKind, OrderState, StopReason
from torana.transactions.life_cycle import Move, settling
from torana.transactions.models import Status
from torana.transactions.outcomes import ORDER_IN_QUEUE

QUEUE_AFTER = timedelta(seconds=30)
"""How long an investor waits for orders that rest at the exchange; then they are told that those are in the queue."""

_UNSETTLED = frozenset({OrderState.PLANNED, OrderState.SENDING, OrderState.CHECKING, *TO_DECIDE})
_ANSWERED_HERE = frozenset({OrderState.STALE, OrderState.UNAUTHORISED})
"""The investor is asked, and answers in the same window; for the one at the depository they need minutes."""
_OF_ORDER = tuple(
    name for name in Order.__struct_fields__ if name in Change.__struct_fields__ and name not in ("state", "attention")
)
_OF_ATTEMPT = tuple(name for name in Attempt.__struct_fields__ if name in Change.__struct_fields__ and name != "state")
"""What a change may say of an order and of its attempt by the name of the field; what it says not, stays."""

log = structlog.get_logger(__name__)


async def commit(run: BatchRun, changes: Sequence[Change], *, stop: StopReason | None = None) -> None:
    """Raises `LostLease` when the batch is another worker's by now, and `store.Halted` for intents to send while new
    orders are stopped; then nothing is written, and what is in memory is as it was."""
    now = run.services.clock.now()
    batch, news, move = _after(run.batch, changes, stop, now)
    await reach("orders.commit.before")
    also = None
    if batch.iscid is not None and batch.completed_at is not None and (move is not None or news):
        also = partial(run.services.at_end, before=run.batch, after=batch, now=now)
    await store.write(run.services.database, run.claim, batch, changes, news, move, now, watched=run.watched, also=also)
    run.batch = msgspec.structs.replace(batch, watched=run.batch.watched)
    for change in changes:
        if change.calls_for_attention and change.attention is not None:
            ATTENTION.labels(run.batch.broker, change.attention.kind).inc()
            log.warning("orders.attention", kind=change.attention.kind, tag=change.order.tag, why=change.attention.text)
    await reach("orders.commit.after")


async def hold_back(run: BatchRun, halt: Halt | None) -> None:
    """Say that what is confirmed and not sent waits for the end of this halt; None: it waits no longer. Raises
    `LostLease`."""
    now = run.services.clock.now()
    batch = msgspec.structs.replace(run.batch, held_for=None if halt is None else halt.reason)
    name = "batch.released" if halt is None else "batch.held"
    data = batch_event(batch) | ({} if halt is None else {"halt": halt_body(halt)})
    news = [News(name, data, notify_partner=True)]
    await store.write(run.services.database, run.claim, batch, [], news, None, now, watched=run.watched)
    run.batch = batch


def _after(
    before: Batch, changes: Sequence[Change], stop: StopReason | None, now: datetime
) -> tuple[Batch, list[News], Move | None]:
    """The batch as it is after these changes, and what is told of it."""
    changed = {change.order.order_id: change for change in changes}
    batch = msgspec.structs.replace(
        before,
        orders=[
            applied(changed[order.order_id], now) if order.order_id in changed else order for order in before.orders
        ],
    )
    by_id = {order.order_id: order for order in batch.orders}
    visible = [change for change in changes if change.visible]
    news: list[News] = []
    if visible:
        orders = [order_event(by_id[change.order.order_id]) for change in visible]
        news.append(News("orders.updated", {"batch_id": batch.batch_id, "orders": orders}))
    if any(change.attention and change.attention.kind is AttentionKind.MISMATCH for change in changes):
        stop = StopReason.MISMATCH
    if stop is not None and batch.stopped_reason is None:
        batch.stopped_reason = stop
        news.append(News("batch.stopped", {"reason": stop}))
    ends = batch.completed_at is None and all(order.state in FINAL for order in batch.orders)
    news += _conclude(batch, ends=ends, corrected=bool(visible), now=now)
    if any(change.calls_for_attention for change in changes):
        news.append(_of(batch, "batch.attention"))
    if any(change.refused_late for change in changes):
        news.append(_of(batch, "order.rejected_late"))
    move = _settle(batch, ends=ends, now=now)
    if move is not None:
        news.append(move.news)
    return batch, news, move


def applied(change: Change, now: datetime) -> Order:
    """The order as it is once the change is written."""
    order = change.order
    more = {name: value for name in _OF_ORDER if (value := getattr(change, name)) is not None}
    if change.forget_broker_order_id:
        more.setdefault("broker_order_id", None)
    if change.ends_doubt:
        more = {"reason": None, "message": None} | more
    if change.end_attention:
        more |= {"attention": None, "attention_text": None}
    elif change.attention is not None:
        more |= {"attention": change.attention.kind, "attention_text": change.attention.text}
    of_attempt = {name: value for name in _OF_ATTEMPT if (value := getattr(change, name)) is not None}
    if change.attempt_state is not None:
        of_attempt["state"] = change.attempt_state
    absent_tags = order.absent_tags
    if change.attempt_state is AttemptState.ABSENT and order.tag not in absent_tags:
        absent_tags = [*absent_tags, order.tag]
    elif change.attempt_state is AttemptState.ACCEPTED:
        absent_tags = [tag for tag in absent_tags if tag != order.tag]
    return msgspec.structs.replace(
        order,
        state=change.state,
        attempt=msgspec.structs.replace(order.attempt, **of_attempt),
        absent_tags=absent_tags,
        updated_at=order.updated_at if change.asks_again else now,
        final_at=(order.final_at or now) if change.state in FINAL else None,
        **more,
    )


def _conclude(batch: Batch, *, ends: bool, corrected: bool, now: datetime) -> list[News]:
    """What follows for the batch from where its orders are."""
    if batch.completed_at is not None:
        batch.status = batch.folded
        return [_of(batch, "batch.corrected")] if corrected else []
    news = []
    if batch.placed_at is None and not any(order.state in _UNSETTLED for order in batch.orders):
        batch.placed_at = now
        news.append(_of(batch, "batch.placed"))
    if ends:
        batch.status, batch.completed_at = batch.folded, now
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
    if any(order.state in _ANSWERED_HERE for order in batch.orders):
        return False
    if any(order.attention for order in batch.orders):
        return now - batch.created_at > QUEUE_AFTER
    if batch.placed_at is None:
        return False
    waiting = [order for order in batch.orders if order.state not in FINAL]
    if {order.state for order in waiting} == {OrderState.AMO_QUEUED}:
        return True
    since = max([batch.placed_at, *(order.attempt.planned_at for order in waiting)])  # one may have been placed again
    return now - since > QUEUE_AFTER
