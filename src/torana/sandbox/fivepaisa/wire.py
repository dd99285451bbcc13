"""Rows as 5paisa writes them: numbers as numbers, moments as `/Date(milliseconds+0530)/`.

Source: the samples of the Xstream documentation and of 5paisa's notes on its Open API.
"""

from datetime import datetime

from torana.sandbox.models import Reason, Side, State
from torana.sandbox.order_views import OrderView
from torana.sandbox.rejections import why
from torana.sandbox.securities import BSE, NSE, token_on
from torana.sandbox.vocabulary import Vocabulary, few_words
from torana.sandbox.wire import Style

WORDS = Vocabulary(
    few_words(
        sent="Xmitted", amo="AH Placed", resting="Pending", complete="Fully Executed", cancelled="Cancelled",
        rejected="Rejected By 5P",
    ),
    undocumented="Awaiting Surveillance",
    modifying=("Modified",),
    cancelled_amo="AH Cancelled",
    modified_amo="AH Modified",
)  # fmt: skip
_REJECTIONS = {
    Reason.FUNDS: "Insufficient margin: required margin is not available",
    Reason.HOLDINGS: "Insufficient holdings",
    Reason.CIRCUIT: "Price is outside the circuit limits",
}
_BY_THE_EXCHANGE = frozenset({Reason.CIRCUIT})
LETTERS = {NSE: "N", BSE: "B"}
EXCHANGES = {letter: name for name, letter in LETTERS.items()}


def moment(at: datetime | None) -> str:
    return f"/Date({0 if at is None else round(at.timestamp() * 1000)}+0530)/"


def _status(view: OrderView) -> str:
    return "Rejected by Exch" if view.reason in _BY_THE_EXCHANGE and view.state is State.REJECTED else view.status


STYLE = Style(
    securities={
        "Exch": lambda one: LETTERS[one.exchange],
        "ScripCode": lambda one: one.exchange_token,
        "Token": lambda one: one.exchange_token,
        "NseCode": lambda one: token_on(NSE, one),
        "BseCode": lambda one: token_on(BSE, one),
    },
    names={"BuySell": lambda view: "B" if view.side is Side.BUY else "S"},
)
BOOK_ROW = STYLE.orders(
    """AHProcess="N" AfterHours AtMarket AveragePrice=average_price BrokerOrderId BrokerOrderTime BuySell
    DelvIntra=product DisClosedQty=disclosed Exch ExchOrderID=exchange_order_id|"0" ExchOrderTime ExchType="C"
    MarketLot=1 OldorderQty=0 OrderRequesterCode=account_id OrderStatus OrderValidUpto="" OrderValidity=0
    PendingQty=pending Qty=quantity Rate=price Reason RemoteOrderID=tag|"" RequestType="P" SLTriggerRate=0
    SLTriggered="N" SMOProfitRate=0 SMOSLLimitRate=0 SMOSLTriggerRate=0 SMOTrailingSL=0 ScripCode ScripName=symbol
    TerminalId=0 TradedQty=filled WithSL="N\"""",
    AfterHours=lambda view: "Y" if view.amo else "N",
    AtMarket=lambda view: "N" if view.price else "Y",
    BrokerOrderId=lambda view: int(view.order_id),
    BrokerOrderTime=lambda view: moment(view.at),
    ExchOrderTime=lambda view: moment(view.exchange_at),
    OrderStatus=_status,
    Reason=lambda view: why(view, _REJECTIONS) or "",
)
STATUS_ROW = STYLE.orders(
    """Exch ExchOrderID ExchOrderTime ExchType="C" OrderQty=quantity OrderRate=price PendingQty=pending ScripCode Status
    Symbol=symbol TradedQty=filled AveragePrice=average_price""",
    ExchOrderID=lambda view: int(view.exchange_order_id or 0),
    ExchOrderTime=lambda view: moment(view.exchange_at),
    Status=_status,
)
TRADE_ROW = STYLE.trades(
    """Exch ExchType="C" ScripCode ScripName=symbol BuySell Qty=quantity PendingQty=0 OrgQty=order.quantity Rate=price
    ExchOrderID=exchange_order_id ExchangeTradeID=trade_id ExchangeTradeTime DelvIntra=product TradeType="Online"
    Multiplier=1""",
    ExchangeTradeTime=lambda view: f"{view.at:%Y-%m-%dT%H:%M:%SZ}",
)
HOLDING = STYLE.holdings(
    """Exch ExchType="C" NseCode BseCode Symbol=symbol FullName=symbol Quantity CurrentPrice=last_price PoolQty=t1
    DPQty=settled ScripMultiplier=1 AvgRate=average_price ISIN=security.isin MTFPledge=0 MTFQty=0
    MarginPledge=collateral PledgeQty=collateral POASigned""",
    POASigned=lambda view: "Y" if view.free_to_sell else "N",
    Quantity=lambda view: view.owned - view.used,
)
POSITION = STYLE.positions(
    """BODPositionPrice=0 BodQty=0 BookedPL=realised BuyAvgRate=bought.price BuyQty=bought.quantity
    BuyValue=bought.value Exch ExchType="C" LTP=last_price MTOM=unrealised Multiplier=1 NetQty=quantity OrderFor=product
    PreviousClose=close_price ScripCode ScripName=symbol SellAvgRate=sold.price SellQty=sold.quantity
    SellValue=sold.value"""
)
FUNDS = STYLE.funds(
    """AdhocMargin=0 CollateralValueAfterHairCut=0 NetAvailableMargin=available MarginUtilized=used
    TotalCollateralValue=0 DerivativeMargin=0 Ledgerbalance=cash DPFreeStockValue=0 GrossHoldingValue=0
    GrossHoldingValueCoverPercentage=0 HairCut=0 MarginBlockedforOpenPostion_Cash=0
    MarginBlockedforOpenPostion_Collateral=0 MarginBlockedforPendingOrder_Cash=0
    MarginBlockedforPendingOrder_Collateral=0 MFCollateralValueAfterHaircut=0 OptionsPremium=0 FundsWithdrawal=0
    MarginBlockedForPendingOrders=0 FundsPayln=0 TodaysLoss=0 Unsettled_Credits=0"""
)
PERSON = STYLE.person(
    """ClientCode=user_id ClientName=user_name ClientType="1" CustomerType="BASIC" POAStatus AllowBseCash="Y"
    AllowNseCash="Y" AllowBseDeriv="N" AllowBseMF="N" AllowMCXComm="N" AllowMcxSx="N" AllowNSECurrency="N" AllowNSEL="N"
    AllowNseComm="N" AllowNseDeriv="N" AllowNseMF="N\"""",
    POAStatus=lambda account: "N" if account.needs_edis else "Y",
)
PRICE = STYLE.quotes(
    """Chg=net_change ChgPcnt=0 Exch ExchType="C" High=high LastRate=last_price Low=low PClose=close
    Symbol=security.symbol TickDt Time=0 Token TotalQty=0""",
    TickDt=lambda view: moment(view.at),
)
SCRIP = STYLE.instruments(
    """Exch ExchType="C" ScripCode ScripData Name=symbol Expiry="" ScripType="XX" StrikeRate=0 ISIN=isin
    LotSize=lot FullName=name QtyLimit=0 TickSize Multiplier=1 BOCOAllowed="N" SymbolRoot=symbol Series=series""",
    ScripData=lambda one: f"{one.symbol}_{one.series}",
    TickSize=lambda one: f"{one.tick / 100:.2f}",
)
