"""The instruments of Angel One: one JSON array of all segments, made anew about once a day.

It tells no ISIN: `token` is the exchange's own. A row of the cash segment has no `instrumenttype`; an index has one. A
symbol of the NSE carries its series (`SBIN-EQ`), one of the BSE does not. `freeze_qty` is the exchange's, of each
security another one; files before 2026 had none.
Source: SmartAPI documentation, instruments (OpenAPIScripMaster.json), and a public copy of the file.
"""

import msgspec

from torana.connectors.declaration import file_of
from torana.connectors.instrument_files import InstrumentFile, Listed, Names, codes_of, json_cells, largest_of
from torana.market.models import EXCHANGES, Security


class _Instrument(msgspec.Struct):
    exch_seg: str
    token: str
    symbol: str
    instrumenttype: str = ""
    freeze_qty: str = ""


def listed(exchange: str, token: str, symbol: str, kind: str, freeze: str) -> Listed | None:
    """The cash segments of NSE and BSE, without indices."""
    if exchange not in EXCHANGES or kind:
        return None
    return Listed(exchange, token, token, symbol, largest_of(freeze))


def names(security: Security) -> Names:
    """The exchange's token, and on the NSE the symbol with its series. Source: SmartAPI documentation, instruments."""
    with_series = f"{security.symbol}-{security.series}" if security.exchange == "NSE" else security.symbol
    return Names(str(security.exchange_token), with_series)


FILE = InstrumentFile(**file_of("angelbroking"), read=codes_of(_Instrument, listed, json_cells), names=names)
