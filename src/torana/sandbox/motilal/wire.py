"""Rows as Motilal Oswal writes them: numbers as numbers, what has no value as `0`.

Source: the samples of the documentation; that prices of trades and of the market are paise, its text and clients of the
live API. Columns of the file: the documentation.
"""

from decimal import Decimal

from torana.market.models import Security
from torana.sandbox.account_views import FundsView, HoldingView
from torana.sandbox.models import Side, State
from torana.sandbox.order_views import OrderView
from torana.sandbox.rejections import why
from torana.sandbox.securities import BSE, NSE, token_on
from torana.sandbox.vocabulary import Vocabulary, few_words
from torana.sandbox.wire import Style

WORDS = Vocabulary(
    few_words(sent="Sent", resting="Confirm", complete="Traded", cancelled="Cancel", rejected="Rejected"),
    undocumented="Surveillance",
    partly="Partial",
)
NEVER_SENT = "Error"


def name_of(security: Security) -> str:
    """With the series on the NSE."""
    return f"{security.symbol} {security.series}" if security.exchange == NSE else security.symbol


def _status(view: OrderView) -> str:
    return NEVER_SENT if view.state is State.REJECTED and view.exchange_order_id is None else view.status


def _blocked(view: HoldingView) -> int:
    """What is on sale is blocked like what was sold."""
    resting = sum(
        order.pending for order in view.account.live.values()
        if order.security.isin == view.security.isin and order.side is Side.SELL and order.exchange_order_id
    )  # fmt: skip
    return min(view.settled - view.delivered + resting, view.settled)


def _paise(rupees: Decimal) -> int:
    return int(rupees * 100)


STYLE = Style(
    moment="%d-%b-%Y %H:%M:%S",
    null="0",
    securities={
        "symbol": name_of,
        "scripname": name_of,
        "symboltoken": lambda one: one.exchange_token,
        "scripcode": lambda one: one.exchange_token,
        "series": lambda one: one.series,
        "bsescripcode": lambda one: token_on(BSE, one),
        "nsesymboltoken": lambda one: token_on(NSE, one),
    },
    names={
        "buyorsell": lambda view: view.side.capitalize(),
        "ordertype": lambda view: view.order_type.capitalize(),
    },
)
_ORDER = """
    ordercategory="NORMAL" clientid=account_id exchange symboltoken symbol series expirydate="0" strikeprice=0
    optiontype="XX" orderid=exchange_order_id orderinitiatorid=account_id ordertype orderduration producttype=product
    error orderstatus buyorsell totalqtyremaining=pending orderqty=quantity qtytradedtoday=filled
    disclosedqty=disclosed price triggerprice=0 entrydatetime=exchange_at lastmodifiedtime=order.updated_at
    vendor="SANDBOX" uniqueorderid=order_id goodtilldate="0" algoid=0 algocategory=0 averageprice=average_price
    totalqtytraded=filled lotsize=security.lot recordinserttime=at participantcode=""
"""
_COMPUTED = {
    "orderstatus": _status,
    "error": lambda view: why(view) or "",
    "orderduration": lambda view: view.validity.capitalize(),
    "tag": lambda view: view.tag or " ",
}
ORDER, DETAIL = STYLE.orders(f"{_ORDER} tag", **_COMPUTED), STYLE.orders(f'{_ORDER} booktype="Limit"', **_COMPUTED)
"""A single order shows no tag."""
TRADE = STYLE.trades(
    """clientid=order.account_id exchange symboltoken producttype=product symbol instrumenttype="" series strikeprice=0
    optiontype="XX" expirydate="0" lotsize=security.lot precision=2 multiplier=1 tradeprice tradeqty=quantity tradevalue
    buyorsell orderid=exchange_order_id tradeno=trade_id tradetime=at uniqueorderid=order_id""",
    tradeprice=lambda view: _paise(view.price),
    tradevalue=lambda view: _paise(view.value),
)
HOLDING = STYLE.holdings(
    """clientcode=account.user_id scripisinno=security.isin dpquantity scripname buyavgprice=average_price
    collateralquantity=collateral outstandingquantity=0 debitstockquantity=0 rmssellingquantity=0 btstquantity=arriving
    buybackquantity=0 slbmquantity=0 nbfcquantity=0 bsescripcode nsesymboltoken blockedquantity poaquantity
    nonpoaquantity tpinquantity""",
    dpquantity=lambda view: view.settled + view.collateral,
    blockedquantity=_blocked,
    poaquantity=lambda view: 0 if view.account.needs_edis else view.settled,
    nonpoaquantity=lambda view: view.settled if view.account.needs_edis else 0,
    tpinquantity=lambda view: max(view.settled - view.authorised, 0) if view.account.needs_edis else 0,
)
POSITION = STYLE.positions(
    """exchange clientcode="" productname=product symboltoken symbol=symbol buyquantity=bought.quantity
    buyamount=bought.value sellquantity=sold.quantity sellamount=sold.value daybuyquantity=bought.quantity
    daybuyamount=bought.value daysellquantity=sold.quantity daysellamount=sold.value LTP=last_price
    marktomarket=unrealised bookedprofitloss=realised cfbuyquantity=0 cfbuyamount==0 cfsellquantity=0 cfsellamount==0
    actualbookedprofitloss=realised actualmarktomarket=unrealised series expirydate="0" strikeprice=0
    optiontype="XX\""""
)


