"""The fields of the platform's rows. Source: rows that users of several brokers have printed; the oldest of them lack
`TradingSymbol`, and so do these."""

from dataclasses import replace
from decimal import Decimal

from torana.kit.clock import IST
from torana.sandbox.account_views import HoldingView
from torana.sandbox.order_views import OrderView
from torana.sandbox.rejections import why
from torana.sandbox.securities import token_on
from torana.sandbox.vocabulary import Vocabulary, few_words
from torana.sandbox.wire import Style

SEGMENTS = {"NSE": "NSECM", "BSE": "BSECM"}
WORDS = Vocabulary(
    few_words(
        sent="PendingNew", resting="New", cancel_pending="PendingCancel", complete="Filled", cancelled="Cancelled",
        rejected="Rejected",
    ),
    undocumented="HeldBySurveillance",
    modifying=("PendingReplace", "Replaced"),
    partly="PartiallyFilled",
)  # fmt: skip
_MOMENT = "%Y-%m-%dT%H:%M:%S"
_NAMES = {
    "LoginID": lambda view: view.order.account_id,
    "ClientID": lambda view: view.order.account_id,
    "AppOrderID": lambda view: int(view.order_id),
    "OrderSide": lambda view: view.side.capitalize(),
    "OrderType": lambda view: view.order_type.capitalize(),
}
_SECURITIES = {
    "ExchangeSegment": lambda one: SEGMENTS[one.exchange],
    **dict.fromkeys(("ExchangeInstrumentID", "ExchangeInstrumentId"), lambda one: one.exchange_token),
}
_STYLE = Style(_MOMENT, null="", names=_NAMES, securities=_SECURITIES)
_TEXTS = replace(_STYLE, amount=str, count=str)
"""Positions and balances are texts."""


def _price(amount: Decimal) -> str:
    """With commas, and nothing where there is no price."""
    return f"{amount:,.2f}" if amount else ""


def _reason(view: OrderView) -> str:
    text = why(view, otherwise="RMS:Rule: {}")
    return f"OEMS:{text}, Required:[{view.worth}]" if text else ""


ORDER = _STYLE.orders(
    """LoginID ClientID AppOrderID OrderReferenceID="" GeneratedBy="TWSAPI" ExchangeOrderID=exchange_order_id
    OrderCategoryType="NORMAL" ExchangeSegment ExchangeInstrumentID OrderSide OrderType ProductType=product
    TimeInForce=validity OrderPrice=price OrderQuantity=quantity OrderStopPrice=0 OrderStatus=status
    OrderAverageTradedPrice LeavesQuantity=pending CumulativeQuantity=filled OrderDisclosedQuantity=disclosed
    OrderGeneratedDateTime ExchangeTransactTime=exchange_at LastUpdateDateTime=order.updated_at
    OrderExpiryDate="1980-01-01T00:00:00" CancelRejectReason OrderUniqueIdentifier=tag OrderLegStatus="SingleOrderLeg"
    IsSpread=false MessageCode=9004 MessageVersion=4 TokenID=0 ApplicationType=0 SequenceNumber=0""",
    OrderAverageTradedPrice=lambda view: _price(view.average_price),
    OrderGeneratedDateTime=lambda view: f"{view.at.astimezone(IST):{_MOMENT}}.1535468",
    CancelRejectReason=_reason,
)
TRADE = _STYLE.trades(
    """LoginID ClientID AppOrderID OrderReferenceID="" GeneratedBy="TWSAPI" ExchangeOrderID=exchange_order_id
    OrderCategoryType="NORMAL" ExchangeSegment ExchangeInstrumentID OrderSide OrderType ProductType=product
    TimeInForce="DAY" OrderStatus="Filled" LastTradedPrice=price LastTradedQuantity=quantity
    LastExecutionTransactTime=at ExecutionID=trade_id OrderUniqueIdentifier=order.tag MessageCode=9005"""
)


def _on_nse(view: HoldingView) -> int:
    """A row of the BSE alone has none."""
    return token_on("NSE", view.security) if view.security.exchange == "NSE" else 0


HOLDING = _STYLE.holdings(
    """ISIN=security.isin RMSHoldingId=0 ExchangeNSEInstrumentId ExchangeBSEInstrumentId ExchangeMSEIInstrumentId=0
    HoldingType=0 HoldingQuantity CollateralValuationType=0 Haircut=0 CollateralQuantity=collateral UsedQuantity=used
    AuthorizeQuantity=authorised PledgeQuantity=0 IsCollateralHolding=false IsPledgeHolding=false
    BuyAvgPrice=average_price IsBuyAvgPriceProvided=true""",
    ExchangeNSEInstrumentId=_on_nse,
    ExchangeBSEInstrumentId=lambda view: token_on("BSE", view.security),
    HoldingQuantity=lambda view: view.settled + view.collateral,
)
POSITION = _TEXTS.positions(
    """TradingSymbol=symbol ExchangeSegment ExchangeInstrumentId ProductType=product Marketlot="1" Multiplier="1"
    BuyAveragePrice SellAveragePrice OpenBuyQuantity=bought.quantity OpenSellQuantity=sold.quantity Quantity=quantity
    BuyAmount=bought.value SellAmount=sold.value NetAmount=cash UnrealizedMTM=unrealised RealizedMTM=realised MTM=gain
    BEP="0.00" StatisticsLevel="ParentLevel" IsInterOpPosition=true childPositions={} MessageCode=9002""",
    BuyAveragePrice=lambda view: _price(view.bought.price),
    SellAveragePrice=lambda view: _price(view.sold.price),
)
LIMITS = ("cashAvailable", "collateral", "marginUtilized", "netMarginAvailable", "MTM", "UnrealizedMTM", "RealizedMTM")
FUNDS = _TEXTS.funds(
    """cashAvailable=opening collateral==0 marginUtilized=used netMarginAvailable=available MTM==0 UnrealizedMTM==0
    RealizedMTM==0"""
)
PERSON = _STYLE.person(
    """ClientId=user_id ClientName=user_name.upper() EmailId="a***a@example.in" MobileNo="98******10"
    PAN="AB******1C" IsProClient=false IsInvestorClient=true IsPOAEnabled ClientExchangeDetailsList={}""",
    IsPOAEnabled=lambda account: not account.needs_edis,
)
