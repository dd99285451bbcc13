"""The instruments of Axis Direct: one CSV, open to everybody.

Its columns are not documented: these are a guess, and a file with others is refused whole. A row belongs to the
security of its exchange's token. `scriptId` is `11` and the scrip code on the BSE, as one example has it; how the NSE's
begins is a guess.
"""

from collections.abc import Mapping

from torana.connectors.axis.wire import EQUITY
from torana.connectors.declaration import file_of
from torana.connectors.instrument_files import InstrumentFile, Listed, Names, codes_of
from torana.market.models import EXCHANGES, Security

_COLUMNS = ("exchange", "segment", "exchangeToken", "scriptId", "symbol")
PREFIXES: Mapping[str, str] = {"NSE": "10", "BSE": "11"}


def listed(exchange: str, segment: str, token: str, script_id: str, symbol: str) -> Listed | None:
    return Listed(exchange, token, script_id, symbol) if exchange in EXCHANGES and segment == EQUITY else None


def names(security: Security) -> Names:
    """As the simulated file has them."""
    return Names(f"{PREFIXES[security.exchange]}{security.exchange_token}", security.symbol)


FILE = InstrumentFile(**file_of("axis"), read=codes_of(_COLUMNS, listed), names=names)
