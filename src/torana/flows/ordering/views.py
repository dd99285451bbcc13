"""The review of orders, and their way to the broker's own page, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from torana.connectors.contract import Side
from torana.flows.account import price_key
from torana.kit.money import Paise
from torana.pages.views import Action, Amount, Broker, Frame, Notice


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One order before it exists. Open parts are asked for; `number` (from 1) is in the names of their fields."""

    number: int
    symbol: str
    name: str
    side: Side | None
    quantity: int | None
    last_price: Paise | None
    side_open: bool = False
    quantity_open: bool = False
    limit: Paise | None = None
    limit_open: bool = False
    limit_shown: Paise | None = None
    """The limit as far as it is known: the partner's, or what was typed."""
    limit_is_far: bool = False
    """The limit is far away from the last price."""
    limit_required: bool = False
    tick: Paise = 5
    note: str = ""
    typed_quantity: str = ""
    typed_limit: str = ""
    amount: Paise | None = None
    """What it costs or brings, as far as it is known."""
    problem: str | None = None
    wrong: str = ""
    """Which field the problem is with: `side`, `quantity` or `limit`; empty: with none, or with all."""
    was: str = ""
    """What it was when it was shown before."""
    limit_note: str = ""
    """What a market order that is sent with a limit costs or brings at the worst."""
    price_shown: Paise | None = None
    """The price from which a market order gets its limit; it comes back with the form."""
    exchange: str = "NSE"

    @property
    def price_key(self) -> str:
        """Under which the page finds a newer price of it."""
        return price_key(self.exchange, self.symbol)


@dataclass(frozen=True, slots=True)
class CostRows:
    """What the broker reckons for the lines of a review. The page asks `url` by script, with what is typed; where
    `asked` is set, this is the answer already. An amount None: not told."""

    url: str = ""
    asked: bool = False
    margin: str | None = None
    charges: str | None = None
    source: str = ""
    """Who told it, and when."""
    short: str | None = None
    """That the funds are less than what is needed with it; None: they are not, or nobody knows."""


@dataclass(frozen=True, slots=True)
class Review:
    """The last look before money moves. `hash` stands for what is shown and travels with the form."""

    template: ClassVar[str] = "review.html"
    frame: Frame
    broker: Broker
    account: str
    title: str
    lines: tuple[ReviewLine, ...]
    total: Amount
    funds: Amount
    confirm: str
    hash: str
    pay: str | None = None
    """What is to be paid as it stands on the button; empty: nothing, or not known. None: the button places nothing."""
    notices: tuple[Notice, ...] = ()
    consent: str | None = None
    priced_at: str | None = None
    prices_url: str | None = None
    available: Paise | None = None
    limits: bool = False
    limits_url: str = ""
    """`limits`: whether the fields for limit prices are shown; `limits_url` shows them."""
    shown: str | None = None
    """The hash of the very lines that are shown; set when nothing stands against placing them, and sent along."""
    blocked: Action | None = None
    """Set when confirming would lead nowhere: this stands in the place of the button."""
    anyway: str | None = None
    """The words on the button that places these lines although the broker may refuse them, sent with `anyway_hash`."""
    anyway_hash: str = ""
    costs: CostRows | None = None
    """None: this broker tells no costs."""
    change: Action | None = None
    """The way back to where the lines were chosen."""
    seen: str = ""
    """What is shown, for `differences` when it comes back."""
    warned: bool = False
    """It has a warning that nobody could see before these lines were typed."""

    @property
    def is_clear(self) -> bool:
        """Whether nothing stands against the very lines that it shows, and nothing has to be said of them."""
        return self.shown is not None and not self.warned


@dataclass(frozen=True, slots=True)
class Basket:
    """The orders on their way to the broker's own page, in a form that the browser posts there. `account` is whose."""

    template: ClassVar[str] = "basket.html"
    frame: Frame
    broker: Broker
    account: str
    host: str
    url: str
    fields: Mapping[str, str] = field(repr=False)
    count: int = 1
