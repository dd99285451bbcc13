"""One broker, as its folder offers it (`Broker`), bound to an installation (`Connector`), and what that can do
(`Capabilities`, which follow from the two and are written down nowhere else)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from torana.connectors.contract.account_opening import AccountOpenings
from torana.connectors.contract.authorisation import Authorisation, AuthorisationRules
from torana.connectors.contract.costs import Costs
from torana.connectors.contract.login import Logins, Logouts, SessionEnd, TicketReturn
from torana.connectors.contract.onboarding import KeyProof, Onboarding
from torana.connectors.contract.orders import (
    BasketRules,
    BrowserOrders,
    ExecutionMode,
    MarketOrders,
    OrderRules,
    Orders,
    OrderType,
    TagLookUp,
    TagRule,
)
from torana.connectors.contract.portfolio import Portfolio, PortfolioRules, Quotes
from torana.connectors.contract.postbacks import PostbackProof, Postbacks
from torana.connectors.contract.rates import Calls, Rate
from torana.connectors.contract.setup import Host, Key, Keys, Setup
from torana.connectors.contract.signing import Signer, as_it_is


class Evidence(StrEnum):
    """What a connector was verified against."""

    OFFICIAL_DOCS = "official docs"
    OFFICIAL_CLIENT = "official client"
    UNOFFICIAL_SOURCE = "unofficial source"
    GUESS = "guess"


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """One broker. `BROKER` in the package of a folder under `connectors/` is found by itself.

    The parts are classes that are made with a `Setup`; a part that a broker does not have is None. `login` is the one
    part that every broker has.
    """

    key: str
    """The folder's name, and the broker's name in settings, URLs and the API."""
    name: str
    """As investors know it."""
    other_names: tuple[str, ...] = ()
    """By which investors may look for it: former names, its app's name."""
    monogram: str
    hue: int
    """Hue in degrees of the drawn monogram."""
    rank: int | None = None
    """Its place among the brokers here by active clients at the NSE, as generally known in 2025 (nobody counted here);
    None: not known. It orders the first tiles of a chooser, where the partner named no order."""
    hosts: Mapping[str, Host]
    """By role, as the connector names them."""
    keys: tuple[Key, ...]
    signer: Signer = as_it_is
    """Through which every call goes."""
    login: type[Logins]
    logout: type[Logouts] | None = None
    orders: type[Orders] | None = None
    tag_lookup: type[TagLookUp] | None = None
    browser_orders: type[BrowserOrders] | None = None
    portfolio: type[Portfolio] | None = None
    authorisation: type[Authorisation] | None = None
    quotes: type[Quotes] | None = None
    costs: type[Costs] | None = None
    postbacks: type[Postbacks] | None = None
    account_opening: type[AccountOpenings] | None = None
    """There only where the operator has an address for it: the host `opening`."""
    rates: tuple[Rate, ...] = ()
    default_mode: ExecutionMode
    sandbox_keys: Mapping[ExecutionMode, Keys]
    """The apps that the simulated broker knows, by the way in which they may place orders."""
    verified: Mapping[str, Evidence] = field(default_factory=dict)
    """Per area (`login`, `orders`, `holdings`, …): what the translation was checked against."""
    guess: str = ""
    """What rests on a guess that only the broker could confirm, as a sentence without its full stop; empty: nothing.
    Live gateways are then offered this broker only where the operator set `TORANA_BROKER_{BROKER}_GUESS=accepted`."""
    one_client: str = ""
    """Why an app that places by API serves nobody but its owner, as the end of a sentence; empty: it may serve several,
    as far as is known."""
    onboarding: Onboarding = field(default_factory=Onboarding)
    """What it takes to have it live."""
    key_proof: KeyProof | None = None
    """How its keys are proved without an investor; None: not known to be possible."""

    @property
    def execution_modes(self) -> tuple[ExecutionMode, ...]:
        """The ways in which orders can be placed, the default first."""
        there = {ExecutionMode.SERVER_API: self.orders, ExecutionMode.REDIRECT_BASKET: self.browser_orders}
        modes = [mode for mode, part in there.items() if part is not None]
        return tuple(sorted(modes, key=lambda mode: mode is not self.default_mode))

    def rate(self, calls: Calls) -> Rate | None:
        """None where nothing holds these calls back."""
        return next((rate for rate in self.rates if rate.calls is calls), None)

    @property
    def capabilities(self) -> "Capabilities":
        """What it can do in its default way of placing."""
        return capabilities_of(self, self.default_mode)

    def bound(self, setup: Setup) -> "Connector":
        """The connector of an installation."""
        setup = replace(setup, signer=self.signer, broker=self.key)
        opening = self.account_opening if "opening" in setup.hosts.urls else None
        known = capabilities_of(self, setup.execution_mode)
        return Connector(
            broker=self,
            execution_mode=setup.execution_mode,
            capabilities=replace(
                known, account_opening=opening is not None, sip_auto=known.sip_auto and setup.unattended
            ),
            account_opening=_made(opening, setup),
            login=self.login(setup),
            logout=_made(self.logout, setup),
            orders=_made(self.orders, setup),
            tag_lookup=_made(self.tag_lookup, setup),
            browser_orders=_made(self.browser_orders, setup),
            portfolio=_made(self.portfolio, setup),
            authorisation=_made(self.authorisation, setup),
            quotes=_made(self.quotes, setup),
            costs=_made(self.costs, setup),
            postbacks=_made(self.postbacks, setup),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """A broker's parts, each bound to the keys, hosts and client of an installation. It keeps nothing between calls."""

    broker: Broker = field(repr=False)
    execution_mode: ExecutionMode
    """How this installation places orders with this broker."""
    capabilities: "Capabilities" = field(repr=False)
    login: Logins
    logout: Logouts | None
    orders: Orders | None
    tag_lookup: TagLookUp | None
    browser_orders: BrowserOrders | None
    portfolio: Portfolio | None
    authorisation: Authorisation | None
    quotes: Quotes | None
    costs: Costs | None
    postbacks: Postbacks | None
    account_opening: AccountOpenings | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a broker can do and how it behaves, as plain data for pages and docs. Times in seconds."""

    broker: str
    name: str
    other_names: tuple[str, ...] = ()
    monogram: str
    hue: int
    rank: int | None = None
    login: TicketReturn
    posts_back: bool
    session: SessionEnd
    execution_modes: tuple[ExecutionMode, ...]
    logout: bool
    quotes: bool
    costs: bool
    postback: PostbackProof | None
    order_types: frozenset[OrderType] = frozenset()
    market: MarketOrders = MarketOrders.NONE
    market_percent: Decimal | None = None
    """How far from the price that the investor saw a market order may go which is sent as a limit; None: none is so."""
    amo: bool = False
    tag: TagRule | None = None
    lookup_by_tag: bool = False
    rates: tuple[Rate, ...] = ()
    cancel: bool = False
    settle_window: float = 120.0
    largest_order: int | None = None
    too_fast_is_refused: bool = False
    basket_limit: int | None = None
    basket_settle_window: float = 30.0
    holdings: bool = False
    edis: bool = False
    releases: AuthorisationRules | None = None
    """How shares are released at the depository from here; None: only in the broker's own pages."""
    sells_pledged: bool | None = None
    sold_counts_open: bool | None = None
    holdings_tell_released: bool = False
    account_opening: bool = False
    """Whether somebody without an account can be sent there to open one."""
    sip_auto: bool = False
    """Whether an instalment can be placed by itself: the broker takes limits by API, tells prices, and shows our tags,
    by which an order of ours is found that the database does not know. Bound, whether it is allowed here, too."""


def capabilities_of(broker: Broker, mode: ExecutionMode) -> Capabilities:
    """What follows from the parts that are there, and their rules, in this way of placing."""
    login = broker.login.rules
    orders = None if broker.orders is None else broker.orders.rules
    basket = BasketRules() if broker.browser_orders is None else broker.browser_orders.rules
    portfolio = PortfolioRules() if broker.portfolio is None else broker.portfolio.rules
    return Capabilities(
        broker=broker.key,
        name=broker.name,
        other_names=broker.other_names,
        monogram=broker.monogram,
        hue=broker.hue,
        rank=broker.rank,
        login=login.ticket,
        posts_back=login.posts_back,
        session=login.ends,
        execution_modes=broker.execution_modes,
        logout=broker.logout is not None,
        quotes=broker.quotes is not None,
        costs=broker.costs is not None,
        postback=None if broker.postbacks is None else broker.postbacks.proof,
        order_types=_types(orders),
        market=MarketOrders.NONE if orders is None else orders.market,
        market_percent=_as_limit(orders) if mode is ExecutionMode.SERVER_API else None,
        amo=orders is not None and orders.amo,
        tag=None if orders is None else orders.tag,
        lookup_by_tag=broker.tag_lookup is not None,
        rates=broker.rates,
        cancel=orders is not None and mode in orders.cancel_in,
        settle_window=120.0 if orders is None else orders.settle_window,
        largest_order=None if orders is None else orders.largest_order,
        too_fast_is_refused=orders is not None and orders.too_fast_is_refused,
        basket_limit=basket.limit,
        basket_settle_window=basket.settle_window,
        holdings=broker.portfolio is not None,
        edis=portfolio.edis,
        releases=None if broker.authorisation is None else broker.authorisation.rules,
        sells_pledged=portfolio.sells_pledged,
        sold_counts_open=portfolio.sold_counts_open,
        holdings_tell_released=portfolio.tells_released,
        account_opening=broker.account_opening is not None,
        sip_auto=mode is ExecutionMode.SERVER_API
        and orders is not None
        and orders.tag.is_shown
        and OrderType.LIMIT in _types(orders)
        and broker.quotes is not None,
    )


def _as_limit(rules: OrderRules | None) -> Decimal | None:
    return rules.market_percent if rules is not None and rules.market is MarketOrders.AS_LIMIT else None


def _types(rules: OrderRules | None) -> frozenset[OrderType]:
    if rules is None:
        return frozenset()
    return frozenset(OrderType) - ({OrderType.MARKET} if rules.market is MarketOrders.NONE else set())


P = TypeVar("P")


def _made(part: Callable[[Setup], P] | None, setup: Setup) -> P | None:
    return None if part is None else part(setup)
