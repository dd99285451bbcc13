"""Rows as the simulated Axis Direct writes them: numbers as numbers, moments as the market's status has them.

No answer with rows is documented. Fields that a request repeats are named as there; all others are invented, and so are
the words of the states.
"""

from torana.sandbox.models import Reason
from torana.sandbox.rejections import why
from torana.sandbox.vocabulary import Vocabulary, few_words
from torana.sandbox.wire import Style

PREFIXES = {"NSE": "10", "BSE": "11"}
"""Of a script id: one example has `11` before the scrip code of the BSE, the other is invented."""
WORDS = Vocabulary(
    few_words(
        sent="Pending", amo="AMO Placed", resting="Open", complete="Executed", cancelled="Cancelled",
        rejected="Rejected",
    ),
    undocumented="Awaiting Surveillance",
    partly="Partially Executed",
)  # fmt: skip
_REJECTIONS = {
    Reason.FUNDS: "Insufficient margin",
    Reason.HOLDINGS: "Insufficient holdings",
    Reason.CIRCUIT: "Price is outside the circuit limits",
}


STYLE = Style(
    moment="%d/%m/%Y %H:%M:%S",
    securities={"scriptId": lambda one: f"{PREFIXES[one.exchange]}{one.exchange_token}"},
)
ORDER = STYLE.orders(
    """omsOrderId=order_id omsOrderSerialNumber orderRefId=tag exchangeOrderId=exchange_order_id orderStatus=status
    segment="EQ" exchange scriptId symbol transactionType=side productType=product orderType=order_type
    totalQty=quantity tradedQty=filled openQty=pending disclosedQty=disclosed orderPrice=price triggerPrice=0
    averagePrice=average_price validityType=validity isAmo=amo rejectionReason orderDateTime=at""",
    omsOrderSerialNumber=lambda view: str(view.changes + 1),
    rejectionReason=lambda view: why(view, _REJECTIONS),
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
    tickSize=lambda one: f"{one.tick / 100:.2f}",
)
