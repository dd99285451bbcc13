"""Rows as the simulated Axis Direct writes them: numbers as numbers, moments as the market's status has them.

No answer with rows is documented. Fields that a request repeats are named as there; all others are invented, and so are
the words of the states.
"""

from torana.sandbox.models import Reason, State
from torana.sandbox.order_views import OrderView
from torana.sandbox.vocabulary import Vocabulary
from torana.sandbox.wire import Style

PREFIXES = {"NSE": "10", "BSE": "11"}
"""Of a script id: one example has `11` before the scrip code of the BSE, the other is invented."""
WORDS = Vocabulary(
    {
        State.RECEIVED: "Pending",
        State.AMO_RECEIVED: "AMO Placed",
        State.VALIDATION_PENDING: "Pending",
        State.OPEN_PENDING: "Pending",
        State.OPEN: "Open",
        State.CANCEL_PENDING: "Open",
        State.COMPLETE: "Executed",
        State.CANCELLED: "Cancelled",
        State.REJECTED: "Rejected",
    },
    undocumented="Awaiting Surveillance",
)
_REJECTIONS = {
    Reason.FUNDS: "Insufficient margin",
    Reason.HOLDINGS: "Insufficient holdings",
    Reason.CIRCUIT: "Price is outside the circuit limits",
}


def serial(changes: int) -> str:
    """Of an order that was changed so often."""
    return str(changes + 1)


def _word(view: OrderView) -> str:
    return "Partially Executed" if view.status == "Open" and 0 < view.filled < view.quantity else view.status


def _reason(view: OrderView) -> str | None:
    if view.state is not State.REJECTED:
        return None
    return (_REJECTIONS.get(view.reason) if view.reason else None) or view.message or "Rejected"


STYLE = Style(
    moment="%d/%m/%Y %H:%M:%S",
    names={"scriptId": lambda view: f"{PREFIXES[view.security.exchange]}{view.security.exchange_token}"},
)
ORDER = STYLE.orders(
    """omsOrderId=order_id omsOrderSerialNumber orderRefId=tag exchangeOrderId=exchange_order_id orderStatus
    segment="EQ" exchange scriptId symbol transactionType=side productType=product orderType=order_type
    totalQty=quantity tradedQty=filled openQty=pending disclosedQty=disclosed orderPrice=price triggerPrice=0
    averagePrice=average_price validityType=validity isAmo=amo rejectionReason orderDateTime=at""",
    omsOrderSerialNumber=lambda view: serial(view.changes),
    orderStatus=_word,
    rejectionReason=_reason,
)
TRADE = STYLE.trades(
    """omsOrderId=order_id tradeId=trade_id segment="EQ" exchange scriptId symbol transactionType=side
    productType=product tradedQty=quantity tradedPrice=price tradeDateTime=at"""
)
HOLDING = STYLE.holdings(
    """isin=security.isin symbol exchange scriptId segment="EQ" dpQty=settled t1Qty=t1 pledgedQty=collateral
    soldQty=used averagePrice=average_price lastTradedPrice=last_price"""
)
POSITION = STYLE.positions(
    """symbol exchange scriptId segment="EQ" productType=product buyQty=bought.quantity sellQty=sold.quantity
    buyAveragePrice=bought.price sellAveragePrice=sold.price netQty=quantity lastTradedPrice=last_price"""
)
FUNDS = STYLE.funds('segment="EQ" availableCash=available usedMargin=used collateral=0')
PRICE = STYLE.quotes("scriptId exchange lastTradedPrice=last_price open high low close")
SECURITY = STYLE.instruments(
    """exchange segment="EQ" exchangeToken=exchange_token scriptId symbol series isin name lotSize=lot tickSize""",
    exchange=lambda one: one.exchange,
    scriptId=lambda one: f"{PREFIXES[one.exchange]}{one.exchange_token}",
    tickSize=lambda one: f"{one.tick / 100:.2f}",
)
