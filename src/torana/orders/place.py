"""Send planned orders, each once.

An attempt is committed as SENDING before its first byte leaves and ends as what is known of it. There is no retry
here and none can be attached: what may exist at the broker goes to `reconcile`.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from torana.connectors.contract import NotSent, RateLimited, Rejected, SessionEnded, Side, Unknown, Variety
from torana.kit.database import LOST_CONNECTION
from torana.kit.faultpoints import reach
from torana.orders.commit import commit
from torana.orders.desk import Hand
from torana.orders.models import FINAL, AttemptState, Change, Order, OrderState, confirmed_hash
from torana.orders.pace import NO_SLOT, Slot, fresh, hold, take

SELLS_FIRST = timedelta(seconds=30)
"""So long buys wait for the sells of their basket to reach their end."""
MOST_IN_FLIGHT = 10
"""Orders of one batch on their way at once."""
GATHER_SECONDS = 0.001
"""Answers come in bursts, and each commit costs more than this: so long the next one is waited for."""
_SESSION_ENDED = "session ended"
MOST_SENDS = 5
"""Times that an order which provably never left us is tried before it is given up."""

log = structlog.get_logger(__name__)


async def place(hand: Hand) -> None:
    """Send what may be sent now, in line order, sells first; each turn writes the answers that came and the intents of
    the orders that go next in one commit.

    Returns when nothing is in flight and nothing more may be sent in this pass: what provably never left us has its
    turn in a later one. Raises `LostLease`.
    """
    if not _as_confirmed(hand):
        await _give_up(hand, "the stored orders are not what was confirmed")
    in_flight: set[asyncio.Task[Change]] = set()
    patience: float | None = None
    grounded = False
    try:
        while True:
            landed, in_flight = await _land(in_flight, patience)
            answers = [task.result() for task in landed]
            grounded = grounded or any(answer.attempt_state is AttemptState.NOT_SENT for answer in answers)
            ready = [] if grounded else _ready(hand)[: MOST_IN_FLIGHT - len(in_flight)]
            slot = await take(hand.desk.database, hand.account, len(ready)) if ready else NO_SLOT
            window, patience = ready[: slot.count], slot.wait
            if not answers and not window and not in_flight and patience is None:
                break
            await _turn(hand, answers, window)
            in_flight |= {asyncio.create_task(_send_one(hand, order, slot)) for order in window}
    finally:
        # Never cut a request that is on its way: its answer is lost, and the order would have to be looked for.
        if in_flight:
            await asyncio.wait(in_flight)
    if hand.batch.stopped_reason:
        await _give_up(hand, hand.batch.stopped_reason)


def _as_confirmed(hand: Hand) -> bool:
    lines = [order.line_confirmed for order in hand.batch.orders]
    return confirmed_hash(lines, hand.batch.variety) == hand.batch.confirmed_hash


async def _land(
    in_flight: set[asyncio.Task[Change]], patience: float | None
) -> tuple[set[asyncio.Task[Change]], set[asyncio.Task[Change]]]:
    """Wait for the first answer, at most for `patience` seconds; those that follow at its heels land with it."""
    if not in_flight:
        if patience is not None:
            await asyncio.sleep(patience)
        return set(), set()
    landed, flying = await asyncio.wait(in_flight, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
    while landed and flying:
        more, flying = await asyncio.wait(flying, timeout=GATHER_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not more:
            break
        landed |= more
    return landed, flying


async def _turn(hand: Hand, answers: Sequence[Change], window: Sequence[Order]) -> None:
    if window:
        await reach("orders.place.before_intent")
    if answers or window:
        over = any(answer.detail == _SESSION_ENDED for answer in answers)
        await commit(
            hand,
            [*answers, *(_intent(hand, order) for order in window)],
            stopped_reason="the login at the broker ended" if over else None,
        )
    if window:
        await reach("orders.place.after_intent")


def _ready(hand: Hand) -> list[Order]:
    """What may be sent now as far as the batch goes; how much of it at once, the broker's rate decides."""
    batch = hand.batch
    if batch.stopped_reason or hand.desk.stopping.is_set():
        return []
    planned = [order for order in batch.orders if order.state is OrderState.PLANNED]
    sells = [order for order in planned if order.side is Side.SELL]
    if sells or batch.variety is Variety.AMO:
        return sells or planned
    sells_open = any(order.side is Side.SELL and order.state not in FINAL for order in batch.orders)
    if sells_open and hand.desk.clock.now() - batch.created_at < SELLS_FIRST:
        return []
    return planned


def _intent(hand: Hand, order: Order) -> Change:
    now = hand.desk.clock.now()
    return Change(
        order,
        OrderState.SENDING,
        AttemptState.SENDING,
        started_at=now,
        window_ends_at=now + hand.settle_window,
        sends=order.sends + 1,
    )


async def _send_one(hand: Hand, order: Order, slot: Slot) -> Change:
    await reach("orders.place.before_send")
    try:
        await fresh(hand.desk.database, hand.account, slot)
    except LOST_CONNECTION as error:
        return Change(order, OrderState.PLANNED, AttemptState.NOT_SENT, detail=f"held up: {error!r}"[:500])
    hand.claim.check()
    try:
        placed = await hand.connector.place(hand.session, order.request(hand.batch.variety))
    except Rejected as refusal:
        return Change(
            order,
            OrderState.REJECTED,
            AttemptState.REJECTED,
            reason=refusal.reason,
            message=refusal.message,
            detail=refusal.code,
        )
    except NotSent as failure:
        return await _not_sent(hand, order, failure)
    except Unknown as doubt:
        log.warning("orders.place.unknown", tag=order.tag, unmapped=doubt.unmapped, code=doubt.code)
        return Change(
            order,
            OrderState.CHECKING,
            AttemptState.UNKNOWN,
            window_ends_at=hand.desk.clock.now() + hand.settle_window,
            detail=doubt.message[:500],
        )
    await reach("orders.place.after_answer")
    return Change(order, OrderState.PLACED, AttemptState.ACCEPTED, broker_order_id=placed.broker_order_id)


async def _not_sent(hand: Hand, order: Order, failure: NotSent) -> Change:
    """It cannot exist at the broker, so the same tag may go again, within limits."""
    if isinstance(failure, RateLimited):
        await hold(hand.desk.database, hand.account, failure.retry_after or 1.0)
    if isinstance(failure, SessionEnded):
        return Change(order, OrderState.PLANNED, AttemptState.NOT_SENT, detail=_SESSION_ENDED)
    if order.sends >= MOST_SENDS:
        return Change(
            order,
            OrderState.NOT_PLACED,
            AttemptState.NOT_SENT,
            reason="broker_unreachable",
            message=failure.message[:500],
        )
    return Change(order, OrderState.PLANNED, AttemptState.NOT_SENT, detail=failure.message[:500])


async def _give_up(hand: Hand, reason: str) -> None:
    """What was never sent will not be."""
    rest = [order for order in hand.batch.orders if order.state is OrderState.PLANNED]
    if rest:
        changes = [Change(order, OrderState.NOT_PLACED, reason="stopped", message=reason) for order in rest]
        await commit(hand, changes, stopped_reason=reason)
