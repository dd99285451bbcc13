"""Motilal Oswal, by the MO trading API. Source: its documentation and its questions and answers, read in 2026.

The login brings a token in the redirect, unsigned, and nothing of ours beside it. With the secret of the app it becomes
an access token, which every call carries beside the first; whose it is, the profile says.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from torana.connectors import contract
from torana.connectors.contract.signing import send
from torana.connectors.error_table import Purpose, or_nothing
from torana.connectors.listings import ListedOrders, ListedPortfolio, Listing
from torana.connectors.motilal import mapping, wire
from torana.connectors.readings import of_paise
from torana.connectors.transport import Part, T
from torana.kit.http import Request
from torana.kit.money import Paise

_SESSION = contract.DailyEnd("06:00")
_MACHINE: Mapping[str, str] = {
    "Accept": "application/json",
    "User-Agent": "MOSL/V.1.1.0",
    "SourceId": "DESKTOP",
    "osname": "Linux",
    "osversion": "unknown",
    "devicemodel": "server",
    "manufacturer": "unknown",
    "productname": "Torana",
    "productversion": "1",
    "installedappid": "torana",
}
"""The documented headers of a program that is no browser and no telephone; none may be left out."""
_ROWS = wire.Reply[list[Any]]


def sign(setup: contract.Setup, request: Request, session: contract.Session | None) -> contract.Flow:
    """Every call tells the machine that makes it, and orders are checked by the address that they come from."""
    keys, address = setup.keys, setup.public_address(request.account) or setup.keys["public_ip"]
    headers = {
        **_MACHINE,
        "ApiKey": keys["api_key"],
        "apisecretkey": keys["api_secret"],
        "vendorinfo": keys["vendor"],
        "MacAddress": keys["mac_address"],
        "ClientLocalIp": keys["local_ip"] or address,
        "ClientPublicIp": address,
    }
    if session is not None:
        headers["Authorization"] = session.secrets["token"]
        if access := session.secrets.get("access"):
            headers["accesstoken"] = access
    return (yield from send(request, headers))


class _Motilal(Part):
    """Every call is a POST; bodies that name no client are those of the client who logged in."""

    dialect = mapping.DIALECT


class MotilalLogin(_Motilal):
    rules: ClassVar = contract.LoginRules(contract.TicketReturn.COOKIE, _SESSION)

    async def begin(self, ticket: str, return_url: str) -> contract.LoginStart:
        return self.login_page("/OpenAPI/Login.aspx", {"apikey": self.setup.keys["api_key"]})

    async def finish(self, callback: contract.Callback, kept: Mapping[str, str], now: datetime) -> contract.Login:
        token = self.brought(callback, "authtoken")
        access = await self._of_login({"token": token}, "/rest/login/v1/getaccesstoken", wire.AccessToken)
        secrets = {"token": token, "access": access.token}
        person = (await self._of_login(secrets, "/rest/login/v5/getprofile", wire.Reply[wire.Person])).data
        return contract.Login(person.clientcode, person.name, secrets, _SESSION.ends_at(now), edis_needed=None)

    async def _of_login(self, secrets: Mapping[str, str], path: str, kind: type[T]) -> T:
        return await self.call(contract.Session("", secrets), "POST", path, kind, Purpose.LOGIN, body={})


class MotilalLogout(_Motilal):
    async def end(self, session: contract.Session) -> None:
        await self.call(session, "POST", "/rest/login/v5/logout", wire.Done, body={})


class MotilalOrders(_Motilal, ListedOrders):
    orders_at = Listing(
        "/rest/book/v5/getorderbook", _ROWS, wire.Order, mapping.broker_order, body={}, nothing=mapping.NO_ORDERS
    )
    rules = contract.OrderRules(
        tag=mapping.TAG,
        market=contract.MarketOrders.AS_LIMIT,  # since April 2026 the exchanges refuse those of the API
        book_kept_until="16:00",  # a guess: nothing is documented
        too_fast_is_refused=mapping.DIALECT.too_fast_is_refused,
    )

    async def place(self, session: contract.Session, order: contract.OrderRequest) -> contract.Placed:
        path, body = "/rest/trans/v2/placeorder", mapping.order_body(order)
        placed = await self.call(session, "POST", path, wire.Placed, Purpose.ORDER, body=body)
        return contract.Placed(placed.uniqueorderid)

    async def cancel(self, session: contract.Session, order: contract.OrderRef) -> None:
        path, body = "/rest/trans/v2/cancelorder", {"uniqueorderid": order.broker_order_id}
        await self.call(session, "POST", path, wire.Done, Purpose.CHANGE, body=body)


class MotilalPortfolio(_Motilal, ListedPortfolio):
    rules: ClassVar = contract.PortfolioRules(edis=True, sold_counts_open=True)
    holdings_at = Listing(
        "/rest/report/v3/getdpholding", _ROWS, wire.Holding, mapping.holding, body={}, nothing=mapping.NO_HOLDINGS
    )
    positions_at = Listing(
        "/rest/book/v4/getposition", _ROWS, wire.Position, mapping.position, body={}, nothing=mapping.NO_POSITIONS
    )

    async def funds(self, session: contract.Session) -> Paise:
        kind = wire.Reply[list[wire.MarginLine]]
        return mapping.cash(await self.post(session, "/rest/report/v3/getreportmargindetail", kind, {}))


class MotilalQuotes(_Motilal):
    async def prices(self, session: contract.Session, instruments: Sequence[contract.Instrument]) -> contract.Prices:
        """One call for each: there is none that tells the price of several."""
        told = [(one, await self._price(session, one)) for one in instruments]
        return {one: price for one, price in told if price is not None}

    async def _price(self, session: contract.Session, one: contract.Instrument) -> Paise | None:
        """None where there was no trade, or there is no such security."""
        path, body = "/rest/report/v3/getltpdata", {"exchange": one.exchange, "scripcode": int(one.code)}
        asked = self.call(session, "POST", path, wire.Quote, body=body)
        told = await or_nothing(asked, mapping.NO_SECURITY, None)
        return None if told is None else of_paise(told.price.ltp) or None
