"""The instruments of Axis Direct: one CSV, open to everybody.

Its columns are not documented: these are a guess, and a file with others is refused whole. A row belongs to the
security of its exchange's token. `scriptId` is `11` and the scrip code on the BSE, as one example has it; how the NSE's
begins is a guess.
"""

from collections.abc import Iterable, Iterator, Mapping

from torana.connectors.axis.mapping import EQUITY, EXCHANGES
from torana.connectors.instrument_files import InstrumentFile, Names
from torana.kit.file_formats import csv_rows
from torana.market.models import FileRow, Security
from torana.market.refresh import Brings, code_row
from torana.market.sorting import Tally

_COLUMNS = ("exchange", "segment", "exchangeToken", "scriptId", "symbol")
PREFIXES: Mapping[str, str] = {"NSE": "10", "BSE": "11"}


def read(chunks: Iterable[bytes], tally: Tally) -> Iterator[FileRow]:
    """The cash segments of NSE and BSE; all others are left out. Raises `UnreadableFile`."""
    for exchange, segment, token, script_id, symbol in tally.counted(csv_rows(chunks, _COLUMNS)):
        if exchange not in EXCHANGES or segment != EQUITY:
            tally.left_out += 1
        elif coded := code_row(exchange, token, script_id, symbol):
            yield coded
        else:
            tally.unreadable += 1


def names(security: Security) -> Names:
    """As the simulated file has them."""
    return Names(f"{PREFIXES[security.exchange]}{security.exchange_token}", security.symbol)


FILE = InstrumentFile(
    broker="axis",
    at="https://invest-static-assets.axisdirect.in",
    sandbox_path="/axis/assets",
    path="/TELESCOPE/security_master_web/SecurityMaster.csv",
    read=read,
    names=names,
    brings=Brings.CODES,
)
