"""The simulated Angel One as one dialect of the sandbox. See the package's docstring for what is a choice of ours."""

from collections.abc import Mapping
from typing import Any

from torana.sandbox import portfolio, reads, web
from torana.sandbox.angelbroking import cdsl, login, orders, wire
from torana.sandbox.angelbroking.errors import REFUSALS, app_of, body_of, refuse, success
from torana.sandbox.call import Call
from torana.sandbox.dialect import Credentials, Dialect, KnownApp, Limit, Route
from torana.sandbox.faults import Operation
from torana.sandbox.web import Request, Response

TOKENS_IN_A_REQUEST = 50

_ORDERS = Limit("orders", 9)
_LIMITS: Mapping[Operation, Limit | None] = {
    Operation.PLACE: _ORDERS, Operation.MODIFY: _ORDERS, Operation.CANCEL: _ORDERS,
    Operation.ORDERS: Limit("orders book", 1), Operation.TRADES: Limit("trades", 1),
    Operation.HOLDINGS: Limit("holdings", 1), Operation.POSITIONS: Limit("positions", 1),
    Operation.LOGOUT: Limit("logout", 1), Operation.FUNDS: Limit("funds", 2), Operation.PROFILE: Limit("profile", 3),
    Operation.ORDER: Limit("order", 10), Operation.QUOTES: Limit("quotes", 10),
}  # fmt: skip
"""Requests a second and client. Source: SmartAPI documentation, rate limit."""


def _credentials(request: Request) -> Credentials | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return None
    return Credentials(token.strip(), request.headers.get("x-privatekey", ""))


def _check(call: Call) -> None:
    """Every mandatory header, and a key that somebody has."""
    headers = call.request.headers
    if headers.get("x-usertype") != "USER":
        raise refuse("AB1005")
    for name in ("x-sourceid", "x-clientlocalip", "x-clientpublicip", "x-macaddress"):
        if not headers.get(name):
            raise refuse("AB2000", f"{name} is missing")
    app_of(call)


def _profile(call: Call) -> object:
    who = {"clientcode": call.account.user_id, "name": call.account.user_name.upper(), "email": "", "mobileno": ""}
    lists = {"exchanges": '[ "NSE" ]', "products": '[ "DELIVERY", "INTRADAY", "MARGIN"]'}
    return who | lists | {"lastlogintime": "", "brokerid": "B2C"}


def _limits(call: Call) -> object:
    return wire.LIMITS(portfolio.funds(call.exchange, call.account))


async def _quote(call: Call) -> object:
    body = await body_of(call)
    shape, wanted = wire.QUOTES.get(str(body.get("mode"))), body.get("exchangeTokens")
    if shape is None or not isinstance(wanted, dict) or not all(isinstance(one, list) for one in wanted.values()):
        raise refuse("AB2000")
    tokens = [(where, str(token), orders.security_of(where, token)) for where, some in wanted.items() for token in some]
    if len(tokens) > TOKENS_IN_A_REQUEST:
        raise refuse("AB2000")
    missing = {"message": "Failed to get symbol details", "errorCode": "AB1018"}
    unfetched = [{"exchange": where, "symbolToken": token} | missing for where, token, one in tokens if one is None]
    views = [portfolio.quote(call.exchange, one.symbol) for _, _, one in tokens if one is not None]
    return {"fetched": [shape(view) for view in views], "unfetched": unfetched}


async def _scrip_master(call: Call) -> Response:
    return web.json(wire.scrip_master())


def _placed(order_id: str | None) -> Response:
    return success({} if order_id is None else {"script": "", "orderid": order_id, "uniqueorderid": order_id[::-1]})


def _routes(base: str, *routes: tuple[str, str, Operation, Any], session: bool = True) -> tuple[Route, ...]:
    return tuple(
        Route(method, f"{base}/{path}", operation, handler, session) for method, path, operation, handler in routes
    )


_API = (
    *_routes(
        "/rest/auth/angelbroking",
        ("POST", "user/v1/loginByPassword", Operation.TOKEN, login.log_in_by_password),
        ("POST", "jwt/v1/generateTokens", Operation.TOKEN, login.renew),
        session=False,
    ),
    *_routes(
        "/rest/secure/angelbroking",
        ("GET", "user/v1/getProfile", Operation.PROFILE, _profile),
        ("POST", "user/v1/logout", Operation.LOGOUT, login.log_out),
        ("GET", "user/v1/getRMS", Operation.FUNDS, _limits),
        ("POST", "order/v1/placeOrder", Operation.PLACE, orders.place),
        ("POST", "order/v1/cancelOrder", Operation.CANCEL, orders.cancel),
        ("GET", "order/v1/getOrderBook", Operation.ORDERS, reads.book(wire.BOOK_ROW, wire.WORDS)),
        ("GET", "order/v1/details/{id}", Operation.ORDER, orders.details),
        ("GET", "order/v1/getTradeBook", Operation.TRADES, reads.trades(wire.TRADE_ROW)),
        ("GET", "order/v1/getPosition", Operation.POSITIONS, reads.positions(wire.POSITION, 2)),
        ("GET", "portfolio/v1/getHolding", Operation.HOLDINGS, reads.holdings(wire.HOLDING)),
        ("POST", "market/v1/quote", Operation.QUOTES, _quote),
        ("POST", "market/v1/quote/", Operation.QUOTES, _quote),
        ("POST", "edis/v1/verifyDis", Operation.AUTHORISE, cdsl.verify_dis),
        ("POST", "edis/v1/getTranStatus", Operation.AUTHORISE, cdsl.tran_status),
    ),
)
_WEB = tuple(
    Route(method, "/publisher-login", Operation.LOGIN, handler, session=False, page=True)
    for method, handler in (("GET", login.LOGIN.show), ("POST", login.LOGIN.submit))
)
_CDSL = (Route("POST", "/eDIS/VerifyDIS/", Operation.AUTHORISE, cdsl.verify_at_cdsl, session=False, page=True),)
_FILES = (
    Route("GET", "/OpenAPI_File/files/OpenAPIScripMaster.json", Operation.INSTRUMENTS, _scrip_master, session=False,
          page=True),
)  # fmt: skip

DIALECT = Dialect(
    broker=login.BROKER,
    prefixes={
        "/angelbroking/api": _API, "/angelbroking/web": _WEB,
        "/angelbroking/cdsl": _CDSL, "/angelbroking/files": _FILES,
    },
    apps=(KnownApp("sandbox-angelbroking", "", "/postback/angelbroking/sandbox-postback-secret"),),
    credentials=_credentials,
    refusals=REFUSALS,
    success=success,
    placed=_placed,
    limits=_LIMITS,
    check=_check,
    postback=orders.postback,
)  # fmt: skip
