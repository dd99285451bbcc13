"""Fyers, API v3. Source: Fyers API v3 documentation, checked against the official Python client."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any, ClassVar, Literal

from torana.connectors import contract
from torana.connectors.contract.signing import with_token
from torana.connectors.depository_form import depository_form
from torana.connectors.error_table import Purpose
from torana.connectors.fyers import mapping, wire
from torana.connectors.fyers.instruments import FILE
from torana.connectors.listings import ListedOrders, ListedPortfolio, Listing
from torana.connectors.readings import in_parts, released
from torana.connectors.transport import Part, UnsignedPostbacks
from torana.kit.clock import IST
from torana.kit.money import Paise
from torana.market.models import EXCHANGES
from torana.market.securities import current

_MORNING = contract.DailyEnd("06:00")
_PLACED = "/api/v3/orders/sync"
sign = with_token("Authorization", lambda setup, token: f"{setup.keys['api_key']}:{token}")


class _Fyers(Part):
    dialect = mapping.DIALECT


class FyersLogin(_Fyers):
    rules: ClassVar = contract.LoginRules(contract.TicketReturn.STATE, _MORNING)

    async def begin(self, ticket: str, return_url: str) -> contract.LoginStart:
        return self.oauth_page("/api/v3/generate-authcode", ticket)

    async def finish(self, callback: contract.Callback, kept: Mapping[str, str], now: datetime) -> contract.Login:
        """`code` of the callback is a status; the code that is exchanged has a name of its own. Whose token it is the
        profile says."""
        code, keys = self.brought(callback, "auth_code", error="code"), self.setup.keys
        proof = sha256(f"{keys['api_key']}:{keys['api_secret']}".encode()).hexdigest()
        body = {"grant_type": "authorization_code", "appIdHash": proof, "code": code}
        told = await self.call(None, "POST", "/api/v3/validate-authcode", wire.Token, Purpose.LOGIN, body=body)
        secrets = {"token": told.access_token}
        session = contract.Session("", secrets)
        person = (await self.call(session, "GET", "/api/v3/profile", wire.Reply[wire.Person], Purpose.LOGIN)).data
        edis_needed = None if person.ddpi_enabled is None else not person.ddpi_enabled
        return contract.Login(person.fy_id, person.name, secrets, _MORNING.ends_at(now), edis_needed)


class FyersLogout(_Fyers):
    async def end(self, session: contract.Session) -> None:
        await self.call(session, "POST", "/api/v3/logout", wire.Ok)


class FyersOrders(_Fyers, ListedOrders):
    orders_at = Listing("/api/v3/orders", wire.Book, wire.Order, mapping.broker_order)
    rules = contract.OrderRules(
        tag=contract.TagRule(max_length=30, echo=contract.TagEcho.PREFIXED),
        market=contract.MarketOrders.PROTECTED,
        book_kept_until="16:00",  # a guess: nothing is documented
        too_fast_is_refused=mapping.DIALECT.too_fast_is_refused,
    )

    async def place(self, session: contract.Session, order: contract.OrderRequest) -> contract.Placed:
        body = mapping.order_body(order)
        placed = await self.call(session, "POST", _PLACED, wire.Placed, Purpose.ORDER, body=body)
        return contract.Placed(placed.id)

    async def cancel(self, session: contract.Session, order: contract.OrderRef) -> None:
        body = {"id": order.broker_order_id}
        await self.call(session, "DELETE", _PLACED, wire.Cancelled, Purpose.CHANGE, body=body)


class FyersPortfolio(_Fyers, ListedPortfolio):
    rules: ClassVar = contract.PortfolioRules(edis=True)
    holdings_at = Listing("/api/v3/holdings", wire.Holdings, wire.Holding, mapping.holding)
    positions_at = Listing("/api/v3/positions", wire.Positions, wire.Position, mapping.position)

    async def funds(self, session: contract.Session) -> Paise:
        return mapping.cash(await self.get(session, "/api/v3/funds", wire.Funds))


class FyersAuthorisation(_Fyers):
    """Calls of API v2. A page of Fyers' holds a form for the depository's own page, which leads back to nobody. Source:
    Fyers API v3 documentation, eDIS."""

    rules: ClassVar = contract.AuthorisationRules()

    async def begin(self, session: contract.Session, shares: Sequence[contract.Release]) -> contract.Begun:
        asked = [{"isin_code": one.isin, "qty": str(one.quantity), "symbol": _ticker(one.isin)} for one in shares]
        body, kind = {"recordLst": asked}, wire.Reply[str]
        page = await self.post(session, "/api/v2/index", kind, body, Purpose.CHANGE, host="edis")
        form = depository_form(page, self.url("/eDIS/VerifyDIS", "cdsl"), "Fyers")
        return contract.Begun(form, {one.isin: str(one.quantity) for one in shares})

    async def state(self, session: contract.Session, kept: Mapping[str, str], now: datetime) -> Mapping[str, int]:
        """Releases of all days are told, and nothing of what was not released. Of several of today for one security the
        largest counts: whether a later one is beside the earlier one or holds it is not documented."""
        # Nothing is an empty text in other answers of API v2, a list here.
        kind = wire.Reply[list[Any] | Literal[""]]
        told = await self.call(session, "GET", "/api/v2/details", kind, host="edis")
        rows = self.rows(told.data, wire.Release, partial(mapping.released, today=now.astimezone(IST).date()))
        largest = dict.fromkeys(kept, 0)
        for isin, shares in rows.read:
            largest[isin] = max(largest.get(isin, 0), shares)
        return released(contract.Rows(list(largest.items()), rows.unread))


def _ticker(isin: str) -> str:
    """Of the share on the NSE, else on the BSE: by Fyers' list, where it was not read as Fyers forms it.

    Raises `Rejected` for a share that no list has.
    """
    for exchange in EXCHANGES:
        if (security := current().by_isin(isin, exchange)) is not None:
            listed = current().code_of(mapping.BROKER, isin, exchange)
            return listed.code if listed else FILE.names(security).code
    raise contract.Rejected("this share is not in the broker's list", reason=contract.Reason.INSTRUMENT_NOT_TRADABLE)


class FyersQuotes(_Fyers):
    async def prices(self, session: contract.Session, instruments: Sequence[contract.Instrument]) -> contract.Prices:
        """One exchange for each fifty."""
        asked = {one.code: one for one in instruments}
        told = list[Any]()
        for tickers in in_parts(asked, mapping.PRICES_IN_A_REQUEST):
            told += await self.get(session, "/data/quotes", wire.Prices, (("symbols", ",".join(tickers)),))
        return self.priced(asked, filter(mapping.has_price, told), object, mapping.price)


class FyersPostbacks(_Fyers, UnsignedPostbacks):
    row: ClassVar = wire.Postback
