"""The pages on which an investor says what they want of a basket: an amount, or shares."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from torana.kit.money import Paise
from torana.pages.views import Action, Amount, Broker, Frame, Notice


@dataclass(frozen=True, slots=True)
class BasketRow:
    """One security of a basket: `part` is its weight or its shares as a text, `price` that of a share in paise."""

    symbol: str
    name: str
    part: str
    price: Paise


@dataclass(frozen=True, slots=True)
class AmountView:
    """How much is invested. The amount buys whole shares; the review shows which."""

    template: ClassVar[str] = "amount.html"
    frame: Frame
    broker: Broker
    account: str
    title: str
    text: str
    minimum: str
    typed: str
    rows: tuple[BasketRow, ...]
    funds: Amount
    source: str
    """Whose prices these are."""
    problem: str = ""
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class SharesRow:
    """One security of an investment. `field` is the name of its field."""

    field: str
    symbol: str
    name: str
    held: int
    typed: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class SharesView:
    """How many shares are wanted of each, or how many of each are sold."""

    template: ClassVar[str] = "shares.html"
    frame: Frame
    broker: Broker
    account: str
    title: str
    text: str
    label: str
    """What the field of a row asks for."""
    rows: tuple[SharesRow, ...]
    fields: Mapping[str, str]
    problem: str = ""
    leave: Action | None = None
