"""The contract between the house and a broker: types of the trade, capabilities, one protocol, three errors.

A connector is a stateless translator. It holds no session, no database, no retry. What a broker cannot do is absent
from its `Capabilities`; the caller looks there first and never calls the method.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from torana.kit.money import Paise


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


class Reason(StrEnum):
    """Why a broker refused, in our words; the broker's own text always travels beside it."""

    INSUFFICIENT_FUNDS = "insufficient_funds"
    INSUFFICIENT_HOLDINGS = "insufficient_holdings"
    HOLDINGS_NOT_AUTHORISED = "holdings_not_authorised"
    MARKET_CLOSED = "market_closed"
    PRICE_OUT_OF_BAND = "price_out_of_band"
    QUANTITY_ABOVE_FREEZE = "quantity_above_freeze"
    INSTRUMENT_NOT_TRADABLE = "instrument_not_tradable"
    INVALID_ORDER = "invalid_order"
    NOT_PERMITTED = "not_permitted"
    OTHER = "other"


class ExecutionMode(StrEnum):
    SERVER_API = "server_api"
    REDIRECT_BASKET = "redirect_basket"


class LoginKind(StrEnum):
    REDIRECT_STATE = "redirect_state"
    """The broker gives our state value back."""
    REDIRECT_COOKIE = "redirect_cookie"
    """It does not: only the cookie ties the callback to its transaction."""


class PostbackKind(StrEnum):
    CHECKSUM = "checksum"
    SECRET_URL = "secret_url"
    NONE = "none"


class Evidence(StrEnum):
    """What a connector was verified against."""

    OFFICIAL_DOCS = "official docs"
    OFFICIAL_CLIENT = "official client"
    UNOFFICIAL_SOURCE = "unofficial source"
    GUESS = "guess"


@dataclass(frozen=True, slots=True)
class TagRule:
    """How our 15-digit tag travels. `base` is 10, or 36 where the broker's field is too short for digits."""

    max_length: int
    base: int = 10


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a broker can do and how it behaves, as data. Times in seconds."""

    broker: str
    name: str
    monogram: str
    hue: int
    """Hue in degrees of the drawn monogram."""
    login: LoginKind
    execution_modes: tuple[ExecutionMode, ...]
    order_types: frozenset[OrderType]
    amo: bool
    tag: TagRule
    lookup_by_tag: bool
    orders_per_second: int
    session_ends_at: str
    """Wall time in IST at which every token of the day dies, `HH:MM`."""
    book_kept_until: str
    """Wall time in IST, `HH:MM`, until which the order book of a trading day is there for certain: on that day, or
    (before the opening) on the morning after."""
    edis: bool
    postback: PostbackKind
    quotes: bool
    cancel: bool = True
    basket_limit: int | None = None
    """Largest number of orders in one browser basket."""
    settle_window: float = 120.0
    """How long an order may take to show after an unknown answer."""
    basket_settle_window: float = 30.0
    """The same after the investor came back from a basket at the broker."""
    largest_order: int | None = None
    """Most shares that this broker takes in one order, where it has a limit of its own beside the exchange's."""
    sells_pledged: bool | None = None
    """Whether pledged shares can be sold as they are; None when the broker does not say."""
    holdings_tell_released: bool = False
    """Holdings say how much the depository has released for sale, of an investor who must authorise each sale."""
    market_protection: bool = True
    too_fast_is_refused: bool = False
    """The broker documents that its answer 429 was given before its order system saw the order."""
    verified: Mapping[str, Evidence] = field(default_factory=dict)
    """Per area (`login`, `orders`, `holdings`, …): what the translation was checked against."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """An equity on an exchange."""

    exchange: str
    symbol: str
    isin: str


@dataclass(frozen=True, slots=True)
class LoginStart:
    """Where the investor's browser goes (GET) to log in."""

    url: str


@dataclass(frozen=True, slots=True)
class Login:
    """A finished login. `token` is secret; `broker_user_id` is the broker's stable id of the account."""

    broker_user_id: str
    user_name: str
    token: str = field(repr=False)
    expires_at: datetime
    edis_needed: bool | None
    """True when sells need an authorisation at the depository first; None when the broker does not say."""


@dataclass(frozen=True, slots=True)
class Session:
    """What a call on behalf of an investor needs. `token` is secret."""

    broker_user_id: str
    token: str = field(repr=False)
    edis_needed: bool | None = None
    """As the login said (`Login.edis_needed`): some brokers' holdings can only be read right with it."""


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


@dataclass(frozen=True, slots=True)
class Placed:
    """The broker took the order and gave it an id (not yet a word on what becomes of it)."""

    broker_order_id: str


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

    @property
    def untagged(self) -> bool:
        return self.tag is None and not self.foreign_tag

    def may_carry(self, tag: str) -> bool:
        """It carries the tag, or none at all."""
        return self.tag == tag or self.untagged


@dataclass(frozen=True, slots=True)
class Holding:
    """A row of shares of one security: `quantity` settled, free and not sold yet, beside it what is not delivered yet
    and what is pledged. A broker may have several rows for one security; its ISIN says that they belong together.

    `sellable` counts what can be sold now without a further authorisation and without what is pledged; `sold_today`
    what was sold out of these shares since the morning.
    """

    symbol: str
    exchange: str
    isin: str
    quantity: int
    t1_quantity: int
    collateral_quantity: int
    sellable: int
    average_price: Paise
    sold_today: int = 0
    delivery: bool | None = True
    """Whether a delivery order sells them (not what was bought with the broker's money); None as in `Position`."""


