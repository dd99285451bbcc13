"""The instruments of Nuvama: one CSV of all segments, in a zip archive.

`exchangetoken` is the exchange's own token (on the BSE the scrip code) with the exchange behind it, `1594_NSE`, which
Nuvama calls the streaming symbol. `tradingsymbol` is the ISIN. A row belongs to the security of the token.
Source: API Connect 2.0.12, and a public copy of the file (September 2025).
"""

from collections.abc import Iterable, Iterator

from torana.connectors.edelweiss.mapping import EXCHANGES
from torana.connectors.instrument_files import InstrumentFile, Names
from torana.kit.file_formats import csv_rows
from torana.market.models import FileRow, Security
from torana.market.refresh import Brings, code_row
from torana.market.sorting import Tally

_COLUMNS = ("exchangetoken", "tradingsymbol", "assettype", "exchange")
SHARES = "EQUITY"


def read(chunks: Iterable[bytes], tally: Tally) -> Iterator[FileRow]:
    """The shares of NSE and BSE; all others are left out. Raises `UnreadableFile`."""
    for code, symbol, kind, exchange in tally.counted(csv_rows(chunks, _COLUMNS)):
        token, _, of = code.partition("_")
        if kind != SHARES or exchange not in EXCHANGES:
            tally.left_out += 1
        elif of == exchange and (coded := code_row(exchange, token, code, symbol)):
            yield coded
        else:
            tally.unreadable += 1


def names(security: Security) -> Names:
    """The exchange's token and the exchange; the ISIN."""
    return Names(f"{security.exchange_token}_{security.exchange}", security.isin)


FILE = InstrumentFile(
    broker="edelweiss",
    at="https://nc.nuvamawealth.com",
    sandbox_path="/edelweiss/api",
    path="/app/toccontracts/instruments.zip",
    read=read,
    names=names,
    brings=Brings.CODES,
)
