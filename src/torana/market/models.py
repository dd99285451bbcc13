"""What can be traded, as types: a security on one exchange, the code that a broker knows it by, a row of a file."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from torana.kit.money import Paise

EXCHANGES = ("NSE", "BSE")


class Kind(StrEnum):
    """What a security is, for whoever decides whether it can be ordered."""

    EQUITY = "equity"
    SME = "sme"
    ETF = "etf"
    REIT = "reit"
    INVIT = "invit"
    SGB = "sgb"
    OTHER = "other"
    """A bond, a debenture, a right, a warrant: listed, and nothing that an order can be for."""


@dataclass(frozen=True, slots=True)
class Security:
    """One security on one exchange. `tick` in paise; `lot` and `freeze_quantity` in shares."""

    symbol: str
    name: str
    isin: str
    series: str
    """NSE: the series. BSE: the group."""
    tick: Paise
    lot: int
    """Quantities are multiples of it: 1, and more for shares of small companies (series SM, ST) and some trusts."""
    exchange_token: int
    """The exchange's own number, which brokers' lists carry too."""
    kind: str
    """One of `Kind`."""
    freeze_quantity: int | None = None
    """The exchange's largest single order; None where nobody told it, and then nothing is refused for its size."""
    exchange: str = "NSE"
    bse_code: int | None = None
    """The number of the same ISIN on the BSE, None where it is not listed there."""

    def nearest_price(self, price: Paise) -> Paise:
        """The price on the tick that is nearest to this one, the lower of two, and never zero."""
        return max((price + (self.tick - 1) // 2) // self.tick, 1) * self.tick


@dataclass(frozen=True, slots=True)
class BrokerCode:
    """How one broker names a security: its `code` in requests, its `symbol` in lists."""

    broker: str
    exchange: str
    isin: str
    code: str
    symbol: str
    largest_order: int | None = None
    """Most shares that this broker takes in one order of it; None where its file does not say."""


@dataclass(frozen=True, slots=True)
class SymbolChange:
    """From `since` on, what was `old` is `new`."""

    old: str
    new: str
    since: date


class FileRow(NamedTuple):
    """One security as a broker's instrument file tells it. A broker that tells no ISIN leaves `isin` empty: then the
    exchange's token says which security it is, and of the figures the freeze quantity alone is used."""

    exchange: str
    exchange_token: int
    isin: str
    symbol: str
    series: str
    kind: str
    tick: Paise
    lot: int
    freeze_quantity: int | None
    name: str
    code: str
    broker_symbol: str
    largest_order: int | None


class Named(NamedTuple):
    """What is known of an exchange's token."""

    isin: str
    kind: str


class Part(NamedTuple):
    """Some rows of a file as rows of our tables (`market/store.py` names their columns)."""

    securities: list[tuple[Any, ...]]
    codes: list[tuple[Any, ...]]
    freeze_quantities: list[tuple[str, int, int]]
    """Exchange, exchange's token, shares."""


@dataclass(frozen=True, slots=True)
class Close:
    """What a share cost at the end of that day, paise: on the NSE, where a security has a price there."""

    isin: str
    day: date
    close: Paise
