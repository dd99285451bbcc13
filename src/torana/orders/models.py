"""The types of a batch on its way."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

import msgspec

from torana.connectors.contract import BrokerStatus, ExecutionMode, Instrument, OrderRequest, OrderType, Side, Variety
from torana.kit.money import Paise


class OrderState(StrEnum):
    """Where an order is. Every arrow between two of them is an event."""

    PLANNED = "PLANNED"
    """Written down with its tag; nothing has left us."""
    SENDING = "SENDING"
    """The attempt is committed; bytes may be on their way."""
    CHECKING = "CHECKING"
    """It may exist at the broker: we are looking for its tag."""
    PLACED = "PLACED"
    OPEN = "OPEN"
    PARTIAL = "PARTIAL"
    AMO_QUEUED = "AMO_QUEUED"
    COMPLETE = "COMPLETE"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    ABSENT = "ABSENT"
    """Sent, and proven not to be at the broker: the investor decides what now."""
    NOT_PLACED = "NOT_PLACED"
    """It does not exist at the broker and will not."""


FINAL = frozenset(
    {OrderState.COMPLETE, OrderState.REJECTED, OrderState.CANCELLED, OrderState.EXPIRED, OrderState.NOT_PLACED}
)
AT_BROKER = frozenset({OrderState.PLACED, OrderState.OPEN, OrderState.PARTIAL, OrderState.AMO_QUEUED})
"""Accepted, known by the broker's id, not final."""

STATE_OF = {
    BrokerStatus.RECEIVED: OrderState.PLACED,
    BrokerStatus.OPEN: OrderState.OPEN,
    BrokerStatus.TRIGGER_PENDING: OrderState.OPEN,
    BrokerStatus.PARTIAL: OrderState.PARTIAL,
    BrokerStatus.AMO_QUEUED: OrderState.AMO_QUEUED,
    BrokerStatus.COMPLETE: OrderState.COMPLETE,
    BrokerStatus.CANCELLED: OrderState.CANCELLED,
    BrokerStatus.REJECTED: OrderState.REJECTED,
    BrokerStatus.EXPIRED: OrderState.EXPIRED,
}
"""`BrokerStatus.UNKNOWN` is not here on purpose: an unknown word changes no state."""


class AttemptState(StrEnum):
    PLANNED = "PLANNED"
    SENDING = "SENDING"
    NOT_SENT = "NOT_SENT"
    REJECTED = "REJECTED"
    ACCEPTED = "ACCEPTED"
    UNKNOWN = "UNKNOWN"
    ABSENT = "ABSENT"


class BatchStatus(StrEnum):
    """The interface's words for a batch (gateway-interface, orders)."""

    PLACED = "PLACED"
    UNPLACED = "UNPLACED"
    PARTIALLYPLACED = "PARTIALLYPLACED"
    UNFILLED = "UNFILLED"
    PARTIALLYFILLED = "PARTIALLYFILLED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class ConfirmedLine(msgspec.Struct, frozen=True):
    """One line exactly as the investor confirmed it. Quantity in shares, limit price in paise."""

    symbol: str
    exchange: str
    isin: str
    side: Side
    quantity: int
    order_type: OrderType
    limit_price: Paise | None


def confirmed_hash(lines: Sequence[ConfirmedLine], variety: Variety) -> bytes:
    """What the investor confirmed, in 32 bytes. What is sent is compared with it (I12)."""
    return sha256(msgspec.json.encode([variety, *lines])).digest()


