"""The instruments of Dhan: one CSV of all exchanges and segments, the compact one.

`SEM_SMST_SECURITY_ID` is the exchange's own token in the cash segments, on the BSE the scrip code. It tells no ISIN: a
row belongs to the security of its token.
Source: DhanHQ v2 documentation, instrument list.
"""

from torana.connectors.declaration import file_of
from torana.connectors.dhan.mapping import SEGMENTS
from torana.connectors.instrument_files import InstrumentFile, Listed, codes_of

_COLUMNS = ("SEM_EXM_EXCH_ID", "SEM_SEGMENT", "SEM_SMST_SECURITY_ID", "SEM_TRADING_SYMBOL")
_CASH = "E"


def listed(exchange: str, segment: str, code: str, symbol: str) -> Listed | None:
    return Listed(exchange, code, code, symbol) if exchange in SEGMENTS and segment == _CASH else None


FILE = InstrumentFile(**file_of("dhan"), read=codes_of(_COLUMNS, listed))
