"""The simulated Angel One as one dialect of the sandbox. See the package's docstring for what is a choice of ours."""

from collections.abc import Mapping

from torana.sandbox import instrument_files, reads, web
from torana.sandbox.angelbroking import costs, login, orders, wire
from torana.sandbox.angelbroking.errors import REFUSALS, REJECTS_LATER, app_of, refuse, success
from torana.sandbox.call import Call
from torana.sandbox.dialect import Credentials, Dialect, KnownApp, Limit, bearer, routes
from torana.sandbox.faults import Operation as On
from torana.sandbox.web import Request, Response

_ORDERS = Limit("orders", 9)
_LIMITS: Mapping[On, Limit | None] = {
    On.PLACE: _ORDERS, On.MODIFY: _ORDERS, On.CANCEL: _ORDERS,
    On.ORDERS: Limit("orders book", 1), On.TRADES: Limit("trades", 1), On.HOLDINGS: Limit("holdings", 1),
    On.POSITIONS: Limit("positions", 1), On.LOGOUT: Limit("logout", 1), On.FUNDS: Limit("funds", 2),
    On.PROFILE: Limit("profile", 3), On.ORDER: Limit("order", 10), On.QUOTES: Limit("quotes", 10),
    On.MARGINS: Limit("margins", 10),
}  # fmt: skip
"""Requests a second and client. Source: SmartAPI documentation, rate limit."""


def _credentials(request: Request) -> Credentials | None:
    token = bearer(request)
    return Credentials(token, request.headers.get("x-privatekey", "")) if token else None


def _check(call: Call) -> None:
    """Every mandatory header, and a key that somebody has."""
    headers = call.request.headers
    if headers.get("x-usertype") != "USER":
        raise refuse("AB1005")
    for name in ("x-sourceid", "x-clientlocalip", "x-clientpublicip", "x-macaddress"):
        if not headers.get(name):
            raise refuse("AB2000", f"{name} is missing")
    app_of(call)


def _placed(order_id: str | None) -> Response:
    return success({} if order_id is None else {"script": "", "orderid": order_id, "uniqueorderid": order_id[::-1]})


_API = (
    *routes(
        "/rest/auth/angelbroking",
        ("POST", "/user/v1/loginByPassword", On.TOKEN, login.log_in_by_password),
        ("POST", "/jwt/v1/generateTokens", On.TOKEN, login.renew),
        session=False,
    ),
    *routes(
        "/rest/secure/angelbroking",
        ("GET", "/user/v1/getProfile", On.PROFILE, lambda call: wire.PROFILE(call.account)),
        ("POST", "/user/v1/logout", On.LOGOUT, login.log_out),
        ("GET", "/user/v1/getRMS", On.FUNDS, reads.funds(wire.LIMITS)),
        ("POST", "/order/v1/placeOrder", On.PLACE, orders.place),
        ("POST", "/order/v1/cancelOrder", On.CANCEL, orders.cancel),
        ("GET", "/order/v1/getOrderBook", On.ORDERS, reads.book(wire.BOOK_ROW, wire.WORDS)),
        ("GET", "/order/v1/details/{id}", On.ORDER, orders.details),
        ("GET", "/order/v1/getTradeBook", On.TRADES, reads.trades(wire.TRADE_ROW)),
        ("GET", "/order/v1/getPosition", On.POSITIONS, reads.positions(wire.POSITION, 2)),
        ("GET", "/portfolio/v1/getHolding", On.HOLDINGS, reads.holdings(wire.HOLDING)),
        ("POST", "/market/v1/quote", On.QUOTES, orders.quotes),
        ("POST", "/market/v1/quote/", On.QUOTES, orders.quotes),
        ("POST", "/margin/v1/batch", On.MARGINS, costs.margin),
        ("POST", "/brokerage/v1/estimateCharges", On.CHARGES, costs.charges),
        ("POST", "/edis/v1/verifyDis", On.AUTHORISE, orders.verify_dis),
        ("POST", "/edis/v1/getTranStatus", On.AUTHORISE, orders.tran_status),
    ),
)
_PUBLISHER_LOGIN = (
    ("GET", "/publisher-login", On.LOGIN, login.LOGIN.show),
    ("POST", "/publisher-login", On.LOGIN, login.LOGIN.submit),
)
_CDSL = ("POST", "/eDIS/VerifyDIS/", On.AUTHORISE, orders.at_cdsl)
_SCRIPS = (
    "GET", "/OpenAPI_File/files/OpenAPIScripMaster.json", On.INSTRUMENTS,
    lambda call: web.json(instrument_files.rows(wire.SCRIP)),
)  # fmt: skip

DIALECT = Dialect(
    broker=login.BROKER,
    prefixes={
        "/angelbroking/api": _API,
        "/angelbroking/web": routes("", *_PUBLISHER_LOGIN, session=False, page=True),
        "/angelbroking/cdsl": routes("", _CDSL, session=False, page=True),
        "/angelbroking/files": routes("", _SCRIPS, session=False, page=True),
    },
    apps=(KnownApp("sandbox-angelbroking", "", "/postback/angelbroking/sandbox-postback-secret"),),
    credentials=_credentials,
    refusals=REFUSALS,
    success=success,
    placed=_placed,
    rejects_later=REJECTS_LATER,
    limits=_LIMITS,
    check=_check,
    postback=orders.postback,
)
