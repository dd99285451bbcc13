"""Find out what became of orders that may exist: look for the tag, adopt what carries it, or prove its absence."""

from datetime import datetime, timedelta

import structlog

from torana.connectors.contract import BrokerOrder, ExecutionMode
from torana.orders.book import Book, disagreement, traces
from torana.orders.commit import commit
from torana.orders.desk import Hand
from torana.orders.models import AttemptState, Change, Order, OrderState
from torana.orders.store import earlier_tags
from torana.orders.track import seen

BASKET_PATIENCE = timedelta(minutes=15)
"""So long an investor may sit before a basket in the broker's own page."""
CLOCK_SKEW = timedelta(seconds=5)
ELSEWHERE = "elsewhere"
INTEGRITY = "the broker's answer does not match what was sent"

log = structlog.get_logger(__name__)


async def take_over(hand: Hand) -> None:
    """An attempt that is found SENDING was begun by somebody who did not live to tell: it may exist."""
    now = hand.desk.clock.now()
    changes = [
        Change(
            order,
            OrderState.CHECKING,
            AttemptState.UNKNOWN,
            window_ends_at=now + hand.settle_window,
            detail="the worker ended between intent and answer",
        )
        for order in hand.batch.orders
        if order.state is OrderState.SENDING
    ]
    if changes:
        await commit(hand, changes)


async def reconcile(hand: Hand, book: Book) -> None:
    """One look at every order in doubt. Raises `LostLease`."""
    changes: list[Change] = []
    stopped: str | None = None
    for order in hand.batch.orders:
        if order.state is OrderState.CHECKING:
            change = await _look(hand, book, order)
            if change.attention and change.attention.startswith("integrity"):
                stopped = INTEGRITY
            changes.append(change)
    changes += await _late_landings(hand, book)
    if changes:
        await commit(hand, changes, stopped_reason=stopped)


def window_end(hand: Hand, order: Order) -> datetime:
    """From when on a healthy look-up may call the order absent."""
    batch = hand.batch
    if batch.execution_mode is ExecutionMode.REDIRECT_BASKET:
        back = batch.returned_at or batch.created_at + BASKET_PATIENCE
        window = hand.desk.settle_window
        return back + timedelta(seconds=hand.connector.capabilities.basket_settle_window if window is None else window)
    return order.window_ends_at or batch.created_at + hand.settle_window


async def _look(hand: Hand, book: Book, order: Order) -> Change:
    now = hand.desk.clock.now()
    found = await traces(hand, book, order.tag)
    looked = order.lookups + 1
    if found is None:
        return Change(order, order.state, lookups=order.lookups)
    if len(found) > 1:
        return Change(order, order.state, lookups=looked, attention=f"duplicate: {len(found)} orders carry the tag")
    if found:
        return _adopt(order, found[0], looked)
    if now < window_end(hand, order) or not book.healthy:
        return Change(order, order.state, lookups=looked)
    if order.seen_in:
        return Change(order, order.state, lookups=looked, attention=_elsewhere(order))
    lookalikes = _lookalikes(hand, book, order)
    if lookalikes:
        return _untagged(hand, book, order, lookalikes, looked)
    return _absent(hand, order, looked)


def _elsewhere(order: Order) -> str:
    return f"{ELSEWHERE}: the broker has it in the account {order.seen_in}, whose order book we cannot read"


def _adopt(order: Order, entry: BrokerOrder, looked: int) -> Change:
    wrong = disagreement(order, entry)
    if wrong:
        log.error("orders.integrity", tag=order.tag, wrong=wrong)
        return Change(order, order.state, lookups=looked, attention=f"integrity: {wrong}")
    change = seen(order, entry)
    change.attempt_state = AttemptState.ACCEPTED
    change.lookups = looked
    change.detail = "found by its tag"
    change.clear_attention = order.attention is not None and order.attention.startswith(ELSEWHERE)
    return change


def _absent(hand: Hand, order: Order, looked: int) -> Change:
    """Proven not to be there. From a server API the investor decides; a basket he has just not confirmed."""
    basket = hand.batch.execution_mode is ExecutionMode.REDIRECT_BASKET
    return Change(
        order,
        OrderState.NOT_PLACED if basket else OrderState.ABSENT,
        AttemptState.ABSENT,
        lookups=looked,
        reason="not_found_at_broker",
        detail="a healthy look-up after the settle window did not find the tag",
    )


def _lookalikes(hand: Hand, book: Book, order: Order) -> list[BrokerOrder]:
    """Untagged orders that could be this one and are not known to be another."""
    known = {other.broker_order_id for other in hand.batch.orders}
    return [
        entry
        for entry in book.orders
        if not entry.tag
        and entry.broker_order_id not in known
        and disagreement(order, entry) is None
        and (entry.placed_at is None or order.started_at is None or entry.placed_at >= order.started_at - CLOCK_SKEW)
    ]


def _untagged(hand: Hand, book: Book, order: Order, lookalikes: list[BrokerOrder], looked: int) -> Change:
    """The broker may have dropped our tag (A22), or the investor placed the same order by hand (R01).

    Adopted only when there is one candidate for one order and this broker is seen to drop tags; else a human decides.
    """
    twins = [
        other
        for other in hand.batch.orders
        if other.state is OrderState.CHECKING and other.line_confirmed == order.line_confirmed
    ]
    drops_tags = any(
        other.broker_order_id is not None and (entry := book.by_id(other.broker_order_id)) is not None and not entry.tag
        for other in hand.batch.orders
    )
    if drops_tags and len(lookalikes) == len(twins) == 1:
        change = _adopt(order, lookalikes[0], looked)
        change.detail = "found by symbol, side, quantity and time: the broker drops tags"
        return change
    return Change(
        order,
        order.state,
        lookups=looked,
        attention=f"ambiguous: {len(lookalikes)} untagged order(s) at the broker could be this one",
    )


async def _late_landings(hand: Hand, book: Book) -> list[Change]:
    """Orders that show although they had been called absent (A04): the truth is corrected, loudly."""
    if not hand.batch.had_absent:
        return []
    tags = await earlier_tags(hand.desk.database, hand.batch.gateway_id, hand.batch.batch_id)
    by_id = {order.order_id: order for order in hand.batch.orders}
    changes = [
        Change(order, order.state, attention=_elsewhere(order))
        for order in hand.batch.orders
        if order.seen_in
        and order.state in (OrderState.ABSENT, OrderState.NOT_PLACED)
        and not order.attention
        and not book.by_tag(order.tag)
    ]
    for tag, order_id in tags.items():
        order = by_id[order_id]
        for entry in book.by_tag(tag):
            if tag == order.tag and order.state in (OrderState.ABSENT, OrderState.NOT_PLACED):
                change = _adopt(order, entry, order.lookups)
                change.attention = change.attention or "late landing: it appeared after it had been called absent"
                change.clear_attention = False
                changes.append(change)
            elif tag != order.tag and not order.attention:
                log.error("orders.placed_twice", order_id=order_id)
                text = f"placed twice: the first attempt landed late as {entry.broker_order_id}"
                changes.append(Change(order, order.state, attention=text))
    return changes
