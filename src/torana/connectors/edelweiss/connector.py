"""Nuvama, by its partner API. Source: the partner documentation, and the Python client API Connect 2.0.12.

Three secrets go along with a call: the vendor's session, which lives for 24 hours and is shared by all clients; the
AppIdKey, which answers renew; the client's own session, which answers may renew too. The first is made once for each
day of logins and kept in the vault with the AppIdKey of that moment, the other two for each login.
"""

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, NamedTuple, TypeVar
from urllib.parse import quote

import msgspec

from torana.connectors import contract
from torana.connectors.contract.signing import forget, handshake, keep, read, send
from torana.connectors.edelweiss import mapping, wire
from torana.connectors.error_table import Purpose, or_nothing
from torana.connectors.error_table import read as proved
from torana.connectors.listings import ListedOrders, ListedPortfolio, Listing
from torana.connectors.transport import Part
from torana.kit.http import Request
from torana.kit.money import Paise

T = TypeVar("T")
W = TypeVar("W")

_BEFORE_MIDNIGHT = contract.DailyEnd("23:59")
_LOGIN, _EQUITY, _CONTENT = "/edelmw-login/login", "/edelmw-eq/eq", "/edelmw-content/content"
_UNTIL = "until"
"""The secret of a login that says with which vendor's session it was made: those that end together share one."""


class _Signs(NamedTuple):
    """What the vault holds: a session (the vendor's, or a client's), and the AppIdKey that came last with it."""

    session: str
    app: str

    @property
    def packed(self) -> str:
        return json.dumps(self)


def sign(setup: contract.Setup, request: Request, session: contract.Session | None) -> contract.Flow:
    """Before a login `session` says until when it will last, and nothing else."""
    session = session or contract.Session("", {})
    of_day = contract.Session(setup.keys["api_key"], {_UNTIL: session.secrets.get(_UNTIL, "")})
    token = session.secrets.get("token", "")
    entry = yield from _vendor(setup, request, of_day, first=not token)
    vendor = _Signs(*json.loads(entry.value))
    own = (yield from read("session", session)) if token else None
    signs = _Signs(*json.loads(own.value)) if own else _Signs(token, vendor.app)
    named = {"Source": setup.keys["api_key"], "Authorization": signs.session} if token else {}
    answer = yield from send(request, {**_common(setup, request, signs.app), "SourceToken": vendor.session, **named})
    if answer.status == 401 and mapping.VENDOR_OVER.encode() in answer.body:
        yield from forget("vendor", entry, of_day)
        return answer
    app = answer.headers.get("appidkey") or signs.app
    renewed = _Signs(answer.headers.get("authorization") or signs.session, app)
    if token and renewed != signs:
        yield from keep("session", renewed.packed, own, session)
    elif not token and app != vendor.app:
        yield from keep("vendor", vendor._replace(app=app).packed, entry, of_day)
    return answer


def _vendor(
    setup: contract.Setup, request: Request, of_day: contract.Session, *, first: bool
) -> Generator[Any, Any, contract.Entry]:
    """The vendor's session of this day, made if there is none. Raises `NotSent`; `LoginRefused` where it is refused
    before a login (`first`)."""
    if entry := (yield from read("vendor", of_day)):
        return entry
    keys = setup.keys
    url = f"{setup.hosts['api']}{_LOGIN}/accounts/loginvendor/{quote(keys['api_key'], safe='')}/"
    headers = {**_common(setup, request, keys["app_id_key"]), "Source": keys["api_key"]}
    body = msgspec.json.encode({"pwd": keys["api_secret"]})
    answer = yield from handshake(Request("POST", url, headers=headers, json=body, account=request.account))
    try:
        told = proved(answer, wire.Vendor, mapping.DIALECT, Purpose.LOGIN)
    except contract.LoginRefused as refused:
        if first:
            raise
        raise contract.SessionEnded(refused.message, code=refused.code) from None
    except contract.BrokerError as error:
        raise contract.NotSent(error.message) from None
    signs = _Signs(told.msg, answer.headers.get("appidkey") or keys["app_id_key"])
    return (yield from keep("vendor", signs.packed, None, of_day))


def _common(setup: contract.Setup, request: Request, app: str) -> dict[str, str]:
    address = setup.public_address(request.account) or setup.keys["public_ip"]
    return {"Accept": "application/json", "AppIdKey": app, **({"X-Forwarded-For": address} if address else {})}


class _Nuvama(Part):
    dialect = mapping.DIALECT

    async def put(self, session: contract.Session, path: str, body: object) -> None:
        await self.call(session, "PUT", path, wire.Reply[wire.Done], Purpose.CHANGE, body=body)


