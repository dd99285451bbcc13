"""A broker that does only what the portal asks, and whose login behaves as a test wants it to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from tests.connectors.replay import Replayer, answer
from torana.connectors.contract import (
    BasketRules,
    Broker,
    BrokerOrder,
    BrowserForm,
    Callback,
    Connector,
    ExecutionMode,
    Holding,
    Hosts,
    Instrument,
    Keys,
    Login,
    LoginRefused,
    LoginRules,
    LoginStart,
    MarketOrders,
    OrderRef,
    OrderRequest,
    OrderRules,
    Placed,
    PortfolioRules,
    Position,
    Redirect,
    Rows,
    Session,
    Setup,
    TagRule,
    TicketReturn,
    ToldEnd,
    Unknown,
)
from torana.kit.money import Paise

SESSION = Session("AB1234", {"token": "token"})


@dataclass(frozen=True)
class _Part:
    setup: Setup = field(repr=False)


class QuietLogin(_Part):
    """Gives nothing back."""

    rules: ClassVar = LoginRules(TicketReturn.COOKIE, ToldEnd())

    async def begin(self, ticket: str, return_url: str) -> LoginStart:
        return LoginStart(Redirect("https://quiet.invalid/login"))

    async def finish(self, callback: Callback, kept: Mapping[str, str], now: datetime) -> Login:
        user = callback.get("user")
        if user is None:
            raise LoginRefused("cancelled")
        return Login(user, "Asha", {"token": "token"}, now + timedelta(hours=8), None)


class QuietOrders(_Part):
    rules: ClassVar = OrderRules(tag=TagRule(20), book_kept_until="06:00", market=MarketOrders.PROTECTED)

    async def place(self, session: Session, order: OrderRequest) -> Placed:
        raise Unknown("quiet")

    async def book(self, session: Session, known: Collection[str] = ()) -> Sequence[BrokerOrder]:
        return []

    async def cancel(self, session: Session, order: OrderRef) -> None:
        raise Unknown("quiet")


class QuietBaskets(_Part):
    rules: ClassVar = BasketRules(limit=2)

    def form(self, session: Session, orders: Sequence[OrderRequest], *, return_url: str, ticket: str) -> BrowserForm:
        return BrowserForm("https://quiet.invalid/basket", {"tags": " ".join(order.tag for order in orders)})


class QuietPortfolio(_Part):
    rules: ClassVar = PortfolioRules()

    async def holdings(self, session: Session) -> Rows[Holding]:
        return Rows([])

    async def positions(self, session: Session) -> Rows[Position]:
        return Rows([])

    async def funds(self, session: Session) -> Paise:
        return 1_00_000_00


class QuietQuotes(_Part):
    async def prices(self, session: Session, instruments: Sequence[Instrument]) -> Mapping[Instrument, Paise]:
        return dict.fromkeys(instruments, 320000)


def quiet(**parts: Any) -> Connector:
    """The connector, with other parts than usual."""
    offered: dict[str, Any] = {"login": QuietLogin, "portfolio": QuietPortfolio, "quotes": QuietQuotes}
    broker = Broker(
        key="quiet",
        name="Quiet",
        monogram="Q",
        hue=14,
        hosts={},
        keys=(),
        orders=QuietOrders,
        browser_orders=QuietBaskets,
        default_mode=ExecutionMode.REDIRECT_BASKET,
        sandbox_keys={},
        **offered | parts,
    )
    client = Replayer([answer(b"")])
    redirect = "https://torana.test/portal/callback/quiet"
    return broker.bound(Setup(client, Hosts({}, frozenset()), Keys({}), redirect, ExecutionMode.REDIRECT_BASKET))
