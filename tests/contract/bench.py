"""One connector on the bench: its simulator over real HTTP, a clock moved by hand, a look into the broker's ledger."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from tests.brokers import UNPACED, shows_tags
from tests.connectors.replay import methods_of
from tests.connectors.whole import Whole
from tests.contract.subjects import APP, Subject
from tests.support.browser import Browser, Left, Page
from tests.support.clock import HandClock
from tests.support.vault import MemoryVault
from torana.connectors.codes import with_names
from torana.connectors.contract import (
    BrokerOrder,
    BrowserForm,
    Instrument,
    Keys,
    Login,
    MarketOrders,
    OrderRequest,
    OrderType,
    Placed,
    Session,
    Setup,
    Side,
    TicketReturn,
    Variety,
)
from torana.connectors.hosts import sandbox_hosts
from torana.connectors.registry import BROKERS
from torana.connectors.tags import on_wire
from torana.kit.http import Answer, HttpClient, Request
from torana.kit.ids import new_tag
from torana.kit.money import Paise
from torana.kit.outbound import BrokerClient
from torana.market.securities import find
from torana.orders.market_price import priced
from torana.sandbox.accounts import Account
from torana.sandbox.exchange import Exchange, Tempo
from torana.sandbox.faults import Fault, Kind, Operation
from torana.sandbox.models import Order
from torana.sandbox.server import RunningSandbox, running_sandbox

SHORT = 0.6
"""Seconds after which an impatient connector gives a broker up."""


@dataclass
class Patience:
    """A client with another deadline: a short one, so that a test need not wait for a broker that never answers, or a
    long one for a long answer on a busy machine."""

    client: HttpClient
    seconds: float

    async def send(self, request: Request, *, seconds: float = 7.0) -> Answer:
        return await self.client.send(request, seconds=self.seconds)


def security(symbol: str, exchange: str = "NSE") -> Instrument:
    known = find(symbol, exchange)
    assert known is not None
    return Instrument(exchange, known.symbol, known.isin)


INFY = security("INFY")


def order(
    quantity: int = 7,
    *,
    symbol: str = "INFY",
    side: Side = Side.BUY,
    limit: Paise | None = None,
    variety: Variety = Variety.REGULAR,
    tag: str | None = None,
) -> OrderRequest:
    kind = OrderType.MARKET if limit is None else OrderType.LIMIT
    return OrderRequest(security(symbol), side, quantity, kind, limit, variety, tag or new_tag())


class BasketPages(NamedTuple):
    start_basket: Callable[[Browser, BrowserForm, str], Awaitable[Page | Left]]
    confirm: Callable[[Browser], Awaitable[Page | Left]]
    decline: Callable[[Browser], Awaitable[Page | Left]]


def told_apart(rows: Sequence[BrokerOrder], asked: Iterable[OrderRequest]) -> list[BrokerOrder]:
    """The rows of a broker that shows no tags, with the tags of what was asked for in this order: each belongs to the
    first free row of its security, side and quantity."""
    told = list(rows)
    for one in asked:
        wanted = (one.instrument.symbol, one.instrument.exchange, one.side, one.quantity)
        for at, row in enumerate(told):
            if row.tag is None and (row.symbol, row.exchange, row.side, row.quantity) == wanted:
                told[at] = replace(row, tag=one.tag)
                break
    return told


@dataclass(frozen=True)
class Priced(Whole):
    """As the core places: at a broker that takes no market orders, a limit near a fresh price; at one that takes none
    in any way, the limit that an investor enters who knows the price of the moment. The orders of a broker that shows
    no tags are told apart by what they are."""

    exchange: Exchange
    asked: list[OrderRequest]

    async def orders(self, session: Session, known: Collection[str] = ()) -> Sequence[BrokerOrder]:
        rows = await super().orders(session, known)
        return rows if shows_tags(self.capabilities.broker) else told_apart(rows, self.asked)

    def basket_form(
        self, session: Session, orders: Sequence[OrderRequest], *, return_url: str, state: str
    ) -> BrowserForm:
        self.asked.extend(orders)
        return super().basket_form(session, orders, return_url=return_url, state=state)

    async def place(self, session: Session, order: OrderRequest) -> Placed:
        assert self.parts.orders is not None
        self.asked.append(order)
        rules, sent = self.parts.orders.rules, with_names(order, self.parts.capabilities.broker, "test")
        if order.order_type is OrderType.MARKET and rules.market is MarketOrders.NONE:
            traded = self.exchange.security(order.instrument.symbol, order.instrument.exchange)
            sent = replace(sent, order_type=OrderType.LIMIT, limit_price=self.exchange.last_price(traded))
        sent = await priced(self.parts, rules, session, sent, UNPACED)
        return await super().place(session, sent)


@dataclass
class Bench:
    subject: Subject
    sandbox: RunningSandbox
    clock: HandClock
    client: BrokerClient
    browser: Browser
    user: str = "asha"
    vault: MemoryVault = field(default_factory=MemoryVault)
    asked: list[OrderRequest] = field(default_factory=list)
    """What the app asked for, in this order."""

    @property
    def connector(self) -> Whole:
        return Priced(self.built().parts, self.sandbox.exchange, self.asked)

    @property
    def account(self) -> Account:
        account = self.sandbox.exchange.accounts.find(self.subject.broker, self.user)
        assert account is not None, "nobody has logged in yet"
        return account

    def built(
        self,
        *,
        client: HttpClient | None = None,
        keys: Keys | None = None,
        sandbox_url: str | None = None,
    ) -> Whole:
        """The connector anew, with something else than usual."""
        broker = BROKERS[self.subject.broker]
        return Whole(
            broker.bound(
                Setup(
                    client or self.client,
                    sandbox_hosts(BROKERS[self.subject.broker], sandbox_url or self.sandbox.url),
                    keys or broker.sandbox_keys[self.subject.mode],
                    f"{APP}/portal/callback/{self.subject.broker}",
                    self.subject.mode,
                    self.vault,
                )
            )
        )

    @property
    def pages(self) -> BasketPages:
        """What a person does on the broker's pages for baskets."""
        pages = self.subject.pages
        assert pages.start_basket is not None
        assert pages.confirm is not None
        assert pages.decline is not None
        return BasketPages(pages.start_basket, pages.confirm, pages.decline)

    def offers(self, name: str) -> bool:
        """Whether this broker has the call of this name."""
        return name in methods_of(self.subject.broker)

    @property
    def impatient(self) -> Whole:
        return self._waiting(SHORT)

    @property
    def patient(self) -> Whole:
        return self._waiting(60.0)

    def _waiting(self, seconds: float) -> Whole:
        return Priced(self.built(client=Patience(self.client, seconds)).parts, self.sandbox.exchange, self.asked)

    async def login_page(self, user: str = "asha", state: str = "state-1") -> Page | Left:
        """Log in at the broker's pages."""
        self.user = user
        url = await self.connector.login_url(state, self.way_back(state))
        return await self.subject.pages.log_in(self.browser, url, user)

    def way_back(self, ticket: str) -> str:
        """Where the browser is to come back to."""
        registered = f"{APP}/portal/callback/{self.subject.broker}"
        in_path = self.connector.capabilities.login is TicketReturn.RETURN_PATH
        return f"{registered}/{ticket}" if in_path else registered

    async def callback(self, user: str = "asha", state: str = "state-1") -> Mapping[str, str]:
        """Log in at the broker's pages; what the browser brought back to the app."""
        left = await self.login_page(user, state)
        assert isinstance(left, Left), f"the broker kept the browser: {left.text}"
        return left.brought

    async def login(self, user: str = "asha") -> Login:
        return await self.connector.finish_login(await self.callback(user), self.clock.now())

    async def session(self, user: str = "asha") -> Session:
        login = await self.login(user)
        return Session(login.broker_user_id, login.secrets, login.edis_needed)

    def fault(self, kind: Kind, operation: str = Operation.PLACE, **how: Any) -> Fault:
        """Let this go wrong at the next matching request."""
        return self.sandbox.faults.add(Fault(kind=kind, operation=operation, **how), self.sandbox.exchange.now())

    def arrived(self, operation: Operation) -> int:
        """How many requests of this kind reached the broker from this client."""
        return self._traffic[operation]

    @property
    def all_arrived(self) -> int:
        """How many requests of any kind reached the broker from this client."""
        return sum(self._traffic.values())

    @property
    def _traffic(self) -> Counter[Operation]:
        return self.sandbox.ledger.traffic[self.subject.broker, self.account.user_id].requests

    def at_broker(self, tag: str) -> list[Order]:
        """The truth: orders that were made at the broker for this tag; where it knows no tags, for what was asked for
        under it."""
        rule = BROKERS[self.subject.broker].capabilities.tag
        if rule is not None and rule.is_shown:
            return self.sandbox.ledger.with_tag(on_wire(tag, rule))
        (one,) = (one for one in self.asked if one.tag == tag)
        wanted = (one.instrument.symbol, one.instrument.exchange, one.side.value, one.quantity)
        asked = ((made, made.asked) for made in self.sandbox.ledger.orders)
        return [made for made, of in asked if (of.symbol, of.exchange, of.side.value, of.quantity) == wanted]

    async def booked(self, session: Session, tag: str) -> BrokerOrder:
        """The one order of the book that carries the tag."""
        found = [row for row in await self.connector.orders(session) if row.tag == tag]
        assert len(found) == 1, found
        return found[0]

    def advance(self, seconds: float) -> None:
        """Move the exchange's time and let happen what is due."""
        self.clock.advance(seconds)
        self.sandbox.exchange.catch_up()


@asynccontextmanager
async def bench(subject: Subject, clock: HandClock) -> AsyncIterator[Bench]:
    async with (
        running_sandbox(clock=clock, gateway_url=APP, tempo=Tempo(0, 0), rate_limits=False) as sandbox,
        BrokerClient(subject.broker, sandbox_hosts(BROKERS[subject.broker], sandbox.url).origins) as client,
        Browser(APP) as browser,
    ):
        yield Bench(subject, sandbox, clock, client, browser)


def with_edis(session: Session, needed: bool | None) -> Session:
    return replace(session, edis_needed=needed)
