"""The instruments of Samco: one CSV of all segments.

It tells no ISIN. `symbolCode` is the exchange's own token and the exchange; orders and questions for prices name a
share by its `name`, which has no series.
Source: Samco's documentation names the file and the two names; its columns are seen by users of it.
"""

from torana.connectors.declaration import file_of
from torana.connectors.instrument_files import InstrumentFile, Listed, Names, codes_of
from torana.market.models import EXCHANGES, Security

_COLUMNS = ("exchange", "symbolCode", "name", "instrument")
_SHARES = "EQ"


def listed(exchange: str, code: str, name: str, instrument: str) -> Listed | None:
    """The shares of NSE and BSE, whose code names their exchange."""
    token, _, of = code.rpartition("_")
    if exchange not in EXCHANGES or instrument != _SHARES:
        return None
    return Listed(exchange, token if of == exchange else "", code, name)


def names(security: Security) -> Names:
    """Token and exchange; the symbol without its series. Source: the samples of Samco's documentation."""
    return Names(f"{security.exchange_token}_{security.exchange}", security.symbol)


FILE = InstrumentFile(**file_of("samco"), read=codes_of(_COLUMNS, listed), names=names)
