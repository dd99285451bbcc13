"""The simulated Upstox as one dialect of the sandbox: its routes, limits and apps."""

from torana.sandbox import account_opening, reads
from torana.sandbox.call import Call
from torana.sandbox.dialect import (
    Credentials,
    Dialect,
    KnownApp,
    Limit,
    bearer,
    by_code,
    by_form_token,
    by_visit,
    routes,
)
from torana.sandbox.faults import Operation as On
from torana.sandbox.upstox import account, browser, multi, place, wire
from torana.sandbox.upstox.browser import check_funds_open, check_orders_open
from torana.sandbox.upstox.errors import REFUSALS, Code, refused
from torana.sandbox.upstox.orders import postback, read_order_id
from torana.sandbox.web import Request, Response

ORDER_LIMIT, OTHER_LIMIT = 10, 50
"""Requests a second, per client and API."""
ORDER_OPERATIONS = (On.PLACE, On.MODIFY, On.CANCEL)
MULTI_CLIENT_APPS = frozenset({"sandbox-upstox-multi"})
"""Apps that serve many clients: they may read by API and place by UpLink Business only."""
UNLIMITED = (On.LOGIN, On.BASKET, On.AUTHORISE, On.INSTRUMENTS)


def _credentials(request: Request) -> Credentials | None:
    token = bearer(request)
    return Credentials(token) if token else None


def _check_trader(call: Call) -> None:
    """For requests that change orders by API."""
    if call.session.app in MULTI_CLIENT_APPS:
        raise refused(Code.UPLINK_ONLY)
    if "x-algo-name" in call.request.headers:
        raise refused(Code.ALGO_NAME)
    check_orders_open(call)


def _placed(order_id: str | None) -> Response:
    return place.success_v3({"order_ids": [order_id] if order_id else []})


_API = (
    *routes(
        "/v2/login/authorization",
        ("GET", "/dialog", On.LOGIN, browser.LOGIN.show),
        ("POST", "/dialog", On.LOGIN, browser.LOGIN.submit),
        session=False,
    ),
    *routes(
        "/v2/login/authorization",
        ("POST", "/token", On.TOKEN, browser.token),
        session=False,
        whose=by_code("code"),
    ),
    *routes(
        "",
        ("DELETE", "/v2/logout", On.LOGOUT, reads.log_out),
        ("GET", "/v2/user/profile", On.PROFILE, account.profile),
        ("GET", "/v2/portfolio/long-term-holdings", On.HOLDINGS, reads.holdings(wire.HOLDING)),
        ("GET", "/v2/portfolio/short-term-positions", On.POSITIONS, reads.positions(wire.POSITION, 2)),
        ("GET", "/v2/market-quote/ltp", On.QUOTES, account.ltp_v2),
        ("GET", "/v3/market-quote/ltp", On.QUOTES, account.ltp_v3),
    ),
    *routes(
        "",
        ("GET", "/v2/user/get-funds-and-margin", On.FUNDS, account.funds_v2),
        ("GET", "/v3/user/get-funds-and-margin", On.FUNDS, reads.funds(wire.FUNDS)),
        check=check_funds_open,
    ),
    *routes(
        "",
        ("POST", "/v3/order/place", On.PLACE, place.place_v3),
        ("POST", "/v2/order/place", On.PLACE, place.place_v2),
        ("POST", "/v2/order/multi/place", On.PLACE, multi.place),
        ("PUT", "/v3/order/modify", On.MODIFY, place.modify_v3),
        ("PUT", "/v2/order/modify", On.MODIFY, place.modify_v2),
        ("DELETE", "/v3/order/cancel", On.CANCEL, place.cancel_v3),
        ("DELETE", "/v2/order/cancel", On.CANCEL, place.cancel_v2),
        ("DELETE", "/v2/order/multi/cancel", On.CANCEL, multi.cancel_all),
        check=_check_trader,
    ),
    *routes(
        "/v2/order",
        ("GET", "/retrieve-all", On.ORDERS, reads.book(wire.BOOK, wire.VOCABULARY)),
        ("GET", "/history", On.ORDERS, account.history),
        ("GET", "/details", On.ORDER, account.details),
        ("GET", "/trades", On.TRADES, reads.trades(wire.TRADE, lambda call: read_order_id(call.request.query))),
        ("GET", "/trades/get-trades-for-day", On.TRADES, reads.trades(wire.TRADE)),
        check=check_orders_open,
    ),
)
"""The history counts as reading the book, for it is how an order is looked for by its tag."""
_UPLINK = (
    *routes(
        "/v2/uplink",
        ("POST", "/order/place", On.BASKET, browser.open_place),
        ("POST", "/order/cancel", On.BASKET, browser.open_cancel),
        session=False,
        page=True,
        whose=by_form_token("access_token"),
    ),
    *routes(
        "/v2/uplink/{visit}",
        ("GET", "", On.BASKET, browser.UPLINK.show),
        ("POST", "/confirm", On.BASKET, browser.UPLINK.confirm),
        ("POST", "/authorise", On.AUTHORISE, browser.UPLINK.authorise),
        ("POST", "/done", On.BASKET, browser.UPLINK.done),
        session=False,
        page=True,
        whose=by_visit,
    ),
)
_INSTRUMENTS = ("GET", "/market-quote/instruments/exchange/{name}", On.INSTRUMENTS, account.instruments)

DIALECT = Dialect(
    broker="upstox",
    prefixes={
        "/upstox/api": _API + _UPLINK,
        "/upstox/assets": routes("", _INSTRUMENTS, session=False),
        "/upstox/opening": account_opening.routes("Upstox"),
    },
    apps=tuple(
        KnownApp(name, f"{name}-secret", "/postback/upstox/sandbox-postback-secret")
        for name in ("sandbox-upstox-multi", "sandbox-upstox-single")
    ),
    credentials=_credentials,
    refusals=REFUSALS,
    success=place.success,
    placed=_placed,
    rejects_later=place.REJECTS_LATER,
    limits={one: Limit(one.value, ORDER_LIMIT if one in ORDER_OPERATIONS else OTHER_LIMIT) for one in On}
    | dict.fromkeys(UNLIMITED),
    postback=postback,
)
