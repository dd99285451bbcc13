"""Rows as SmartAPI writes them: quantities as text, prices as text in lists and as numbers beside a single order."""

from dataclasses import replace
from decimal import Decimal

from torana.kit.money import rupees
from torana.sandbox.angelbroking.errors import TABLES
from torana.sandbox.models import Order, Reason, State
from torana.sandbox.order_views import OrderView
from torana.sandbox.rejections import why
from torana.sandbox.securities import with_series
from torana.sandbox.vocabulary import OMS
from torana.sandbox.wire import Style, called, in_india

WORDS, ROWS = OMS, TABLES.rows
_SECURITIES = called(ROWS["security"], tradingsymbol=with_series, tradingSymbol=with_series)
_PLAIN = Style(
    securities=_SECURITIES,
    forms={"clock": in_india("%H:%M:%S"), "millionths": lambda number: f"{Decimal(number):.6f}"},
)
_NUMBERS = replace(
    _PLAIN, moment="%d-%b-%Y %H:%M:%S", count=str, null="", names={"text": lambda view: _rejection(view)}
)
_TEXTS = replace(_NUMBERS, amount=str)


def variety_of(order: Order) -> str:
    return "AMO" if order.asked.amo else "NORMAL"


def _rejection(view: OrderView) -> str:
    """The `text` of an order. The one about funds is documented."""
    if view.reason is Reason.FUNDS and view.state is State.REJECTED:
        account = view.exchange.accounts.find(view.order.broker, view.account_id)
        there = rupees(view.exchange.available_cash(account)) if account else 0
        funds = f"Available funds - Rs. {there} . You require Rs. {view.worth} funds to execute this order."
        return f"Your order has been rejected due to Insufficient Funds. {funds}"
    text = why(view, TABLES.rejections)
    return f"Your order has been rejected because {text}." if text else ""


BOOK, SINGLE_ORDER = _TEXTS.orders(ROWS["book"]), _NUMBERS.orders(ROWS["order"])
UPDATE = _NUMBERS.orders(ROWS["update"])
TRADE = _TEXTS.trades(ROWS["trade"])
HOLDING = _PLAIN.holdings(ROWS["holding"])
POSITION = _TEXTS.positions(ROWS["position"], netvalue=lambda view: str(view.cash).replace("-", "- "))
FUNDS = _TEXTS.funds(ROWS["funds"])
PROFILE = Style().person(
    ROWS["profile"],
    exchanges=lambda _: '[ "NSE", "BSE" ]',
    products=lambda _: '[ "DELIVERY", "INTRADAY", "MARGIN"]',
)
QUOTES = {"LTP": _PLAIN.quotes(ROWS["ltp"]), "OHLC": _PLAIN.quotes(ROWS["ohlc"])}
LAST_PRICE = _TEXTS.quotes(ROWS["last_price"])
SCRIP = _PLAIN.instruments(ROWS["scrip"], symbol=with_series)
