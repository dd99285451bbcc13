"""The instruments of Kite: gzipped CSV, all exchanges in one file, made anew at about 08:30.

It tells no ISIN: a row belongs to the security of its exchange token. Tokens are used again after a security is gone,
so a code is good for the day of its file.
Source: Kite Connect v3 documentation, market quotes and instruments.
"""

from collections.abc import Mapping

from torana.connectors.declaration import file_of
from torana.connectors.instrument_files import InstrumentFile, Listed, Names, codes_of
from torana.market.models import EXCHANGES, Security

_COLUMNS = ("segment", "instrument_type", "exchange_token", "instrument_token", "tradingsymbol")
_SEGMENT_NUMBERS: Mapping[str, int] = {"NSE": 1, "BSE": 4}


def listed(segment: str, kind: str, exchange_token: str, token: str, symbol: str) -> Listed | None:
    """The cash segments of NSE and BSE. Kite's own token is a number, too."""
    if segment not in EXCHANGES or kind != "EQ":
        return None
    return Listed(segment, exchange_token if token.isdecimal() else "", token, symbol)


def names(security: Security) -> Names:
    """The exchange's token shifted by eight bits plus the segment, and the symbol, on the NSE with a series that is not
    EQ. Source: Kite Connect v3 documentation, and the official Python client's ticker."""
    exchange, series = security.exchange, security.series
    token = security.exchange_token << 8 | _SEGMENT_NUMBERS[exchange]
    plain = exchange != "NSE" or series == "EQ"
    return Names(str(token), security.symbol if plain else f"{security.symbol}-{series}")


FILE = InstrumentFile(**file_of("kite"), read=codes_of(_COLUMNS, listed), names=names)
