"""Follow accepted orders to their end, by the order book. Postbacks only say when to look."""

import structlog

from torana.connectors.contract import BrokerOrder, BrokerStatus
from torana.orders.book import Book, disagreement
from torana.orders.commit import commit
from torana.orders.desk import Hand
from torana.orders.models import AT_BROKER, STATE_OF, AttemptState, Change, Order, OrderState

log = structlog.get_logger(__name__)


async def track(hand: Hand, book: Book) -> None:
    """Bring every order at the broker to what the book says. Raises `LostLease`."""
    changes = [
        change
        for order in hand.batch.orders
        if order.state in AT_BROKER and (change := _follow(hand, book, order)) is not None
    ]
    wrong = any(change.attention and change.attention.startswith("integrity") for change in changes)
    if changes:
        await commit(
            hand, changes, stopped_reason="the broker's answer does not match what was sent" if wrong else None
        )


def _follow(hand: Hand, book: Book, order: Order) -> Change | None:
    entry = book.by_id(order.broker_order_id)
    if entry is None or (entry.tag and entry.tag != order.tag):
        return _elsewhere(hand, book, order, foreign=entry is not None)
    wrong = disagreement(order, entry)
    if wrong:
        if order.attention:
            return None
        log.error("orders.integrity", tag=order.tag, wrong=wrong)
        return Change(order, order.state, attention=f"integrity: {wrong}")
    change = seen(order, entry)
    return change if _is_news(order, change) else None


def seen(order: Order, entry: BrokerOrder) -> Change:
    """What the broker's entry says of the order."""
    filled = max(entry.filled_quantity, order.filled_quantity)
    change = Change(
        order,
        order.state,
        broker_order_id=entry.broker_order_id,
        exchange_order_id=entry.exchange_order_id,
        broker_status=entry.raw_status,
        filled_quantity=filled,
        average_price=entry.average_price if entry.filled_quantity >= order.filled_quantity else None,
        message=entry.message,
    )
    if entry.filled_quantity > order.quantity:
        change.attention = f"overfilled: {entry.filled_quantity} of {order.quantity}"
    if entry.filled_quantity < order.filled_quantity:
        change.attention = f"fills fell from {order.filled_quantity} to {entry.filled_quantity}"
    if entry.status is BrokerStatus.UNKNOWN:
        log.warning("orders.status_unknown", raw=entry.raw_status)
        change.attention = f"unknown status: {entry.raw_status}"
        change.state = order.state if order.state in AT_BROKER else OrderState.PLACED
        return change
    change.state = STATE_OF[entry.status]
    if change.state is OrderState.OPEN and filled:
        change.state = OrderState.PARTIAL
    if entry.status is BrokerStatus.REJECTED:
        change.reason = entry.reason
    if order.attention and order.attention.startswith("unknown status"):
        change.clear_attention = True
    return change


def _is_news(order: Order, change: Change) -> bool:
    return (
        change.visible
        or change.clear_attention
        or (change.broker_status is not None and change.broker_status != order.broker_status)
        or (change.exchange_order_id is not None and change.exchange_order_id != order.exchange_order_id)
    )


def _elsewhere(hand: Hand, book: Book, order: Order, *, foreign: bool) -> Change | None:
    """The id that we were given is not in the book, or names somebody else's order (A17): the tag decides."""
    tagged = book.by_tag(order.tag)
    if len(tagged) == 1 and disagreement(order, tagged[0]) is None:
        change = seen(order, tagged[0])
        change.detail = f"the broker first gave the id {order.broker_order_id}"
        return change
    if foreign:
        log.error("orders.foreign_id", tag=order.tag)
        return Change(
            order,
            OrderState.CHECKING,
            AttemptState.UNKNOWN,
            clear_broker_order_id=True,
            window_ends_at=hand.desk.clock.now() + hand.settle_window,
            detail=f"the id {order.broker_order_id} belongs to an order with another tag",
        )
    now = hand.desk.clock.now()
    if not book.healthy or order.window_ends_at is None or now < order.window_ends_at:
        return None
    if order.broker_status is None:
        # Accepted, never shown (A23).
        return Change(
            order,
            OrderState.ABSENT,
            AttemptState.ABSENT,
            reason="not_found_at_broker",
            detail="accepted with an id that the order book never showed",
        )
    return None if order.attention else Change(order, order.state, attention="gone: the order book lost it")
