"""The instruments of Upstox: gzipped JSON, all exchanges and segments in one file, made anew at about 06:00.

Ticks are in paise. The one public file that tells ISIN and exchange token together. Its `freeze_quantity` is 100,000
for every share of both exchanges (file of 10 December 2025): the broker's own largest order, not the exchange's.
Source: Upstox developer API documentation, instruments (JSON), and a public copy of the file.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache

import msgspec

from torana.connectors.declaration import file_of
from torana.connectors.instrument_files import InstrumentFile, Names, paise_of_tick, whole
from torana.kit.file_formats import json_items
from torana.market.models import FileRow, Security
from torana.market.refresh import LONGEST_NUMBER, Brings, checked
from torana.market.series import is_isin, kind_of
from torana.market.sorting import Tally

_SEGMENTS: Mapping[str, str] = {"NSE_EQ": "NSE", "BSE_EQ": "BSE"}


class _Segment(msgspec.Struct, gc=False):
    segment: str


class _Instrument(_Segment, gc=False):
    """Of the cash segments; rows of the others have other keys. What is missing is no figure and no text that a
    security has."""

    isin: str = ""
    instrument_type: str = ""
    instrument_key: str = ""
    exchange_token: str | int = 0
    trading_symbol: str = ""
    name: str = ""
    tick_size: msgspec.Raw = msgspec.Raw(b"0")
    lot_size: msgspec.Raw = msgspec.Raw(b"0")
    freeze_quantity: msgspec.Raw = msgspec.Raw(b"null")


_segment = msgspec.json.Decoder(_Segment)
_decimal = msgspec.json.Decoder(Decimal | None)


def read(chunks: Iterable[bytes], tally: Tally) -> Iterator[FileRow]:
    """The cash segments of NSE and BSE; all others are left out. Raises `UnreadableFile`."""
    for item in json_items(chunks, _Instrument):
        tally.seen += 1
        try:
            segment = item.segment if isinstance(item, _Instrument) else _segment.decode(item).segment
            if (exchange := _SEGMENTS.get(segment)) is None:
                tally.left_out += 1
                continue
            row = _row(exchange, item)
        except (msgspec.DecodeError, ValueError, ArithmeticError):
            tally.unreadable += 1
            continue
        yield row


def _row(exchange: str, equity: _Instrument | msgspec.Raw) -> FileRow:
    """Raises `ValueError` for figures that cannot be."""
    if not isinstance(equity, _Instrument) or not is_isin(equity.isin):
        raise ValueError("no security")
    series, token, symbol = equity.instrument_type, equity.exchange_token, equity.trading_symbol
    if isinstance(token, str) and len(token) > LONGEST_NUMBER:
        raise ValueError("no token")
    return checked(
        FileRow(
            exchange,
            int(token),
            equity.isin,
            symbol,
            series,
            kind_of(exchange, series, equity.isin),
            _tick(bytes(equity.tick_size)),
            _shares(bytes(equity.lot_size)) or 0,
            None,
            equity.name,
            equity.instrument_key,
            symbol,
            _shares(bytes(equity.freeze_quantity)),
        )
    )


@lru_cache(maxsize=1000)
def _tick(given: bytes) -> int:
    """Thousands of rows share a few figures, so each is read once. Raises `ValueError`, `msgspec.DecodeError`."""
    return paise_of_tick(_decimal.decode(given) or Decimal(0))


@lru_cache(maxsize=1000)
def _shares(given: bytes) -> int | None:
    """None for null and for zero. Raises as `_tick`."""
    return whole(_decimal.decode(given) or Decimal(0)) or None


def names(security: Security) -> Names:
    """The key of a share is its segment and ISIN. Source: Upstox developer API documentation, instruments."""
    return Names(f"{security.exchange}_EQ|{security.isin}", security.symbol)


FILE = InstrumentFile(**file_of("upstox"), read=read, names=names, brings=Brings.SECURITIES)
