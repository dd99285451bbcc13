"""The simulated Upstox as one dialect of the sandbox: its routes, limits and apps."""

from torana.sandbox import reads
from torana.sandbox.call import Call
from torana.sandbox.dialect import Dialect, KnownApp, Limit, Route, by_code, by_form_token, by_visit
from torana.sandbox.faults import Operation
from torana.sandbox.order_views import order_view
from torana.sandbox.upstox import account, login, place, rules, uplink
from torana.sandbox.upstox.errors import REFUSALS, Code, refused
from torana.sandbox.upstox.instrument_file import FILES, instruments_file
from torana.sandbox.upstox.orders import BOOK, HISTORY, TRADE, VOCABULARY, postback, read_order_id
from torana.sandbox.web import Response

ORDER_LIMIT, OTHER_LIMIT = 10, 50
"""Requests a second, per client and API."""
ORDER_OPERATIONS = (Operation.PLACE, Operation.MODIFY, Operation.CANCEL)
UNLIMITED = (Operation.LOGIN, Operation.BASKET, Operation.AUTHORISE, Operation.INSTRUMENTS)


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


_OPEN, _FUNDS, _TRADER = rules.check_orders_open, rules.check_funds_open, rules.check_trader
_DIALOG = "/v2/login/authorization/dialog"
_API = (
    Route("GET", _DIALOG, Operation.LOGIN, login.LOGIN.show, session=False),
    Route("POST", _DIALOG, Operation.LOGIN, login.LOGIN.submit, session=False),
    Route("POST", "/v2/login/authorization/token", Operation.TOKEN, login.token, session=False, whose=by_code("code")),
    Route("DELETE", "/v2/logout", Operation.LOGOUT, login.logout),
    Route("GET", "/v2/user/profile", Operation.PROFILE, account.profile),
    Route("GET", "/v2/user/get-funds-and-margin", Operation.FUNDS, account.funds_v2, check=_FUNDS),
    Route("GET", "/v3/user/get-funds-and-margin", Operation.FUNDS, account.funds_v3, check=_FUNDS),
    Route("GET", "/v2/portfolio/long-term-holdings", Operation.HOLDINGS, reads.holdings(account.HOLDING)),
    Route("GET", "/v2/portfolio/short-term-positions", Operation.POSITIONS, reads.positions(account.POSITION, 2)),
    Route("GET", "/v2/market-quote/ltp", Operation.QUOTES, account.ltp_v2),
    Route("GET", "/v3/market-quote/ltp", Operation.QUOTES, account.ltp_v3),
    Route("POST", "/v3/order/place", Operation.PLACE, place.place_v3, check=_TRADER),
    Route("POST", "/v2/order/place", Operation.PLACE, place.place_v2, check=_TRADER),
    Route("POST", "/v2/order/multi/place", Operation.PLACE, place.place_multi, check=_TRADER),
    Route("PUT", "/v3/order/modify", Operation.MODIFY, place.modify_v3, check=_TRADER),
    Route("PUT", "/v2/order/modify", Operation.MODIFY, place.modify_v2, check=_TRADER),
    Route("DELETE", "/v3/order/cancel", Operation.CANCEL, place.cancel_v3, check=_TRADER),
    Route("DELETE", "/v2/order/cancel", Operation.CANCEL, place.cancel_v2, check=_TRADER),
    Route("DELETE", "/v2/order/multi/cancel", Operation.CANCEL, place.cancel_multi, check=_TRADER),
    Route("GET", "/v2/order/retrieve-all", Operation.ORDERS, reads.book(BOOK, VOCABULARY), check=_OPEN),
    Route("GET", "/v2/order/history", Operation.ORDERS, _history, check=_OPEN),
    Route("GET", "/v2/order/details", Operation.ORDER, _details, check=_OPEN),
    Route(
        "GET", "/v2/order/trades", Operation.TRADES,
        reads.trades(TRADE, lambda call: read_order_id(call.request.query)), check=_OPEN,
    ),
    Route("GET", "/v2/order/trades/get-trades-for-day", Operation.TRADES, reads.trades(TRADE), check=_OPEN),
)  # fmt: skip
"""The history counts as reading the book, for it is how an order is looked for by its tag."""
_UPLINK = tuple(
    Route(method, f"/v2/uplink/{path}", operation, handler, session=False, page=True, whose=whose)
    for method, path, operation, handler, whose in (
        ("POST", "order/place", Operation.BASKET, uplink.open_place, by_form_token("access_token")),
        ("POST", "order/cancel", Operation.BASKET, uplink.open_cancel, by_form_token("access_token")),
        ("GET", "{visit}", Operation.BASKET, uplink.show, by_visit),
        ("POST", "{visit}/confirm", Operation.BASKET, uplink.confirm, by_visit),
        ("POST", "{visit}/authorise", Operation.AUTHORISE, uplink.authorise, by_visit),
        ("POST", "{visit}/done", Operation.BASKET, uplink.done, by_visit),
    )
)
_ASSETS = (
    Route("GET", "/market-quote/instruments/exchange/{name}", Operation.INSTRUMENTS, _instruments, session=False),
)

DIALECT = Dialect(
    broker="upstox",
    prefixes={"/upstox/api": _API + _UPLINK, "/upstox/assets": _ASSETS},
    apps=tuple(
        KnownApp(name, f"{name}-secret", "/postback/upstox/sandbox-postback-secret")
        for name in ("sandbox-upstox-multi", "sandbox-upstox-single")
    ),
    credentials=rules.credentials,
    refusals=REFUSALS,
    success=place.success,
    placed=_placed,
    limits={one: Limit(one.value, ORDER_LIMIT if one in ORDER_OPERATIONS else OTHER_LIMIT) for one in Operation}
    | dict.fromkeys(UNLIMITED),
    postback=postback,
)
