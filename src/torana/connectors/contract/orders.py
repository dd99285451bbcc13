"""Orders: what is sent, what the book shows, and what a broker that takes orders from us can do."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Protocol

from torana.connectors.contract.errors import Reason
from torana.connectors.contract.login import BrowserForm, Session
from torana.kit.money import Paise, rupees

if TYPE_CHECKING:
    from torana.connectors.contract.setup import Setup


class Side(StrEnum):
    BUY = "BUY"
    SELL = "SELL"


class OrderType(StrEnum):
    MARKET = "MARKET"
    LIMIT = "LIMIT"


class Variety(StrEnum):
    REGULAR = "regular"
    AMO = "amo"


class BrokerStatus(StrEnum):
    """What a broker's word for the state of an order means (`UNKNOWN`: a word that we have never seen)."""

    RECEIVED = "RECEIVED"
    OPEN = "OPEN"
    PARTIAL = "PARTIAL"
    TRIGGER_PENDING = "TRIGGER_PENDING"
    AMO_QUEUED = "AMO_QUEUED"
    COMPLETE = "COMPLETE"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    UNKNOWN = "UNKNOWN"


TERMINAL = frozenset({BrokerStatus.COMPLETE, BrokerStatus.CANCELLED, BrokerStatus.REJECTED, BrokerStatus.EXPIRED})


class ExecutionMode(StrEnum):
    SERVER_API = "server_api"
    """We send the orders."""
    REDIRECT_BASKET = "redirect_basket"
    """The investor's browser takes them to the broker's own page, and the investor confirms there."""


class TagEcho(StrEnum):
    """How a broker's book shows our tag again."""

    EXACT = "exact"
    CASELESS = "caseless"
    """In capitals or not, whatever was sent."""
    PREFIXED = "prefixed"
    """With something of the broker's before it."""
    NOT_ECHOED = "not echoed"


@dataclass(frozen=True, slots=True)
class TagRule:
    """How our tag of 15 digits travels. The core encodes it (`connectors.tags.on_wire`); a connector sends
    `OrderRequest.tag` as it is, and reads its rows with `connectors.tags.read_tags` and this rule."""

    max_length: int
    """Of the broker's field. Where 15 digits do not fit, the tag travels as 10 characters `0-9a-z`."""
    echo: TagEcho = TagEcho.EXACT

    @property
    def is_shown(self) -> bool:
        """Whether the book shows tags at all. Where it does not, an order whose answer was lost is known by what it
        is about alone."""
        return self.echo is not TagEcho.NOT_ECHOED


class MarketOrders(StrEnum):
    """What becomes of an order without a price. None goes out by API as it is: the exchanges do not take them from
    programs (NSE/FAOP/69296)."""

    PROTECTED = "with the broker's protection"
    AS_LIMIT = "as limits near a fresh price"
    """It takes none by API: the core makes a limit of it, at most `market_percent` beyond the price that the investor
    saw, and shows them that."""
    NONE = "not at all"


@dataclass(frozen=True, slots=True)
class OrderRules:
    """How a broker treats orders, as data. Times in seconds."""

    tag: TagRule
    book_kept_until: str
    """Wall time in IST, `HH:MM`, until which the order book of a trading day is there for certain: on that day, or
    (before the opening) on the morning after."""
    market: MarketOrders
    market_percent: Decimal = Decimal(1)
    """For `AS_LIMIT`."""
    amo: bool = True
    cancel_in: frozenset[ExecutionMode] = frozenset(ExecutionMode)
    """The ways of placing in which an app may also cancel by API."""
    settle_window: float = 120.0
    """How long an order may take to show after an unknown answer."""
    largest_order: int | None = None
    """Most shares that this broker takes in one order, where it has a limit of its own beside the exchange's."""
    too_fast_is_refused: bool = False
    """The broker documents that its answer 429 was given before its order system saw the order."""


