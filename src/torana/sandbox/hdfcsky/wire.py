"""Rows as HDFC Sky writes them: amounts as numbers, moments in seconds since 1970."""

from torana.market.models import Security
from torana.sandbox.hdfcsky.errors import TABLES
from torana.sandbox.rejections import why
from torana.sandbox.wire import Style

WORDS, ROWS = TABLES.words, TABLES.rows


def symbol_of(security: Security) -> str:
    return f"{security.symbol}-{security.series}"


STYLE = Style(
    null="",
    securities={
        "trading_symbol": symbol_of,
        "instrument_token": lambda one: one.exchange_token,
        "token": lambda one: one.exchange_token,
    },
)
ORDER = STYLE.orders(ROWS["order"], rejection_reason=lambda view: why(view) or "NONE")
TRADE = STYLE.trades(ROWS["trade"])
HOLDING, POSITION = STYLE.holdings(ROWS["holding"]), STYLE.positions(ROWS["position"])
PERSON = STYLE.person(ROWS["person"], ddpi=lambda account: not account.needs_edis)
INSTRUMENT, PRICE = STYLE.instruments(ROWS["instrument"]), STYLE.quotes(ROWS["price"])
