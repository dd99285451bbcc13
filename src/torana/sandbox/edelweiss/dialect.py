"""The simulated Nuvama as one dialect of the sandbox: its routes and its login."""

from collections.abc import Callable
from functools import partial
from hmac import compare_digest
from typing import Any

from torana.market.calendar import amo_open
from torana.sandbox import instrument_files, reads, web
from torana.sandbox.call import Call
from torana.sandbox.dialect import (
    FORM_ALONE,
    Credentials,
    Dialect,
    Handler,
    KnownApp,
    Route,
    by_json_code,
    orders_at_most,
    routes,
)
from torana.sandbox.edelweiss import errors, orders, wire
from torana.sandbox.edelweiss.errors import REFUSALS, TABLE, answered, issued, owner_of, success, with_app_key
from torana.sandbox.faults import Operation as On
from torana.sandbox.login import OTP, PASSWORD, Login, code_as, daily
from torana.sandbox.web import Request, Response

BROKER = "edelweiss"
_LOGIN, _EQUITY, _CONTENT = "/edelmw-login/login", "/edelmw-eq/eq", "/edelmw-content/content"

LOGIN = Login(
    broker=BROKER, name="Nuvama", until="23:59", ends=daily("23:59"), user_id_form="60000000",
    app_of=lambda call: call.known_app(call.request.query.get("api_key", ""), TABLE.refused("EGN0009")),
    back=code_as("request_id"), typed=(PASSWORD, OTP),
)  # fmt: skip


def credentials(request: Request) -> Credentials | None:
    """A session stays the same whatever was renewed behind its point."""
    token = request.headers.get("authorization", "").partition(".")[0]
    return Credentials(token, request.headers.get("source", "")) if token else None


def _check(call: Call) -> None:
    """What every call brings behind the vendor's login: its session, and an AppIdKey of this day."""
    headers, now = call.request.headers, call.exchange.now()
    if "/loginvendor/" in call.request.path:
        return
    vendor = owner_of(errors.VENDOR, headers.get("sourcetoken", ""), now)
    if vendor is None or headers.get("source", vendor) != vendor:
        raise TABLE.refused("ETRD00036")
    if owner_of(errors.APP, headers.get("appidkey", ""), now) != vendor:
        raise TABLE.refused("EGN0011")


async def _vendor(call: Call) -> Response:
    wrong, key = TABLE.refused("EGN0009"), call.request.headers.get("source", "")
    app = call.known_app(key, wrong)
    body = await call.json_object(wrong)
    password = str(body.get("pwd", ""))
    told = call.path["vendor"] == key and call.request.headers.get("appidkey")
    if not told or not compare_digest(password.encode(), app.secret.encode()):
        raise wrong
    token = issued(errors.VENDOR, key, call.exchange.now() + errors.VENDOR_LIVES)
    return with_app_key(call, key, web.json({"msg": token, "success": True}))


async def _token(call: Call) -> Response:
    wrong = TABLE.refused("ESIM0005")
    body = await call.json_object(wrong)
    key = owner_of(errors.VENDOR, call.request.headers["sourcetoken"], call.exchange.now())
    app = call.known_app(key or "", wrong)
    account, token = LOGIN.redeem(call, app, str(body.get("reqId", "")), wrong)
    accounts = {"eqAccID": account.user_id, "coAccID": "", "prfId": account.user_id, "uid": account.user_id}
    products = [{"prdVal": word, "prdDp": word} for word in ("CNC", "MIS", "NRML", "F")]
    login = {"accTyp": "EQ", "accs": accounts, "prds": [{"exc": exc, "prd": products} for exc in ("NSE", "BSE")]}
    return with_app_key(call, app.key, success({"type": "loginDao", "auth": token, "lgnData": login}))


async def _version(call: Call) -> Response:
    data = {"type": "libVsnResponseDao", "msg": "", "sts": True, "vsn": "2.0.12"}
    return with_app_key(call, call.request.headers["source"], success(data))


def _log_out(call: Call) -> dict[str, object]:
    call.session.ended = True
    return {"type": "logoffDao", "msg": "Logged off"}


def _listed(kind: str, name: str, read: Callable[[Call], list[reads.Row]], nothing: str) -> Callable[[Call], object]:
    """Rows in their field. `nothing`: the code that says that there are none; without one HTTP 204 does."""

    def answer(call: Call) -> object:
        found = read(call)
        if not found and nothing:
            raise TABLE.refused(nothing)
        return {"type": kind, name: found} if found else Response(204)

    return answer


