"""Rows as Fyers writes them: numbers as numbers, sides, types and statuses too; moments as `09-Mar-2023 09:34:38`."""

from typing import Any

from torana.kit.money import rupees
from torana.market.models import Security
from torana.sandbox.fyers.errors import REFUSALS, TABLES
from torana.sandbox.models import OrderType, Reason, Side
from torana.sandbox.order_views import OrderView
from torana.sandbox.rejections import why
from torana.sandbox.securities import BSE, NSE, find
from torana.sandbox.wire import Style

WORDS, ROWS = TABLES.words, TABLES.rows
EXCHANGES = {NSE: 10, BSE: 12}
TYPES = {OrderType.LIMIT: 1, OrderType.MARKET: 2}
SIDES = {Side.BUY: 1, Side.SELL: -1}
TAG_OF_CLIENT, NO_TAG = "1:", "2:Untagged"
_LINES = (
    "Total Balance", "Utilized Amount", "Clear Balance", "Realized Profit and Loss", "Collaterals", "Fund Transfer",
    "Receivables", "Adhoc Limit", "Limit at start of the day", "Available Balance",
)  # fmt: skip


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
    securities={
        "symbol": ticker,
        "ticker": ticker,
        "original_name": ticker,
        "ex_sym": lambda one: one.symbol,
        "description": lambda one: one.name.upper(),
        "fyToken": fytoken,
        "exchange": lambda one: EXCHANGES[one.exchange],
    },
    names={
        "side": lambda view: SIDES[view.side],
        "type": lambda view: TYPES[view.order_type],
        "orderType": lambda view: TYPES[view.order_type],
        "orderTag": _tag,
        "status": lambda view: int(view.status),
        "message": _message,
        "orderNumStatus": lambda view: f"{view.order_id}:{view.status}",
    },
)
ORDER = STYLE.orders(ROWS["order"], lp=lambda view: rupees(view.exchange.last_price(view.security)))
POSTBACK = STYLE.orders(ROWS["postback"])
TRADE = STYLE.trades(ROWS["trade"])
HOLDING = STYLE.holdings(
    ROWS["holding"],
    holdingType=lambda view: "HLD" if view.owned > view.t1 else "T1",
    marketVal=lambda view: view.last_price * view.owned,
    remainingQuantity=lambda view: view.owned - view.used,
)
POSITION = STYLE.positions(
    ROWS["position"],
    qty=lambda view: abs(view.quantity),
    side=lambda view: (view.quantity > 0) - (view.quantity < 0),
    id=lambda view: f"{ticker(view.security)}-{view.product}",
)
QUOTE = STYLE.quotes(
    ROWS["quote"],
    short_name=lambda view: ticker(view.security).partition(":")[2],
    description=lambda view: ticker(view.security),
    tt=lambda view: str(int(view.at.timestamp())),
)
PERSON = STYLE.person(ROWS["person"], ddpi_enabled=lambda account: not account.needs_edis)
SCRIP = STYLE.instruments(ROWS["scrip"], tick=lambda one: f"{one.tick / 100:.2f}", underlying_fytoken=fytoken)


def funds(view: Any) -> list[dict[str, object]]:
    told = {"Total Balance": view.cash, "Utilized Amount": view.used, "Clear Balance": view.available,
            "Limit at start of the day": view.opening, "Available Balance": view.available}  # fmt: skip
    return [
        {"id": at, "title": title, "equityAmount": told.get(title, 0), "commodityAmount": 0}
        for at, title in enumerate(_LINES, 1)
    ]
