"""Zerodha, by Kite Connect v3. Source: Kite Connect v3 documentation, checked against the official Python client."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from hashlib import sha256
from hmac import compare_digest
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from torana.connectors import contract
from torana.connectors.contract.signing import with_token
from torana.connectors.decoding import decode
from torana.connectors.error_table import Purpose
from torana.connectors.kite import mapping, wire
from torana.connectors.listings import ListedOrders, ListedPortfolio, Listing
from torana.connectors.readings import Envelope, OrderId, amount_at, released, rupees_at, total
from torana.connectors.transport import IN_DECIMALS, Part
from torana.kit.clock import IST
from torana.kit.money import Paise

_HOLDINGS = "/portfolio/holdings"
_SESSION = contract.DailyEnd("06:00")
sign = with_token(
    "Authorization", lambda setup, token: f"token {setup.keys['api_key']}:{token}", {"X-Kite-Version": "3"}
)


class _Kite(Part):
    dialect = mapping.DIALECT


class KiteLogin(_Kite):
    rules: ClassVar = contract.LoginRules(contract.TicketReturn.STATE, _SESSION)

    async def begin(self, ticket: str, return_url: str) -> contract.LoginStart:
        """Kite goes to the redirect URL that is registered with the app, and adds `redirect_params` to it."""
        echoed = urlencode({"state": ticket})
        query = {"v": "3", "api_key": self.setup.keys["api_key"], "redirect_params": echoed}
        return self.login_page("/connect/login", query)

    async def finish(self, callback: contract.Callback, kept: Mapping[str, str], now: datetime) -> contract.Login:
        request_token = callback.get("request_token")
        status = callback.get("status") or ""
        # A basket comes back with a token like a login does, and its status for "closed unexecuted" is undocumented:
        # the order book tells what was done.
        in_doubt = self.setup.execution_mode is contract.ExecutionMode.SERVER_API and status != "success"
        if not request_token or in_doubt:
            raise contract.LoginRefused("the login at Zerodha was not finished", code=status[:40] or None)
        key, secret = self.setup.keys["api_key"], self.setup.keys["api_secret"]
        checksum = sha256(f"{key}{request_token}{secret}".encode()).hexdigest()
        form = {"api_key": key, "request_token": request_token, "checksum": checksum}
        kind = Envelope[wire.Token]
        token = (await self.call(None, "POST", "/session/token", kind, Purpose.LOGIN, form=form)).data
        secrets, edis_needed = {"token": token.access_token}, mapping.edis_needed(token.meta)
        return contract.Login(token.user_id, token.user_name, secrets, _SESSION.ends_at(now), edis_needed)


class KiteLogout(_Kite):
    async def end(self, session: contract.Session) -> None:
        """As documented, the token stands in the query, beside the one in the header that every call has."""
        query = (("api_key", self.setup.keys["api_key"]), ("access_token", session.secrets["token"]))
        await self.call(session, "DELETE", "/session/token", Envelope[bool], query=query)


class KiteOrders(_Kite, ListedOrders):
    orders_at = Listing("/orders", Envelope[list[Any]], wire.Order, mapping.ROWS.order)
    rules = contract.OrderRules(
        tag=contract.TagRule(max_length=20),
        market=contract.MarketOrders.PROTECTED,
        book_kept_until="23:59",  # "all orders … for the day"
        largest_order=100_000,
        too_fast_is_refused=mapping.DIALECT.too_fast_is_refused,
    )

    async def place(self, session: contract.Session, order: contract.OrderRequest) -> contract.Placed:
        path, form = f"/orders/{order.variety.value}", mapping.order_form(order)
        placed = await self.call(session, "POST", path, Envelope[OrderId], Purpose.ORDER, form=form)
        return contract.Placed(placed.data.order_id)

    async def cancel(self, session: contract.Session, order: contract.OrderRef) -> None:
        path = f"/orders/{order.variety.value}/{quote(order.broker_order_id, safe='')}"
        await self.call(session, "DELETE", path, Envelope[OrderId], Purpose.CHANGE)


class KiteBaskets(_Kite):
    """The offsite page of Kite Publisher."""

    rules: ClassVar = contract.BasketRules(limit=10)

    def form(
        self, session: contract.Session, orders: Sequence[contract.OrderRequest], *, return_url: str, ticket: str
    ) -> contract.BrowserForm:
        """Comes back to the registered redirect URI like a login, with the ticket; `return_url` is not used."""
        if not 0 < len(orders) <= (self.rules.limit or 0):
            raise ValueError(f"a Kite basket holds 1 to {self.rules.limit} orders, not {len(orders)}")
        fields = {
            "api_key": self.setup.keys["api_key"],
            "data": IN_DECIMALS.encode([mapping.basket_line(order) for order in orders]).decode(),
            "redirect_params": urlencode({"state": ticket}),
        }
        return contract.BrowserForm(self.url("/connect/basket", "web"), fields)


class KitePortfolio(_Kite, ListedPortfolio):
    """Of the positions `day` is today's trading; `net` holds what was carried over as well and is not read."""

    rules: ClassVar = contract.PortfolioRules(
        edis=True, sells_pledged=True, sold_counts_open=False, tells_released=True
    )
    holdings_at = Listing(_HOLDINGS, Envelope[list[Any]], wire.Holding, mapping.holding, by_edis=True)
    positions_at = Listing("/portfolio/positions", Envelope[Any], wire.Position, mapping.ROWS.position, ("day",))

    async def funds(self, session: contract.Session) -> Paise:
        return amount_at(await self.get(session, "/user/margins", Envelope[Any]), "equity", "net")