_BOOK = _listed("orderBookResponse", "ord", reads.book(wire.BOOK, wire.WORDS), "ESIM0002")
_TRADES = _listed("tradeBookResponse", "trade", reads.trades(wire.TRADE), "ETRD0002")
_HOLDINGS = _listed("rmsHoldingsDao", "rmsHdg", reads.holdings(wire.HOLDING), "ESIM0003")
_POSITIONS = _listed("netPositionDao", "pos", reads.positions(wire.POSITION, 2), "")


def _amo_status(call: Call) -> dict[str, object]:
    return {"type": "eqAMODao", "sts": "true" if amo_open(call.exchange.now()) else "false"}


def _of_the_client(call: Call) -> None:
    """Whose call it is stands in the path, too."""
    if call.path.get("uid", call.account.user_id) != call.account.user_id:
        raise TABLE.refused("EGN0011")


def _routes(*rows: tuple[str, str, On, Handler], **how: Any) -> tuple[Route, ...]:
    """The client ends paths with a stroke, the documentation does not."""
    with_stroke = [(method, f"{path}/", operation, handler) for method, path, operation, handler in rows]
    return routes("", *rows, *with_stroke, **how)


_TRADE = f"{_EQUITY}/trade"
_AMO = f"{_TRADE}/amo"
_VENDORS = f"{_LOGIN}/accounts"
_API = (
    *_routes(
        ("POST", f"{_VENDORS}/loginvendor/{{vendor}}", On.PROFILE, _vendor),
        ("POST", f"{_VENDORS}/logindata", On.TOKEN, _token),
        ("POST", f"{_CONTENT}/adhoc/lib/version", On.PROFILE, _version),
        session=False,
        whose=by_json_code("reqId"),
    ),
    *_routes(
        ("PUT", f"{_LOGIN}/account/logoff/{{uid}}", On.LOGOUT, _log_out),
        ("POST", f"{_AMO}/placetrade/v1/{{uid}}", On.PLACE, partial(orders.place, amo=True)),
        ("PUT", f"{_AMO}/modifytrade/v1/{{uid}}", On.MODIFY, partial(orders.modify, amo=True)),
        ("PUT", f"{_AMO}/canceltrade/v1/{{uid}}", On.CANCEL, partial(orders.cancel, amo=True)),
        ("POST", f"{_TRADE}/placetrade/v1/{{uid}}", On.PLACE, orders.place),
        ("PUT", f"{_TRADE}/modifytrade/v1/{{uid}}", On.MODIFY, orders.modify),
        ("PUT", f"{_TRADE}/canceltrade/v1/{{uid}}", On.CANCEL, orders.cancel),
        ("GET", f"{_TRADE}/amostatus/{{exc}}", On.ORDER, _amo_status),
        ("GET", f"{_EQUITY}/order/book/{{uid}}/v1", On.ORDERS, _BOOK),
        ("GET", f"{_EQUITY}/order/details/{{uid}}", On.ORDER, orders.detail),
        ("GET", f"{_EQUITY}/tradebook/v1/{{uid}}", On.TRADES, _TRADES),
        ("GET", f"{_EQUITY}/positions/net/{{uid}}", On.POSITIONS, _POSITIONS),
        ("GET", f"{_EQUITY}/holdings/v1/rmsholdings/{{uid}}", On.HOLDINGS, _HOLDINGS),
        ("GET", f"{_EQUITY}/limits/rmssublimits/{{uid}}", On.FUNDS, reads.funds(wire.FUNDS)),
        ("POST", f"{_CONTENT}/charts/v2/main/{{interval}}/{{exc}}/{{kind}}/{{symbol}}", On.QUOTES, orders.chart),
        check=_of_the_client,
        answer=answered,
    ),
)
_FILE = instrument_files.zip_route(
    "/app/toccontracts/instruments.zip", "instruments.csv", wire.INSTRUMENT, {"exchange": "NSE", **wire.INDEX}
)

DIALECT = Dialect(
    broker=BROKER,
    prefixes={"/edelweiss/api": (*_API, _FILE), "/edelweiss/web": LOGIN.routes("/api-connect/login", page=True)},
    apps=(KnownApp("sandbox-edelweiss", "sandbox-edelweiss-secret", ""),),
    credentials=credentials,
    refusals=REFUSALS,
    success=success,
    placed=lambda order_id: success(orders.placed_data(order_id)),
    limits=orders_at_most(10),
    rejects_later=FORM_ALONE,
    check=_check,
)
