"""Rows as Fyers writes them: numbers as numbers, sides, types and statuses too; moments as `09-Mar-2023 09:34:38`."""

from typing import Any

from torana.kit.money import rupees
from torana.market.models import Security
from torana.sandbox.fyers.errors import REFUSALS, TABLES
from torana.sandbox.models import OrderType, Reason, Side
from torana.sandbox.order_views import OrderView
from torana.sandbox.rejections import why
from torana.sandbox.securities import BSE, NSE, find
from torana.sandbox.wire import Style, called

WORDS, ROWS = TABLES.words, TABLES.rows
EXCHANGES = {NSE: 10, BSE: 12}
TYPES = {OrderType.LIMIT: 1, OrderType.MARKET: 2}
SIDES = {Side.BUY: 1, Side.SELL: -1}
TAG_OF_CLIENT, NO_TAG = "1:", "2:Untagged"


def ticker(security: Security) -> str:
    """`NSE:INFY-EQ`, on the BSE with the group: `BSE:INFY-A`."""
    return f"{security.exchange}:{security.symbol}-{security.series}"


def find_by_ticker(name: str) -> Security | None:
    """In exactly its series or group."""
    exchange, _, rest = name.partition(":")
    symbol, _, series = rest.rpartition("-")
    found = find(exchange, symbol)
    return found if found is not None and found.series == series else None


def fytoken(security: Security) -> str:
    """Exchange, segment, no expiry, and the exchange's token."""
    return f"{EXCHANGES[security.exchange]}10000000{security.exchange_token}"


_TEXTS = {reason: line.text for reason, line in REFUSALS.reasons.items()}


def _message(view: OrderView) -> str:
    short = {Reason.FUNDS: f"RED:Margin Shortfall:INR {view.worth} Available:INR 0.00"}
    return why(view, _TEXTS | short, otherwise="RED:{}") or ""


def _tag(view: Any) -> str:
    return f"{TAG_OF_CLIENT}{view.order.tag}" if view.order.tag else NO_TAG


STYLE = Style(
    "%d-%b-%Y %H:%M:%S",
    securities=called(
        ROWS["security"], symbol=ticker, ticker=ticker, original_name=ticker, fyToken=fytoken,
        exchange=lambda one: EXCHANGES[one.exchange],
    ),
    names={"orderTag": _tag, "message": _message, "orderNumStatus": lambda view: f"{view.order_id}:{view.status}"},
    forms={"type": lambda kind: TYPES[kind], "side": lambda side: SIDES[side]},
)  # fmt: skip
ORDER = STYLE.orders(ROWS["order"], lp=lambda view: rupees(view.exchange.last_price(view.security)))
POSTBACK, TRADE, HOLDING = STYLE.orders(ROWS["postback"]), STYLE.trades(ROWS["trade"]), STYLE.holdings(ROWS["holding"])
POSITION = STYLE.positions(
    ROWS["position"],
    qty=lambda view: abs(view.quantity),
    side=lambda view: (view.quantity > 0) - (view.quantity < 0),
    id=lambda view: f"{ticker(view.security)}-{view.product}",
)
FUNDS = STYLE.report(ROWS["fund_limit"], "id={number} title={title} equityAmount={amount} commodityAmount=0")
QUOTE = STYLE.quotes(
    ROWS["quote"],
    short_name=lambda view: ticker(view.security).partition(":")[2],
    description=lambda view: ticker(view.security),
    tt=lambda view: str(int(view.at.timestamp())),
)
PERSON = STYLE.person(ROWS["person"])
SCRIP = STYLE.instruments(ROWS["scrip"], underlying_fytoken=fytoken)
