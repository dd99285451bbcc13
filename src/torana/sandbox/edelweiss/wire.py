"""Rows as Nuvama writes them: every number a text."""

from torana.market.models import Security
from torana.sandbox.edelweiss.errors import TABLES
from torana.sandbox.rejections import why
from torana.sandbox.securities import by_name
from torana.sandbox.vocabulary import OMS
from torana.sandbox.wire import Style, called, in_india

WORDS = OMS


def symbol_of(security: Security) -> str:
    return f"{security.exchange_token}_{security.exchange}"


by_symbol = by_name(symbol_of)
ROWS = TABLES.rows
STYLE = Style(
    moment="%d/%m/%Y %H:%M:%S",
    amount="{:.2f}".format,
    count=str,
    null="",
    securities=called(ROWS["security"], sym=symbol_of, exchangetoken=symbol_of),
    forms={"day": in_india("%d/%m/%Y"), "clock": in_india("%H:%M:%S"), "decimal": "{}.0".format},
)
BOOK, TRADE = STYLE.orders(ROWS["book"], rjRsn=why), STYLE.trades(ROWS["trade"])
HOLDING, POSITION = STYLE.holdings(ROWS["holding"]), STYLE.positions(ROWS["position"])
FUNDS, INSTRUMENT = STYLE.funds(ROWS["funds"]), STYLE.instruments(ROWS["instrument"])
INDEX = {"assettype": "INDEX", "optiontype": "", "isin": "", "tradingsymbol": "Nifty 50", "exchangetoken": "-29"}
"""What the file also holds: a row that is no share's."""