@dataclass(frozen=True, slots=True)
class Position:
    """What was traded today in one security, in shares. What was bought today is no holding yet and can be sold."""

    symbol: str
    exchange: str
    isin: str | None
    """None where the broker names the security by its symbol alone."""
    delivery: bool | None
    """Whether these are delivery trades; None when the broker's word for it is unknown to us."""
    bought: int
    sold: int


@dataclass(frozen=True, slots=True)
class Profile:
    broker_user_id: str
    user_name: str
    edis_needed: bool | None


@dataclass(frozen=True, slots=True)
class Postback:
    """A broker's word that something happened: a hint that triggers a read, never a fact."""

    broker_user_id: str | None
    broker_order_id: str
    tag: str | None


@dataclass(frozen=True, slots=True)
class BrowserForm:
    """A form that the investor's own browser posts to the broker. The fields may hold a token: never log them."""

    url: str
    fields: Mapping[str, str] = field(repr=False)


class BrokerError(Exception):
    """Base of the three ways in which a call to a broker can end without a value.

    `message` is the broker's own text or the transport's; `code` is the broker's own code, if it gave one.
    """

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class NotSent(BrokerError):
    """It cannot exist at the broker: the connection was refused, or the broker documents such an answer as refused
    before its order system. It may be sent again with the same tag."""


class RateLimited(NotSent):
    """Refused before the order system because we were too fast."""

    def __init__(self, message: str, *, code: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class Resting(NotSent):
    """Not asked: this broker has not been answering and is left alone for so many `seconds`. Reads only."""

    def __init__(self, message: str, *, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class SessionEnded(NotSent):
    """Refused because the investor's login is over; he must log in again."""


class Rejected(BrokerError):
    """The broker said no, with a code that we know. Final."""

    def __init__(self, message: str, *, reason: Reason, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.reason = reason


class Unknown(BrokerError):
    """It may exist. Only the order book can tell. `unmapped`: the broker itself refused it, without a code that we
    know."""

    def __init__(self, message: str, *, code: str | None = None, unmapped: bool = False) -> None:
        super().__init__(message, code=code)
        self.unmapped = unmapped


class LoginRefused(BrokerError):
    """The login did not happen: the investor cancelled it, or the code was wrong, used or too old."""


class Connector(Protocol):
    """One broker. Every method makes at most one exchange with the broker unless it says otherwise.

    Reads (`orders`, `holdings`, …) raise `SessionEnded`, `NotSent` or `Unknown`; a look-up that raised proves nothing.
    """

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def execution_mode(self) -> ExecutionMode:
        """How this installation places orders with this broker."""
        ...

    def login(self, state: str) -> LoginStart:
        """Where to send the investor. `state` comes back in the callback where the broker can echo it."""
        ...

    def echoed_state(self, callback: Mapping[str, str]) -> str | None:
        """Our state value out of the callback's query, None where there is none."""
        ...

    async def finish_login(self, callback: Mapping[str, str], now: datetime) -> Login:
        """Exchange what the callback brought for a token. Raises `LoginRefused`, `NotSent`, `Unknown`."""
        ...

    async def profile(self, session: Session) -> Profile: ...

    async def place(self, session: Session, order: OrderRequest) -> Placed:
        """Send one order, once. Raises `NotSent`, `Rejected` or `Unknown` and nothing else."""
        ...

    async def orders(self, session: Session, known: Collection[str] = ()) -> Sequence[BrokerOrder]:
        """The day's order book. A row that cannot be read is left out and counted, unless it carries a tag of our
        form or one of the `known` broker order ids: then the book proves nothing (`Unknown`)."""
        ...

    async def orders_by_tag(self, session: Session, tag: str) -> Sequence[BrokerOrder]:
        """Capability `lookup_by_tag`: the latest state of every order that carries the tag, empty if none does."""
        ...

    async def cancel(self, session: Session, broker_order_id: str, variety: Variety) -> None:
        """Ask for a cancellation. Raises `Rejected` when the order is already final."""
        ...

    async def holdings(self, session: Session) -> Sequence[Holding]: ...

    async def positions(self, session: Session) -> Sequence[Position]:
        """What was traded since the morning, by security and product."""
        ...

    async def funds(self, session: Session) -> Paise:
        """Cash that can be spent on delivery buys, in paise."""
        ...

    async def quotes(self, session: Session, instruments: Sequence[Instrument]) -> Mapping[str, Paise]:
        """Capability `quotes`: last price in paise by symbol; a symbol without a price is absent."""
        ...

    def parse_postback(self, headers: Mapping[str, str], body: bytes, url_secret: str | None) -> Postback:
        """Raises `ValueError` when the body is not a postback of this broker or its proof is wrong."""
        ...

    def basket_form(
        self, session: Session, orders: Sequence[OrderRequest], *, return_url: str, state: str
    ) -> BrowserForm:
        """Mode `redirect_basket`: the form that shows these orders at the broker for the investor to confirm there.

        The browser comes back to `return_url`, or to the registered callback carrying `state`.
        """
        ...
