"""Upstox, API v2 and v3. Source: Upstox developer API documentation."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from torana.connectors import contract
from torana.connectors.contract.signing import bearer, with_token
from torana.connectors.error_table import NotThere, Purpose
from torana.connectors.listings import ListedOrders, ListedPortfolio, Listing
from torana.connectors.readings import Envelope, OrderId, amount_at
from torana.connectors.transport import IN_DECIMALS, Part, UnsignedPostbacks
from torana.connectors.upstox import mapping, wire
from torana.kit.money import Paise

_SESSION = contract.DailyEnd("03:30")
sign = with_token("Authorization", bearer)


class _Upstox(Part):
    dialect = mapping.DIALECT


class UpstoxLogin(_Upstox):
    rules: ClassVar = contract.LoginRules(contract.TicketReturn.STATE, _SESSION)

    async def begin(self, ticket: str, return_url: str) -> contract.LoginStart:
        return self.oauth_page("/v2/login/authorization/dialog", ticket)

    async def finish(self, callback: contract.Callback, kept: Mapping[str, str], now: datetime) -> contract.Login:
        form = {
            "code": self.brought(callback, "code", error="error"),
            "client_id": self.setup.keys["api_key"],
            "client_secret": self.setup.keys["api_secret"],
            "redirect_uri": self.setup.redirect_uri,
            "grant_type": "authorization_code",
        }
        token = await self.call(None, "POST", "/v2/login/authorization/token", wire.Token, Purpose.LOGIN, form=form)
        secrets, edis_needed = {"token": token.access_token}, mapping.edis_needed(token)
        return contract.Login(token.user_id, token.user_name, secrets, _SESSION.ends_at(now), edis_needed)


class UpstoxLogout(_Upstox):
    async def end(self, session: contract.Session) -> None:
        await self.call(session, "DELETE", "/v2/logout", Envelope[bool])


class UpstoxOrders(_Upstox, ListedOrders):
    """An app that places by the browser may not cancel by API either."""

    orders_at = Listing("/v2/order/retrieve-all", Envelope[list[Any]], wire.Order, mapping.broker_order)
    rules = contract.OrderRules(
        tag=contract.TagRule(max_length=40),
        market=contract.MarketOrders.PROTECTED,
        book_kept_until="16:00",  # "cleared at the end of the session"
        cancel_in=frozenset({contract.ExecutionMode.SERVER_API}),
        too_fast_is_refused=mapping.DIALECT.too_fast_is_refused,
    )

    async def place(self, session: contract.Session, order: contract.OrderRequest) -> contract.Placed:
        body, kind = mapping.order_body(order), Envelope[wire.PlacedIds]
        placed = await self.post(session, "/v3/order/place", kind, body, Purpose.ORDER, host="hft")
        return contract.Placed(placed.order_ids[0])

    async def cancel(self, session: contract.Session, order: contract.OrderRef) -> None:
        path, query = "/v3/order/cancel", (("order_id", order.broker_order_id),)
        await self.call(session, "DELETE", path, Envelope[OrderId], Purpose.CHANGE, query=query, host="hft")


class UpstoxTagLookUp(_Upstox):
    async def by_tag(self, session: contract.Session, order: contract.OrderRef) -> Sequence[contract.BrokerOrder]:
        try:
            rows = await self.get(session, "/v2/order/history", Envelope[list[Any]], (("tag", order.tag),))
        except NotThere:
            return []
        return mapping.latest_states(self.found_by_tag(rows, wire.Order, mapping.broker_order, order.tag))


class UpstoxBaskets(_Upstox):
    """UpLink Business."""

    rules: ClassVar = contract.BasketRules()

    def form(
        self, session: contract.Session, orders: Sequence[contract.OrderRequest], *, return_url: str, ticket: str
    ) -> contract.BrowserForm:
        """Comes back to `return_url`; nothing is documented to be added to it. Holds the token."""
        if not orders:
            raise ValueError("a basket holds at least one order")
        fields = {
            "access_token": session.secrets["token"],
            "redirect_url": return_url,
            "data": IN_DECIMALS.encode([mapping.basket_line(order) for order in orders]).decode(),
            "is_editable": "false",
        }
        return contract.BrowserForm(self.url("/v2/uplink/order/place"), fields)


class UpstoxPortfolio(_Upstox, ListedPortfolio):
    rules: ClassVar = contract.PortfolioRules(edis=True, sold_counts_open=True)
    holdings_at = Listing("/v2/portfolio/long-term-holdings", Envelope[list[Any]], wire.Holding, mapping.holding)
    positions_at = Listing("/v2/portfolio/short-term-positions", Envelope[list[Any]], wire.Position, mapping.position)

    async def funds(self, session: contract.Session) -> Paise:
        path, query = "/v2/user/get-funds-and-margin", (("segment", "SEC"),)
        return amount_at(await self.get(session, path, Envelope[Any], query), "equity", "available_margin")


class UpstoxQuotes(_Upstox):
    async def prices(self, session: contract.Session, instruments: Sequence[contract.Instrument]) -> contract.Prices:
        """A row names no exchange: its code tells it."""
        asked = {("", one.code): one for one in instruments}
        query = (("instrument_key", ",".join(code for _, code in asked)),)
        prices = await self.get(session, "/v3/market-quote/ltp", Envelope[dict[str, Any]], query)
        return self.priced(asked, prices.values(), wire.LastPrice, mapping.ROWS.price)


class UpstoxCosts(_Upstox):
    rules: ClassVar = contract.CostRules(margin_at_once=20, margin_by_instrument=True, charges_at_once=1)

    async def margin(self, session: contract.Session, orders: Sequence[contract.Proposal]) -> Paise:
        """Before any benefit of one order to another (that would be `final_margin`)."""
        body = {"instruments": [mapping.margin_line(order) for order in orders]}
        return amount_at(await self.post(session, "/v2/charges/margin", Envelope[Any], body), "required_margin")

    async def charges(self, session: contract.Session, orders: Sequence[contract.Proposal]) -> Paise:
        """Without what the depository takes for a sale, which Upstox names beside it by a plan only."""
        (order,) = orders
        query = tuple(mapping.charges_query(order).items())
        told = await self.get(session, "/v2/charges/brokerage", Envelope[Any], query)
        return amount_at(told, "charges", "total")


class UpstoxPostbacks(_Upstox, UnsignedPostbacks):
    row: ClassVar = wire.Postback
