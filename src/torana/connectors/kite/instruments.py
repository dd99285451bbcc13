"""The instruments of Kite: gzipped CSV, all exchanges in one file, made anew at about 08:30.

It tells no ISIN: a row belongs to the security of its exchange token. Tokens are used again after a security is gone,
so a code is good for the day of its file.
Source: Kite Connect v3 documentation, market quotes and instruments.
"""

from collections.abc import Iterable, Iterator, Mapping

from torana.connectors.instrument_files import InstrumentFile, Names
from torana.kit.file_formats import csv_rows
from torana.market.models import EXCHANGES, FileRow, Security
from torana.market.refresh import Brings, code_row
from torana.market.sorting import Tally

_COLUMNS = ("segment", "instrument_type", "exchange_token", "instrument_token", "tradingsymbol")
_SEGMENT_NUMBERS: Mapping[str, int] = {"NSE": 1, "BSE": 4}


def read(chunks: Iterable[bytes], tally: Tally) -> Iterator[FileRow]:
    """The cash segments of NSE and BSE; all others are left out. Raises `UnreadableFile`."""
    for segment, kind, exchange_token, token, symbol in tally.counted(csv_rows(chunks, _COLUMNS)):
        if segment not in EXCHANGES or kind != "EQ":
            tally.left_out += 1
        elif token.isdecimal() and (coded := code_row(segment, exchange_token, token, symbol)) is not None:
            yield coded
        else:
            tally.unreadable += 1


def names(security: Security) -> Names:
    """The exchange's token shifted by eight bits plus the segment, and the symbol, on the NSE with a series that is not
    EQ. Source: Kite Connect v3 documentation, and the official Python client's ticker."""
    exchange, series = security.exchange, security.series
    token = security.exchange_token << 8 | _SEGMENT_NUMBERS[exchange]
    plain = exchange != "NSE" or series == "EQ"
    return Names(str(token), security.symbol if plain else f"{security.symbol}-{series}")


FILE = InstrumentFile(
    broker="kite",
    at="https://api.kite.trade",
    sandbox_path="/kite/api",
    path="/instruments",
    read=read,
    names=names,
    brings=Brings.CODES,
    headers={"X-Kite-Version": "3"},
)
