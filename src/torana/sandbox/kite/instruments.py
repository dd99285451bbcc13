"""Names of instruments and quotes as Kite writes them.

Source: Kite Connect v3 documentation, market quotes and instruments. As with Kite, the instrument token is the
exchange token shifted by eight bits plus the segment, and a symbol carries its series when that is not EQ.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from torana.sandbox import portfolio
from torana.sandbox.exchange import Exchange
from torana.sandbox.kite.errors import input_error
from torana.sandbox.portfolio import QuoteView
from torana.sandbox.prices import listed
from torana.sandbox.wire import Shape, Style, nested

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


NAMES: Mapping[str, Callable[[Any], object]] = {
    "tradingsymbol": lambda view: tradingsymbol_of(view.security.symbol),
    "instrument_token": lambda view: token_of(view.security.symbol),
}
"""What Kite calls a security, for the rows of all views."""
_STYLE = Style(names=NAMES)
_LTP = Shape(QuoteView, _STYLE, "instrument_token last_price")
_OHLC = Shape(QuoteView, _STYLE, "instrument_token last_price open high low close")
_FULL = Shape(
    QuoteView,
    _STYLE,
    """
    instrument_token last_price last_quantity=10 buy_quantity=12000 sell_quantity=11000 volume=2500000
    average_price=middle oi=0 oi_day_high=0 oi_day_low=0 net_change lower_circuit_limit=lower_band
    upper_circuit_limit=upper_band open high low close depth
    """,
    depth=lambda view: {"buy": _depth(view, -1), "sell": _depth(view, 1)},
)
_DAY = ("open", "high", "low", "close")


def ltp(exchange: Exchange, wanted: Iterable[str]) -> dict[str, object]:
    return {key: _LTP(portfolio.quote(exchange, symbol)) for key, symbol in _known(wanted, LARGEST_LTP)}


def ohlc(exchange: Exchange, wanted: Iterable[str]) -> dict[str, object]:
    views = ((key, portfolio.quote(exchange, symbol)) for key, symbol in _known(wanted, LARGEST_LTP))
    return {key: nested(_OHLC(view), "ohlc", *_DAY) for key, view in views}


def quote(exchange: Exchange, wanted: Iterable[str]) -> dict[str, object]:
    now = _STYLE.told(exchange.now())
    views = ((key, portfolio.quote(exchange, symbol)) for key, symbol in _known(wanted, LARGEST_QUOTE))
    moments = {"timestamp": now, "last_trade_time": now}
    return {key: nested(_FULL(view), "ohlc", *_DAY) | moments for key, view in views}


def _depth(view: QuoteView, way: int) -> list[dict[str, object]]:
    """Five invented steps of one side of the market."""
    return [{"price": view.ticks_away(way * at), "quantity": 100 * at, "orders": at} for at in range(1, 6)]


def _known(wanted: Iterable[str], largest: int) -> Iterable[tuple[str, str]]:
    """Keys and symbols that the exchange lists; the others are missing from the answer without a word."""
    keys = list(wanted)
    if not keys:
        raise input_error("Missing `i`.")
    if len(keys) > largest:
        raise input_error(f"At most {largest} instruments can be asked for at once.")
    pairs = ((key, symbol_of(key.removeprefix("NSE:"))) for key in keys if key.startswith("NSE:"))
    return [(key, symbol) for key, symbol in pairs if symbol in listed()]
