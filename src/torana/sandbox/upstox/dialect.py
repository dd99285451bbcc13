"""The simulated Upstox as one dialect of the sandbox: its routes, and what it lets an app read."""

import re
from collections.abc import Callable, Iterator

from torana.market.models import Security
from torana.sandbox import account_opening, instrument_files, oauth, reads, web
from torana.sandbox.call import Call
from torana.sandbox.dialect import Dialect, asleep_before, bearer, by_code, known_apps, routes
from torana.sandbox.faults import Operation as On
from torana.sandbox.order_views import order_view
from torana.sandbox.quote_views import QuoteView
from torana.sandbox.securities import BSE, EXCHANGES, NSE
from torana.sandbox.upstox import costs, orders, wire
from torana.sandbox.upstox.browser import LOGIN, UPLINK
from torana.sandbox.upstox.errors import REFUSALS, TABLE, TABLES, wrong
from torana.sandbox.upstox.orders import postback, read_order_id
from torana.sandbox.web import Response
from torana.sandbox.wire import Shape

MULTI_CLIENT_APPS = ("sandbox-upstox-multi",)
"""Apps that serve many clients: they may read by API and place by UpLink Business only."""
LARGEST_NUMBER_OF_KEYS = 500
_KEY = re.compile(r"[A-Z]+_[A-Z]+\|.+")
_check_funds_open = asleep_before(orders.SERVICE_OPENS, TABLE.named("funds_closed"))


async def _token(call: Call) -> Response:
    """The answer has no envelope."""
    account, access_token = await oauth.redeem(call, LOGIN, TABLE)
    return web.json(wire.TOKEN(account) | {"access_token": access_token})


def _check_trader(call: Call) -> None:
    """For requests that change orders by API."""
    if call.session.app in MULTI_CLIENT_APPS:
        raise wrong("uplink_only")
    if "x-algo-name" in call.request.headers:
        raise wrong("algo_name")
    orders.check_open(call)


def _success(data: object) -> Response:
    return web.json({"status": "success", "data": data})


def _success_v3(data: object) -> Response:
    """With the milliseconds that it claims to have taken."""
    return web.json({"status": "success", "data": data, "metadata": {"latency": 12}})


def _v3(answer: Callable[[Call], object]) -> Callable[[Call], Response]:
    return lambda call: _success_v3(answer(call))


def _placed(order_id: str | None) -> Response:
    return _success_v3({"order_ids": [order_id] if order_id else []})


def _funds_v2(call: Call) -> object:
    segment = call.request.query.get("segment") or ""
    names = {"": ("equity", "commodity"), "SEC": ("equity",), "COM": ("commodity",)}
    if segment not in names:
        raise wrong("invalid_input", "segment", segment)
    both = reads.segments(wire.MARGINS)(call)
    return {name: both[name] for name in names[segment]}


def _ltp(shape: Shape[QuoteView], *names: str) -> Callable[[Call], object]:
    """Last prices of the keys in the first of these parameters that says anything. Volumes are invented."""

    def read(call: Call) -> object:
        given = next(filter(None, (call.request.query.get(name) for name in names)), None)
        return reads.quotes(call, shape, list(_securities(given)))

    return read


def _securities(given: str | None) -> Iterator[tuple[str, Security]]:
    """One key that does not exist refuses the whole request. Raises `Refused`."""
    if not given:
        raise wrong("quote_key_missing", "instrument_key")
    keys = given.split(",")
    if len(keys) > LARGEST_NUMBER_OF_KEYS:
        raise wrong("too_many_quote_keys", "instrument_key")
    for key in keys:
        security = wire.find_by_key(key)
        if security is None:
            raise wrong("quote_key_wrong" if _KEY.fullmatch(key) else "quote_key_format", "instrument_key", key)
        yield f"{security.exchange}_EQ:{security.symbol}", security


def _no_such_file(call: Call) -> Response:
    return Response(404, b"NoSuchKey", "text/plain")


def _details(call: Call) -> object:
    if not call.request.query.get("order_id"):
        raise wrong("order_id_or_tag_missing")
    order = call.find(call.account, read_order_id(call.request.query))
    return wire.BOOK(order_view(call.exchange, order, wire.VOCABULARY))


