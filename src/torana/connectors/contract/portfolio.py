"""What an investor has: shares, today's trades, money; and what things cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, TypeAlias, TypeVar

from torana.connectors.contract.login import Session
from torana.connectors.contract.orders import Instrument
from torana.kit.money import Paise

if TYPE_CHECKING:
    from torana.connectors.contract.setup import Setup


@dataclass(frozen=True, slots=True)
class PortfolioRules:
    """How a broker treats what an investor has, as data."""

    edis: bool = False
    """Some investors must authorise each sale at the depository first."""
    sells_pledged: bool | None = None
    """Whether pledged shares can be sold as they are; None when the broker does not say."""
    tells_released: bool = False
    """Holdings say how much the depository has released for sale, of an investor who must authorise each sale."""
    sold_counts_open: bool | None = None
    """Whether what holdings tell as sold today counts what open orders hold as well; None when the broker does not say.
    Then nobody can say what of the day's sales came out of the holdings."""
    tells_pledged: bool = True
    """Pledged shares are told as such: what the holdings do not name is not there."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unread:
    """A row that could not be read: which security it was about, as far as that can be. With neither it may have been
    about any."""

    isin: str | None
    symbol: str | None


@dataclass(frozen=True, slots=True)
class Rows(Generic[T]):
    """The rows of an answer that could be read, and what the others were about."""

    read: Sequence[T]
    unread: Sequence[Unread] = ()


@dataclass(frozen=True, slots=True)
class Holding:
    """A row of shares of one security: `quantity` settled, free and not sold yet, beside it what is not delivered yet
    and what is pledged. A broker may have several rows for one security; its ISIN says that they belong together.

    `sellable` counts what can be sold now without a further authorisation and without what is pledged; `sold_today`
    what was sold out of these shares since the morning, and what open orders hold of them where
    `PortfolioRules.sold_counts_open` says so. None is what the broker does not tell.
    """

    symbol: str
    exchange: str
    isin: str
    quantity: int
    t1_quantity: int | None
    collateral_quantity: int | None
    sellable: int
    average_price: Paise | None
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
    buy_price: Paise | None = None
    """Average price of a share that was bought, in paise; None where the broker does not tell it."""
    sell_price: Paise | None = None


class Portfolio(Protocol):
    """Each method makes one exchange and raises `SessionEnded`, `NotSent` or `Unknown`. A row that cannot be read hides
    no other."""

    rules: ClassVar[PortfolioRules]

    def __init__(self, setup: "Setup") -> None: ...

    async def holdings(self, session: Session) -> Rows[Holding]: ...

    async def positions(self, session: Session) -> Rows[Position]:
        """What was traded since the morning, by security and product."""
        ...

    async def funds(self, session: Session) -> Paise:
        """Cash that can be spent on delivery buys, in paise."""
        ...


Prices: TypeAlias = Mapping[Instrument, Paise]
"""Last prices of a share, in paise; an instrument without a price is absent."""


class Quotes(Protocol):
    def __init__(self, setup: "Setup") -> None: ...

    async def prices(self, session: Session, instruments: Sequence[Instrument]) -> Prices:
        """Last price in paise; an instrument without a price is absent. Raises as `Portfolio` does."""
        ...
