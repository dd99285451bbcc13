"""The fields of the platform's rows. Source: the samples of both documents; a member says how values are written.

In a holding `totalQuantity` is what was owned and delivered this morning, with what arrives tomorrow, and `dpQuantity`
what is left of the delivered shares: no document says how the two go together after a sale.
"""

from torana.sandbox.account_views import HoldingView
from torana.sandbox.models import Reason
from torana.sandbox.order_views import OrderView
from torana.sandbox.rejections import why
from torana.sandbox.securities import by_isin, with_series

ORDER = """
    clientId=account_id placedBy=account_id brokerOrderId=order_id exchange exchangeOrderId=exchange_order_id
    formattedInstrumentName=security.name tradingSymbol instrumentId transactionType=side quantity product
    orderComplexity=amo:AMO/REGULAR orderType=order_type price averageTradedPrice=average_price slTriggerPrice==0
    validity exchangeUpdateTime=exchange_at rejectionReason pendingQuantity=pending filledQuantity=filled
    source="API" orderTag=tag brokerUpdateTime=order.updated_at exchangeTimestamp=at orderStatus=status
"""
TRADE = """
    clientId=order.account_id placedBy=order.account_id brokerOrderId=order_id exchangeOrderId=exchange_order_id
    exchangeTradeId=trade_id formattedInstrumentName=security.name tradingSymbol instrumentId exchange
    transactionType=side product orderComplexity="REGULAR" orderType=order_type validity="DAY" tradedPrice=price
    filledQuantity=quantity fillTimestamp=at algoId="" orderTag=order.tag
"""
HOLDING = """
    isin=security.isin nseInstrumentId bseInstrumentId nseTradingSymbol bseTradingSymbol previousDayClose=close_price
    product="DELIVERY" formattedInstrumentName=security.name averageTradedPrice=average_price
    collateralQuantity=collateral authorizedQuantity=authorised dpQuantity=delivered totalQuantity=settled+t1
    t1Quantity=t1
"""
POSITION = """
    instrumentId tradingSymbol formattedInstrumentName=security.name exchange netQuantity=quantity
    netAveragePrice=average_price overnightQuantity=0 overnightPrice==0 buyQuantity=bought.quantity
    sellQuantity=sold.quantity daySellQuantity=sold.quantity dayBuyQuantity=bought.quantity dayBuyPrice=bought.price
    daySellPrice=sold.price multiplier=1 previousDayClose=close_price buyPrice=bought.price sellPrice=sold.price
    dayBuyValue=bought.value daySellValue=sold.value
"""
FUNDS = """
    tradingLimit=available openingCashLimit=opening intradayPayin==0 collateralMargin==0 creditForSell==0
    adhocMargin==0 utilizedMargin=used blockedForPayout==0 utilizedSpanMargin==0 utilizedExposureMargin==0
"""
PERSON = (
    'clientId=user_id clientName=user_name.upper() isTotpEnabled="Y" isPoaProvided=needs_edis:N/Y '
    'orderComplexity=["REGULAR","AMO"]'
)


def _listing(exchange: str, view: HoldingView) -> tuple[str, str] | None:
    """Token and symbol on an exchange; a row of the BSE alone has none of the NSE."""
    if exchange == "NSE" and view.security.exchange != "NSE":
        return None
    found = by_isin(view.security.isin, exchange)
    return None if found is None else (str(found.exchange_token), with_series(found))


SECURITIES = {"tradingSymbol": with_series, "instrumentId": lambda one: str(one.exchange_token)}
"""What every member calls a security."""
NAMES = {
    "rejectionReason": lambda view: rejection(view),
    "nseInstrumentId": lambda view: (_listing("NSE", view) or ("", ""))[0],
    "nseTradingSymbol": lambda view: (_listing("NSE", view) or ("", ""))[1],
    "bseInstrumentId": lambda view: (_listing("BSE", view) or ("", ""))[0],
    "bseTradingSymbol": lambda view: (_listing("BSE", view) or ("", ""))[1],
}
"""What the rows of every member call the same."""


def rejection(view: OrderView) -> str:
    """In the words of the order system."""
    raw = why(view, otherwise="RMS:Rule: {}") or ""
    return f"{raw}, Required:{view.worth}, Available:0.00" if raw and view.reason is Reason.FUNDS else raw
