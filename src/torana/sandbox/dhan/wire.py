"""Rows as Dhan writes them: numbers as numbers, ids as texts, wall time in India.

Source: the samples of the DhanHQ v2 documentation, and rows of the live API that clients have published.
"""

from decimal import ROUND_HALF_UP, Decimal

from torana.kit.money import rupees
from torana.sandbox.models import OrderType, Reason, Side, State
from torana.sandbox.order_views import OrderView
from torana.sandbox.rejections import why
from torana.sandbox.vocabulary import Vocabulary, few_words
from torana.sandbox.wire import Style

WORDS = Vocabulary(
    few_words(
        sent="TRANSIT", amo="PENDING", resting="PENDING", complete="TRADED", cancelled="CANCELLED", rejected="REJECTED"
    ),
    undocumented="UNDER_REVIEW",
    partly="PART_TRADED",
)
IN_TRANSIT = frozenset({State.RECEIVED, State.VALIDATION_PENDING, State.OPEN_PENDING})
EXCHANGES = {"NSE_EQ": "NSE", "BSE_EQ": "BSE"}
_NEVER = "0001-01-01 00:00:00"
_PROTECTION = Decimal("0.01")
_REJECTIONS = {
    Reason.FUNDS: "Insufficient funds: you require Rs. {worth} for this order",
    Reason.HOLDINGS: "Insufficient holdings in your demat account",
    Reason.NOT_AUTHORISED: "Sell not authorised: mark the shares with your TPIN (eDIS) first",
    Reason.CIRCUIT: "Order Price needs to be Circuit Limits of {low} to {high}",
    Reason.FREEZE: "Quantity is above the freeze quantity",
}


def _said(view: OrderView) -> str:
    """What the order system says, of a healthy order too."""
    order = view.order
    if view.state is State.CANCELLED:
        return "CANCELLED BY USER"
    if view.state is not State.REJECTED:
        return "CONFIRMED"
    if order.reason is Reason.TICK:
        return f"EXCH: RATE NOT MULTIPLE OF TICK[{rupees(order.security.tick):.8f}]"
    low, high = (rupees(one) for one in view.exchange.prices.band(order.security, order.accepted_at))
    texts = {reason: text.format(worth=view.worth, low=low, high=high) for reason, text in _REJECTIONS.items()}
    return f"RMS:{order.order_id}:{why(view, texts)}"


def _type(view: OrderView) -> str:
    """A market order goes to the exchange as a limit."""
    return "LIMIT" if view.order_type is OrderType.MARKET else str(view.order_type)


def _price(view: OrderView) -> Decimal:
    if view.order_type is not OrderType.MARKET:
        return view.price
    away = 1 + _PROTECTION if view.side is Side.BUY else 1 - _PROTECTION
    last = rupees(view.exchange.prices.last(view.order.security, view.order.accepted_at))
    return (last * away).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _correlation_id(view: OrderView) -> str:
    return view.tag or f"{view.account_id}-{int(view.order.accepted_at.timestamp() * 1000)}"


STYLE = Style(
    securities={
        "exchangeSegment": lambda one: f"{one.exchange}_EQ",
        "securityId": lambda one: str(one.exchange_token),
    }
)
_DERIVATIVES = 'drvExpiryDate="0001-01-01" drvOptionType="NA" drvStrikePrice=0.0'
_ORDER = f"""
    dhanClientId=account_id orderId=order_id exchangeOrderId=exchange_order_id|"0" correlationId orderStatus=status
    transactionType=side exchangeSegment productType=product orderType validity tradingSymbol=symbol securityId quantity
    disclosedQuantity=disclosed price triggerPrice=0.0 afterMarketOrder=amo boProfitValue=0.0 boStopLossValue=0.0
    legName="NA" createTime=at updateTime exchangeTime {_DERIVATIVES} omsErrorCode="0" omsErrorDescription algoId="0"
"""
_COMPUTED = {
    "correlationId": _correlation_id, "orderType": _type, "price": _price,
    "updateTime": lambda view: view.order.updated_at or view.at,
    "exchangeTime": lambda view: view.exchange_at or _NEVER,
    "omsErrorDescription": _said,
}  # fmt: skip
ORDER = STYLE.orders(
    f"{_ORDER} remainingQuantity=pending averageTradedPrice=average_price filledQty=filled", **_COMPUTED
)
POSTBACK = STYLE.orders(f"{_ORDER} filled_qty=filled", **_COMPUTED)
TRADE = STYLE.trades(
    f"""dhanClientId=order.account_id orderId=order_id exchangeOrderId=exchange_order_id exchangeTradeId=trade_id
    transactionType=side exchangeSegment productType=product orderType=order_type tradingSymbol=symbol securityId
    tradedQuantity=quantity tradedPrice=price createTime=ordered_at updateTime=at exchangeTime=at {_DERIVATIVES}"""
)
HOLDING = STYLE.holdings(
    """exchange="ALL" tradingSymbol=symbol securityId isin=security.isin totalQty dpQty t1Qty=t1 availableQty=delivered
    collateralQty=collateral avgCostPrice=average_price""",
    totalQty=lambda view: view.settled + view.collateral + view.t1,
    dpQty=lambda view: view.settled + view.collateral,
)
POSITION = STYLE.positions(
    """dhanClientId=account.user_id tradingSymbol=symbol securityId positionType exchangeSegment productType=product
    buyAvg=bought.price buyQty=bought.quantity costPrice=average_price sellAvg=sold.price sellQty=sold.quantity
    netQty=quantity realizedProfit=realised unrealizedProfit=unrealised rbiReferenceRate=1.0 multiplier=1
    carryForwardBuyQty=0 carryForwardSellQty=0 carryForwardBuyValue=0.0 carryForwardSellValue=0.0
    dayBuyQty=bought.quantity daySellQty=sold.quantity dayBuyValue=bought.value daySellValue=sold.value
    drvExpiryDate="0001-01-01" drvOptionType=null drvStrikePrice=0.0 crossCurrency=false""",
    positionType=lambda view: "LONG" if view.quantity > 0 else "SHORT" if view.quantity else "CLOSED",
)
FUNDS = STYLE.funds(
    """dhanClientId=account.user_id availabelBalance=available sodLimit=opening collateralAmount=0.0
    receiveableAmount=0.0 utilizedAmount=used blockedPayoutAmount=0.0 withdrawableBalance=available"""
)
LTP = STYLE.quotes("last_price")
OHLC = STYLE.quotes("last_price ohlc( open close high low )")
SCRIP = STYLE.instruments(
    """SEM_EXM_EXCH_ID=exchange SEM_SEGMENT="E" SEM_SMST_SECURITY_ID=exchange_token SEM_INSTRUMENT_NAME="EQUITY"
    SEM_EXPIRY_CODE=0 SEM_TRADING_SYMBOL=symbol SEM_LOT_UNITS=lot SEM_CUSTOM_SYMBOL=name SEM_EXPIRY_DATE=""
    SEM_STRIKE_PRICE="" SEM_OPTION_TYPE="" SEM_TICK_SIZE=tick SEM_EXPIRY_FLAG="NA" SEM_EXCH_INSTRUMENT_TYPE="ES"
    SEM_SERIES=series SM_SYMBOL_NAME=name"""
)
