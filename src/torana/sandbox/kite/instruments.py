"""Names of instruments and quotes as Kite writes them.

Source: Kite Connect v3 documentation, market quotes and instruments. As with Kite, the instrument token is the
exchange token shifted by eight bits plus the segment, and a symbol carries its series when that is not EQ.
"""

from collections.abc import Iterable
from functools import cache

from torana.kit.money import rupees
from torana.sandbox.exchange import Exchange
from torana.sandbox.kite.errors import InputError
from torana.sandbox.kite.values import moment
from torana.sandbox.prices import listed

_NSE_SEGMENT = 1
LARGEST_QUOTE = 500
LARGEST_LTP = 1000


def token_of(symbol: str) -> int:
    return listed()[symbol].exchange_token << 8 | _NSE_SEGMENT


def tradingsymbol_of(symbol: str) -> str:
    """`INFY`, and `EMBASSY-RR` for what is not in series EQ."""
    series = listed()[symbol].series
    return symbol if series == "EQ" else f"{symbol}-{series}"


def symbol_of(tradingsymbol: str) -> str:
    """The other way round; a name that Kite does not have comes back as one that nothing is listed under."""
    return _symbols().get(tradingsymbol, f"NSE:{tradingsymbol}")


@cache
def _symbols() -> dict[str, str]:
    return {tradingsymbol_of(symbol): symbol for symbol in listed()}


def ltp(exchange: Exchange, wanted: Iterable[str]) -> dict[str, object]:
    return {
        key: {"instrument_token": token_of(symbol), "last_price": rupees(exchange.last_price(symbol))}
        for key, symbol in _known(wanted, LARGEST_LTP)
    }


def ohlc(exchange: Exchange, wanted: Iterable[str]) -> dict[str, object]:
    return {
        key: {
            "instrument_token": token_of(symbol),
            "last_price": rupees(exchange.last_price(symbol)),
            "ohlc": _ohlc(exchange, symbol),
        }
        for key, symbol in _known(wanted, LARGEST_LTP)
    }


def quote(exchange: Exchange, wanted: Iterable[str]) -> dict[str, object]:
    return {key: _full(exchange, symbol) for key, symbol in _known(wanted, LARGEST_QUOTE)}


def _full(exchange: Exchange, symbol: str) -> dict[str, object]:
    now = exchange.now()
    day = exchange.prices.day(symbol, now)
    last, tick = exchange.last_price(symbol), listed()[symbol].tick
    return {
        "instrument_token": token_of(symbol),
        "timestamp": moment(now),
        "last_trade_time": moment(now),
        "last_price": rupees(last),
        "last_quantity": 10,
        "buy_quantity": 12000,
        "sell_quantity": 11000,
        "volume": 2500000,
        "average_price": rupees((day.high + day.low) // 2),
        "oi": 0,
        "oi_day_high": 0,
        "oi_day_low": 0,
        "net_change": rupees(last - day.close),
        "lower_circuit_limit": rupees(day.lower_band),
        "upper_circuit_limit": rupees(day.upper_band),
        "ohlc": _ohlc(exchange, symbol),
        "depth": {
            "buy": [{"price": rupees(last - tick * at), "quantity": 100 * at, "orders": at} for at in range(1, 6)],
            "sell": [{"price": rupees(last + tick * at), "quantity": 100 * at, "orders": at} for at in range(1, 6)],
        },
    }


def _ohlc(exchange: Exchange, symbol: str) -> dict[str, object]:
    day = exchange.prices.day(symbol, exchange.now())
    return {"open": rupees(day.open), "high": rupees(day.high), "low": rupees(day.low), "close": rupees(day.close)}


def _known(wanted: Iterable[str], largest: int) -> Iterable[tuple[str, str]]:
    """Keys and symbols that the exchange lists; the others are missing from the answer without a word."""
    keys = list(wanted)
    if not keys:
        raise InputError("Missing `i`.")
    if len(keys) > largest:
        raise InputError(f"At most {largest} instruments can be asked for at once.")
    pairs = ((key, symbol_of(key.removeprefix("NSE:"))) for key in keys if key.startswith("NSE:"))
    return [(key, symbol) for key, symbol in pairs if symbol in listed()]
