"""Rows as Samco writes them: amounts and numbers of shares as texts. Source: the samples of its documentation."""

from decimal import Decimal

from torana.kit.clock import IST
from torana.market.models import Security
from torana.sandbox.models import Side
from torana.sandbox.order_views import OrderView
from torana.sandbox.rejections import why
from torana.sandbox.securities import with_series
from torana.sandbox.vocabulary import Vocabulary, few_words
from torana.sandbox.wire import Style

WORDS = Vocabulary(
    few_words(
        sent="Pending", amo="After Market Order Req Received", resting="Open", complete="Complete",
        cancelled="Cancelled", rejected="Rejected",
    ),
    undocumented="Awaiting Surveillance",
)  # fmt: skip


def code_of(security: Security) -> str:
    return f"{security.exchange_token}_{security.exchange}"


def text(amount: Decimal) -> str:
    return f"{amount:.2f}"


STYLE = Style(
    moment="%d-%b-%Y %H:%M:%S",
    amount=text,
    count=str,
    null="--",
    securities={
        "tradingSymbol": with_series,
        "symbol": code_of,
        "symbolDescription": lambda one: one.name,
        "companyName": lambda one: one.name,
        "tickSize": lambda one: text(Decimal(one.tick) / 100),
    },
)
ORDER = STYLE.orders(
    """orderNumber=order_id exchange tradingSymbol symbolDescription transactionType=side productCode=product
    orderType="L" orderPrice=price quantity disclosedQuantity=disclosed triggerPrice==0 marketProtection="0"
    orderValidity=validity orderStatus=status orderValue=worth instrumentName="EQ" orderTime=at userId=account_id
    filledQuantity=filled fillPrice=average_price averagePrice=average_price unfilledQuantity=unfilled
    exchangeOrderId=exchange_order_id rejectionReason exchangeConfirmationTime=exchange_at cancelledQuantity=cancelled
    referenceLimitPrice==0 coverOrderPercentage==0 orderRemarks="--" exchangeOrderNumber=exchange_order_id symbol
    displayStrikePrice==0 displayNetQuantity=quantity status exchangeStatus=status expiry="--" pendingQuantity=pending
    instrument="--" scripName="--" totalQuanity=quantity optionType="--" orderPlaceBy=account_id lotQuantity="1"
    parentOrderId="--\"""",
    rejectionReason=why,
)
"""`totalQuanity` is how Samco writes it."""
DETAILS = STYLE.orders(
    """avgExecutionPrice=average_price orderPlacedBy="--" tradingSymbol triggerPrice==0 exchange transactionType
    productType=product orderType="L" orderPrice=price filledPrice=average_price orderValidity=validity orderTime""",
    transactionType=lambda view: "B" if view.side is Side.BUY else "S",
    orderTime=lambda view: f"{view.at.astimezone(IST):%d/%m/%Y %H:%M:%S}",
)


def details(view: OrderView) -> dict[str, object]:
    """An order in the answer to it, where numbers of shares are numbers."""
    counts = {"pendingQuantity": view.pending, "totalQuantity": view.quantity, "quantity": view.quantity}
    return {**DETAILS(view), **counts, "filledQuantity": view.filled}


TRADE = STYLE.trades(
    """orderNumber=order_id exchange tradingSymbol symbolDescription transactionType=side productCode=product
    orderType="L" orderPrice=price quantity=order.quantity disclosedQuantity="0" triggerPrice==0 orderValidity="DAY"
    orderStatus="Complete" userId=order.account_id filledQuantity=quantity unfilledQuantity="0"
    exchangeOrderNumber=exchange_order_id tradeNumber=trade_id tradePrice=price tradeDate tradeTime strikePrice==0
    optionType="XX" expiry="NA\"""",
    tradeDate=lambda view: f"{view.at.astimezone(IST):%d%b%Y}".upper(),
    tradeTime=lambda view: f"{view.at.astimezone(IST):%I:%M:%S %p}",
)
HOLDING = STYLE.holdings(
    """averagePrice=average_price exchange markToMarketPrice=gain lastTradedPrice previousClose=close_price
    productCode="CNC" symbolDescription tradingSymbol totalGainAndLoss=gain calculatedNetQuantity holdingsQuantity
    collateralQuantity=collateral holdingsValue isin=security.isin sellableQuantity=delivered
    totalMarketToMarketPrice="0\"""",
    lastTradedPrice=lambda view: f"{view.last_price:,.2f}",
    calculatedNetQuantity=lambda view: f"{view.delivered}.0",
    holdingsQuantity=lambda view: view.settled + view.collateral,
    holdingsValue=lambda view: view.last_price * (view.settled + view.collateral),
)


POSITION = STYLE.positions(
    """averagePrice=average_price exchange markToMarketPrice=gain lastTradedPrice previousClose=close_price
    productCode=product symbolDescription tradingSymbol calculatedNetQuantity averageBuyPrice=bought.price
    averageSellPrice=sold.price boardLotQuantity="1" boughtPrice=bought.value buyQuantity=bought.quantity
    carryForwardQuantity="0" carryForwardValue==0 multiplier="1" netPositionValue=gain netQuantity netValue=net_value
    positionType="DAY" positionConversions=["CNC","NRML"] soldValue=sold.value transactionType
    realizedGainAndLoss=realised unrealizedGainAndLoss=unrealised companyName expiryDate="--" optionType="--\"""",
    lastTradedPrice=lambda view: f"{view.last_price:,.2f}",
    calculatedNetQuantity=lambda view: f"{view.quantity}.0",
    netQuantity=lambda view: abs(view.quantity),
    transactionType=lambda view: "SELL" if view.quantity < 0 else "BUY",
)
FUNDS = STYLE.funds(
    """grossAvailableMargin=opening payInToday="0" notionalCash="0" marginUsed=used netAvailableMargin=available"""
)
PRICE = STYLE.quotes(
    """exchange symbolName=security.symbol tradingSymbol companyName isin=security.isin lotSize averagePrice=middle
    totalTradeVolume="0" symbol lastTradeTime lastTradeQuantity="0" lastTradePrice=last_price change=net_change
    changePercent==0 open close previousClose=close low high tickSize bidSize="0" bidPrice==0 totalTradedValue==0
    askSize="0" askPrice==0""",
    lotSize=lambda view: str(view.security.lot),
    lastTradeTime=lambda view: f"{view.at.astimezone(IST):%d %b %Y, %I:%M:%S %p}",
)
QUOTE = STYLE.quotes(
    """tradingSymbol exchange companyName lastTradedTime lastTradedPrice=last_price previousClose=close
    changeValue=net_change changePercentage==0 lastTradedQuantity="0" lowerCircuitLimit=lower_band
    upperCircuitLimit=upper_band averagePrice=middle openValue=open highValue=high lowValue=low closeValue=close
    totalBuyQuantity="0" totalSellQuantity="0\"""",
    lastTradedTime=lambda view: f"{view.at.astimezone(IST):%d/%m/%Y %H:%M:%S}",
)
SCRIP = STYLE.instruments(
    """exchange exchangeSegment symbolCode tradingSymbol name=symbol lastPrice==0 instrument="EQ" lotSize=lot
    strikePrice="" expiryDate="" tickSize""",
    exchangeSegment=lambda one: f"{one.exchange.lower()}_cm",
    symbolCode=code_of,
)
