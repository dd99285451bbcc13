"""Samco, by its Trade API v3.2. Source: its documentation of June 2026, and the official Python client.

No order carries a number of ours, and the book shows none. The page of the login asks for the encrypted secret of the
app: the code that it gives needs no secret any more.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from torana.connectors import contract
from torana.connectors.contract.signing import with_token
from torana.connectors.error_table import Purpose
from torana.connectors.samco import mapping, wire
from torana.connectors.transport import IN_DECIMALS, Part
from torana.kit.http import Request
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
        if not (code := callback.get("code")):
            raise contract.LoginRefused(
                "the login at Samco was not finished", code=(callback.get("error") or "")[:40] or None
            )
        body = {"grant_type": "authorization_code", "code": code}
        request = Request("POST", self.url("/oauth/token"), json=IN_DECIMALS.encode(body))
        token = (await self.ask(request, wire.Enveloped, purpose=Purpose.LOGIN)).data
        secrets = {"token": token.access_token}
        return contract.Login(token.account_id, token.account_name, secrets, _SESSION.ends_at(now), edis_needed=None)


class SamcoLogout(_Samco):
    async def end(self, session: contract.Session) -> None:
        await self.ask(Request("DELETE", self.url("/logout")), wire.Answer, session)


class SamcoOrders(_Samco):
    rules: ClassVar = contract.OrderRules(
        tag=mapping.TAG,
        market=contract.MarketOrders.AS_LIMIT,  # it takes none
        book_kept_until="16:00",  # a guess: the book is that of "a specific day"
        too_fast_is_refused=mapping.DIALECT.too_fast_is_refused,
    )

    async def place(self, session: contract.Session, order: contract.OrderRequest) -> contract.Placed:
        """An order that was rejected at once has a number like any other; the book says so."""
        json = IN_DECIMALS.encode(mapping.order_body(order))
        request = Request("POST", self.url("/order/placeOrder"), json=json)
        return contract.Placed((await self.ask(request, wire.Placed, session, Purpose.ORDER)).order_number)

    async def book(self, session: contract.Session, known: Collection[str] = ()) -> Sequence[contract.BrokerOrder]:
        rows = await self.get(session, "/order/orderBook", wire.Book)
        return self.book_rows(rows, wire.Order, mapping.broker_order, known, rule=mapping.TAG)

    async def cancel(self, session: contract.Session, order: contract.OrderRef) -> None:
        query = (("orderNumber", order.broker_order_id),)
        request = Request("DELETE", self.url("/order/cancelOrder"), query=query)
        await self.ask(request, wire.Answer, session, Purpose.CHANGE)


class SamcoPortfolio(_Samco):
    rules: ClassVar = contract.PortfolioRules(edis=True)

    async def holdings(self, session: contract.Session) -> contract.Rows[contract.Holding]:
        rows = await self.get(session, "/holding/getHoldings", wire.Holdings)
        return self.rows(rows, wire.Holding, mapping.holding)

    async def positions(self, session: contract.Session) -> contract.Rows[contract.Position]:
        rows = await self.get(session, "/position/getPositions", wire.Positions, (("positionType", "DAY"),))
        return self.rows(rows, wire.Position, mapping.position)

    async def funds(self, session: contract.Session) -> Paise:
        return mapping.cash(
            (await self.ask(Request("GET", self.url("/limit/getLimits")), wire.Limits, session)).equity_limit
        )


class SamcoQuotes(_Samco):
    async def prices(self, session: contract.Session, instruments: Sequence[contract.Instrument]) -> contract.Prices:
        """By the names of one exchange and the other."""
        asked = {(one.exchange, one.listed_as): one for one in instruments}
        names: dict[str, list[str]] = {}
        for exchange, name in asked:
            names.setdefault(exchange, []).append(name)
        told = await self.post(session, "/quote/multiQuote", wire.Prices, names)
        return self.priced(asked, told, wire.Price, mapping.price)