def margin_detail(view: FundsView) -> list[dict[str, object]]:
    """As far as there is anything to tell."""
    return _lines(
        (100, "Total Available Margin(A-B-C-D)", view.available),
        (101, "Credit Limit", 0),
        (102, "Available for Cash / SLBM Segment", view.available),
        (103, "Available for FO Segment", view.available),
        (200, "Total Margin (A)", view.opening),
        (201, "Cash Balance(Cash Margin)", view.opening),
        (202, "Cash Balance(Ledger Balance)", view.opening),
        (507, "Add: Scrip Capital Cash", 0),
        (220, "Non-Cash Balance(Non-Cash Margin)", 0),
        (507, "Stock Capital Cash", 0),
        (250, "Add: Additional  Limit", 0),
        (300, "Margin Usage Details (B)", view.used),
        (400, "Profit / Loss (MTM) Details C", 0),
        (500, "Others(D)", 0),
    )


def margin_summary(view: FundsView) -> list[dict[str, object]]:
    return _lines(
        (102, "Total Available Margin for Cash", view.available),
        (103, "Total Available Margin for FNO", view.available),
        (201, "Cash deposit", view.opening),
        (220, "Non cash deposit", 0),
        (301, "Margin Usage(B) Cash", view.used),
    )


def _lines(*lines: tuple[int, str, object]) -> list[dict[str, object]]:
    return [{"srno": number, "particulars": text, "amount": amount} for number, text, amount in lines]


PERSON = STYLE.person(
    'clientcode=user_id name=user_name.title() exchanges=["NSE","BSE"] products usertype="Investorclient"',
    products=lambda _: ["Normal", "Delivery"],
)
PRICE = STYLE.quotes(
    "exchange scripcode open high low close ltp volume=0 ask=0 bid=0",
    open=lambda view: _paise(view.open),
    high=lambda view: _paise(view.high),
    low=lambda view: _paise(view.low),
    close=lambda view: _paise(view.close),
    ltp=lambda view: _paise(view.last_price),
)
SCRIP = STYLE.instruments(
    """exchange exchangename scripcode scripname marketlot=lot scripshortname=symbol issuspended="N"
    instrumentname="" expirydate=0 strikeprice=0 optiontype=series markettype="" foexposurepercent=0 ticksize=tick
    scripisinno=isin indicesidentifier=0 isbanscrip="N" scripfullname=name facevalue=0 calevel=0 maxqtyperorder=0""",
    exchange=lambda one: 1 if one.exchange == NSE else 0,
    exchangename=lambda one: one.exchange,
)
