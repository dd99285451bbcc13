"""Rows as the platform writes them."""

from dataclasses import replace
from decimal import Decimal

from torana.sandbox.account_views import HoldingView
from torana.sandbox.order_views import OrderView
from torana.sandbox.rejections import why
from torana.sandbox.securities import token_on
from torana.sandbox.wire import Style, called, in_india
from torana.sandbox.xts.errors import TABLES

SEGMENTS = {"NSE": "NSECM", "BSE": "BSECM"}
WORDS, ROWS = TABLES.words, TABLES.rows
_MOMENT = "%Y-%m-%dT%H:%M:%S"


def _price(amount: Decimal) -> str:
    """With commas, and nothing where there is no price."""
    return f"{amount:,.2f}" if amount else ""


def _reason(view: OrderView) -> str:
    text = why(view, otherwise="RMS:Rule: {}")
    return f"OEMS:{text}, Required:[{view.worth}]" if text else ""


def _on_nse(view: HoldingView) -> int:
    """A row of the BSE alone has none."""
    return token_on("NSE", view.security) if view.security.exchange == "NSE" else 0


_STYLE = Style(
    _MOMENT,
    null="",
    securities=called(ROWS["security"], ExchangeSegment=lambda one: SEGMENTS[one.exchange]),
    forms={"commas": _price, "generated": in_india(f"{_MOMENT}.1535468")},
)
_TEXTS = replace(_STYLE, amount=str, count=str)
"""Positions and balances are texts."""
ORDER, TRADE = _STYLE.orders(ROWS["order"], CancelRejectReason=_reason), _STYLE.trades(ROWS["trade"])
HOLDING = _STYLE.holdings(
    ROWS["holding"],
    ExchangeNSEInstrumentId=_on_nse,
    ExchangeBSEInstrumentId=lambda view: token_on("BSE", view.security),
)
POSITION, FUNDS = _TEXTS.positions(ROWS["position"]), _TEXTS.funds(ROWS["funds"])
PERSON = _STYLE.person(ROWS["person"], IsPOAEnabled=lambda account: not account.needs_edis)
