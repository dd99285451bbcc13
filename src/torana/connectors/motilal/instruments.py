"""The instruments of Motilal Oswal: one CSV for each exchange, for everybody.

`scripcode` is the exchange's own token, on the BSE its scrip code; `scripshortname` the symbol without a series.
Orders are in lots of `marketlot`. Of a security whose lot is more than one share it is not documented whether the order
book counts shares or lots: such ones are left out, so that no order is sent for them.
Source: the documentation of the MO trading API, scrip master (CSV); that the cash segments are `NSE` and `BSE`, its
parameters.
"""

from torana.connectors.declaration import file_of
from torana.connectors.instrument_files import InstrumentFile, Listed, codes_of
from torana.market.models import EXCHANGES

_COLUMNS = ("exchangename", "scripcode", "scripshortname", "marketlot")
_ONE_SHARE = "1"


def listed(exchange: str, code: str, symbol: str, lot: str) -> Listed | None:
    return Listed(exchange, code, code, symbol) if exchange in EXCHANGES and lot == _ONE_SHARE else None


FILE = InstrumentFile(**file_of("motilal"), read=codes_of(_COLUMNS, listed))
