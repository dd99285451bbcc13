"""The instruments of HDFC Sky: one CSV of all segments, in a zip archive, made for everybody.

`exchange_token` is the exchange's own and what an order names; `trading_symbol` ends in the series, on the BSE in the
group, which `segment` repeats. Indices stand among the shares, in segments of their own.
Source: Sky Open API documentation, security master; the columns as readers of the file describe them.
"""

from torana.connectors.declaration import file_of
from torana.connectors.instrument_files import InstrumentFile, Listed, Names, codes_of
from torana.market.models import EXCHANGES, Security

_COLUMNS = ("exchange", "segment", "exchange_token", "trading_symbol")
_INDICES = frozenset({"INDICES", "IDX"})


def listed(exchange: str, segment: str, token: str, symbol: str) -> Listed | None:
    return None if exchange not in EXCHANGES or segment in _INDICES else Listed(exchange, token, token, symbol)


def names(security: Security) -> Names:
    """The exchange's token, and the symbol with its series or group."""
    return Names(str(security.exchange_token), f"{security.symbol}-{security.series}")


FILE = InstrumentFile(**file_of("hdfcsky"), read=codes_of(_COLUMNS, listed), names=names)
