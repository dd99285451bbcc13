"""Motilal Oswal, by the MO trading API. Source: its documentation and its questions and answers, read in 2026.

The login brings a token in the redirect, unsigned, and nothing of ours beside it. With the secret of the app it becomes
an access token, which every call carries beside the first; whose it is, the profile says.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from torana.connectors import contract
from torana.connectors.contract.signing import send
from torana.connectors.error_table import Purpose, or_nothing
from torana.connectors.motilal import mapping, wire
from torana.connectors.transport import IN_DECIMALS, Part, T
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

    async def tell(
        self, session: contract.Session, path: str, kind: type[T], body: object, purpose: Purpose = Purpose.READ
    ) -> T:
        request = Request("POST", self.url(path), json=IN_DECIMALS.encode(body))
        return await self.ask(request, kind, session, purpose)

    async def list_of(self, session: contract.Session, path: str, nothing: str) -> list[Any]:
        """Raises `Unknown` for a null and for the code of another list: only a list, or the code `nothing`, is
        empty."""
        return await or_nothing(self.post(session, path, wire.Reply[list[Any]], {}), nothing, [])


class MotilalLogin(_Motilal):
    rules: ClassVar = contract.LoginRules(contract.TicketReturn.COOKIE, _SESSION)

    async def begin(self, ticket: str, return_url: str) -> contract.LoginStart:
        return self.login_page("/OpenAPI/Login.aspx", {"apikey": self.setup.keys["api_key"]})

    async def finish(self, callback: contract.Callback, kept: Mapping[str, str], now: datetime) -> contract.Login:
        if not (token := callback.get("authtoken")):
            raise contract.LoginRefused("the login at Motilal Oswal was not finished")
        access = await self._of_login({"token": token}, "/rest/login/v1/getaccesstoken", wire.AccessToken)
        secrets = {"token": token, "access": access.token}
        person = (await self._of_login(secrets, "/rest/login/v5/getprofile", wire.Reply[wire.Person])).data
        return contract.Login(person.clientcode, person.name, secrets, _SESSION.ends_at(now), edis_needed=None)

    async def _of_login(self, secrets: Mapping[str, str], path: str, kind: type[T]) -> T:
        return await self.tell(contract.Session("", secrets), path, kind, {}, Purpose.LOGIN)


class MotilalLogout(_Motilal):
    async def end(self, session: contract.Session) -> None:
        await self.tell(session, "/rest/login/v5/logout", wire.Done, {})


class MotilalOrders(_Motilal):
    rules: ClassVar = contract.OrderRules(
        tag=mapping.TAG,
        market=contract.MarketOrders.AS_LIMIT,  # since April 2026 the exchanges refuse those of the API
        book_kept_until="16:00",  # a guess: nothing is documented
        too_fast_is_refused=mapping.DIALECT.too_fast_is_refused,
    )

    async def place(self, session: contract.Session, order: contract.OrderRequest) -> contract.Placed:
        body = mapping.order_body(order)
        placed = await self.tell(session, "/rest/trans/v2/placeorder", wire.Placed, body, Purpose.ORDER)
        return contract.Placed(placed.uniqueorderid)

    async def book(self, session: contract.Session, known: Collection[str] = ()) -> Sequence[contract.BrokerOrder]:
        rows = await self.list_of(session, "/rest/book/v5/getorderbook", mapping.NO_ORDERS)
        return self.book_rows(rows, wire.Order, mapping.broker_order, known, rule=mapping.TAG)

    async def cancel(self, session: contract.Session, order: contract.OrderRef) -> None:
        body = {"uniqueorderid": order.broker_order_id}
        await self.tell(session, "/rest/trans/v2/cancelorder", wire.Done, body, Purpose.CHANGE)


class MotilalPortfolio(_Motilal):
    rules: ClassVar = contract.PortfolioRules(edis=True, sold_counts_open=True)

    async def holdings(self, session: contract.Session) -> contract.Rows[contract.Holding]:
        rows = await self.list_of(session, "/rest/report/v3/getdpholding", mapping.NO_HOLDINGS)
        return self.rows(rows, wire.Holding, mapping.holding)

    async def positions(self, session: contract.Session) -> contract.Rows[contract.Position]:
        rows = await self.list_of(session, "/rest/book/v4/getposition", mapping.NO_POSITIONS)
        return self.rows(rows, wire.Position, mapping.position)

    async def funds(self, session: contract.Session) -> Paise:
        kind = wire.Reply[list[wire.MarginLine]]
        return mapping.cash(await self.post(session, "/rest/report/v3/getreportmargindetail", kind, {}))


class MotilalQuotes(_Motilal):
    async def prices(self, session: contract.Session, instruments: Sequence[contract.Instrument]) -> contract.Prices:
        """One call for each: there is none that tells the price of several."""
        told = [(one, await self._price(session, one)) for one in instruments]
        return {one: price for one, price in told if price is not None}

    async def _price(self, session: contract.Session, one: contract.Instrument) -> Paise | None:
        body = {"exchange": one.exchange, "scripcode": int(one.code)}
        asked = self.post(session, "/rest/report/v3/getltpdata", wire.Reply[wire.Price], body)
        told = await or_nothing(asked, mapping.NO_SECURITY, wire.NO_PRICE)
        return mapping.last_price(told)
