"""Rows as the simulated Axis Direct writes them: numbers as numbers, moments as the market's status has them.

No answer with rows is documented. The words of the states are invented, as most fields are (tables.toml).
"""

from torana.market.models import Security
from torana.sandbox.axis.errors import TABLES
from torana.sandbox.rejections import why
from torana.sandbox.securities import by_name
from torana.sandbox.wire import Style

PREFIXES = {"NSE": "10", "BSE": "11"}
"""Of a script id: one example has `11` before the scrip code of the BSE, the other is invented."""
EXCHANGES = {prefix: name for name, prefix in PREFIXES.items()}
WORDS, ROWS = TABLES.words, TABLES.rows


def script_id(security: Security) -> str:
    return f"{PREFIXES[security.exchange]}{security.exchange_token}"


by_script_id = by_name(script_id)
STYLE = Style(moment="%d/%m/%Y %H:%M:%S", securities={"scriptId": script_id})
ORDER = STYLE.orders(
    ROWS["order"],
    omsOrderSerialNumber=lambda view: str(view.changes + 1),
    rejectionReason=lambda view: why(view, TABLES.rejections),
)
TRADE, HOLDING = STYLE.trades(ROWS["trade"]), STYLE.holdings(ROWS["holding"])
POSITION, FUNDS = STYLE.positions(ROWS["position"]), STYLE.funds(ROWS["funds"])
PRICE, PERSON = STYLE.quotes(ROWS["price"]), STYLE.person(ROWS["person"])
SECURITY = STYLE.instruments(ROWS["security"])