class KiteAuthorisation(_Kite):
    """Kite's own page leads to the depository and ends at its own `…/finish?status=`. It holds for the trading day.
    Source: Kite Connect v3 documentation, holdings authorisation; the official Go client for the fields."""

    rules: ClassVar = contract.AuthorisationRules()

    async def begin(self, session: contract.Session, shares: Sequence[contract.Release]) -> contract.Begun:
        """Apps for which Zerodha has not enabled it are answered 403, which is `Rejected`."""
        form = tuple(pair for one in shares for pair in (("isin", one.isin), ("quantity", str(one.quantity))))
        path, kind = "/portfolio/holdings/authorise", Envelope[wire.RequestId]
        begun = await self.call(session, "POST", path, kind, Purpose.CHANGE, form=form)
        key, asked = self.setup.keys["api_key"], quote(begun.data.request_id, safe="")
        page = f"/connect/portfolio/authorise/holdings/{key}/{asked}"
        return contract.Begun(contract.Redirect(self.url(page, "web")))

    async def state(self, session: contract.Session, kept: Mapping[str, str], now: datetime) -> Mapping[str, int]:
        rows = await self.get(session, _HOLDINGS, Envelope[list[Any]])
        today = now.astimezone(IST).date()
        return released(self.rows(rows, wire.Holding, partial(mapping.released, today=today)))


class KiteQuotes(_Kite):
    async def prices(self, session: contract.Session, instruments: Sequence[contract.Instrument]) -> contract.Prices:
        keys = {f"{one.exchange}:{one.listed_as}": one for one in instruments}
        query = tuple(("i", key) for key in keys)
        prices = await self.get(session, "/quote/ltp", Envelope[dict[str, Any]], query)
        return self.priced(keys, prices.items(), tuple[str, Any], mapping.price)


class KiteCosts(_Kite):
    rules: ClassVar = contract.CostRules()

    async def margin(self, session: contract.Session, orders: Sequence[contract.Proposal]) -> Paise:
        """Before any benefit of one order to another (that would be `final`), beside the positions that are there."""
        query = (("consider_positions", "true"), ("mode", "compact"))
        body = [mapping.margin_line(order) for order in orders]
        told = await self.post(session, "/margins/basket", Envelope[Any], body, query=query)
        return amount_at(told, "initial", "total")

    async def charges(self, session: contract.Session, orders: Sequence[contract.Proposal]) -> Paise:
        """By the virtual contract note, which takes orders that do not exist under any id."""
        lines = [mapping.charges_line(order) | {"order_id": str(at)} for at, order in enumerate(orders, 1)]
        told = await self.post(session, "/charges/orders", Envelope[list[Any]], lines)
        if len(told) != len(orders):
            raise contract.Unknown("Zerodha told the charges of other orders than it was asked for")
        return total(rupees_at(note, "charges", "total") for note in told)


class KitePostbacks(_Kite):
    proof: ClassVar = contract.PostbackProof.CHECKSUM

    def read(self, headers: Mapping[str, str], body: bytes, url_secret: str | None) -> contract.Postback:
        """The checksum proves who sent it and covers neither status nor quantities."""
        told = decode(body, wire.Postback)
        proof = f"{told.order_id}{told.order_timestamp}{self.setup.keys['api_secret']}".encode()
        if not compare_digest(sha256(proof).hexdigest().encode(), told.checksum.encode()):
            raise ValueError("the checksum of this Kite postback is wrong")
        return told.postback()
