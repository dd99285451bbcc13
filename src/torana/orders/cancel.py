"""Cancel orders on the investor's wish.

A cancellation is asked for in one database transaction, and sent by the worker that holds the batch. What the broker
answers to it proves nothing of the order: its book does, so a fill that was faster is told as a fill. Unlike an order a
cancellation may go out twice, for it does the same once; an answer that was lost is asked for again.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum, auto

import msgspec
import structlog

from torana.connectors.contract import Calls, NotSent, RateLimited, Rejected, SessionEnded, Unknown
from torana.connectors.tags import on_wire
from torana.events.log import News, record
from torana.kit.database import Connection, Database
from torana.kit.due import wake
from torana.kit.faultpoints import reach
from torana.orders import store
from torana.orders.changes import Change
from torana.orders.commit import QUEUE_AFTER, commit
from torana.orders.evidence import Look
from torana.orders.models import (
    AT_BROKER,
    CANCELLABLE,
    FINAL,
    TO_DECIDE,
    Batch,
    CancelState,
    CancelStatus,
    Order,
    OrderState,
)
from torana.orders.run import BatchRun
from torana.orders.schemas import CANCELLATION_COMPLETED, cancellation
from torana.orders.store.cancel import Cancellation
from torana.transactions import life_cycle
from torana.transactions.life_cycle import settling
from torana.transactions.models import Status, Transaction
from torana.transactions.outcomes import ORDER_IN_QUEUE

MOST_SENDS = 8
"""Times that a broker is asked to cancel one order."""
LONGEST_GAP = 30.0
"""Seconds between two of them, at most."""
REFUSAL_STANDS = 3.0
"""Seconds after which a book that still shows an order as open makes a refusal the last word: a fill that was faster
may show a moment later."""
_NOT_BY_API = "this broker takes no cancellation from an app that places orders in the browser"

log = structlog.get_logger(__name__)


class Next(Enum):
    """What is to be done about one cancellation."""

    NOTHING = auto()
    """None was asked for, or the order has ended."""
    WAIT = auto()
    """For the book, or for the next try."""
    SEND = auto()


def next_step(order: Order, watched: float) -> Next:
    """What is to be done now, at this reading of the batch's watched seconds."""
    cancel = order.cancel
    if cancel is None or order.state not in CANCELLABLE or cancel.state is CancelState.REFUSED:
        return Next.NOTHING
    if order.state not in AT_BROKER or not order.broker_order_id or cancel.state is CancelState.TAKEN:
        return Next.WAIT
    if cancel.sends == 0:
        return Next.SEND
    gap = min(2.0 ** (cancel.sends - 1), LONGEST_GAP)
    return Next.SEND if cancel.sends < MOST_SENDS and watched - cancel.since >= gap else Next.WAIT


def status_of(orders: Sequence[Order], watched: float, *, looked: bool) -> CancelStatus | None:
    """What became of orders that were to be cancelled, None while it is not known. `looked`: the book was read."""
    if not all(_is_known(order, watched, looked=looked) for order in orders):
        return None
    states = {order.state for order in orders}
    if not states <= FINAL | {OrderState.UNRESOLVED}:
        return CancelStatus.REFUSED
    if OrderState.UNRESOLVED in states:
        return CancelStatus.UNRESOLVED
    if states == {OrderState.COMPLETE}:
        return CancelStatus.FILLED
    if any(order.filled_quantity for order in orders):
        return CancelStatus.PARTIALLYFILLED
    return CancelStatus.REJECTED if states == {OrderState.REJECTED} else CancelStatus.CANCELLED


def told_status(orders: Sequence[Order]) -> CancelStatus | None:
    """The same as it is told once it is known: what the book shows now."""
    return status_of(orders, float("inf"), looked=True)


def _is_known(order: Order, watched: float, *, looked: bool) -> bool:
    if order.state not in CANCELLABLE:
        return True
    cancel = order.cancel
    refused = cancel is not None and cancel.state is CancelState.REFUSED
    return refused and looked and cancel is not None and watched - cancel.since >= REFUSAL_STANDS


def chosen(batch: Batch, symbol: str | None, exchange: str | None = None) -> list[Order]:
    """The batch's orders of this security (None: all of them); a line that was sent in slices is several."""
    return [
        order
        for order in batch.orders
        if (symbol is None or order.symbol == symbol) and (exchange is None or order.exchange == exchange)
    ]


# the investor asks


async def confirm(
    database: Database, transaction: Transaction, batch_id: str, order_ids: Sequence[str], now: datetime
) -> bool:
    """The investor confirms a transaction that cancels these orders of theirs. False: it could not be confirmed any
    more, or the batch is not theirs; nothing was changed."""
    gateway_id, investor_id = transaction.gateway_id, transaction.investor_id or ""
    async with database.transaction() as connection:
        batch = await store.lock_batch(connection, gateway_id, investor_id, batch_id)
        if batch is None:
            return False
        move = life_cycle.confirming({"batch_id": batch_id, "order_ids": list(order_ids)})
        at = {"gateway_id": gateway_id, "transaction_id": transaction.transaction_id}
        if not await life_cycle.make(connection, move, **at, now=now):
            return False
        await store.wait(connection, batch, transaction.transaction_id, order_ids, now)
        await _ask(connection, batch, order_ids, now, waits=True)
    return True


