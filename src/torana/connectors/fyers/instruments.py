"""The instruments of Fyers: a CSV for each segment of an exchange, without a line of names.

A row belongs to the security of the exchange's token; the ISIN beside it is not needed. Orders name the ticker
(`NSE:INFY-EQ`, on the BSE with the group: `BSE:INFY-A`).
Source: Fyers API v3 documentation, symbol master; rows as public copies of the files have them.
"""

from collections.abc import Iterable, Iterator

from torana.connectors.fyers.mapping import CASH
from torana.connectors.instrument_files import InstrumentFile, Names
from torana.kit.file_formats import csv_rows_at
from torana.market.models import EXCHANGES, FileRow, Security
from torana.market.refresh import Brings, code_row
from torana.market.sorting import Tally

_TYPE, _TICKER, _SEGMENT, _TOKEN = 2, 9, 11, 12
_INDEX = "10"


def read(chunks: Iterable[bytes], tally: Tally) -> Iterator[FileRow]:
    """The cash segments of NSE and BSE; all others and indices are left out. Raises `UnreadableFile`."""
    for kind, ticker, segment, token in tally.counted(csv_rows_at(chunks, (_TYPE, _TICKER, _SEGMENT, _TOKEN))):
        exchange, _, name = ticker.partition(":")
        if exchange not in EXCHANGES or segment != str(CASH) or kind == _INDEX:
            tally.left_out += 1
        elif name and (coded := code_row(exchange, token, ticker, name)):
            yield coded
        else:
            tally.unreadable += 1


def names(security: Security) -> Names:
    """Exchange, symbol, and series or group. Source: Fyers API v3 documentation, symbology."""
    name = f"{security.symbol}-{security.series}"
    return Names(f"{security.exchange}:{name}", name)


FILE = InstrumentFile(
    broker="fyers",
    at="https://public.fyers.in",
    sandbox_path="/fyers/files",
    path="/sym_details/NSE_CM.csv",
    also=("/sym_details/BSE_CM.csv",),
    read=read,
    names=names,
    brings=Brings.CODES,
)