@dataclass(frozen=True, slots=True)
class BasketRules:
    """How a broker's own page takes orders, as data."""

    limit: int | None = None
    """Largest number of orders in one go; None where there is no limit known."""
    settle_window: float = 30.0
    """Seconds that an order may take to show after the investor came back from there."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """An equity on an exchange, and what the broker calls it: from its list, at the confirmation."""

    exchange: str
    symbol: str
    isin: str
    code: str = ""
    """In requests. Empty where nobody has looked it up."""
    listed_as: str = ""
    """The symbol in the broker's list."""


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """One order to send. Quantity in shares; `limit_price` in paise, set exactly for LIMIT. Product: delivery."""

    instrument: Instrument
    side: Side
    quantity: int
    order_type: OrderType
    limit_price: Paise | None
    variety: Variety
    tag: str

    @property
    def limit_rupees(self) -> Decimal | None:
        """The limit price as brokers write it, None at the market. Raises `ValueError` for a LIMIT order without."""
        if self.order_type is OrderType.LIMIT and self.limit_price is None:
            raise ValueError("a LIMIT order needs a limit price")
        return None if self.limit_price is None else rupees(self.limit_price)


@dataclass(frozen=True, slots=True)
class Placed:
    """The broker took the order and gave it an id (not yet a word on what becomes of it)."""

    broker_order_id: str
    extra: Mapping[str, str] = field(default_factory=dict)
    """As in `OrderRef`."""


@dataclass(frozen=True, slots=True)
class OrderRef:
    """By what an order of ours is known at its broker, for cancelling and looking it up."""

    broker_order_id: str
    """Empty where the broker's answer was lost; an order to cancel has one."""
    exchange_order_id: str | None
    tag: str
    """As it went on the wire."""
    variety: Variety
    instrument: Instrument
    extra: Mapping[str, str] = field(default_factory=dict)
    """What else the broker wants to hear again, as the answer to the order or its row in the book said (a second id, a
    serial number). Stored with the order; no secrets."""


@dataclass(frozen=True, slots=True)
class BrokerOrder:
    """An order as the broker's book shows it. Quantities in shares, prices in paise, times in UTC."""

    broker_order_id: str
    exchange_order_id: str | None
    tag: str | None
    """Of our form (15 digits), None where the row has no such tag."""
    symbol: str
    exchange: str
    side: Side | None
    """None when the broker's word for it is unknown to us (likewise `delivery`)."""
    delivery: bool | None
    quantity: int
    filled_quantity: int
    average_price: Paise
    status: BrokerStatus
    raw_status: str
    message: str | None
    """The broker's own text, for a refusal or a cancellation."""
    reason: Reason | None
    """Set for REJECTED."""
    placed_at: datetime | None
    foreign_tag: bool = False
    """It carries a tag that is not of our form and no word of the broker's own: another client placed it."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """As in `OrderRef`; empty changes nothing of what is stored."""
    code: str | None = None
    """The broker's code of the security, None where the row tells none."""

    @property
    def untagged(self) -> bool:
        return self.tag is None and not self.foreign_tag

    def may_carry(self, tag: str) -> bool:
        """It carries the tag, or none at all."""
        return self.tag == tag or self.untagged


class Orders(Protocol):
    """Orders by API. Every method makes one exchange that can change an order, at most, and never a second try."""

    rules: ClassVar[OrderRules]

    def __init__(self, setup: "Setup") -> None: ...

    async def place(self, session: Session, order: OrderRequest) -> Placed:
        """Send one order, once. Raises `NotSent`, `Rejected` or `Unknown` and nothing else."""
        ...

    async def book(self, session: Session, known: Collection[str] = ()) -> Sequence[BrokerOrder]:
        """The day's order book. A row that cannot be read is left out and counted, unless it carries a tag of our
        form or one of the `known` broker order ids: then the book proves nothing (`Unknown`).

        Raises `SessionEnded`, `NotSent` or `Unknown`; a look that raised proves nothing.
        """
        ...

    async def cancel(self, session: Session, order: OrderRef) -> None:
        """Ask for a cancellation. Raises `Rejected` when the order is already final."""
        ...


class TagLookUp(Protocol):
    """A broker that finds orders by our tag. Where there is none the day's book is read."""

    def __init__(self, setup: "Setup") -> None: ...

    async def by_tag(self, session: Session, order: OrderRef) -> Sequence[BrokerOrder]:
        """The latest state of every order that carries the tag of this one; empty if none does. Raises as `Orders.book`
        does."""
        ...


class BrowserOrders(Protocol):
    """Orders that the investor confirms in the broker's own page."""

    rules: ClassVar[BasketRules]

    def __init__(self, setup: "Setup") -> None: ...

    def form(self, session: Session, orders: Sequence[OrderRequest], *, return_url: str, ticket: str) -> BrowserForm:
        """The form that shows these orders at the broker. The browser comes back to `return_url`, or to the registered
        callback carrying the `ticket`. Raises `ValueError` for more or fewer orders than the broker takes."""
        ...
