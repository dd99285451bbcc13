"""The instruments of 5paisa: one CSV of all segments.

`ScripCode` is the exchange's own token in the cash segments, on the BSE the scrip code. A row belongs to the security
of that token; the ISIN beside it is not needed.
Source: Xstream documentation, scrip master.
"""

from collections.abc import Iterable, Iterator

from torana.connectors.fivepaisa.mapping import CASH, EXCHANGES
from torana.connectors.instrument_files import InstrumentFile, Names
from torana.kit.file_formats import csv_rows
from torana.market.models import FileRow, Security
from torana.market.refresh import Brings, code_row
from torana.market.sorting import Tally

_COLUMNS = ("Exch", "ExchType", "ScripCode", "Name")


def read(chunks: Iterable[bytes], tally: Tally) -> Iterator[FileRow]:
    """The cash segments of NSE and BSE; all others are left out. Raises `UnreadableFile`."""
    for letter, segment, code, name in tally.counted(csv_rows(chunks, _COLUMNS)):
        if letter not in EXCHANGES or segment != CASH:
            tally.left_out += 1
        elif coded := code_row(EXCHANGES[letter], code, code, name):
            yield coded
        else:
            tally.unreadable += 1


def names(security: Security) -> Names:
    """The exchange's token. Source: Xstream documentation, scrip master."""
    return Names(str(security.exchange_token), security.symbol)


FILE = InstrumentFile(
    broker="fivepaisa",
    at="https://openapi.5paisa.com",
    sandbox_path="/fivepaisa/api",
    path="/VendorsAPI/Service1.svc/ScripMaster/segment/all",
    read=read,
    names=names,
    brings=Brings.CODES,
)