async def ask(
    database: Database, gateway_id: str, investor_id: str, batch_id: str, order_ids: Sequence[str], now: datetime
) -> int:
    """The investor wants these orders of theirs cancelled, and looks on. Returns how many can be."""
    async with database.transaction() as connection:
        batch = await store.lock_batch(connection, gateway_id, investor_id, batch_id)
        return 0 if batch is None else await _ask(connection, batch, order_ids, now, waits=False)


async def _ask(connection: Connection, batch: Batch, order_ids: Sequence[str], now: datetime, *, waits: bool) -> int:
    """What was not sent yet is not sent any more; the rest is the worker's."""
    wanted = [order for order in batch.orders if order.order_id in order_ids and order.state in CANCELLABLE]
    ids = [order.order_id for order in wanted]
    await store.ask(connection, batch, ids, now, waits=waits)
    if undecided := [order.order_id for order in wanted if order.state in TO_DECIDE]:
        await store.end_undecided(connection, batch.gateway_id, undecided, now)
    if unsent := [order.order_id for order in wanted if order.state is OrderState.PLANNED]:
        why = "cancelled by the investor before it was sent"
        await store.cancel_planned(connection, batch.gateway_id, batch.batch_id, "cancelled", why, now, only=unsent)
    await record(
        connection,
        gateway_id=batch.gateway_id,
        transaction_id=batch.transaction_id,
        type="orders.cancel_asked",
        data={"batch_id": batch.batch_id, "order_ids": ids},
        now=now,
    )
    await wake(connection, "batches", batch.gateway_id)
    return len(ids)


# the worker sends


async def cancel(run: BatchRun) -> None:
    """Ask the broker to cancel what is due for it. Raises `LostLease`."""
    due = [order for order in run.batch.orders if next_step(order, run.watched) is Next.SEND]
    if not due:
        return
    if not run.connector.capabilities.cancel:
        await commit(run, [_answered(run, order, CancelState.REFUSED, _NOT_BY_API) for order in due])
        return
    await commit(run, [_sending(run, order) for order in due])
    await reach("orders.cancel.after_intent")
    ids = {order.order_id for order in due}
    await commit(run, [await _send(run, order) for order in run.batch.orders if order.order_id in ids])


async def _send(run: BatchRun, order: Order) -> Change:
    await run.pace.turn(Calls.ORDERS)
    run.claim.check()
    reference = order.reference_at(run.batch.variety, on_wire(order.tag, run.orders.rules.tag))
    try:
        await run.orders.cancel(run.session, reference)
    except Rejected as refusal:
        return _answered(run, order, CancelState.REFUSED, refusal.message[:500])
    except SessionEnded:
        await run.services.sessions.end(run.batch.gateway_id, run.live_session.session_id, run.services.clock.now())
        return _answered(run, order, CancelState.ASKED)
    except NotSent as failure:
        if isinstance(failure, RateLimited):
            await run.pace.hold(Calls.ORDERS, failure)
        return _answered(run, order, CancelState.ASKED)
    except Unknown as doubt:
        log.warning("orders.cancel.unknown", tag=order.tag, code=doubt.code, unmapped=doubt.unmapped)
        return _answered(run, order, CancelState.UNKNOWN)
    return _answered(run, order, CancelState.TAKEN)


def _sending(run: BatchRun, order: Order) -> Change:
    assert order.cancel is not None
    state, sends = CancelState.SENDING, order.cancel.sends + 1
    return Change(
        order=order, cancel=msgspec.structs.replace(order.cancel, state=state, sends=sends, since=run.watched)
    )


def _answered(run: BatchRun, order: Order, state: CancelState, message: str | None = None) -> Change:
    assert order.cancel is not None
    answered = msgspec.structs.replace(order.cancel, state=state, message=message, since=run.watched)
    return Change(order=order, cancel=answered)


# the transactions that wait are told


async def settle(run: BatchRun, seen: Look) -> bool:
    """Tell the transactions that wait for a cancellation of this batch how it ended, as soon as that is known; who has
    waited long is told that it goes on. True: some was told."""
    if not run.batch.cancelling:
        return False
    batch, now, told = run.batch, run.services.clock.now(), False
    database = run.services.database
    for waiting in await store.open_cancellations(database, batch.gateway_id, batch.batch_id):
        orders = [order for order in batch.orders if order.order_id in waiting.order_ids]
        status = status_of(orders, run.watched, looked=seen is Look.READ)
        if status is not None or now - waiting.asked_at > QUEUE_AFTER:
            await _tell(database, batch, waiting, status, now)
            told = True
    async with database.connection() as connection:
        batch.cancelling = await store.still_waiting(connection, batch.gateway_id, batch.batch_id)
    return told


async def _tell(
    database: Database, batch: Batch, waiting: Cancellation, status: CancelStatus | None, now: datetime
) -> None:
    over = status is not None
    move = settling(Status.COMPLETED, None) if over else settling(Status.PROCESSING, ORDER_IN_QUEUE)
    news = [] if status is None else [completed(batch, waiting, status)]
    async with database.connection() as connection:
        await store.settle(connection, waiting, move, news, now, over=over)


def completed(batch: Batch, waiting: Cancellation, status: CancelStatus) -> News:
    """That partners are told of it."""
    who = {
        "transaction_id": waiting.transaction_id,
        "investor_id": waiting.investor_id,
        "broker": batch.broker,
        "intent": waiting.intent,
        "notes": waiting.notes,
    }
    return News(CANCELLATION_COMPLETED.name, who | cancellation(batch, status), notify_partner=True)
