"""The instruments of 5paisa: one CSV of all segments.

`ScripCode` is the exchange's own token in the cash segments, on the BSE the scrip code. A row belongs to the security
of that token; the ISIN beside it is not needed.
Source: Xstream documentation, scrip master.
"""

from torana.connectors.declaration import file_of
from torana.connectors.fivepaisa.mapping import CASH, EXCHANGES
from torana.connectors.instrument_files import InstrumentFile, Listed, codes_of

_COLUMNS = ("Exch", "ExchType", "ScripCode", "Name")


def listed(letter: str, segment: str, code: str, name: str) -> Listed | None:
    return Listed(EXCHANGES[letter], code, code, name) if letter in EXCHANGES and segment == CASH else None


FILE = InstrumentFile(**file_of("fivepaisa"), read=codes_of(_COLUMNS, listed))
