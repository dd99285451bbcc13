"""The instruments of Dhan: one CSV of all exchanges and segments, the compact one.

`SEM_SMST_SECURITY_ID` is the exchange's own token in the cash segments, on the BSE the scrip code. It tells no ISIN: a
row belongs to the security of its token.
Source: DhanHQ v2 documentation, instrument list.
"""

from collections.abc import Iterable, Iterator

from torana.connectors.dhan.mapping import SEGMENTS
from torana.connectors.instrument_files import InstrumentFile, Names
from torana.kit.file_formats import csv_rows
from torana.market.models import FileRow, Security
from torana.market.refresh import Brings, code_row
from torana.market.sorting import Tally

_COLUMNS = ("SEM_EXM_EXCH_ID", "SEM_SEGMENT", "SEM_SMST_SECURITY_ID", "SEM_TRADING_SYMBOL")
_CASH = "E"


def read(chunks: Iterable[bytes], tally: Tally) -> Iterator[FileRow]:
    """The cash segments of NSE and BSE; all others are left out. Raises `UnreadableFile`."""
    for exchange, segment, code, symbol in tally.counted(csv_rows(chunks, _COLUMNS)):
        if exchange not in SEGMENTS or segment != _CASH:
            tally.left_out += 1
        elif coded := code_row(exchange, code, code, symbol):
            yield coded
        else:
            tally.unreadable += 1


def names(security: Security) -> Names:
    """The exchange's token. Source: DhanHQ v2 documentation, instrument list."""
    return Names(str(security.exchange_token), security.symbol)


FILE = InstrumentFile(
    broker="dhan",
    at="https://images.dhan.co",
    sandbox_path="/dhan/files",
    path="/api-data/api-scrip-master.csv",
    read=read,
    names=names,
    brings=Brings.CODES,
)
