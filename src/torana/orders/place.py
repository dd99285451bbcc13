"""Send planned orders, each once.

An attempt is committed as SENDING before its first byte leaves and ends as what is known of it. There is no retry
here and none can be attached: what may exist at the broker is judged by its order book.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import structlog

from torana.connectors.codes import with_names
from torana.connectors.contract import NotSent, RateLimited, Reason, Rejected, SessionEnded, Side, Unknown, Variety
from torana.connectors.tags import as_sent
from torana.kit.database import LOST_CONNECTION
from torana.kit.faultpoints import reach
from torana.kit.metrics import REFUSALS_UNMAPPED
from torana.orders import changes
from torana.orders.changes import Change
from torana.orders.commit import commit
from torana.orders.market_price import priced
from torana.orders.models import Order, confirmed_hash
from torana.orders.pace import NO_SLOT, Slot, fresh, hold, rest_after, take
from torana.orders.reconcile import reconcile
from torana.orders.run import BatchRun
from torana.orders.states import AT_BROKER, FINAL, AttemptState, OrderState, StopReason
from torana.orders.store import Halted, halt_of

SELLS_FIRST_SECONDS = 30.0
"""How long buys wait for the sells of their basket to reach their end, in seconds of watching."""
MOST_IN_FLIGHT = 10
"""Orders of one batch on their way at once."""
MOST_PLACES = 5
"""An order takes so many places in a row; where it can use none of them, others wait for them in vain."""
GATHER_SECONDS = 0.001
"""Answers come in bursts, and each commit costs more than this: how long the next one is waited for."""
MOST_SENDS = 5
"""Times that an order which provably never left us is tried before it is given up."""
LOOK_SECONDS = 0.4
"""How long an answer is waited for before its siblings are looked at; each further look waits twice as long."""

log = structlog.get_logger(__name__)


async def place(run: BatchRun) -> None:
    """Send what may be sent now, in line order, sells first; each turn writes the answers that came and the intents of
    the orders that go next in one commit. While an answer is missing the book is looked at for the others.

    Returns when nothing is in flight and nothing more may be sent in this pass: what provably never left us has its
    turn in a later one. Raises `LostLease`.
    """
    if not _as_confirmed(run):
        await _give_up(run, StopReason.NOT_AS_CONFIRMED)
    in_flight: dict[asyncio.Task[Change], str] = {}
    patience: float | None = None
    look_after = LOOK_SECONDS
    grounded = False
    sent_in: datetime | None = None
    try:
        while True:
            landed = await _land(in_flight, patience, look_after)
            answers = [task.result() for task in landed]
            for task in landed:
                del in_flight[task]
            grounded = grounded or any(answer.attempt_state is AttemptState.NOT_SENT for answer in answers)
            ready = [] if grounded else _ready(run)[: MOST_IN_FLIGHT - len(in_flight)]
            answered = None if in_flight else sent_in
            slot = await take(run.services.database, run.account, len(ready), answered) if ready else NO_SLOT
            window, patience = ready[: slot.count], slot.wait
            sent_in = slot.taken_at if window else sent_in
            if not answers and not window and not in_flight and patience is None:
                break
            window = await _turn(run, answers, window)
            grounded = grounded or run.halt is not None
            in_flight |= {asyncio.create_task(_send_one(run, order, slot)): order.order_id for order in window}
            if not answers and not window and in_flight and _worth_a_look(run, in_flight):
                look_after *= 2
                await reconcile(run, frozenset(in_flight.values()))
    finally:
        # Never cut a request that is on its way: its answer is lost, and the order would have to be looked for.
        if in_flight:
            await asyncio.wait(in_flight)
    if run.batch.stopped_reason:
        await _give_up(run, StopReason(run.batch.stopped_reason))
    if run.batch.lacks_proceeds:
        await _leave_buys(run)


def _as_confirmed(run: BatchRun) -> bool:
    lines = [order.line_confirmed for order in run.batch.orders]
    return confirmed_hash(lines, run.batch.variety) == run.batch.confirmed_hash


def _worth_a_look(run: BatchRun, in_flight: dict[asyncio.Task[Change], str]) -> bool:
    """Whether a sibling of what is in flight can have news."""
    waiting = in_flight.values()
    return any(order.state in AT_BROKER and order.order_id not in waiting for order in run.batch.orders)


async def _land(
    in_flight: dict[asyncio.Task[Change], str], patience: float | None, look_after: float
) -> set[asyncio.Task[Change]]:
    """Wait for the first answer, at most for `patience` seconds (or `look_after`); those that follow at its heels
    land with it."""
    if not in_flight:
        if patience is not None:
            await asyncio.sleep(patience)
        return set()
    timeout = look_after if patience is None else min(patience, look_after)
    landed, flying = await asyncio.wait(in_flight, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    while landed and flying:
        more, flying = await asyncio.wait(flying, timeout=GATHER_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not more:
            break
        landed |= more
    return landed


async def _turn(run: BatchRun, answers: Sequence[Change], window: Sequence[Order]) -> list[Order]:
    """Write the answers and the intents; returns the orders of the window as they are now."""
    if window:
        await reach("orders.place.before_intent")
    if answers or window:
        now, watched = run.services.clock.now(), run.watched
        over = any(answer.session_over for answer in answers)
        intents = [changes.sending(order, now, watched) for order in window]
        stop = StopReason.LOGIN_OVER if over else None
        try:
            await commit(run, [*answers, *intents], stop=stop)
        except Halted as halted:
            run.halt = halted.halt
            if answers:
                await commit(run, answers, stop=stop)
            return []
    if window:
        await reach("orders.place.after_intent")
    going = {order.order_id for order in window}
    return [order for order in run.batch.orders if order.order_id in going]


def _ready(run: BatchRun) -> list[Order]:
    """What may be sent now as far as the batch goes; how much of it at once, the broker's rate decides."""
    batch = run.batch
    if batch.stopped_reason or run.services.stopping.is_set():
        return []
    unproven = run.unproven()
    planned = [
        order
        for order in batch.orders
        if order.state is OrderState.PLANNED and order.order_id not in unproven and not order.cancel_wished
    ]
    sells = [order for order in planned if order.side is Side.SELL]
    if sells or batch.unfunded or batch.lacks_proceeds:
        return sells
    sells_open = any(order.side is Side.SELL and order.state not in FINAL for order in batch.orders)
    waits = sells_open and batch.variety is not Variety.AMO and run.watched < SELLS_FIRST_SECONDS
    return [] if waits else planned


