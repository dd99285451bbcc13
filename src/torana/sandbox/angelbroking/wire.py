"""Rows as SmartAPI writes them: every quantity as text, prices as text in lists and as numbers beside a single order.

Source: the samples of the SmartAPI documentation.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from torana.kit.clock import IST
from torana.kit.money import rupees
from torana.market.models import Security
from torana.sandbox.models import Order, Reason, State
from torana.sandbox.order_views import OrderView
from torana.sandbox.rejections import why
from torana.sandbox.securities import with_series
from torana.sandbox.vocabulary import OMS
from torana.sandbox.wire import Style

WORDS = OMS
_REJECTIONS = {
    Reason.HOLDINGS: "of insufficient holding quantity",
    Reason.NOT_AUTHORISED: "the shares are not authorised: verify your TPIN with CDSL",
    Reason.CIRCUIT: "the price is outside the circuit limits",
    Reason.FREEZE: "the quantity is above the freeze quantity",
    Reason.QUANTITY: "the quantity is not valid",
    Reason.TICK: "the price is not a multiple of the tick size",
    Reason.MARKET_CLOSED: "the market is closed",
    Reason.AMO_CLOSED: "after market orders are not accepted now",
}


_SECURITIES: Mapping[str, Callable[[Security], object]] = {
    **dict.fromkeys(("tradingsymbol", "tradingSymbol"), with_series),
    **dict.fromkeys(("symboltoken", "symbolToken", "token"), lambda one: str(one.exchange_token)),
}
_NAMES = {"variety": lambda view: variety_of(view.order), "text": lambda view: _rejection(view)}
_NUMBERS = Style("%d-%b-%Y %H:%M:%S", count=str, null="", names=_NAMES, securities=_SECURITIES)
_TEXTS = replace(_NUMBERS, amount=str)
_PLAIN = Style(securities=_SECURITIES)


def variety_of(order: Order) -> str:
    return "AMO" if order.asked.amo else "NORMAL"


def _rejection(view: OrderView) -> str:
    """The `text` of an order. The one about funds is documented."""
    if view.reason is Reason.FUNDS and view.state is State.REJECTED:
        account = view.exchange.accounts.find(view.order.broker, view.account_id)
        there = rupees(view.exchange.available_cash(account)) if account else 0
        funds = f"Available funds - Rs. {there} . You require Rs. {view.worth} funds to execute this order."
        return f"Your order has been rejected due to Insufficient Funds. {funds}"
    text = why(view, _REJECTIONS)
    return f"Your order has been rejected because {text}." if text else ""


_ORDER = """
    variety ordertype=order_type producttype=product duration=validity price triggerprice==0 quantity
    disclosedquantity=disclosed squareoff==0 stoploss==0 trailingstoploss==0 tradingsymbol transactiontype=side
    exchange symboltoken instrumenttype="" strikeprice==-1 optiontype="" expirydate="" lotsize="1" cancelsize=cancelled
    averageprice=average_price filledshares=filled unfilledshares=not_filled orderid=order_id text status
    orderstatus=status updatetime=order.updated_at exchtime=exchange_at exchorderupdatetime=exchange_at fillid=""
    filltime="" parentorderid="" ordertag=tag uniqueorderid=guid
"""
BOOK_ROW, SINGLE_ORDER = _TEXTS.orders(f"{_ORDER} exchangeorderid=exchange_order_id"), _NUMBERS.orders(_ORDER)
TRADE_ROW = _TEXTS.trades(
    """exchange producttype=product tradingsymbol instrumenttype="" symbolgroup=security.series strikeprice="-1"
    optiontype="" expirydate="" marketlot="1" precision="2" multiplier="-1" tradevalue=value transactiontype=side
    fillprice=price fillsize=quantity orderid=order_id fillid=trade_id filltime""",
    filltime=lambda view: f"{view.at.astimezone(IST):%H:%M:%S}",
)
HOLDING = _PLAIN.holdings(
    """tradingsymbol exchange isin=security.isin t1quantity=t1 realisedquantity=settled quantity
    authorisedquantity=authorised product="DELIVERY" collateralquantity=collateral|null collateraltype=null haircut=0
    averageprice=average_price ltp=last_price symboltoken close=close_price profitandloss=gain pnlpercentage=0""",
    quantity=lambda view: view.delivered + view.arriving,
)
POSITION = _TEXTS.positions(
    """exchange symboltoken producttype=product tradingsymbol symbolname=symbol
    instrumenttype="" priceden="1" pricenum="1" genden="1" gennum="1" precision="2" multiplier="-1" boardlotsize="1"
    buyqty=bought.quantity sellqty=sold.quantity buyamount=bought.value sellamount=sold.value
    symbolgroup=security.series strikeprice="-1" optiontype="" expirydate="" lotsize="1" cfbuyqty="0" cfsellqty="0"
    cfbuyamount="0" cfsellamount="0" buyavgprice=bought.price sellavgprice=sold.price avgnetprice=average_price netvalue
    netqty=quantity totalbuyvalue=bought.value totalsellvalue=sold.value cfbuyavgprice="0" cfsellavgprice="0"
    totalbuyavgprice=bought.price totalsellavgprice=sold.price netprice=average_price""",
    netvalue=lambda view: str(view.cash).replace("-", "- "),
)
LIMITS = _TEXTS.funds(
    """net=available availablecash=available availableintradaypayin="0" availablelimitmargin="0" collateral="0"
    m2munrealized="0" m2mrealized="0" utiliseddebits=used utilisedspan="0" utilisedoptionpremium="0"
    utilisedholdingsales="0" utilisedexposure="0" utilisedturnover="0" utilisedpayout="0\""""
)
PROFILE = Style().person(
    """clientcode=user_id name=user_name.upper() email="" mobileno="" exchanges products lastlogintime=""
    brokerid="B2C\"""",
    exchanges=lambda _: '[ "NSE", "BSE" ]',
    products=lambda _: '[ "DELIVERY", "INTRADAY", "MARGIN"]',
)
_LTP = "exchange tradingSymbol symbolToken ltp=last_price"
QUOTES = {"LTP": _PLAIN.quotes(_LTP), "OHLC": _PLAIN.quotes(f"{_LTP} open high low close")}
LAST_PRICE = _TEXTS.quotes("exchange tradingsymbol symboltoken open high low close ltp=last_price")
SCRIP = _PLAIN.instruments(
    """token symbol name=symbol expiry="" strike="-1.000000" lotsize instrumenttype="" exch_seg=exchange tick_size""",
    symbol=with_series,
    lotsize=lambda one: str(one.lot),
    tick_size=lambda one: f"{Decimal(one.tick):.6f}",
)
"""Of the public file. `strike` and `tick_size` are a hundred times what they say elsewhere."""
