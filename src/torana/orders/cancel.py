"""Cancel orders on the investor's wish.

A cancellation is asked for in one database transaction, and sent by the worker that holds the batch. What the broker
answers to it proves nothing of the order: its book does, so a fill that was faster is told as a fill. Unlike an order a
cancellation may go out twice, for it does the same once; it is asked for again until the book shows the order's end.
What turns out not to be at the broker is not sent any more.
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
from torana.orders.changes import Change, not_placed
from torana.orders.commit import QUEUE_AFTER, commit
from torana.orders.evidence import Look
from torana.orders.models import (
    AT_BROKER,
    CANCELLABLE,
    FINAL,
    TO_DECIDE,
    Batch,
    Cancel,
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

LONGEST_GAP = 30.0
"""Seconds between two requests to cancel one order, at most; and after one that the broker took, while its book shows
the order open."""
_DOUBLINGS = 8
"""Of the gap: more than enough to reach the longest."""
REFUSAL_STANDS = 3.0
"""Seconds after which a book that still shows an order as open makes a refusal the last word: a fill that was faster
may show a moment later."""
_NOT_BY_API = "this broker takes no cancellation from an app that places orders in the browser"
_BEFORE_IT_WAS_SENT = "cancelled by the investor before it was sent"

log = structlog.get_logger(__name__)


class Next(Enum):
    """What is to be done about one cancellation."""

    NOTHING = auto()
    """None was asked for, or the order has ended."""
    WAIT = auto()
    """For the book, or for the next try."""
    SEND = auto()
    WITHDRAW = auto()
    """It is not at the broker, and is not to go there."""


def next_step(order: Order, watched: float, *, may_have_left: bool = False) -> Next:
    """What is to be done now, at this reading of the batch's watched seconds. `may_have_left`: the record that a
    planned order was never sent is not proven."""
    cancel = order.cancel
    if cancel is None or not cancel.wished or order.state not in CANCELLABLE:
        return Next.NOTHING
    if order.state in TO_DECIDE or (order.state is OrderState.PLANNED and not may_have_left):
        return Next.WITHDRAW
    if order.state not in AT_BROKER or not order.broker_order_id:
        return Next.WAIT
    if cancel.sends == 0:
        return Next.SEND
    grown = min(2.0 ** min(cancel.sends - 1, _DOUBLINGS), LONGEST_GAP)
    gap = LONGEST_GAP if cancel.state is CancelState.TAKEN else grown
    return Next.SEND if watched - cancel.since >= gap else Next.WAIT


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
    return cancel is not None and not cancel.wished and looked and watched - cancel.since >= REFUSAL_STANDS


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
        at = (batch.gateway_id, batch.batch_id)
        await store.cancel_planned(connection, *at, "cancelled", _BEFORE_IT_WAS_SENT, now, only=unsent)
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


async def withdraw(run: BatchRun) -> None:
    """End what is to be cancelled and turned out not to be at the broker: it is neither sent nor asked about. Raises
    `LostLease`."""
    unproven = run.unproven()
    ended = [
        _withdrawn(order)
        for order in run.batch.orders
        if next_step(order, run.watched, may_have_left=order.order_id in unproven) is Next.WITHDRAW
    ]
    if ended:
        await commit(run, ended)


def _withdrawn(order: Order) -> Change:
    """What the broker has refused is refused."""
    if order.state is OrderState.UNAUTHORISED:
        return Change(order=order, becomes=OrderState.REJECTED, end_attention=True)
    if order.state is OrderState.PLANNED:
        return not_placed(order, "cancelled", _BEFORE_IT_WAS_SENT, end_attention=True)
    return not_placed(order, end_attention=True)


async def cancel(run: BatchRun) -> None:
    """Ask the broker to cancel what is due for it; without a login that lives it waits for the next one. Raises
    `LostLease`."""
    due = [order for order in run.batch.orders if next_step(order, run.watched) is Next.SEND]
    if due and not run.connector.capabilities.cancel:
        await commit(run, [_answered(run, order, CancelState.REFUSED, _NOT_BY_API) for order in due])
        return
    if not due or not run.live_session.is_live(run.services.clock.now()):
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
    taken, sends = order.cancel.state is CancelState.TAKEN, order.cancel.sends + 1
    state = CancelState.TAKEN if taken else CancelState.SENDING
    return Change(
        order=order, cancel=msgspec.structs.replace(order.cancel, state=state, sends=sends, since=run.watched)
    )


def _answered(run: BatchRun, order: Order, state: CancelState, message: str | None = None) -> Change:
    assert order.cancel is not None
    return Change(order=order, cancel=after_answer(order.cancel, state, message, run.watched))


def after_answer(cancel: Cancel, state: CancelState, message: str | None, watched: float) -> Cancel:
    """What is known after an answer at this reading of the batch's watched seconds. A request that the broker once took
    stays taken, whatever it says to the repeat: the book alone ends it."""
    if cancel.state is CancelState.TAKEN:
        state, message = CancelState.TAKEN, cancel.message
    return msgspec.structs.replace(cancel, state=state, message=message, since=watched)


# the transactions that wait are told


async def settle(run: BatchRun, seen: Look) -> bool:
    """Tell the transactions that wait for a cancellation of this batch how it ended, as soon as that is known; who has
    waited long is told that it goes on. True: some was told."""
    if not run.batch.cancelling:
        return False
    batch, now, told = run.batch, run.services.clock.now(), False
    async with run.services.database.transaction() as connection:
        if not await store.hold(connection, batch, run.claim):
            return False  # it was asked for once more meanwhile, or is another worker's: the next pass knows
        batch.cancelling = False
        for waiting in await store.open_cancellations(connection, batch.gateway_id, batch.batch_id):
            orders = [order for order in batch.orders if order.order_id in waiting.order_ids]
            status = status_of(orders, run.watched, looked=seen is Look.READ)
            batch.cancelling |= status is None
            if status is not None or now - waiting.asked_at > QUEUE_AFTER:
                await _tell(connection, batch, waiting, status, now)
                told = True
        if not batch.cancelling:
            await store.none_waits(connection, batch.gateway_id, batch.batch_id)
    return told


async def _tell(
    connection: Connection, batch: Batch, waiting: Cancellation, status: CancelStatus | None, now: datetime
) -> None:
    over = status is not None
    move = settling(Status.COMPLETED, None) if over else settling(Status.PROCESSING, ORDER_IN_QUEUE)
    news = [] if status is None else [completed(batch, waiting, status)]
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
