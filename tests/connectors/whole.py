"""A connector with all of its parts under one name, so that a test says only what it asks."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from torana.connectors.codes import named, with_names
from torana.connectors.contract import (
    Begun,
    BrokerOrder,
    BrowserForm,
    Callback,
    Capabilities,
    Connector,
    ExecutionMode,
    Holding,
    Instrument,
    Login,
    OrderRef,
    OrderRequest,
    Placed,
    Position,
    Postback,
    Proposal,
    Redirect,
    Rejected,
    Release,
    ReleasedBefore,
    Session,
    Variety,
)
from torana.connectors.tags import PLAIN, as_sent, off_wire
from torana.kit.money import Paise


@dataclass(frozen=True)
class Whole:
    """Every method asserts that the broker has the part."""

    parts: Connector

    @property
    def capabilities(self) -> Capabilities:
        return self.parts.capabilities

    @property
    def execution_mode(self) -> ExecutionMode:
        return self.parts.execution_mode

    async def login_url(self, ticket: str, return_url: str = "https://torana.example/portal/callback") -> str:
        start = await self.parts.login.begin(ticket, return_url)
        assert isinstance(start.go, Redirect)
        return start.go.url

    def echoed_state(self, callback: Mapping[str, str]) -> str | None:
        return callback.get(self.parts.login.rules.state_field)

    async def finish_login(self, callback: Mapping[str, str], now: datetime) -> Login:
        return await self.parts.login.finish(Callback(callback), {}, now)

    async def place(self, session: Session, order: OrderRequest) -> Placed:
        """With the tag as the core sends it; one that is not of its form goes out as it is."""
        assert self.parts.orders is not None
        sent = as_sent(order, self.parts.orders.rules.tag) if off_wire(order.tag, PLAIN) else order
        return await self.parts.orders.place(session, with_names(sent, self.parts.capabilities.broker, "test"))

    async def orders(self, session: Session, known: Collection[str] = ()) -> Sequence[BrokerOrder]:
        assert self.parts.orders is not None
        return await self.parts.orders.book(session, known)

    async def orders_by_tag(self, session: Session, tag: str) -> Sequence[BrokerOrder]:
        """By the broker's own look-up, or out of the book where there is none."""
        if self.parts.tag_lookup is None:
            return [order for order in await self.orders(session) if order.tag == tag]
        sent_as = OrderRef("", None, tag, Variety.REGULAR, Instrument("NSE", "INFY", "INE009A01021"))
        return await self.parts.tag_lookup.by_tag(session, sent_as)

    async def cancel(
        self, session: Session, broker_order_id: str, variety: Variety, exchange_order_id: str | None = None
    ) -> None:
        assert self.parts.orders is not None
        instrument = Instrument("NSE", "INFY", "INE009A01021")
        await self.parts.orders.cancel(session, OrderRef(broker_order_id, exchange_order_id, "", variety, instrument))

    async def holdings(self, session: Session) -> Sequence[Holding]:
        assert self.parts.portfolio is not None
        return (await self.parts.portfolio.holdings(session)).read

    async def positions(self, session: Session) -> Sequence[Position]:
        assert self.parts.portfolio is not None
        return (await self.parts.portfolio.positions(session)).read

    async def funds(self, session: Session) -> Paise:
        assert self.parts.portfolio is not None
        return await self.parts.portfolio.funds(session)

    async def quotes(self, session: Session, instruments: Sequence[Instrument]) -> Mapping[str, Paise]:
        assert self.parts.quotes is not None
        broker = self.parts.capabilities.broker
        prices = await self.parts.quotes.prices(session, [_named(one, broker) for one in instruments])
        return {one.symbol: price for one, price in prices.items()}

    async def margin(self, session: Session, orders: Sequence[Proposal]) -> Paise:
        assert self.parts.costs is not None
        return await self.parts.costs.margin(session, [self._proposed(order) for order in orders])

    async def charges(self, session: Session, orders: Sequence[Proposal]) -> Paise:
        assert self.parts.costs is not None
        return await self.parts.costs.charges(session, [self._proposed(order) for order in orders])

    def _proposed(self, order: Proposal) -> Proposal:
        return replace(order, instrument=_named(order.instrument, self.parts.capabilities.broker))

    async def logout(self, session: Session) -> None:
        assert self.parts.logout is not None
        await self.parts.logout.end(session)

    async def begin(self, session: Session, shares: Sequence[Release]) -> Begun | ReleasedBefore:
        """As many of them as this broker takes at once."""
        assert self.parts.authorisation is not None
        return await self.parts.authorisation.begin(session, shares[: self.parts.authorisation.rules.at_once])

    async def state(self, session: Session, kept: Mapping[str, str], now: datetime) -> Mapping[str, int]:
        assert self.parts.authorisation is not None
        return await self.parts.authorisation.state(session, kept, now)

    def parse_postback(self, headers: Mapping[str, str], body: bytes, url_secret: str | None) -> Postback:
        assert self.parts.postbacks is not None
        return self.parts.postbacks.read(headers, body, url_secret)

    def basket_form(
        self, session: Session, orders: Sequence[OrderRequest], *, return_url: str, state: str
    ) -> BrowserForm:
        assert self.parts.browser_orders is not None
        broker = self.parts.capabilities.broker
        sent = [with_names(order, broker, "test") for order in orders]
        return self.parts.browser_orders.form(session, sent, return_url=return_url, ticket=state)


def _named(instrument: Instrument, broker: str) -> Instrument:
    """As the core names it; what no list has under a name of no security."""
    try:
        return named(instrument, broker, "test")
    except Rejected:
        return replace(instrument, code="999999", listed_as=instrument.symbol)
