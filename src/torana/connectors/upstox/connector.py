"""Upstox, API v2 and v3. Source: Upstox developer API documentation."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from torana.connectors import contract
from torana.connectors.contract.signing import bearer, with_token
from torana.connectors.decoding import read_rows
from torana.connectors.error_table import NotThere, Purpose
from torana.connectors.readings import Envelope, OrderId, amount
from torana.connectors.transport import IN_DECIMALS, Part, UnsignedPostbacks
from torana.connectors.upstox import mapping, wire
from torana.kit.http import Request
from torana.kit.money import Paise

_SESSION = contract.DailyEnd("03:30")
sign = with_token("Authorization", bearer)


class _Upstox(Part):
    dialect = mapping.DIALECT


class UpstoxLogin(_Upstox):
    rules: ClassVar = contract.LoginRules(contract.TicketReturn.STATE, _SESSION)

    async def begin(self, ticket: str, return_url: str) -> contract.LoginStart:
        query = {
            "response_type": "code",
            "client_id": self.setup.keys["api_key"],
            "redirect_uri": self.setup.redirect_uri,
            "state": ticket,
        }
        return self.login_page("/v2/login/authorization/dialog", query, "api")

    async def finish(self, callback: contract.Callback, kept: Mapping[str, str], now: datetime) -> contract.Login:
        code = callback.get("code")
        if not code:
            error = callback.get("error") or ""
            raise contract.LoginRefused("the login at Upstox was not finished", code=error[:40] or None)
        form = {
            "code": code,
            "client_id": self.setup.keys["api_key"],
            "client_secret": self.setup.keys["api_secret"],
            "redirect_uri": self.setup.redirect_uri,
            "grant_type": "authorization_code",
        }
        request = Request("POST", self.url("/v2/login/authorization/token"), form=form)
        token = await self.ask(request, wire.Token, purpose=Purpose.LOGIN)
        secrets, edis_needed = {"token": token.access_token}, mapping.edis_needed(token)
        return contract.Login(token.user_id, token.user_name, secrets, _SESSION.ends_at(now), edis_needed)


class UpstoxLogout(_Upstox):
    async def end(self, session: contract.Session) -> None:
        await self.ask(Request("DELETE", self.url("/v2/logout")), Envelope[bool], session)


class UpstoxOrders(_Upstox):
    """An app that places by the browser may not cancel by API either."""

    rules: ClassVar = contract.OrderRules(
        tag=contract.TagRule(max_length=40),
        market=contract.MarketOrders.PROTECTED,
        book_kept_until="16:00",  # "cleared at the end of the session"
        cancel_in=frozenset({contract.ExecutionMode.SERVER_API}),
        too_fast_is_refused=mapping.DIALECT.too_fast_is_refused,
    )

    async def place(self, session: contract.Session, order: contract.OrderRequest) -> contract.Placed:
        body, kind = mapping.place_body(order), Envelope[wire.PlacedIds]
        placed = await self.post(session, "/v3/order/place", kind, body, Purpose.ORDER, host="hft")
        return contract.Placed(placed.order_ids[0])

    async def book(self, session: contract.Session, known: Collection[str] = ()) -> Sequence[contract.BrokerOrder]:
        rows = await self.get(session, "/v2/order/retrieve-all", Envelope[list[Any]])
        return self.book_rows(rows, wire.Order, mapping.broker_order, known)

    async def cancel(self, session: contract.Session, order: contract.OrderRef) -> None:
        query = (("order_id", order.broker_order_id),)
        request = Request("DELETE", self.url("/v3/order/cancel", "hft"), query=query)
        await self.ask(request, Envelope[OrderId], session, Purpose.CHANGE)


class UpstoxTagLookUp(_Upstox):
    async def by_tag(self, session: contract.Session, order: contract.OrderRef) -> Sequence[contract.BrokerOrder]:
        tag = order.tag
        try:
            rows = await self.get(session, "/v2/order/history", Envelope[list[Any]], (("tag", tag),))
        except NotThere:
            return []
        # The look-up chose them by the tag, so rows that do not repeat it count too: a false "absent" costs most.
        states = read_rows(rows, wire.Order, mapping.broker_order, broker="upstox", ours=lambda _: True)
        return [replace(found, tag=tag) for found in mapping.latest_states(states) if found.may_carry(tag)]


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
            "data": IN_DECIMALS.encode([mapping.order_line(order) for order in orders]).decode(),
            "is_editable": "false",
        }
        return contract.BrowserForm(self.url("/v2/uplink/order/place"), fields)


class UpstoxPortfolio(_Upstox):
    rules: ClassVar = contract.PortfolioRules(edis=True, sold_counts_open=True)

    async def holdings(self, session: contract.Session) -> contract.Rows[contract.Holding]:
        rows = await self.get(session, "/v2/portfolio/long-term-holdings", Envelope[list[Any]])
        return self.rows(rows, wire.Holding, mapping.holding)

    async def positions(self, session: contract.Session) -> contract.Rows[contract.Position]:
        rows = await self.get(session, "/v2/portfolio/short-term-positions", Envelope[list[Any]])
        return self.rows(rows, wire.Position, mapping.position)

    async def funds(self, session: contract.Session) -> Paise:
        path, query = "/v2/user/get-funds-and-margin", (("segment", "SEC"),)
        return amount((await self.get(session, path, Envelope[wire.Margins], query)).equity.available_margin)


class UpstoxQuotes(_Upstox):
    async def prices(self, session: contract.Session, instruments: Sequence[contract.Instrument]) -> contract.Prices:
        asked = {one.code: one for one in instruments}
        query = (("instrument_key", ",".join(asked)),)
        prices = await self.get(session, "/v3/market-quote/ltp", Envelope[dict[str, Any]], query)
        return self.priced(asked, prices.values(), wire.LastPrice, mapping.price)


class UpstoxCosts(_Upstox):
    rules: ClassVar = contract.CostRules(margin_at_once=20, margin_by_instrument=True, charges_at_once=1)

    async def margin(self, session: contract.Session, orders: Sequence[contract.Proposal]) -> Paise:
        """Before any benefit of one order to another."""
        body = {"instruments": [mapping.margin_line(order) for order in orders]}
        told = await self.post(session, "/v2/charges/margin", Envelope[wire.RequiredMargin], body)
        return amount(told.required_margin)

    async def charges(self, session: contract.Session, orders: Sequence[contract.Proposal]) -> Paise:
        """Without what the depository takes for a sale, which Upstox names beside it by a plan only."""
        (order,) = orders
        query = mapping.charges_query(order)
        told = await self.get(session, "/v2/charges/brokerage", Envelope[wire.Brokerage], query)
        return amount(told.charges.total)


class UpstoxPostbacks(_Upstox, UnsignedPostbacks):
    row: ClassVar = wire.Postback
