"""Dhan, by DhanHQ. Source: DhanHQ v2 documentation, checked against the official Python client.

Partners and individuals log in by the same three steps at different addresses: whose key it is, the operator says by
naming a client or none.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import quote

from msgspec import to_builtins

from torana.connectors import contract
from torana.connectors.contract.signing import send
from torana.connectors.depository_form import depository_form
from torana.connectors.dhan import mapping, wire
from torana.connectors.dhan.mapping import ConsentFlow
from torana.connectors.error_table import NotThere, Purpose, read
from torana.connectors.listings import ListedOrders, ListedPortfolio, Listing
from torana.connectors.readings import Envelope, Name, released, value_at
from torana.connectors.transport import Part, UnsignedPostbacks, exchange
from torana.kit.http import Request
from torana.kit.money import Paise

_ORDERS = "/v2/orders"
_ORDERS_OR_ONE: Any = list[Any] | wire.Order
_RELEASES_OR_ONE: Any = list[Any] | wire.Edis
"""The documentation shows one thing where it speaks of several, or the other way round."""


def _flow_of(setup: contract.Setup) -> ConsentFlow:
    return mapping.INDIVIDUAL if setup.keys["client_id"] else mapping.PARTNER


def sign(setup: contract.Setup, request: Request, session: contract.Session | None) -> contract.Flow:
    """The keys of the app before a login, the token and whose it is behind it."""
    if session is None:
        flow = _flow_of(setup)
        told = {flow.id_header: setup.keys["api_key"], flow.secret_header: setup.keys["api_secret"]}
    else:
        told = {"access-token": session.secrets["token"], "client-id": session.broker_user_id}
    return (yield from send(request, {"Accept": "application/json", **told}))


class _Dhan(Part):
    """Answers have no envelope, but for prices."""

    dialect = mapping.DIALECT


class DhanLogin(_Dhan):
    """Neither the page nor the address to which it leads back has room for a field of ours."""

    rules: ClassVar = contract.LoginRules(contract.TicketReturn.COOKIE, contract.ToldEnd())

    async def begin(self, ticket: str, return_url: str) -> contract.LoginStart:
        flow, client = _flow_of(self.setup), self.setup.keys["client_id"]
        query = (("client_id", client),) if client else ()
        kind = dict[str, Any]
        told = await self.call(None, flow.method, flow.asked_at, kind, Purpose.LOGIN, query=query, host="auth")
        return self.login_page(flow.given_at, {flow.field: value_at(told, Name, flow.field)}, "auth")

    async def finish(self, callback: contract.Callback, kept: Mapping[str, str], now: datetime) -> contract.Login:
        path, query = _flow_of(self.setup).exchanged_at, (("tokenId", self.brought(callback, "tokenId")),)
        token = await self.call(None, "GET", path, wire.Token, Purpose.LOGIN, query=query, host="auth")
        may_debit, secrets = token.given_power_of_attorney, {"token": token.access_token}
        edis_needed = None if may_debit is None else not may_debit
        ends = mapping.ends_at(token.expiry_time)
        return contract.Login(token.dhan_client_id, token.dhan_client_name, secrets, ends, edis_needed)


class DhanOrders(_Dhan, ListedOrders):
    orders_at = Listing(_ORDERS, list[Any], wire.Order, mapping.broker_order)
    rules = contract.OrderRules(
        tag=contract.TagRule(max_length=25),  # documented as 30; Dhan's own sandbox refuses 26
        market=contract.MarketOrders.PROTECTED,
        book_kept_until="16:00",  # a guess: "for the day"
        too_fast_is_refused=mapping.DIALECT.too_fast_is_refused,
    )

    async def place(self, session: contract.Session, order: contract.OrderRequest) -> contract.Placed:
        body = {"dhanClientId": session.broker_user_id, **mapping.order_body(order)}
        placed = await self.call(session, "POST", _ORDERS, wire.Placed, Purpose.ORDER, body=body)
        return contract.Placed(placed.order_id)

    async def cancel(self, session: contract.Session, order: contract.OrderRef) -> None:
        """It is accepted with a status alone, or with the order: both are documented."""
        request = Request("DELETE", self.url(f"{_ORDERS}/{quote(order.broker_order_id, safe='')}"))
        answer = await exchange(self.setup, request, session, Purpose.CHANGE)
        if answer.status != HTTPStatus.ACCEPTED or answer.body.strip():
            read(answer, wire.Placed, self.dialect, Purpose.CHANGE)


class DhanTagLookUp(_Dhan):
    async def by_tag(self, session: contract.Session, order: contract.OrderRef) -> Sequence[contract.BrokerOrder]:
        """An order that is on its way to the exchange is not found by it: the book, which is read before, has it."""
        request = Request("GET", self.url(f"{_ORDERS}/external/{quote(order.tag, safe='')}"))
        answer = await exchange(self.setup, request, session, Purpose.READ)
        dialect = mapping.LOOK_UP if answer.status == HTTPStatus.NOT_FOUND else self.dialect
        try:
            told = read(answer, _ORDERS_OR_ONE, dialect, Purpose.READ)
        except NotThere:
            return []
        rows = told if isinstance(told, list) else [to_builtins(told)]
        return self.found_by_tag(rows, wire.Order, mapping.broker_order, order.tag)


class DhanPortfolio(_Dhan, ListedPortfolio):
    dialect = mapping.OF_HOLDINGS
    rules: ClassVar = contract.PortfolioRules(edis=True)
    holdings_at = Listing("/v2/holdings", list[Any], wire.Holding, mapping.holding, nothing=mapping.NO_HOLDINGS)
    positions_at = Listing("/v2/positions", list[Any], wire.Position, mapping.ROWS.position)

    async def funds(self, session: contract.Session) -> Paise:
        return mapping.cash(await self.call(session, "GET", "/v2/fundlimit", wire.Funds))


class DhanAuthorisation(_Dhan):
    """A form for the depository's own page, which is handed over within a page of Dhan's."""

    rules: ClassVar = contract.AuthorisationRules(at_once=1)

    async def begin(self, session: contract.Session, shares: Sequence[contract.Release]) -> contract.Beginning:
        (one,) = shares
        named = {"isin": one.isin, "qty": one.quantity, "exchange": mapping.listed_at(one.isin) or "NSE"}
        body = {**named, "segment": "EQ", "bulk": False}
        page = await self.call(session, "POST", "/v2/edis/form", wire.EdisForm, Purpose.CHANGE, body=body)
        form = depository_form(page.html, self.url("/eDIS/VerifyDIS/", "cdsl"), "Dhan")
        return contract.Begun(form, {one.isin: str(one.quantity)})

    async def state(self, session: contract.Session, kept: Mapping[str, str], now: datetime) -> Mapping[str, int]:
        """What is told of all holdings, and of each that was begun and is not told there."""
        told = await self._released(session, "ALL")
        for isin, wanted in kept.items():
            if told.get(isin, 0) < int(wanted):
                told |= await self._released(session, isin)
        return told

    async def _released(self, session: contract.Session, which: str) -> dict[str, int]:
        path = f"/v2/edis/inquire/{quote(which, safe='')}"
        told = await self.call(session, "GET", path, _RELEASES_OR_ONE)
        rows = told if isinstance(told, list) else [to_builtins(told)]
        return released(self.rows(rows, wire.Edis, mapping.approved))


class DhanQuotes(_Dhan):
    async def prices(self, session: contract.Session, instruments: Sequence[contract.Instrument]) -> contract.Prices:
        """Only for clients who have subscribed to Dhan's data; others are refused."""
        asked = {(one.exchange, one.code): one for one in instruments}
        body, kind = mapping.priced_securities(asked), Envelope[dict[str, dict[str, Any]]]
        told = await self.post(session, "/v2/marketfeed/ltp", kind, body)
        rows = [(segment, code, row) for segment, by_code in told.items() for code, row in by_code.items()]
        return self.priced(asked, rows, tuple[str, str, Any], mapping.price)


class DhanPostbacks(_Dhan, UnsignedPostbacks):
    row: ClassVar = wire.Postback
