"""The instruments of Angel One: one JSON array of all segments, made anew about once a day.

It tells no ISIN: `token` is the exchange's own. A row of the cash segment has no `instrumenttype`; an index has one. A
symbol of the NSE carries its series (`SBIN-EQ`), one of the BSE does not. `freeze_qty` is the exchange's, of each
security another one; files before 2026 had none.
Source: SmartAPI documentation, instruments (OpenAPIScripMaster.json), and a public copy of the file.
"""

from collections.abc import Iterable, Iterator

import msgspec

from torana.connectors.declaration import file_of
from torana.connectors.instrument_files import InstrumentFile, Names, largest_of
from torana.kit.file_formats import json_items
from torana.market.models import EXCHANGES, FileRow, Security
from torana.market.refresh import Brings, code_row
from torana.market.sorting import Tally


class _Instrument(msgspec.Struct):
    exch_seg: str
    token: str
    symbol: str
    instrumenttype: str = ""
    freeze_qty: str = ""


def read(chunks: Iterable[bytes], tally: Tally) -> Iterator[FileRow]:
    """The cash segments of NSE and BSE; all others are left out. Raises `UnreadableFile`."""
    for row in json_items(chunks, _Instrument):
        tally.seen += 1
        if not isinstance(row, _Instrument):
            tally.unreadable += 1
        elif row.exch_seg not in EXCHANGES or row.instrumenttype:
            tally.left_out += 1
        elif coded := code_row(row.exch_seg, row.token, row.token, row.symbol, largest_of(row.freeze_qty)):
            yield coded
        else:
            tally.unreadable += 1


def names(security: Security) -> Names:
    """The exchange's token, and on the NSE the symbol with its series. Source: SmartAPI documentation, instruments."""
    with_series = f"{security.symbol}-{security.series}" if security.exchange == "NSE" else security.symbol
    return Names(str(security.exchange_token), with_series)


FILE = InstrumentFile(**file_of("angelbroking"), read=read, names=names, brings=Brings.CODES)
