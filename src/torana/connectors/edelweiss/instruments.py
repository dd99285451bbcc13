"""The instruments of Nuvama: one CSV of all segments, in a zip archive.

`exchangetoken` is the exchange's own token (on the BSE the scrip code) with the exchange behind it, `1594_NSE`, which
Nuvama calls the streaming symbol. `tradingsymbol` is the ISIN. A row belongs to the security of the token.
Source: API Connect 2.0.12, and a public copy of the file (September 2025).
"""

from torana.connectors.declaration import file_of
from torana.connectors.edelweiss.mapping import EXCHANGES
from torana.connectors.instrument_files import InstrumentFile, Listed, Names, codes_of
from torana.market.models import Security

_COLUMNS = ("exchangetoken", "tradingsymbol", "assettype", "exchange")
SHARES = "EQUITY"


def listed(code: str, symbol: str, kind: str, exchange: str) -> Listed | None:
    """The shares of NSE and BSE, whose code names their exchange."""
    token, _, of = code.partition("_")
    if kind != SHARES or exchange not in EXCHANGES:
        return None
    return Listed(exchange, token if of == exchange else "", code, symbol)


def names(security: Security) -> Names:
    """The exchange's token and the exchange; the ISIN."""
    return Names(f"{security.exchange_token}_{security.exchange}", security.isin)


FILE = InstrumentFile(**file_of("edelweiss"), read=codes_of(_COLUMNS, listed), names=names)
