"""Last prices, and the instrument files. One key that does not exist refuses the whole request.

Source: Upstox developer API documentation, LTP quotes v2 and v3, instruments.
"""

import re
from datetime import date
from zlib import crc32

from torana.kit.clock import IST
from torana.kit.money import rupees
from torana.market.securities import Security
from torana.sandbox import web
from torana.sandbox.front import Call
from torana.sandbox.upstox.access import reader
from torana.sandbox.upstox.errors import Code, Refused
from torana.sandbox.upstox.instrument_file import FILES, instruments_file
from torana.sandbox.upstox.instruments import find_by_key, instrument_key

LARGEST_NUMBER_OF_KEYS = 500
_KEY = re.compile(r"[A-Z]+_[A-Z]+\|.+")


async def ltp_v2(call: Call) -> web.Response:
    """Takes `instrument_key`; the official client still says `symbol`."""
    reader(call)
    query = call.request.query
    securities = _securities(query.get("instrument_key") or query.get("symbol"))
    return web.json({"status": "success", "data": {_name(one): _price(call, one) for one in securities}})


async def ltp_v3(call: Call) -> web.Response:
    reader(call)
    securities = _securities(call.request.query.get("instrument_key"))
    data = {_name(one): _price(call, one) | _day(call, one) for one in securities}
    return web.json({"status": "success", "data": data})


async def instruments(call: Call) -> web.Response:
    """Public, without a token."""
    name = call.path["name"].removesuffix(".json.gz")
    if name not in FILES or not call.path["name"].endswith(".json.gz"):
        return web.Response(404, b"NoSuchKey", "text/plain")
    return web.Response(200, instruments_file(name), "application/gzip", [("cache-control", "max-age=300")])


def _securities(given: str | None) -> list[Security]:
    """Raises `Refused`."""
    if not given:
        raise Refused(Code.QUOTE_KEY_MISSING, "instrument_key")
    keys = given.split(",")
    if len(keys) > LARGEST_NUMBER_OF_KEYS:
        raise Refused(Code.TOO_MANY_QUOTE_KEYS, "instrument_key")
    return [_security(key) for key in keys]


def _security(key: str) -> Security:
    if not _KEY.fullmatch(key):
        raise Refused(Code.QUOTE_KEY_FORMAT, "instrument_key", key)
    security = find_by_key(key)
    if security is None:
        raise Refused(Code.QUOTE_KEY_WRONG, "instrument_key", key)
    return security


def _name(security: Security) -> str:
    return f"NSE_EQ:{security.symbol}"


def _price(call: Call, security: Security) -> dict[str, object]:
    return {
        "last_price": rupees(call.exchange.last_price(security.symbol)),
        "instrument_token": instrument_key(security),
    }


def _day(call: Call, security: Security) -> dict[str, object]:
    """Previous close, and invented volumes."""
    now = call.exchange.now()
    seed = _seed(security.symbol, now.astimezone(IST).date())
    return {
        "ltq": seed % 90 + 1,
        "volume": seed % 5_000_000 + 10_000,
        "cp": rupees(call.exchange.prices.previous_close(security.symbol, now)),
    }


def _seed(symbol: str, day: date) -> int:
    return crc32(f"{symbol}/{day}".encode())
