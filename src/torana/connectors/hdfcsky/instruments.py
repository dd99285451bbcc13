"""The instruments of HDFC Sky: one CSV of all segments, in a zip archive, made for everybody.

`exchange_token` is the exchange's own and what an order names; `trading_symbol` ends in the series, on the BSE in the
group, which `segment` repeats. Indices stand among the shares, in segments of their own.
Source: Sky Open API documentation, security master; the columns as readers of the file describe them.
"""

from collections.abc import Iterable, Iterator

from torana.connectors.instrument_files import InstrumentFile, Names
from torana.kit.file_formats import csv_rows
from torana.market.models import EXCHANGES, FileRow, Security
from torana.market.refresh import Brings, code_row
from torana.market.sorting import Tally

_COLUMNS = ("exchange", "segment", "exchange_token", "trading_symbol")
_INDICES = frozenset({"INDICES", "IDX"})


def read(chunks: Iterable[bytes], tally: Tally) -> Iterator[FileRow]:
    """The cash segments of NSE and BSE; all others are left out. Raises `UnreadableFile`."""
    for exchange, segment, token, symbol in tally.counted(csv_rows(chunks, _COLUMNS)):
        if exchange not in EXCHANGES or segment in _INDICES:
            tally.left_out += 1
        elif coded := code_row(exchange, token, token, symbol):
            yield coded
        else:
            tally.unreadable += 1


def names(security: Security) -> Names:
    """The exchange's token, and the symbol with its series or group."""
    return Names(str(security.exchange_token), f"{security.symbol}-{security.series}")


FILE = InstrumentFile(
    broker="hdfcsky",
    at="https://hdfcsky.com",
    sandbox_path="/hdfcsky/files",
    path="/api/v1/contract/Compact?info=download",
    read=read,
    names=names,
    brings=Brings.CODES,
)
