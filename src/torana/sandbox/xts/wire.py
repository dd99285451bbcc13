"""The fields of the platform's rows. Source: rows that users of several brokers have printed; the oldest of them lack
`TradingSymbol`, and so do these."""

from decimal import Decimal

from torana.kit.clock import IST
from torana.sandbox.account_views import HoldingView
from torana.sandbox.models import OrderType, Side, State
from torana.sandbox.order_views import OrderView
from torana.sandbox.rejections import OMS_TEXTS
from torana.sandbox.securities import by_isin
from torana.sandbox.vocabulary import Vocabulary
from torana.sandbox.wire import Style

SEGMENTS = {"NSE": "NSECM", "BSE": "BSECM"}
WORDS = Vocabulary(
    {
        State.RECEIVED: "PendingNew",
        State.AMO_RECEIVED: "PendingNew",
        State.VALIDATION_PENDING: "PendingNew",
        State.OPEN_PENDING: "PendingNew",
        State.OPEN: "New",
        State.CANCEL_PENDING: "PendingCancel",
        State.COMPLETE: "Filled",
        State.CANCELLED: "Cancelled",
        State.REJECTED: "Rejected",
    },
    undocumented="HeldBySurveillance",
    modifying=("PendingReplace", "Replaced"),
)
_SIDES = {Side.BUY: "Buy", Side.SELL: "Sell"}
_TYPES = {OrderType.MARKET: "Market", OrderType.LIMIT: "Limit"}
_MOMENT = "%Y-%m-%dT%H:%M:%S"
_NAMES = {
    "LoginID": lambda view: view.order.account_id,
    "ClientID": lambda view: view.order.account_id,
    "AppOrderID": lambda view: int(view.order_id),
    "ExchangeSegment": lambda view: SEGMENTS[view.security.exchange],
    "ExchangeInstrumentID": lambda view: view.security.exchange_token,
    "OrderSide": lambda view: _SIDES[view.side],
    "OrderType": lambda view: _TYPES[view.order_type],
}
_STYLE = Style(_MOMENT, null="", names=_NAMES)
_TEXTS = Style(_MOMENT, amount=str, count=str, null="", names=_NAMES)
"""Positions and balances are texts."""


def _price(amount: Decimal) -> str:
    """With commas, and nothing where there is no price."""
    return f"{amount:,.2f}" if amount else ""


def _status(view: OrderView) -> str:
    """The one platform here with a word for an order that is partly filled."""
    return "PartiallyFilled" if view.status == WORDS.words[State.OPEN] and view.filled else view.status


def _reason(view: OrderView) -> str:
    if view.state is not State.REJECTED:
        return ""
    texts = OMS_TEXTS.get(view.reason) if view.reason else None
    return f"OEMS:{texts[1] if texts else f'RMS:Rule: {view.message}'}, Required:[{view.worth}]"


ORDER = _STYLE.orders(
    """LoginID ClientID AppOrderID OrderReferenceID="" GeneratedBy="TWSAPI" ExchangeOrderID=exchange_order_id
    OrderCategoryType="NORMAL" ExchangeSegment ExchangeInstrumentID OrderSide OrderType ProductType=product
    TimeInForce=validity OrderPrice=price OrderQuantity=quantity OrderStopPrice=0 OrderStatus OrderAverageTradedPrice
    LeavesQuantity=pending CumulativeQuantity=filled OrderDisclosedQuantity=disclosed OrderGeneratedDateTime
    ExchangeTransactTime=exchange_at LastUpdateDateTime=order.updated_at OrderExpiryDate="1980-01-01T00:00:00"
    CancelRejectReason OrderUniqueIdentifier=tag OrderLegStatus="SingleOrderLeg" IsSpread=false MessageCode=9004
    MessageVersion=4 TokenID=0 ApplicationType=0 SequenceNumber=0""",
    OrderStatus=_status,
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


def _listed(view: HoldingView, exchange: str) -> object:
    found = by_isin(view.security.isin, exchange)
    there = exchange == "BSE" or view.security.exchange == "NSE"
    return found.exchange_token if found is not None and there else 0


HOLDING = _STYLE.holdings(
    """ISIN=security.isin RMSHoldingId=0 ExchangeNSEInstrumentId ExchangeBSEInstrumentId ExchangeMSEIInstrumentId=0
    HoldingType=0 HoldingQuantity CollateralValuationType=0 Haircut=0 CollateralQuantity=collateral UsedQuantity=used
    AuthorizeQuantity=authorised PledgeQuantity=0 IsCollateralHolding=false IsPledgeHolding=false
    BuyAvgPrice=average_price IsBuyAvgPriceProvided=true""",
    ExchangeNSEInstrumentId=lambda view: _listed(view, "NSE"),
    ExchangeBSEInstrumentId=lambda view: _listed(view, "BSE"),
    HoldingQuantity=lambda view: view.settled + view.collateral,
)
POSITION = _TEXTS.positions(
    """TradingSymbol=symbol ExchangeSegment ExchangeInstrumentId ProductType=product Marketlot="1" Multiplier="1"
    BuyAveragePrice SellAveragePrice OpenBuyQuantity=bought.quantity OpenSellQuantity=sold.quantity Quantity=quantity
    BuyAmount=bought.value SellAmount=sold.value NetAmount=cash UnrealizedMTM=unrealised RealizedMTM=realised MTM=gain
    BEP="0.00" StatisticsLevel="ParentLevel" IsInterOpPosition=true childPositions={} MessageCode=9002""",
    ExchangeInstrumentId=lambda view: view.security.exchange_token,
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
