"""The parts of a broker on Codifi's platform. A member names its `api` and `dialect`, and the rules that differ.

The login brings a code and the client's id, and no state of ours: only the cookie ties it to its transaction. The
checksum over client, code and secret proves that the id belongs to the code.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from hashlib import sha256
from typing import Any, ClassVar

from torana.connectors import contract
from torana.connectors.codifi import mapping, wire
from torana.connectors.codifi.mapping import BrokerApi
from torana.connectors.contract.signing import bearer, with_token
from torana.connectors.error_table import Purpose, or_nothing
from torana.connectors.transport import Part
from torana.kit.money import Paise

_MIDNIGHT = contract.DailyEnd("00:00")
sign = with_token("Authorization", bearer, {})


class Codifi(Part):
    api: ClassVar[BrokerApi]

    def __init__(self, setup: contract.Setup, unit: Decimal = Decimal(1)) -> None:
        """`unit`: rupees of one in an amount of the book, of holdings, positions and funds."""
        super().__init__(setup)
        self.reader = mapping.rows_of(self.api, unit)

    async def list_of(self, session: contract.Session, path: str, nothing: str, named_by: str) -> list[Any]:
        """`nothing`: the code that says that there are none. `named_by`: the field without which a row is none of
        these."""
        asked = self.call(session, "GET", path, self.api.lists)
        told = await or_nothing(asked, nothing, wire.Rows("Ok", []))
        if isinstance(told, wire.Rows):
            return told.data
        rows: list[Any] = told
        if not any(isinstance(row, Mapping) and named_by in row for row in rows):
            raise contract.Unknown("a list without a row says nothing")
        return rows


class CodifiLogin(Codifi):
    rules: ClassVar = contract.LoginRules(contract.TicketReturn.COOKIE, _MIDNIGHT)
    page_query: ClassVar[Mapping[str, str]] = {}
    """What the address of the login page holds before the key of the app."""

    async def begin(self, ticket: str, return_url: str) -> contract.LoginStart:
        return self.login_page("/", {**self.page_query, self.api.app_field: self.setup.keys["api_key"]})

    async def finish(self, callback: contract.Callback, kept: Mapping[str, str], now: datetime) -> contract.Login:
        code, user = self.brought(callback, "authCode"), self.brought(callback, self.api.user_field)
        proof = sha256(f"{user}{code}{self.setup.keys['api_secret']}".encode()).hexdigest()
        body = {"checkSum": proof}
        token = await self.call(None, "POST", self.api.token_path, wire.Token, Purpose.LOGIN, body=body)
        client = await self.whose(token, user)
        return contract.Login(client, "", {"token": token.user_session}, _MIDNIGHT.ends_at(now), edis_needed=None)

    async def whose(self, token: wire.Token, said: str) -> str:
        """The client whose token it is. `said` came by the browser, and is not enough: the checksum is over texts that
        are joined with nothing between them, so that an id may have lent to the code or borrowed from it."""
        if not token.client_id:
            raise contract.Unknown("the answer does not say whose login it is")
        return token.client_id


class CodifiOrders(Codifi):
    rules: ClassVar[contract.OrderRules]

    async def place(self, session: contract.Session, order: contract.OrderRequest) -> contract.Placed:
        """A list of one leg: what is said to a leg counts, whatever stands above it."""
        legs, kind = [self.api.leg(order)], wire.One[wire.Placed]
        placed = await self.post(session, self.api.place_path, kind, legs, Purpose.ORDER)
        return contract.Placed(placed.broker_order_id)

    async def book(self, session: contract.Session, known: Collection[str] = ()) -> Sequence[contract.BrokerOrder]:
        rows = await self.list_of(session, self.api.book_path, mapping.NO_ORDERS, "brokerOrderId")
        return self.book_rows(rows, wire.Order, partial(mapping.broker_order, rows=self.reader), known)

    async def cancel(self, session: contract.Session, order: contract.OrderRef) -> None:
        method, path, body = self.api.cancel(order.broker_order_id)
        await self.call(session, method, path, wire.One[wire.Placed], Purpose.CHANGE, body=body)


class CodifiPortfolio(Codifi):
    rules: ClassVar = contract.PortfolioRules(edis=True, tells_released=True)

    async def holdings(self, session: contract.Session) -> contract.Rows[contract.Holding]:
        rows = await self.list_of(session, self.api.holdings_path, mapping.NO_HOLDINGS, "isin")
        translate = partial(mapping.holding, rows=self.reader, edis_needed=session.edis_needed)
        return self.rows(rows, wire.Holding, translate)

    async def positions(self, session: contract.Session) -> contract.Rows[contract.Position]:
        rows = await self.list_of(session, self.api.positions_path, mapping.NO_POSITIONS, "tradingSymbol")
        return self.rows(rows, wire.Position, self.reader.position)

    async def funds(self, session: contract.Session) -> Paise:
        return mapping.cash(await self.get(session, self.api.funds_path, wire.One[wire.Limits]), self.reader)
