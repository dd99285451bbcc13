"""The broker's order book as evidence."""

from dataclasses import dataclass

import structlog

from torana.connectors.contract import BrokerError, BrokerOrder, Resting, SessionEnded
from torana.orders.desk import Hand
from torana.orders.models import AT_BROKER, Order

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Book:
    """A book that was read whole."""

    orders: list[BrokerOrder]
    healthy: bool
    """False when it misses orders that it has shown before: it is stale and proves no absence (A18)."""

    def by_id(self, broker_order_id: str | None) -> BrokerOrder | None:
        return next((order for order in self.orders if order.broker_order_id == broker_order_id), None)

    def by_tag(self, tag: str) -> list[BrokerOrder]:
        return [order for order in self.orders if order.tag == tag]


async def read_book(hand: Hand) -> Book | None:
    """Read the account's book. None when it could not be read: that proves nothing. Raises `SessionEnded`."""
    try:
        orders = list(await hand.connector.orders(hand.session))
    except SessionEnded:
        raise
    except Resting as resting:
        hand.rest = resting.seconds
        return None
    except BrokerError as error:
        log.warning("orders.book.unreadable", broker=hand.batch.broker, error=repr(error))
        return None
    shown = {order.broker_order_id for order in orders}
    seen_before = {
        order.broker_order_id
        for order in hand.batch.orders
        if order.broker_status is not None and order.state in AT_BROKER
    }
    return Book(orders, healthy=seen_before <= shown)


async def traces(hand: Hand, book: Book, tag: str) -> list[BrokerOrder] | None:
    """Orders that carry the tag, asked for by the tag too where the broker has such a look-up.

    None when that look-up failed.
    """
    found = book.by_tag(tag)
    if found or not hand.connector.capabilities.lookup_by_tag:
        return found
    try:
        return list(await hand.connector.orders_by_tag(hand.session, tag))
    except Resting as resting:
        hand.rest = resting.seconds
        return None
    except BrokerError as error:
        log.warning("orders.book.tag_lookup_failed", broker=hand.batch.broker, error=repr(error))
        return None


def disagreement(order: Order, entry: BrokerOrder) -> str | None:
    """In which way the broker's order is not the one that we sent (A16, R06); None if it is."""
    pairs = (
        ("symbol", order.symbol, entry.symbol),
        ("exchange", order.exchange, entry.exchange),
        ("side", order.side, entry.side),
        ("quantity", order.quantity, entry.quantity),
        ("delivery", True, entry.delivery),
    )
    wrong = [f"{name} {theirs} instead of {ours}" for name, ours, theirs in pairs if ours != theirs]
    return f"the broker's order has {', '.join(wrong)}" if wrong else None
