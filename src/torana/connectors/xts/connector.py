"""The parts of a broker on the XTS platform.

The investor logs in on the platform's own page (`/interactive/thirdparty`), which sends the browser on to the address
that it was given, with a text of JSON whose access token is exchanged with the keys of the app. The way back is a form
with some brokers, an address with others: both are taken.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from torana.connectors import contract
from torana.connectors.contract.signing import with_token
from torana.connectors.decoding import Unreadable, decode
from torana.connectors.error_table import Purpose, or_nothing
from torana.connectors.transport import Part
from torana.connectors.xts import mapping, wire
from torana.kit.money import Paise

_MIDNIGHT = contract.DailyEnd("00:00")
_LONGEST_SESSION = 4096
"""Characters of what the browser brings back."""
_SESSION, _ORDERS = "/interactive/user/session", "/interactive/orders"
sign = with_token("Authorization", beside={})


class Xts(Part):
    dialect = mapping.DIALECT


class XtsLogin(Xts):
    rules: ClassVar = contract.LoginRules(contract.TicketReturn.RETURN_PATH, _MIDNIGHT, posts_back=True)

    async def begin(self, ticket: str, return_url: str) -> contract.LoginStart:
        query = {"appKey": self.setup.keys["api_key"], "returnURL": return_url}
        return self.login_page("/interactive/thirdparty", query, "api")

    async def finish(self, callback: contract.Callback, kept: Mapping[str, str], now: datetime) -> contract.Login:
        """A dealer's login is none of an investor's. The name of the investor is not asked for: some brokers answer the
        profile once a day."""
        keys = self.setup.keys
        proof = {"accessToken": _brought(callback), "appKey": keys["api_key"], "secretKey": keys["api_secret"]}
        told = (await self.call(None, "POST", _SESSION, wire.Reply[wire.Token], Purpose.LOGIN, body=proof)).data
        if not told.is_investor_client:
            raise contract.LoginRefused("this is the login of a dealer, who has no account of their own")
        return contract.Login(told.user_id, "", {"token": told.token}, _MIDNIGHT.ends_at(now), edis_needed=None)


class XtsLogout(Xts):
    async def end(self, session: contract.Session) -> None:
        await self.call(session, "DELETE", _SESSION, wire.Reply[Any])


class XtsOrders(Xts):
    rules: ClassVar = contract.OrderRules(
        tag=mapping.TAG,
        # The platform has no protection, and prices are another product with other keys.
        market=contract.MarketOrders.NONE,
        book_kept_until="16:00",  # a guess: nothing is documented
        amo=False,  # the platform has no word for them
    )

    async def place(self, session: contract.Session, order: contract.OrderRequest) -> contract.Placed:
        kind, body = wire.Reply[wire.Placed], mapping.order_body(order)
        told = await self.post(session, _ORDERS, kind, body, Purpose.ORDER)
        if not told.app_order_id:
            raise contract.Unknown("the answer has no id of the order")
        return contract.Placed(str(told.app_order_id))

    async def book(self, session: contract.Session, known: Collection[str] = ()) -> Sequence[contract.BrokerOrder]:
        """Some books tell no price of an order that is filled: then its trades are asked for it."""
        rows = await self._list(session, _ORDERS, mapping.NO_ORDERS)
        orders = self.book_rows(rows, wire.Order, mapping.broker_order, known)
        ours = [one for one in orders if one.tag is not None or one.broker_order_id in known]
        if not any(map(mapping.lacks_price, ours)):
            return orders
        rows = await self._list(session, f"{_ORDERS}/trades", mapping.NO_TRADES)
        trades = self.rows(rows, wire.Trade, lambda row: row).read
        return [mapping.with_price(one, trades) for one in orders]

    async def _list(self, session: contract.Session, path: str, nothing: str) -> list[Any]:
        return await or_nothing(self.get(session, path, wire.Reply[list[Any]]), nothing, [])

    async def cancel(self, session: contract.Session, order: contract.OrderRef) -> None:
        query = (("appOrderID", order.broker_order_id), ("orderUniqueIdentifier", order.tag))
        kind, dialect = wire.Reply[wire.Placed], mapping.OF_CANCELLATIONS
        await self.call(session, "DELETE", _ORDERS, kind, Purpose.CHANGE, query=query, dialect=dialect)


class XtsPortfolio(Xts):
    rules: ClassVar = contract.PortfolioRules(edis=True)

    async def holdings(self, session: contract.Session) -> contract.Rows[contract.Holding]:
        asked = self.get(session, "/interactive/portfolio/holdings", wire.Reply[wire.Portfolio])
        told = await or_nothing(asked, mapping.NO_HOLDINGS, wire.NO_PORTFOLIO)
        return self.rows(mapping.rows_by_isin(told.rms_holdings.holdings), wire.Holding, mapping.holding)

    async def positions(self, session: contract.Session) -> contract.Rows[contract.Position]:
        path, day = "/interactive/portfolio/positions", (("dayOrNet", "DayWise"),)
        asked = self.get(session, path, wire.Reply[wire.Positions], day)
        told = await or_nothing(asked, mapping.NO_POSITIONS, wire.Positions([]))
        return self.rows(told.position_list, wire.Position, mapping.ROWS.position)

    async def funds(self, session: contract.Session) -> Paise:
        told = await self.get(session, "/interactive/user/balance", wire.Reply[wire.Balances])
        return mapping.cash(told.balance_list)


def _brought(callback: contract.Callback) -> str:
    """The access token in what came back: JSON, or a text of JSON in JSON. Raises `LoginRefused`."""
    body = (callback.get("session") or "")[:_LONGEST_SESSION].encode()
    try:
        told = decode(body, str).encode() if body.lstrip().startswith(b'"') else body
        return decode(told, wire.AccessToken).access_token
    except Unreadable:
        raise contract.LoginRefused("the login was not finished") from None
