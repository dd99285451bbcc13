"""Rows as the simulated Axis Direct writes them: numbers as numbers, moments as the market's status has them.

No answer with rows is documented. Fields that a request repeats are named as there; all others are invented, and so are
the words of the states.
"""

from torana.market.models import Security
from torana.sandbox.securities import by_name
from torana.sandbox.vocabulary import Vocabulary, few_words
from torana.sandbox.wire import Style

PREFIXES = {"NSE": "10", "BSE": "11"}
"""Of a script id: one example has `11` before the scrip code of the BSE, the other is invented."""
EXCHANGES = {prefix: name for name, prefix in PREFIXES.items()}
WORDS = Vocabulary(
    few_words(
        sent="Pending", amo="AMO Placed", resting="Open", complete="Executed", cancelled="Cancelled",
        rejected="Rejected",
    ),
    undocumented="Awaiting Surveillance",
    partly="Partially Executed",
)  # fmt: skip


def script_id(security: Security) -> str:
    return f"{PREFIXES[security.exchange]}{security.exchange_token}"


by_script_id = by_name(script_id)
STYLE = Style(moment="%d/%m/%Y %H:%M:%S", securities={"scriptId": script_id})
ORDER = STYLE.orders(
    """omsOrderId=order_id omsOrderSerialNumber orderRefId=tag exchangeOrderId=exchange_order_id orderStatus=status
    segment="EQ" exchange scriptId symbol transactionType=side productType=product orderType=order_type
    totalQty=quantity tradedQty=filled openQty=pending disclosedQty=disclosed orderPrice=price triggerPrice=0
    averagePrice=average_price validityType=validity isAmo=amo rejectionReason=message orderDateTime=at""",
    omsOrderSerialNumber=lambda view: str(view.changes + 1),
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
PERSON = STYLE.person("name=user_name clientId=user_id")
FUNDS = STYLE.funds('segment="EQ" availableCash=available usedMargin=used collateral=0')
PRICE = STYLE.quotes("scriptId exchange lastTradedPrice=last_price open high low close")
SECURITY = STYLE.instruments(
    """exchange segment="EQ" exchangeToken=exchange_token scriptId symbol series isin name lotSize=lot
    tickSize=tick:rupees"""
)
