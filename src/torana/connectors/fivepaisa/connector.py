"""5paisa, by its Xstream API. Source: Xstream documentation, 5paisa's notes on its Open API, its Python client.

Every call is a POST of `{"head": {"key": …}, "body": {…}}`. Orders are cancelled by the exchange's id, which an order
gets only when the exchange has it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from torana.connectors import contract
from torana.connectors.contract.signing import with_token
from torana.connectors.error_table import Purpose
from torana.connectors.fivepaisa import mapping, wire
from torana.connectors.readings import in_parts
from torana.connectors.transport import Part, T
from torana.kit.money import Paise

_BEFORE_MIDNIGHT = contract.DailyEnd("23:59")
_SERVICE = "/VendorsAPI/Service1.svc"
sign = with_token("Authorization", lambda setup, token: f"bearer {token}")


class _FivePaisa(Part):
    dialect = mapping.DIALECT

    async def _of_client(
        self,
        session: contract.Session,
        path: str,
        kind: type[wire.Reply[T]],
        body: Mapping[str, object] = {},
        purpose: Purpose = Purpose.READ,
    ) -> T:
        """Without `ClientCode` an order is answered "Invalid Session", whatever the token."""
        head = {"key": self.setup.keys["api_key"]}
        told = {"head": head, "body": {"ClientCode": session.broker_user_id, **body}}
        return (await self.call(session, "POST", f"{_SERVICE}/{path}", kind, purpose, body=told)).body

    async def _list(self, session: contract.Session, path: str, body: Mapping[str, object] = {}) -> list[Any]:
        return (await self._of_client(session, path, wire.Reply[wire.Listing], body)).rows


class FivePaisaLogin(_FivePaisa):
    rules: ClassVar = contract.LoginRules(contract.TicketReturn.STATE, _BEFORE_MIDNIGHT)

    async def begin(self, ticket: str, return_url: str) -> contract.LoginStart:
        query = {
            "VendorKey": self.setup.keys["api_key"],
            "ResponseURL": self.setup.redirect_uri,
            "State": ticket,
        }
        return self.login_page("/WebVendorLogin/VLogin/Index", query)

    async def finish(self, callback: contract.Callback, kept: Mapping[str, str], now: datetime) -> contract.Login:
        keys, code = self.setup.keys, self.brought(callback, "RequestToken")
        body = {"RequestToken": code, "EncryKey": keys["api_secret"], "UserId": keys["user_id"]}
        told = {"head": {"Key": keys["api_key"]}, "body": body}  # with a capital here only
        path, kind = f"{_SERVICE}/GetAccessToken", wire.Reply[wire.Token]
        token = (await self.call(None, "POST", path, kind, Purpose.LOGIN, body=told)).body
        ends, edis_needed = _BEFORE_MIDNIGHT.ends_at(now), {"Y": False, "N": True}.get(token.poa)
        return contract.Login(token.client_code, token.client_name, {"token": token.access_token}, ends, edis_needed)


class FivePaisaOrders(_FivePaisa):
    rules: ClassVar = contract.OrderRules(
        tag=contract.TagRule(max_length=23),  # the longest that an official sample shows; no limit is documented
        market=contract.MarketOrders.AS_LIMIT,  # it documents no protection of its own
        book_kept_until="16:00",  # a guess: nothing is documented
        too_fast_is_refused=mapping.DIALECT.too_fast_is_refused,
    )

    async def place(self, session: contract.Session, order: contract.OrderRequest) -> contract.Placed:
        body, kind = mapping.order_body(order), wire.Reply[wire.Placed]
        placed = await self._of_client(session, "V1/PlaceOrderRequest", kind, body, Purpose.ORDER)
        return contract.Placed(str(placed.broker_order_id))

    async def book(self, session: contract.Session, known: Collection[str] = ()) -> Sequence[contract.BrokerOrder]:
        rows = await self._list(session, "V3/OrderBook")
        return self.book_rows(rows, wire.Order, mapping.broker_order, known)

    async def cancel(self, session: contract.Session, order: contract.OrderRef) -> None:
        """By the exchange's id. Where the core has not seen it yet, the book is asked for it first."""
        exchange_id = order.exchange_order_id or await self._exchange_id(session, order)
        body, kind = {"ExchOrderID": exchange_id}, wire.Reply[wire.Body]
        await self._of_client(session, "V1/CancelOrderRequest", kind, body, Purpose.CHANGE)

    async def _exchange_id(self, session: contract.Session, order: contract.OrderRef) -> str:
        """Raises `Rejected` where the book shows none."""
        own = order.broker_order_id
        for row in await self.book(session, [own]):
            if row.broker_order_id == own and row.exchange_order_id is not None:
                return row.exchange_order_id
        text = "5paisa cancels by the exchange's order id, and this order has none"
        raise contract.Rejected(text, reason=contract.Reason.INVALID_ORDER)


class FivePaisaPortfolio(_FivePaisa):
    rules: ClassVar = contract.PortfolioRules(edis=True)

    async def holdings(self, session: contract.Session) -> contract.Rows[contract.Holding]:
        return self.rows(await self._list(session, "V4/Holding"), wire.Holding, mapping.holding)

    async def positions(self, session: contract.Session) -> contract.Rows[contract.Position]:
        return self.rows(await self._list(session, "V2/NetPositionNetWise"), wire.Position, mapping.ROWS.position)

    async def funds(self, session: contract.Session) -> Paise:
        margin = await self._of_client(session, "V4/Margin", wire.Reply[wire.Margin])
        return mapping.cash(margin.equity_margin[0])


class FivePaisaQuotes(_FivePaisa):
    async def prices(self, session: contract.Session, instruments: Sequence[contract.Instrument]) -> contract.Prices:
        asked = {(one.exchange, one.code): one for one in instruments}
        told = list[Any]()
        for some in in_parts(asked, mapping.PRICES_IN_A_REQUEST):
            wanted = [
                {"Exch": mapping.LETTERS[exchange], "ExchType": mapping.CASH, "ScripCode": code}
                for exchange, code in some
            ]
            body = {
                "Count": len(some), "MarketFeedData": wanted, "ClientLoginType": 0, "LastRequestTime": "/Date(0)/",
                "RefreshRate": "H",
            }  # fmt: skip
            told += await self._list(session, "V1/MarketFeed", body)
        return self.priced(asked, told, wire.Price, mapping.ROWS.price)
