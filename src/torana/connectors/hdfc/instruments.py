"""The instruments of HDFC Securities: one CSV of all segments, without ISINs.

`security_id` is what an order names, `exch_security_id` the exchange's own token. Bonds and units of funds have
`DUMMY…` in its place, and many rows of the BSE no symbol.
Source: InvestRight Open API documentation, security master; the columns as readers of the file describe them.
"""

from collections.abc import Iterable, Iterator

from torana.connectors.hdfc.mapping import BROKER, EQUITY
from torana.connectors.instrument_files import InstrumentFile, Names
from torana.kit.file_formats import csv_rows
from torana.market.models import EXCHANGES, FileRow, Security
from torana.market.refresh import Brings, code_row
from torana.market.sorting import Tally

_COLUMNS = ("exchange", "instrument_segment", "security_id", "exch_security_id", "symbol_name")


def read(chunks: Iterable[bytes], tally: Tally) -> Iterator[FileRow]:
    """The cash segments of NSE and BSE; all others are left out. Raises `UnreadableFile`."""
    for exchange, segment, code, token, symbol in tally.counted(csv_rows(chunks, _COLUMNS)):
        if exchange not in EXCHANGES or segment != EQUITY or token.startswith("DUMMY"):
            tally.left_out += 1
        elif coded := code_row(exchange, token, code, symbol or code):
            yield coded
        else:
            tally.unreadable += 1


def names(security: Security) -> Names:
    """Invented for the sandbox: HDFC's own codes (`WIPLTDEQNR`) follow from nothing else and stand in its file only.
    One code serves both exchanges, as it does there."""
    return Names("".join(one for one in security.symbol if one.isalnum()) + "EQNR", security.symbol)


FILE = InstrumentFile(
    broker=BROKER,
    at="https://developer.hdfcsec.com",
    sandbox_path="/hdfc/api",
    path="/oapi/v1/security-master",
    read=read,
    names=names,
    brings=Brings.CODES,
)
