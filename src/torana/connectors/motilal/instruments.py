"""The instruments of Motilal Oswal: one CSV for each exchange, for everybody.

`scripcode` is the exchange's own token, on the BSE its scrip code; `scripshortname` the symbol without a series.
Orders are in lots of `marketlot`. Of a security whose lot is more than one share it is not documented whether the order
book counts shares or lots: such ones are left out, so that no order is sent for them.
Source: the documentation of the MO trading API, scrip master (CSV); that the cash segments are `NSE` and `BSE`, its
parameters.
"""

from collections.abc import Iterable, Iterator

from torana.connectors.instrument_files import InstrumentFile, Names
from torana.kit.file_formats import csv_rows
from torana.market.models import EXCHANGES, FileRow, Security
from torana.market.refresh import Brings, code_row
from torana.market.sorting import Tally

_COLUMNS = ("exchangename", "scripcode", "scripshortname", "marketlot")
_ONE_SHARE = "1"


def read(chunks: Iterable[bytes], tally: Tally) -> Iterator[FileRow]:
    """The cash segments of NSE and BSE; all others are left out. Raises `UnreadableFile`."""
    for exchange, code, symbol, lot in tally.counted(csv_rows(chunks, _COLUMNS)):
        if exchange not in EXCHANGES or lot != _ONE_SHARE:
            tally.left_out += 1
        elif coded := code_row(exchange, code, code, symbol):
            yield coded
        else:
            tally.unreadable += 1


def names(security: Security) -> Names:
    """The exchange's token, and the symbol."""
    return Names(str(security.exchange_token), security.symbol)


FILE = InstrumentFile(
    broker="motilal",
    at="https://openapi.motilaloswal.com",
    sandbox_path="/motilal/api",
    path="/getscripmastercsv?name=NSE",
    also=("/getscripmastercsv?name=BSE",),
    read=read,
    names=names,
    brings=Brings.CODES,
)
