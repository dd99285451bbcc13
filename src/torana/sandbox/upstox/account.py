"""Funds, last prices, instrument files, single orders: what Upstox lets an app read by handlers of its own."""

import re
from functools import cache
from zlib import crc32

from torana.kit.clock import IST
from torana.kit.money import rupees
from torana.market.models import Security
from torana.sandbox import account_views, instrument_files, reads
from torana.sandbox.call import Call
from torana.sandbox.order_views import order_view
from torana.sandbox.securities import EXCHANGES
from torana.sandbox.upstox import wire
from torana.sandbox.upstox.errors import Code, refused
from torana.sandbox.upstox.orders import read_order_id
from torana.sandbox.web import Response

LARGEST_NUMBER_OF_KEYS = 500
FILES = {"complete": EXCHANGES} | {exchange: (exchange,) for exchange in EXCHANGES}
"""What the simulator offers; the real site has more, for segments that we do not trade."""
_KEY = re.compile(r"[A-Z]+_[A-Z]+\|.+")


def profile(call: Call) -> object:
    return wire.PERSON(call.account) | {"ddpi": not call.account.needs_edis}


def funds_v2(call: Call) -> object:
    segment = call.request.query.get("segment")
    if segment not in (None, "", "SEC", "COM"):
        raise refused(Code.INVALID_INPUT, "segment", segment)
    funds = account_views.funds(call.exchange, call.account)
    both = {"equity": wire.MARGINS(funds), "commodity": wire.MARGINS(account_views.NO_FUNDS)}
    wanted = {"SEC": ("equity",), "COM": ("commodity",)}.get(segment or "", tuple(both))
    return {name: both[name] for name in wanted}


def ltp_v2(call: Call) -> object:
    """Takes `instrument_key`; the official client still says `symbol`."""
    query = call.request.query
    return {_name(one): _price(call, one) for one in _securities(query.get("instrument_key") or query.get("symbol"))}


def ltp_v3(call: Call) -> object:
    """Volumes are invented."""
    now, data = call.exchange.now(), {}
    for one in _securities(call.request.query.get("instrument_key")):
        seed = crc32(f"{one.symbol}/{now.astimezone(IST).date()}".encode())
        invented = {"ltq": seed % 90 + 1, "volume": seed % 5_000_000 + 10_000}
        close = {"cp": rupees(call.exchange.prices.previous_close(one, now))}
        data[_name(one)] = _price(call, one) | invented | close
    return data


def _securities(given: str | None) -> list[Security]:
    """One key that does not exist refuses the whole request. Raises `Refused`."""
    if not given:
        raise refused(Code.QUOTE_KEY_MISSING, "instrument_key")
    keys = given.split(",")
    if len(keys) > LARGEST_NUMBER_OF_KEYS:
        raise refused(Code.TOO_MANY_QUOTE_KEYS, "instrument_key")
    return [_security(key) for key in keys]


def _security(key: str) -> Security:
    if not _KEY.fullmatch(key):
        raise refused(Code.QUOTE_KEY_FORMAT, "instrument_key", key)
    security = wire.find_by_key(key)
    if security is None:
        raise refused(Code.QUOTE_KEY_WRONG, "instrument_key", key)
    return security


def _name(security: Security) -> str:
    return f"{security.exchange}_EQ:{security.symbol}"


def _price(call: Call, security: Security) -> dict[str, object]:
    last = rupees(call.exchange.last_price(security))
    return {"last_price": last, "instrument_token": wire.instrument_key(security)}


def instruments(call: Call) -> Response:
    """Public, without a token."""
    name = call.path["name"].removesuffix(".json.gz")
    if name not in FILES or not call.path["name"].endswith(".json.gz"):
        return Response(404, b"NoSuchKey", "text/plain")
    return Response(200, _file(name), "application/gzip", [("cache-control", "max-age=300")])


@cache
def _file(name: str) -> bytes:
    indices = [] if name == "BSE" else wire.INDICES
    return instrument_files.as_json([*indices, *instrument_files.rows(wire.INSTRUMENT, FILES[name])])


def details(call: Call) -> object:
    if not call.request.query.get("order_id"):
        raise refused(Code.ORDER_ID_OR_TAG_MISSING)
    order = call.find(call.account, read_order_id(call.request.query))
    return wire.BOOK(order_view(call.exchange, order, wire.VOCABULARY))


def history(call: Call) -> object:
    """Every state of one order, or of all orders with a tag; with both given, of the order that fits both."""
    order_id, tag = call.request.query.get("order_id"), call.request.query.get("tag")
    if not order_id and not tag:
        raise refused(Code.ORDER_ID_OR_TAG_MISSING)
    wanted = read_order_id(call.request.query) if order_id else None
    orders = [one for one in call.book(call.account) if tag in (None, "", one.tag) and wanted in (None, one.order_id)]
    if not orders:
        raise refused(Code.ORDER_NOT_FOUND)
    return [row for order in orders for row in reads.history(call, order, wire.HISTORY, wire.VOCABULARY)]
