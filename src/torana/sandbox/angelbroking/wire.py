"""Rows as SmartAPI writes them: every quantity as text, prices as text in lists and as numbers beside a single order.

Source: the samples of the SmartAPI documentation.
"""

from decimal import Decimal

from torana.kit.clock import IST
from torana.kit.money import rupees
from torana.market.securities import Security
from torana.sandbox.models import Order, Reason, State
from torana.sandbox.order_views import OrderView, TradeView
from torana.sandbox.portfolio import FundsView, HoldingView, PositionView, QuoteView
from torana.sandbox.prices import listed
from torana.sandbox.vocabulary import OMS_MODIFYING, OMS_WORDS, Vocabulary
from torana.sandbox.wire import Shape, Style

WORDS = Vocabulary(
    OMS_WORDS,
    undocumented="awaiting surveillance release",
    modifying=OMS_MODIFYING,
    cancelled_amo="cancelled after market order",
    modified_amo="modify after market order req received",
    not_cancelled="not cancelled",
)

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
_MOMENT = "%d-%b-%Y %H:%M:%S"
_TEXTS = Style(_MOMENT, amount=str, count=str, null="")
_NUMBERS = Style(_MOMENT, count=str, null="")


def trading_symbol(security: Security) -> str:
    return f"{security.symbol}-{security.series}"


def variety_of(order: Order) -> str:
    return "AMO" if order.asked.amo else "NORMAL"


def _rejection(view: OrderView) -> str:
    """The `text` of an order. The one about funds is documented."""
    if view.state is not State.REJECTED:
        return ""
    if view.reason is Reason.FUNDS:
        account = view.exchange.accounts.find(view.order.broker, view.account_id)
        there = rupees(view.exchange.available_cash(account)) if account else 0
        funds = f"Available funds - Rs. {there} . You require Rs. {view.worth} funds to execute this order."
        return f"Your order has been rejected due to Insufficient Funds. {funds}"
    known = _REJECTIONS.get(view.reason) if view.reason else None
    return f"Your order has been rejected because {known or view.message}."


_ORDER = """
    variety ordertype=order_type producttype=product duration=validity price triggerprice={0} quantity
    disclosedquantity=disclosed squareoff={0} stoploss={0} trailingstoploss={0} tradingsymbol transactiontype=side
    exchange="NSE" symboltoken=security.exchange_token instrumenttype="" strikeprice={-1} optiontype="" expirydate=""
    lotsize="1" cancelsize=cancelled averageprice=average_price filledshares=filled unfilledshares
    orderid=order_id text status orderstatus=status updatetime exchtime=exchange_at exchorderupdatetime=exchange_at
    fillid="" filltime="" parentorderid="" ordertag=tag uniqueorderid=guid
"""


def _order_shape(style: Style, table: str) -> Shape[OrderView]:
    return Shape(
        OrderView, style, table,
        variety=lambda view: variety_of(view.order),
        tradingsymbol=lambda view: trading_symbol(view.security),
        unfilledshares=lambda view: max(view.quantity - view.filled, 0),
        text=_rejection,
        updatetime=lambda view: view.order.updated_at,
    )  # fmt: skip


BOOK_ROW = _order_shape(
    _TEXTS, (_ORDER + "exchangeorderid=exchange_order_id").replace("{0}", '"0"').replace("{-1}", '"-1"')
)
SINGLE_ORDER = _order_shape(_NUMBERS, _ORDER.replace("{0}", "0").replace("{-1}", "-1"))

TRADE_ROW = Shape(
    TradeView, _TEXTS,
    """exchange="NSE" producttype=product tradingsymbol instrumenttype="" symbolgroup=security.series strikeprice="-1"
    optiontype="" expirydate="" marketlot="1" precision="2" multiplier="-1" tradevalue=value transactiontype=side
    fillprice=price fillsize=quantity orderid=order_id fillid=trade_id filltime""",
    tradingsymbol=lambda view: trading_symbol(view.security),
    filltime=lambda view: f"{view.at.astimezone(IST):%H:%M:%S}",
)  # fmt: skip

HOLDING = Shape(
    HoldingView, Style(),
    """tradingsymbol exchange=listed_on isin=security.isin t1quantity=t1 realisedquantity=settled quantity
    authorisedquantity=authorised product="DELIVERY" collateralquantity collateraltype=null haircut=0
    averageprice=average_price ltp=last_price symboltoken close=close_price profitandloss=gain pnlpercentage=0""",
    tradingsymbol=lambda view: trading_symbol(view.security) if view.listed_on == "NSE" else view.symbol,
    symboltoken=lambda view: str(view.security.exchange_token) if view.listed_on == "NSE" else "",
    quantity=lambda view: view.delivered + view.arriving,
    collateralquantity=lambda view: view.collateral or None,
)  # fmt: skip

POSITION = Shape(
    PositionView, _TEXTS,
    """exchange="NSE" symboltoken=security.exchange_token producttype=product tradingsymbol symbolname=symbol
    instrumenttype="" priceden="1" pricenum="1" genden="1" gennum="1" precision="2" multiplier="-1" boardlotsize="1"
    buyqty=buy_quantity sellqty=sell_quantity buyamount=buy_value sellamount=sell_value symbolgroup=security.series
    strikeprice="-1" optiontype="" expirydate="" lotsize="1" cfbuyqty="0" cfsellqty="0" cfbuyamount="0"
    cfsellamount="0" buyavgprice=buy_price sellavgprice=sell_price avgnetprice=average_price netvalue netqty=quantity
    totalbuyvalue=buy_value totalsellvalue=sell_value cfbuyavgprice="0" cfsellavgprice="0" totalbuyavgprice=buy_price
    totalsellavgprice=sell_price netprice=average_price""",
    tradingsymbol=lambda view: trading_symbol(view.security),
    netvalue=lambda view: str(view.cash).replace("-", "- "),
)  # fmt: skip

LIMITS = Shape(
    FundsView, _TEXTS,
    """net=available availablecash=available availableintradaypayin="0" availablelimitmargin="0" collateral="0"
    m2munrealized="0" m2mrealized="0" utiliseddebits=used utilisedspan="0" utilisedoptionpremium="0"
    utilisedholdingsales="0" utilisedexposure="0" utilisedturnover="0" utilisedpayout="0\"""",
)  # fmt: skip

_LTP = 'exchange="NSE" tradingSymbol symbolToken ltp=last_price'


def _quote_shape(table: str) -> Shape[QuoteView]:
    return Shape(
        QuoteView, Style(), table,
        tradingSymbol=lambda view: trading_symbol(view.security),
        symbolToken=lambda view: str(view.security.exchange_token),
    )  # fmt: skip


QUOTES = {"LTP": _quote_shape(_LTP), "OHLC": _quote_shape(f"{_LTP} open high low close")}


def scrip_master() -> list[dict[str, object]]:
    """Public. `strike` and `tick_size` are a hundred times what they say elsewhere."""
    return [
        {
            "token": str(one.exchange_token), "symbol": trading_symbol(one), "name": one.symbol, "expiry": "",
            "strike": "-1.000000", "lotsize": str(one.lot), "instrumenttype": "", "exch_seg": "NSE",
            "tick_size": f"{Decimal(one.tick):.6f}",
        }
        for one in listed().values()
    ]  # fmt: skip
