"""The instruments of HDFC Securities: one CSV of all segments, without ISINs.

`security_id` is what an order names, `exch_security_id` the exchange's own token. Bonds and units of funds have
`DUMMY…` in its place, and many rows of the BSE no symbol.
Source: InvestRight Open API documentation, security master; the columns as readers of the file describe them.
"""

from torana.connectors.declaration import file_of
from torana.connectors.hdfc.mapping import EQUITY
from torana.connectors.instrument_files import InstrumentFile, Listed, Names, codes_of
from torana.market.models import EXCHANGES, Security

_COLUMNS = ("exchange", "instrument_segment", "security_id", "exch_security_id", "symbol_name")


def listed(exchange: str, segment: str, code: str, token: str, symbol: str) -> Listed | None:
    if exchange not in EXCHANGES or segment != EQUITY or token.startswith("DUMMY"):
        return None
    return Listed(exchange, token, code, symbol or code)


def names(security: Security) -> Names:
    """Invented for the sandbox: HDFC's own codes (`WIPLTDEQNR`) follow from nothing else and stand in its file only.
    One code serves both exchanges, as it does there."""
    return Names("".join(one for one in security.symbol if one.isalnum()) + "EQNR", security.symbol)


FILE = InstrumentFile(**file_of("hdfc"), read=codes_of(_COLUMNS, listed), names=names)
