"""Rows as Samco writes them: amounts and numbers of shares as texts."""

from dataclasses import replace

from torana.kit.clock import IST
from torana.market.models import Security
from torana.sandbox.rejections import why
from torana.sandbox.samco.errors import TABLES
from torana.sandbox.securities import with_series
from torana.sandbox.wire import Style, called, in_india

WORDS, ROWS = TABLES.words, TABLES.rows


def code_of(security: Security) -> str:
    return f"{security.exchange_token}_{security.exchange}"


STYLE = Style(
    moment="%d-%b-%Y %H:%M:%S",
    amount="{:.2f}".format,
    count=str,
    null="--",
    securities=called(ROWS["security"], tradingSymbol=with_series, symbol=code_of, symbolCode=code_of),
    forms={
        "day": lambda at: f"{at.astimezone(IST):%d%b%Y}".upper(),
        "clock": in_india("%I:%M:%S %p"),
        "slashed": in_india("%d/%m/%Y %H:%M:%S"),
        "spoken": in_india("%d %b %Y, %I:%M:%S %p"),
        "grouped": "{:,.2f}".format,
        "decimal": "{}.0".format,
        "unsigned": abs,
    },
)
ORDER = STYLE.orders(ROWS["order"], rejectionReason=why)
DETAILS = replace(STYLE, count=int).orders(ROWS["details"])
TRADE = STYLE.trades(ROWS["trade"])
HOLDING = STYLE.holdings(ROWS["holding"], holdingsValue=lambda view: view.last_price * (view.settled + view.collateral))
POSITION = STYLE.positions(ROWS["position"])
FUNDS = STYLE.funds(ROWS["funds"])
PRICE, QUOTE = STYLE.quotes(ROWS["price"]), STYLE.quotes(ROWS["quote"])
SCRIP = STYLE.instruments(ROWS["scrip"], exchangeSegment=lambda one: f"{one.exchange.lower()}_cm")
