"""The instruments of Angel One: one JSON array of all segments, made anew about once a day.

It tells no ISIN: `token` is the exchange's own. A row of the cash segment has no `instrumenttype`; an index has one. A
symbol of the NSE carries its series (`SBIN-EQ`), one of the BSE does not.
Source: SmartAPI documentation, instruments (OpenAPIScripMaster.json).
"""

from collections.abc import Iterable, Iterator

import msgspec

from torana.connectors.instrument_files import InstrumentFile
from torana.kit.file_formats import json_items
from torana.market.models import EXCHANGES, FileRow
from torana.market.refresh import Brings, Tally, code_row


class _Instrument(msgspec.Struct):
    exch_seg: str
    token: str
    symbol: str
    instrumenttype: str = ""


_instrument = msgspec.json.Decoder(_Instrument)


def read(chunks: Iterable[bytes], tally: Tally) -> Iterator[FileRow]:
    """The cash segments of NSE and BSE; all others are left out. Raises `UnreadableFile`."""
    for raw in json_items(chunks):
        tally.seen += 1
        try:
            row = _instrument.decode(raw)
        except msgspec.DecodeError:
            tally.unreadable += 1
            continue
        if row.exch_seg not in EXCHANGES or row.instrumenttype:
            tally.left_out += 1
        elif (coded := code_row(row.exch_seg, row.token, row.token, row.symbol)) is not None:
            yield coded
        else:
            tally.unreadable += 1


FILE = InstrumentFile(
    broker="angelbroking",
    at="https://margincalculator.angelone.in",
    sandbox_path="/angelbroking/files",
    path="/OpenAPI_File/files/OpenAPIScripMaster.json",
    read=read,
    brings=Brings.CODES,
)