def _history(call: Call) -> object:
    """Every state of one order, or of all orders with a tag; with both given, of the order that fits both."""
    order_id, tag = call.request.query.get("order_id"), call.request.query.get("tag")
    if not order_id and not tag:
        raise wrong("order_id_or_tag_missing")
    wanted = read_order_id(call.request.query) if order_id else None
    found = [one for one in call.book(call.account) if tag in (None, "", one.tag) and wanted in (None, one.order_id)]
    if not found:
        raise wrong("order_not_found")
    return [row for order in found for row in reads.history(call, order, wire.HISTORY, wire.VOCABULARY)]


_API = (
    *LOGIN.routes("/v2/login/authorization/dialog"),
    *routes("/v2/login/authorization", ("POST", "/token", On.TOKEN, _token), session=False, whose=by_code("code")),
    *routes(
        "/v2",
        ("DELETE", "/logout", On.LOGOUT, reads.log_out),
        ("GET", "/user/profile", On.PROFILE, reads.person(wire.PROFILE)),
        ("GET", "/portfolio/long-term-holdings", On.HOLDINGS, reads.holdings(wire.HOLDING)),
        ("GET", "/portfolio/short-term-positions", On.POSITIONS, reads.positions(wire.POSITION, 2)),
        ("GET", "/market-quote/ltp", On.QUOTES, _ltp(wire.LTP, "instrument_key", "symbol")),
        ("GET", "/charges/brokerage", On.CHARGES, costs.brokerage),
        ("POST", "/charges/margin", On.MARGINS, costs.margin),
    ),
    *routes("/v3", ("GET", "/market-quote/ltp", On.QUOTES, _ltp(wire.LTP_V3, "instrument_key"))),
    *routes(
        "",
        ("GET", "/v2/user/get-funds-and-margin", On.FUNDS, _funds_v2),
        ("GET", "/v3/user/get-funds-and-margin", On.FUNDS, reads.funds(wire.FUNDS)),
        check=_check_funds_open,
    ),
    *routes(
        "",
        ("POST", "/v3/order/place", On.PLACE, _v3(orders.place)),
        ("POST", "/v2/order/place", On.PLACE, orders.place_v2),
        ("PUT", "/v3/order/modify", On.MODIFY, _v3(orders.modify)),
        ("PUT", "/v2/order/modify", On.MODIFY, orders.modify),
        check=_check_trader,
        body=orders.body_of,
    ),
    *routes(
        "",
        ("POST", "/v2/order/multi/place", On.PLACE, orders.place_multi),
        ("DELETE", "/v3/order/cancel", On.CANCEL, _v3(orders.cancel)),
        ("DELETE", "/v2/order/cancel", On.CANCEL, orders.cancel),
        ("DELETE", "/v2/order/multi/cancel", On.CANCEL, orders.cancel_multi),
        check=_check_trader,
    ),
    *routes(
        "/v2/order",
        ("GET", "/retrieve-all", On.ORDERS, reads.book(wire.BOOK, wire.VOCABULARY)),
        ("GET", "/history", On.ORDERS, _history),
        ("GET", "/details", On.ORDER, _details),
        ("GET", "/trades", On.TRADES, reads.trades(wire.TRADE, lambda call: read_order_id(call.request.query))),
        ("GET", "/trades/get-trades-for-day", On.TRADES, reads.trades(wire.TRADE)),
        check=orders.check_open,
    ),
)
"""The history counts as reading the book, for it is how an order is looked for by its tag."""
_FILES = "/market-quote/instruments/exchange"
_INSTRUMENTS = (
    instrument_files.json_route(f"{_FILES}/complete.json.gz", wire.INSTRUMENT, EXCHANGES, wire.INDICES, archived=True),
    instrument_files.json_route(f"{_FILES}/NSE.json.gz", wire.INSTRUMENT, (NSE,), wire.INDICES, archived=True),
    instrument_files.json_route(f"{_FILES}/BSE.json.gz", wire.INSTRUMENT, (BSE,), archived=True),
    *routes("", ("GET", f"{_FILES}/{{name}}", On.INSTRUMENTS, _no_such_file), session=False),
)
"""The real site has more, for segments that we do not trade."""

DIALECT = Dialect(
    broker="upstox",
    prefixes={
        "/upstox/api": _API + UPLINK.routes("/v2/uplink"),
        "/upstox/assets": _INSTRUMENTS,
        "/upstox/opening": account_opening.routes("Upstox"),
    },
    apps=known_apps("upstox", *MULTI_CLIENT_APPS, "sandbox-upstox-single"),
    credentials=bearer(),
    refusals=REFUSALS,
    success=_success,
    placed=_placed,
    rejects_later=TABLES.rejects_later,
    limits=TABLES.limits,
    postback=postback,
)
