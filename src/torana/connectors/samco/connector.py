"""Samco, by its Trade API v3.2. Source: its documentation of June 2026, and the official Python client.

No order carries a number of ours, and the book shows none. The page of the login asks for the encrypted secret of the
app: the code that it gives needs no secret any more.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from torana.connectors import contract
from torana.connectors.contract.signing import with_token
from torana.connectors.error_table import Purpose
from torana.connectors.listings import ListedOrders, ListedPortfolio, Listing
from torana.connectors.readings import grouped
from torana.connectors.samco import mapping, wire
from torana.connectors.transport import Part
from torana.kit.money import Paise

_SESSION = contract.DailyEnd("08:00")
sign = with_token("x-session-token")


class _Samco(Part):
    dialect = mapping.DIALECT


class SamcoLogin(_Samco):
    rules: ClassVar = contract.LoginRules(contract.TicketReturn.STATE, _SESSION)

    async def begin(self, ticket: str, return_url: str) -> contract.LoginStart:
        query = {
            "api_key": self.setup.keys["api_key"],
            "redirect_url": self.setup.redirect_uri,
            "state": ticket,
        }
        return self.login_page("/app/oauth/authorize", query, "api")

    async def finish(self, callback: contract.Callback, kept: Mapping[str, str], now: datetime) -> contract.Login:
        """Sent once: a code that comes twice ends every token of the app."""
        body = {"grant_type": "authorization_code", "code": self.brought(callback, "code", error="error")}
        token = (await self.call(None, "POST", "/oauth/token", wire.Enveloped, Purpose.LOGIN, body=body)).data
        secrets = {"token": token.access_token}
        return contract.Login(token.account_id, token.account_name, secrets, _SESSION.ends_at(now), edis_needed=None)


class SamcoLogout(_Samco):
    async def end(self, session: contract.Session) -> None:
        await self.call(session, "DELETE", "/logout", wire.Answer)


class SamcoOrders(_Samco, ListedOrders):
    orders_at = Listing("/order/orderBook", wire.Book, wire.Order, mapping.broker_order)
    rules = contract.OrderRules(
        tag=mapping.TAG,
        market=contract.MarketOrders.AS_LIMIT,  # it takes none
        book_kept_until="16:00",  # a guess: the book is that of "a specific day"
        too_fast_is_refused=mapping.DIALECT.too_fast_is_refused,
    )

    async def place(self, session: contract.Session, order: contract.OrderRequest) -> contract.Placed:
        """An order that was rejected at once has a number like any other; the book says so."""
        body = mapping.order_body(order)
        placed = await self.call(session, "POST", "/order/placeOrder", wire.Placed, Purpose.ORDER, body=body)
        return contract.Placed(placed.order_number)

    async def cancel(self, session: contract.Session, order: contract.OrderRef) -> None:
        query = (("orderNumber", order.broker_order_id),)
        await self.call(session, "DELETE", "/order/cancelOrder", wire.Answer, Purpose.CHANGE, query=query)


class SamcoPortfolio(_Samco, ListedPortfolio):
    rules: ClassVar = contract.PortfolioRules(edis=True)
    holdings_at = Listing("/holding/getHoldings", wire.Holdings, wire.Holding, mapping.holding)
    positions_at = Listing(
        "/position/getPositions", wire.Positions, wire.Position, mapping.position, query=(("positionType", "DAY"),)
    )

    async def funds(self, session: contract.Session) -> Paise:
        return mapping.cash((await self.call(session, "GET", "/limit/getLimits", wire.Limits)).equity_limit)


class SamcoQuotes(_Samco):
    async def prices(self, session: contract.Session, instruments: Sequence[contract.Instrument]) -> contract.Prices:
        """By the names of one exchange and the other."""
        asked = {(one.exchange, one.listed_as): one for one in instruments}
        told = await self.post(session, "/quote/multiQuote", wire.Prices, grouped(asked))
        return self.priced(asked, told, wire.Price, mapping.ROWS.price)