async def _send_one(run: BatchRun, order: Order, slot: Slot) -> Change:
    await reach("orders.place.before_send")
    rules = run.orders.rules
    request = as_sent(order.request(run.batch.variety), rules.tag)
    try:
        request = with_names(request, run.batch.broker, run.mode)
        request = await priced(run.connector, rules, run.session, request, run.pace)
    except NotSent as failure:
        return await _not_sent(run, order, failure)
    except Rejected as refusal:
        return changes.rejected(order, refusal)
    try:
        for _ in range(MOST_PLACES):
            place = await fresh(run.services.database, run.account, slot)
            if place is slot:
                break
            slot = place  # the order was held up, and this look may hold it up again
            if await _is_halted(run):
                return changes.not_sent(order, "new orders are stopped")
        else:
            return changes.not_sent(order, "held up: each place had grown old before it was used")
    except LOST_CONNECTION as error:
        return changes.not_sent(order, f"held up: {error!r}")
    run.claim.check()
    try:
        placed = await run.orders.place(run.session, request)
    except Rejected as refusal:
        if refusal.reason is Reason.HOLDINGS_NOT_AUTHORISED and run.connector.authorisation is not None:
            return changes.unauthorised(order, refusal, run.watched)
        return changes.rejected(order, refusal)
    except NotSent as failure:
        return await _not_sent(run, order, failure)
    except Unknown as doubt:
        log.warning("orders.place.unknown", tag=order.tag, unmapped=doubt.unmapped, code=doubt.code)
        if doubt.unmapped:
            REFUSALS_UNMAPPED.labels(run.batch.broker).inc()
        return changes.in_doubt(
            order, run.watched, doubt.message, refusal=doubt.message[:500] if doubt.unmapped else None
        )
    await reach("orders.place.after_answer")
    return changes.accepted(order, placed)


async def _is_halted(run: BatchRun) -> bool:
    """Whether new orders were stopped since the intent was written, in the statement that looked at the halts."""
    halt = await halt_of(run.services.database, run.batch.gateway_id, run.batch.broker)
    run.halt = halt or run.halt
    return halt is not None


async def _not_sent(run: BatchRun, order: Order, failure: NotSent) -> Change:
    """It cannot exist at the broker, so the same tag may go again, within limits."""
    if isinstance(failure, RateLimited):
        await hold(run.services.database, run.account, rest_after(failure))
    if isinstance(failure, SessionEnded):
        return changes.not_sent(order, "the login is over", session_over=True)
    if order.attempt.sends >= MOST_SENDS:
        message = failure.message[:500]
        return changes.not_placed(order, "broker_unreachable", message, attempt_state=AttemptState.NOT_SENT)
    return changes.not_sent(order, failure.message)


async def _give_up(run: BatchRun, reason: StopReason) -> None:
    """What was never sent will not be."""
    rest = [order for order in run.batch.orders if order.state is OrderState.PLANNED]
    if rest:
        given_up = [changes.not_placed(order, "stopped", STOPPED[reason]) for order in rest]
        await commit(run, given_up, stop=reason)


async def _leave_buys(run: BatchRun) -> None:
    """The sells that were to fund them were not filled: nothing is bought."""
    buys = [order for order in run.batch.orders if order.side is Side.BUY and order.state is OrderState.PLANNED]
    if buys:
        await commit(run, [changes.not_placed(order, SELLS_UNFILLED, UNFUNDED) for order in buys])


SELLS_UNFILLED = "sells_not_filled"
UNFUNDED = "the sells that were to pay for it were not filled"
STOPPED = {
    StopReason.NOT_AS_CONFIRMED: "the stored orders are not what was confirmed",
    StopReason.MISMATCH: "the broker's answer does not match what was sent",
    StopReason.LOGIN_OVER: "the login at the broker ended",
    StopReason.CANCELLED: "the investor cancelled it before it was sent",
}