def _listing(path: str, name: str, row: type[W], translate: Callable[[W], T], nothing: str) -> Listing[W, T]:
    """Nothing is told with a status, or with the sentence `nothing`."""
    return Listing(f"{_EQUITY}/{path}/", wire.Reply[Any], row, translate, (name,), nothing=nothing)


class NuvamaLogin(_Nuvama):
    rules: ClassVar = contract.LoginRules(contract.TicketReturn.COOKIE, _BEFORE_MIDNIGHT)

    async def begin(self, ticket: str, return_url: str) -> contract.LoginStart:
        return self.login_page("/api-connect/login", {"api_key": self.setup.keys["api_key"]})

    async def finish(self, callback: contract.Callback, kept: Mapping[str, str], now: datetime) -> contract.Login:
        request_id = self.brought(callback, "request_id", "requestId", "reqId")
        ends = _BEFORE_MIDNIGHT.ends_at(now)
        until = {_UNTIL: ends.isoformat()}
        path, kind = f"{_LOGIN}/accounts/logindata/", wire.Reply[wire.Token]
        token = await self.post(contract.Session("", until), path, kind, {"reqId": request_id}, Purpose.LOGIN)
        accounts = token.login.accs
        if not accounts.equity:
            raise contract.LoginRefused("this login at Nuvama has no account for shares")
        dependent = {"dependent": accounts.dependent} if accounts.dependent else {}
        secrets = {"token": token.auth, **until, **mapping.products_of(token.login), **dependent}
        return contract.Login(accounts.equity, "", secrets, ends, edis_needed=None)


class NuvamaLogout(_Nuvama):
    async def end(self, session: contract.Session) -> None:
        """Of this client alone: the vendor's own logout would end all of them, and is never sent."""
        await self.put(session, f"{_LOGIN}/account/logoff/{{client}}/", {})


class NuvamaOrders(_Nuvama, ListedOrders):
    orders_at = _listing("order/book/{client}/v1", "ord", wire.Order, mapping.broker_order, mapping.NO_ORDERS)
    rules = contract.OrderRules(
        tag=mapping.TAG,
        market=contract.MarketOrders.AS_LIMIT,  # `mktPro` may be a protection; what it takes is published nowhere
        book_kept_until="16:00",  # a guess: nothing is documented
        too_fast_is_refused=mapping.DIALECT.too_fast_is_refused,
    )

    async def place(self, session: contract.Session, order: contract.OrderRequest) -> contract.Placed:
        path, kind = f"{_path(order.variety)}/placetrade/v1/{{client}}/", wire.Reply[wire.Placed]
        placed = await self.post(session, path, kind, mapping.order_body(session, order), Purpose.ORDER)
        return contract.Placed(placed.oid, mapping.extra_of(order))

    async def cancel(self, session: contract.Session, order: contract.OrderRef) -> None:
        path = f"{_path(order.variety)}/canceltrade/v1/{{client}}/"
        await self.put(session, path, mapping.cancel_body(session, order))


def _path(variety: contract.Variety) -> str:
    return f"{_EQUITY}/trade/amo" if variety is contract.Variety.AMO else f"{_EQUITY}/trade"


class NuvamaPortfolio(_Nuvama, ListedPortfolio):
    rules: ClassVar = contract.PortfolioRules(edis=True, tells_pledged=False)
    holdings_at = _listing(
        "holdings/v1/rmsholdings/{client}", "rmsHdg", wire.Holding, mapping.holding, mapping.NO_HOLDINGS
    )
    positions_at = _listing("positions/net/{client}", "pos", wire.Position, mapping.ROWS.position, mapping.NO_POSITIONS)

    async def funds(self, session: contract.Session) -> Paise:
        limits = await self.get(session, f"{_EQUITY}/limits/rmssublimits/{{client}}/", wire.Reply[dict[str, Any]])
        if (cash := mapping.paise(limits.get("cshAvl"))) is None:
            raise contract.Unknown("no cash is told")
        return cash


class NuvamaQuotes(_Nuvama):
    async def prices(self, session: contract.Session, instruments: Sequence[contract.Instrument]) -> contract.Prices:
        """One call for each: there is none that tells the price of several."""
        told = [(one, await self._price(session, one)) for one in instruments]
        return {one: price for one, price in told if price is not None}

    async def _price(self, session: contract.Session, instrument: contract.Instrument) -> Paise | None:
        path = f"{_CONTENT}/charts/v2/main/M1/{instrument.exchange}/EQUITY/{quote(instrument.code, safe='')}"
        body = {"chTyp": "Interval", "conti": False, "ltt": None}
        chart = await or_nothing(self.post(session, path, wire.Reply[wire.Chart], body), mapping.NO_CHART, None)
        return None if chart is None else mapping.last_price(chart.points)
