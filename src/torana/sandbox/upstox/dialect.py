"""The simulated Upstox as one dialect of the sandbox: its routes, limits and apps."""

from torana.sandbox import reads
from torana.sandbox.call import Call
from torana.sandbox.dialect import Dialect, KnownApp, Limit, Route, by_code, by_form_token, by_visit
from torana.sandbox.faults import Operation as On
from torana.sandbox.order_views import order_view
from torana.sandbox.upstox import account, login, place, uplink
from torana.sandbox.upstox.errors import REFUSALS, Code, refused
from torana.sandbox.upstox.instrument_file import FILES, instruments_file
from torana.sandbox.upstox.orders import BOOK, HISTORY, TRADE, VOCABULARY, postback, read_order_id
from torana.sandbox.web import Response

ORDER_LIMIT, OTHER_LIMIT = 10, 50
"""Requests a second, per client and API."""
ORDER_OPERATIONS = (On.PLACE, On.MODIFY, On.CANCEL)
UNLIMITED = (On.LOGIN, On.BASKET, On.AUTHORISE, On.INSTRUMENTS)


def _details(call: Call) -> object:
    if not call.request.query.get("order_id"):
        raise refused(Code.ORDER_ID_OR_TAG_MISSING)
    order = call.find(call.account, read_order_id(call.request.query))
    return BOOK(order_view(call.exchange, order, VOCABULARY))


def _history(call: Call) -> object:
    """Every state of one order, or of all orders with a tag; with both given, of the order that fits both."""
    order_id, tag = call.request.query.get("order_id"), call.request.query.get("tag")
    if not order_id and not tag:
        raise refused(Code.ORDER_ID_OR_TAG_MISSING)
    wanted = read_order_id(call.request.query) if order_id else None
    orders = [one for one in call.book(call.account) if tag in (None, "", one.tag) and wanted in (None, one.order_id)]
    if not orders:
        raise refused(Code.ORDER_NOT_FOUND)
    return [row for order in orders for row in reads.history(call, order, HISTORY, VOCABULARY)]


def _instruments(call: Call) -> Response:
    """Public, without a token."""
    name = call.path["name"].removesuffix(".json.gz")
    if name not in FILES or not call.path["name"].endswith(".json.gz"):
        return Response(404, b"NoSuchKey", "text/plain")
    return Response(200, instruments_file(name), "application/gzip", [("cache-control", "max-age=300")])


def _placed(order_id: str | None) -> Response:
    return place.success_v3({"order_ids": [order_id] if order_id else []})


_OPEN, _FUNDS, _TRADER = login.check_orders_open, login.check_funds_open, login.check_trader
_DIALOG = "/v2/login/authorization/dialog"
_API = (
    Route("GET", _DIALOG, On.LOGIN, login.LOGIN.show, session=False),
    Route("POST", _DIALOG, On.LOGIN, login.LOGIN.submit, session=False),
    Route("POST", "/v2/login/authorization/token", On.TOKEN, login.token, session=False, whose=by_code("code")),
    Route("DELETE", "/v2/logout", On.LOGOUT, login.logout),
    Route("GET", "/v2/user/profile", On.PROFILE, account.profile),
    Route("GET", "/v2/user/get-funds-and-margin", On.FUNDS, account.funds_v2, check=_FUNDS),
    Route("GET", "/v3/user/get-funds-and-margin", On.FUNDS, account.funds_v3, check=_FUNDS),
    Route("GET", "/v2/portfolio/long-term-holdings", On.HOLDINGS, reads.holdings(account.HOLDING)),
    Route("GET", "/v2/portfolio/short-term-positions", On.POSITIONS, reads.positions(account.POSITION, 2)),
    Route("GET", "/v2/market-quote/ltp", On.QUOTES, account.ltp_v2),
    Route("GET", "/v3/market-quote/ltp", On.QUOTES, account.ltp_v3),
    Route("POST", "/v3/order/place", On.PLACE, place.place_v3, check=_TRADER),
    Route("POST", "/v2/order/place", On.PLACE, place.place_v2, check=_TRADER),
    Route("POST", "/v2/order/multi/place", On.PLACE, place.place_multi, check=_TRADER),
    Route("PUT", "/v3/order/modify", On.MODIFY, place.modify_v3, check=_TRADER),
    Route("PUT", "/v2/order/modify", On.MODIFY, place.modify_v2, check=_TRADER),
    Route("DELETE", "/v3/order/cancel", On.CANCEL, place.cancel_v3, check=_TRADER),
    Route("DELETE", "/v2/order/cancel", On.CANCEL, place.cancel_v2, check=_TRADER),
    Route("DELETE", "/v2/order/multi/cancel", On.CANCEL, place.cancel_multi, check=_TRADER),
    Route("GET", "/v2/order/retrieve-all", On.ORDERS, reads.book(BOOK, VOCABULARY), check=_OPEN),
    Route("GET", "/v2/order/history", On.ORDERS, _history, check=_OPEN),
    Route("GET", "/v2/order/details", On.ORDER, _details, check=_OPEN),
    Route(
        "GET", "/v2/order/trades", On.TRADES,
        reads.trades(TRADE, lambda call: read_order_id(call.request.query)), check=_OPEN,
    ),
    Route("GET", "/v2/order/trades/get-trades-for-day", On.TRADES, reads.trades(TRADE), check=_OPEN),
)  # fmt: skip
"""The history counts as reading the book, for it is how an order is looked for by its tag."""
_UPLINK = tuple(
    Route(method, f"/v2/uplink/{path}", operation, handler, session=False, page=True, whose=whose)
    for method, path, operation, handler, whose in (
        ("POST", "order/place", On.BASKET, uplink.open_place, by_form_token("access_token")),
        ("POST", "order/cancel", On.BASKET, uplink.open_cancel, by_form_token("access_token")),
        ("GET", "{visit}", On.BASKET, uplink.show, by_visit),
        ("POST", "{visit}/confirm", On.BASKET, uplink.confirm, by_visit),
        ("POST", "{visit}/authorise", On.AUTHORISE, uplink.authorise, by_visit),
        ("POST", "{visit}/done", On.BASKET, uplink.done, by_visit),
    )
)
_ASSETS = (Route("GET", "/market-quote/instruments/exchange/{name}", On.INSTRUMENTS, _instruments, session=False),)

DIALECT = Dialect(
    broker="upstox",
    prefixes={"/upstox/api": _API + _UPLINK, "/upstox/assets": _ASSETS},
    apps=tuple(
        KnownApp(name, f"{name}-secret", "/postback/upstox/sandbox-postback-secret")
        for name in ("sandbox-upstox-multi", "sandbox-upstox-single")
    ),
    credentials=login.credentials,
    refusals=REFUSALS,
    success=place.success,
    placed=_placed,
    limits={one: Limit(one.value, ORDER_LIMIT if one in ORDER_OPERATIONS else OTHER_LIMIT) for one in On}
    | dict.fromkeys(UNLIMITED),
    postback=postback,
)
