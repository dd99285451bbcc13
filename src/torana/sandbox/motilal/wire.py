"""Rows as Motilal Oswal writes them: numbers as numbers, what has no value as `0`."""

from functools import partial

from torana.market.models import Security
from torana.sandbox.account_views import HoldingView
from torana.sandbox.models import Side, State
from torana.sandbox.motilal.errors import TABLES
from torana.sandbox.order_views import OrderView
from torana.sandbox.rejections import why
from torana.sandbox.securities import BSE, NSE, token_on
from torana.sandbox.wire import Style, called

WORDS, ROWS = TABLES.words, TABLES.rows
NEVER_SENT = "Error"


def name_of(security: Security) -> str:
    """With the series on the NSE."""
    return f"{security.symbol} {security.series}" if security.exchange == NSE else security.symbol


def _status(view: OrderView) -> str:
    return NEVER_SENT if view.state is State.REJECTED and view.exchange_order_id is None else view.status


def _blocked(view: HoldingView) -> int:
    """What is on sale is blocked like what was sold."""
    resting = sum(
        order.pending for order in view.account.live.values()
        if order.security.isin == view.security.isin and order.side is Side.SELL and order.exchange_order_id
    )  # fmt: skip
    return min(view.settled - view.delivered + resting, view.settled)


STYLE = Style(
    moment="%d-%b-%Y %H:%M:%S",
    null="0",
    securities=called(
        ROWS["security"], symbol=name_of, scripname=name_of, bsescripcode=partial(token_on, BSE),
        nsesymboltoken=partial(token_on, NSE),
    ),
)  # fmt: skip
_COMPUTED = {"orderstatus": _status, "error": lambda view: why(view) or "", "tag": lambda view: view.tag or " "}
ORDER, DETAIL = STYLE.orders(ROWS["book"], **_COMPUTED), STYLE.orders(ROWS["detail"], **_COMPUTED)
TRADE = STYLE.trades(ROWS["trade"])
HOLDING = STYLE.holdings(
    ROWS["holding"],
    blockedquantity=_blocked,
    poaquantity=lambda view: 0 if view.account.needs_edis else view.settled,
    nonpoaquantity=lambda view: view.settled if view.account.needs_edis else 0,
    tpinquantity=lambda view: max(view.settled - view.authorised, 0) if view.account.needs_edis else 0,
)
POSITION = STYLE.positions(ROWS["position"])
_LINE = "srno={number} amount={amount} particulars={title}"
MARGIN_SUMMARY, MARGIN_DETAIL = (
    STYLE.report(ROWS["margin_summary"], _LINE), STYLE.report(ROWS["margin_detail"], _LINE),
)  # fmt: skip
PERSON = STYLE.person(ROWS["person"])
PRICE = STYLE.quotes(ROWS["price"])
SCRIP = STYLE.instruments(ROWS["scrip"], exchange=lambda one: 1 if one.exchange == NSE else 0)
