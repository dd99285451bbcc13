"""The instruments of Upstox: gzipped JSON, all exchanges and segments in one file, made anew at about 06:00.

Ticks are in paise. The one public file that tells ISIN, exchange token and freeze quantity together.
Source: Upstox developer API documentation, instruments (JSON).
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

import msgspec

from torana.connectors.instrument_files import InstrumentFile, paise_of_tick, whole
from torana.kit.file_formats import json_items
from torana.market.models import FileRow
from torana.market.refresh import Brings, Tally, checked
from torana.market.series import is_isin, kind_of

_LONGEST_NUMBER = 12
_SEGMENTS: Mapping[str, str] = {"NSE_EQ": "NSE", "BSE_EQ": "BSE"}


class _Segment(msgspec.Struct, gc=False):
    segment: str


class _Equity(msgspec.Struct, gc=False):
    isin: str
    instrument_type: str
    instrument_key: str
    exchange_token: str | int
    trading_symbol: str
    name: str
    tick_size: Decimal
    lot_size: Decimal
    freeze_quantity: Decimal | None = None


_segment = msgspec.json.Decoder(_Segment)
_equity = msgspec.json.Decoder(_Equity)


def read(chunks: Iterable[bytes], tally: Tally) -> Iterator[FileRow]:
    """The cash segments of NSE and BSE; all others are left out. Raises `UnreadableFile`."""
    for raw in json_items(chunks):
        tally.seen += 1
        try:
            exchange = _SEGMENTS.get(_segment.decode(raw).segment)
            if exchange is None:
                tally.left_out += 1
                continue
            row = _row(exchange, _equity.decode(raw))
        except (msgspec.DecodeError, ValueError, ArithmeticError):
            tally.unreadable += 1
            continue
        yield row


def _row(exchange: str, equity: _Equity) -> FileRow:
    """Raises `ValueError` for figures that cannot be."""
    if not is_isin(equity.isin):
        raise ValueError("no ISIN")
    series, token, freeze = equity.instrument_type, equity.exchange_token, equity.freeze_quantity
    if isinstance(token, str) and len(token) > _LONGEST_NUMBER:
        raise ValueError("no token")
    symbol = equity.trading_symbol
    return checked(
        FileRow(
            exchange,
            int(token),
            equity.isin,
            symbol,
            series,
            kind_of(exchange, series, equity.isin),
            paise_of_tick(equity.tick_size),
            whole(equity.lot_size),
            whole(freeze) if freeze else None,
            equity.name,
            equity.instrument_key,
            symbol,
        )
    )


FILE = InstrumentFile(
    broker="upstox",
    at="https://assets.upstox.com",
    sandbox_path="/upstox/assets",
    path="/market-quote/instruments/exchange/complete.json.gz",
    read=read,
    brings=Brings.SECURITIES,
)