class Order(msgspec.Struct):
    """An order with its latest attempt."""

    order_id: str
    line: int
    symbol: str
    exchange: str
    isin: str
    side: Side
    quantity: int
    order_type: OrderType
    limit_price: Paise | None
    state: OrderState
    broker_order_id: str | None
    exchange_order_id: str | None
    broker_status: str | None
    filled_quantity: int
    average_price: Paise
    reason: str | None
    message: str | None
    attention: str | None
    seen_in: str | None
    """Another account than the batch's in which the broker says this order is."""
    updated_at: datetime
    final_at: datetime | None
    attempt_id: str
    number: int
    tag: str
    attempt_state: AttemptState
    started_at: datetime | None
    window_ends_at: datetime | None
    sends: int
    lookups: int

    @property
    def line_confirmed(self) -> ConfirmedLine:
        return ConfirmedLine(
            self.symbol, self.exchange, self.isin, self.side, self.quantity, self.order_type, self.limit_price
        )

    def request(self, variety: Variety) -> OrderRequest:
        return OrderRequest(
            instrument=Instrument(self.exchange, self.symbol, self.isin),
            side=self.side,
            quantity=self.quantity,
            order_type=self.order_type,
            limit_price=self.limit_price,
            variety=variety,
            tag=self.tag,
        )


class Batch(msgspec.Struct):
    """The orders of one transaction, sent together."""

    gateway_id: str
    batch_id: str
    transaction_id: str
    investor_id: str
    session_id: str
    broker: str
    execution_mode: ExecutionMode
    variety: Variety
    status: BatchStatus
    confirmed_hash: bytes
    stopped_reason: str | None
    created_at: datetime
    returned_at: datetime | None
    placed_at: datetime | None
    completed_at: datetime | None
    hints: int
    intent: str
    notes: str | None
    settled_at: datetime | None
    had_absent: bool = False
    """An attempt of this batch was called absent: it may land late."""
    orders: list[Order] = []

    @property
    def over(self) -> bool:
        """Nothing more can come: all has ended, and nothing that could land late."""
        return self.completed_at is not None and not self.had_absent


class Change(msgspec.Struct):
    """What is to be written of one order and its attempt. None leaves a column as it is."""

    order: Order
    state: OrderState
    attempt_state: AttemptState | None = None
    broker_order_id: str | None = None
    exchange_order_id: str | None = None
    broker_status: str | None = None
    filled_quantity: int | None = None
    average_price: Paise | None = None
    reason: str | None = None
    message: str | None = None
    attention: str | None = None
    clear_attention: bool = False
    clear_broker_order_id: bool = False
    started_at: datetime | None = None
    window_ends_at: datetime | None = None
    sends: int | None = None
    lookups: int | None = None
    detail: str | None = None

    @property
    def visible(self) -> bool:
        """Whether it changes what anybody is told (a counted look-up alone does not)."""
        return (
            self.state != self.order.state
            or (self.filled_quantity is not None and self.filled_quantity != self.order.filled_quantity)
            or (self.attention is not None and self.attention != self.order.attention)
            or (self.broker_order_id is not None and self.broker_order_id != self.order.broker_order_id)
        )


_WRITTEN = (
    "attempt_state",
    "broker_order_id",
    "exchange_order_id",
    "broker_status",
    "filled_quantity",
    "average_price",
    "reason",
    "message",
    "attention",
    "started_at",
    "window_ends_at",
    "sends",
    "lookups",
)


def apply(change: Change, now: datetime) -> None:
    """Bring the order in memory to what the change will have written."""
    order = change.order
    order.state = change.state
    if change.clear_broker_order_id:
        order.broker_order_id = None
    for name in _WRITTEN:
        value = getattr(change, name)
        if value is not None:
            setattr(order, name, value)
    if change.clear_attention:
        order.attention = None
    order.updated_at = now
    order.final_at = (order.final_at or now) if change.state in FINAL else None


def status_of(orders: Sequence[Order]) -> BatchStatus:
    """The status of a batch is the fold of its orders (I7)."""
    if any(order.state not in FINAL for order in orders):
        return BatchStatus.PLACED
    unplaced = sum(order.state is OrderState.NOT_PLACED for order in orders)
    if unplaced == len(orders):
        return BatchStatus.UNPLACED
    if all(order.state is OrderState.COMPLETE for order in orders):
        return BatchStatus.COMPLETED
    if unplaced:
        return BatchStatus.PARTIALLYPLACED
    if any(order.filled_quantity for order in orders):
        return BatchStatus.PARTIALLYFILLED
    if all(order.state in (OrderState.CANCELLED, OrderState.EXPIRED) for order in orders):
        return BatchStatus.CANCELLED
    return BatchStatus.UNFILLED
