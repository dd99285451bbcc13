"""The instruments of Samco: one CSV of all segments.

It tells no ISIN. `symbolCode` is the exchange's own token and the exchange; orders and questions for prices name a
share by its `name`, which has no series.
Source: Samco's documentation names the file and the two names; its columns are seen by users of it.
"""

from collections.abc import Iterable, Iterator

from torana.connectors.instrument_files import InstrumentFile, Names
from torana.kit.file_formats import csv_rows
from torana.market.models import EXCHANGES, FileRow, Security
from torana.market.refresh import Brings, code_row
from torana.market.sorting import Tally

_COLUMNS = ("exchange", "symbolCode", "name", "instrument")
_SHARES = "EQ"


def read(chunks: Iterable[bytes], tally: Tally) -> Iterator[FileRow]:
    """The cash segments of NSE and BSE; all others are left out. Raises `UnreadableFile`."""
    for exchange, code, name, instrument in tally.counted(csv_rows(chunks, _COLUMNS)):
        token, _, of = code.rpartition("_")
        if exchange not in EXCHANGES or instrument != _SHARES:
            tally.left_out += 1
        elif of == exchange and (coded := code_row(exchange, token, code, name)):
            yield coded
        else:
            tally.unreadable += 1


def names(security: Security) -> Names:
    """Token and exchange; the symbol without its series. Source: the samples of Samco's documentation."""
    return Names(f"{security.exchange_token}_{security.exchange}", security.symbol)


FILE = InstrumentFile(
    broker="samco",
    at="https://developers.stocknote.com",
    sandbox_path="/samco/files",
    path="/doc/ScripMaster.csv",
    read=read,
    names=names,
    brings=Brings.CODES,
)
