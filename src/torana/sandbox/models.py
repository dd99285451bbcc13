"""The exchange's own words: tickets, orders, trades, refusals. No broker's wire format in here.

Quantities in shares, prices and values in paise, moments in UTC (exchange time).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from torana.kit.money import Paise
from torana.market.models import Security
from torana.sandbox.securities import NSE, listed


class Side(StrEnum):
    BUY = "BUY"
    SELL = "SELL"


class OrderType(StrEnum):
    MARKET = "MARKET"
    LIMIT = "LIMIT"


class State(StrEnum):
    """Where an order is. Partly filled is OPEN with `filled` above zero."""

    RECEIVED = "RECEIVED"
    AMO_RECEIVED = "AMO_RECEIVED"
    VALIDATION_PENDING = "VALIDATION_PENDING"
    OPEN_PENDING = "OPEN_PENDING"
    OPEN = "OPEN"
    CANCEL_PENDING = "CANCEL_PENDING"
    COMPLETE = "COMPLETE"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"


FINAL = frozenset({State.COMPLETE, State.CANCELLED, State.REJECTED})


class Reason(StrEnum):
    """Why the exchange or a broker's checks refuse something."""

    FUNDS = "funds"
    HOLDINGS = "holdings"
    NOT_AUTHORISED = "not_authorised"
    CIRCUIT = "circuit"
    FREEZE = "freeze"
    TICK = "tick"
    QUANTITY = "quantity"
    SYMBOL = "symbol"
    MARKET_CLOSED = "market_closed"
    AMO_CLOSED = "amo_closed"
    ACCOUNT_BLOCKED = "account_blocked"
    NOT_FOUND = "not_found"
    FINAL = "final"
    TOO_MANY_CHANGES = "too_many_changes"


REJECTIONS: Mapping[Reason, str] = {
    Reason.FUNDS: "Insufficient funds for this order.",
    Reason.HOLDINGS: "Insufficient stock holding for this sell order.",
    Reason.CIRCUIT: "The price is outside the circuit limits of the day.",
    Reason.FREEZE: "The quantity is above the freeze limit of the exchange.",
    Reason.MARKET_CLOSED: "The market is closed.",
    Reason.ACCOUNT_BLOCKED: "The account is blocked.",
}


def plain_text(reason: Reason) -> str:
    """Of an order that is rejected; a dialect may have its own."""
    return REJECTIONS.get(reason, f"Refused: {reason}.")


class Ending(StrEnum):
    """What the exchange does with an order once it is open."""

    FILLS = "fills"
    PARTIAL_THEN_FILLS = "partial_then_fills"
    PARTIAL_THEN_RESTS = "partial_then_rests"
    PARTIAL_THEN_CANCELLED = "partial_then_cancelled"
    RESTS = "rests"
    FILLS_SLOWLY = "fills_slowly"
    STUCK = "stuck"
    FILLS_DESPITE_CANCEL = "fills_despite_cancel"
    CANCELLED_THEN_FILLS = "cancelled_then_fills"
    OVERFILLS = "overfills"


class OrderRefused(Exception):
    """Refused at once, before an order exists. `message` is the exchange's plain text; dialects have their own."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class Ticket:
    """An order as it was asked for. `limit_price` is set exactly for LIMIT.

    `product` is the broker's own word: the exchange keeps it and treats everything as delivery. It keeps
    `disclosed` (shares) and `market_protection` (per cent, -1: automatic) too. `app` is the key of the
    app that placed it.
    """

    symbol: str
    side: Side
    quantity: int
    order_type: OrderType
    limit_price: Paise | None
    product: str
    validity: str = "DAY"
    amo: bool = False
    tag: str | None = None
    app: str = ""
    disclosed: int = 0
    market_protection: int | Decimal = 0
    exchange: str = NSE


@dataclass(frozen=True, slots=True)
class Trade:
    """One fill. `price` per share."""

    trade_id: str
    order_id: str
    symbol: str
    side: Side
    quantity: int
    price: Paise
    at: datetime
    exchange: str = NSE


@dataclass(frozen=True, slots=True)
class Step:
    """One line of an order's history: how it stood from this moment on."""

    at: datetime
    state: State
    quantity: int
    filled: int
    cancelled: int
    average_price: Decimal
    """Rupees."""
    limit_price: Paise | None
    exchange_order_id: str | None
    message: str | None


@dataclass(slots=True, eq=False)
class Order:
    """An order at the exchange. `asked` is what arrived; the other fields are what the broker made of it."""

    order_id: str
    broker: str
    account_id: str
    asked: Ticket
    symbol: str
    side: Side
    quantity: int
    order_type: OrderType
    limit_price: Paise | None
    tag: str | None
    accepted_at: datetime
    appears_at: datetime
    """Before this moment no read shows it and nothing happens to it."""
    book_day: date
    """The day (IST) whose book it belongs to."""
    guid: str
    exchange: str = NSE
    ending: Ending = Ending.FILLS
    state: State = State.RECEIVED
    exchange_order_id: str | None = None
    exchange_at: datetime | None = None
    updated_at: datetime | None = None
    filled: int = 0
    value: Paise = 0
    """What the fills cost together."""
    cancelled: int = 0
    reason: Reason | None = None
    """Why it was rejected."""
    message: str | None = None
    strange_status: bool = False
    """The book shows a word for its state that no document knows."""
    changes: int = 0
    postback_copies: int = 1
    in_book: bool = True
    """False once the book of its day was cleared."""
    history: list[Step] = field(default_factory=list)
    trades: list[Trade] = field(default_factory=list)

    @property
    def security(self) -> Security:
        return listed(self.exchange)[self.symbol]

    @property
    def pending(self) -> int:
        return max(self.quantity - self.filled - self.cancelled, 0)

    @property
    def final(self) -> bool:
        return self.state in FINAL

    @property
    def average_price(self) -> Decimal:
        """Rupees per share to four decimals, 0 before the first fill."""
        if self.filled == 0:
            return Decimal(0)
        return (Decimal(self.value) / self.filled / 100).quantize(Decimal("0.0001"), ROUND_HALF_UP)

    def note(self, at: datetime) -> None:
        """Add how it stands now to its history."""
        self.updated_at = at
        self.history.append(
            Step(
                at=at,
                state=self.state,
                quantity=self.quantity,
                filled=self.filled,
                cancelled=self.cancelled,
                average_price=self.average_price,
                limit_price=self.limit_price,
                exchange_order_id=self.exchange_order_id,
                message=self.message,
            )
        )
