"""The instruments of Fyers: a CSV for each segment of an exchange, without a line of names.

A row belongs to the security of the exchange's token; the ISIN beside it is not needed. Orders name the ticker
(`NSE:INFY-EQ`, on the BSE with the group: `BSE:INFY-A`).
Source: Fyers API v3 documentation, symbol master; rows as public copies of the files have them.
"""

from torana.connectors.declaration import file_of
from torana.connectors.fyers.mapping import CASH
from torana.connectors.instrument_files import InstrumentFile, Listed, Names, codes_of
from torana.kit.file_formats import csv_rows_at
from torana.market.models import EXCHANGES, Security

_TYPE, _TICKER, _SEGMENT, _TOKEN = 2, 9, 11, 12
_INDEX = "10"


def listed(kind: str, ticker: str, segment: str, token: str) -> Listed | None:
    """The cash segments of NSE and BSE, without indices."""
    exchange, _, name = ticker.partition(":")
    if exchange not in EXCHANGES or segment != str(CASH) or kind == _INDEX:
        return None
    return Listed(exchange, token, ticker, name)


def names(security: Security) -> Names:
    """Exchange, symbol, and series or group. Source: Fyers API v3 documentation, symbology."""
    name = f"{security.symbol}-{security.series}"
    return Names(f"{security.exchange}:{name}", name)


FILE = InstrumentFile(
    **file_of("fyers"), read=codes_of((_TYPE, _TICKER, _SEGMENT, _TOKEN), listed, csv_rows_at), names=names
)
