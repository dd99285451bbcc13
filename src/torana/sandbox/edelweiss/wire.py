"""Rows as Nuvama writes them: every number a text.

Source: the partner documentation (equity), samples that public code quotes, the public file of instruments.
"""

from torana.sandbox.models import Side
from torana.sandbox.rejections import why
from torana.sandbox.vocabulary import OMS
from torana.sandbox.wire import Style

WORDS = OMS


def _flag(when: bool) -> str:
    return "true" if when else "false"


STYLE = Style(
    moment="%d/%m/%Y %H:%M:%S",
    amount="{:.2f}".format,
    count=str,
    null="",
    securities={
        "exc": lambda one: one.exchange,
        "sym": lambda one: f"{one.exchange_token}_{one.exchange}",
        "trdSym": lambda one: one.isin,
        "dpName": lambda one: one.symbol,
        "cpName": lambda one: one.name,
        "tkSz": lambda one: f"{one.tick / 100:.2f}",
        "ltSz": lambda one: one.lot,
    },
)
BOOK_ROW = STYLE.orders(
    """stkPrc="" dur=validity vlDt="NA" rcvTim rcvEpTim=at sym cpName exit="false" syomID="" exc ntQty=quantity dpName
    cancel sipID="N" nstReqID="1" ordTyp=order_type opTyp="" trsTyp=side srs=security.series prdCode=product
    prdDp=product ogt="--" flQty=filled trdSym edit asTyp="EQUITY" trgPrc==0 avgPrc=average_price dsQty=disclosed
    ordID=order_id sts=status dpInsTyp="" rjRsn userID=account_id dpExpDt="" ltSz tkSz desc="" prc=price
    exONo=exchange_order_id|"" exp="" rcvDt pdQty=pending userCmnt="NA" rmk=tag|"" boSeqId="" epochTim ordTim=at
    trgId="" dpVal=symbol ltp==0 bsktOrdId="" bsktEpch="" sipNo="NA" vndSrc=order.asked.app chg==0 chgP==0""",
    rcvTim=lambda view: STYLE.moment_text(view.at).partition(" ")[2],
    rcvDt=lambda view: STYLE.moment_text(view.at).partition(" ")[0],
    cancel=lambda view: _flag(view.pending > 0),
    edit=lambda view: _flag(view.pending > 0),
    rjRsn=why,
    epochTim=lambda view: int(view.at.timestamp()),
)
TRADE_ROW = STYLE.trades(
    """trdID=trade_id flID=trade_id ordID=order_id exONo=exchange_order_id trdSym sym exc trsTyp fldQty=quantity
    flQty=quantity flPrc=price ntPrc=price flDt flTim prdCode=product ordTyp=order_type dpName asTyp="EQUITY\"""",
    trsTyp=lambda view: "B" if view.side is Side.BUY else "S",
    flDt=lambda view: STYLE.moment_text(view.at).partition(" ")[0],
    flTim=lambda view: STYLE.moment_text(view.at).partition(" ")[2],
)
HOLDING = STYLE.holdings(
    """asTyp="EQUITY" chgP=day_change_percentage cncRmsHdg( td="true" hdgVl clUQty="0" hdgUQty="0" usdQty=used t1HQty=t1
    clQty=settled qty=settled pdQty=settled pdCnt totQty ) cpName dpName exc hairCut="25.00" isin=security.isin ltSz
    ltp=last_price sym tkSz totalQty=owned totalVal trdSym""",
    hdgVl=lambda view: view.settled * view.last_price,
    pdCnt=lambda view: f"{view.settled}.0",
    totQty=lambda view: view.settled + view.t1,
    totalVal=lambda view: view.owned * view.last_price,
)
POSITION = STYLE.positions(
    """asTyp="EQUITY" dpInsTyp="" dpName exc ltSz ltp=last_price sym tkSz trdSym dpExpDt="" opTyp="" stkPrc=""
    avgByPrc=bought.price avgSlPrc=sold.price byAmt=bought.value byQty=bought.quantity slAmt=sold.value
    slQty=sold.quantity cpName mtm=unrealised mul="1" ntAmt=net_value ntPL=realised_and_unrealised ntQty=quantity
    prc=average_price prdCode=product prdDp=product rlzPL=realised urlzPL=unrealised sqOff trsTyp uniqKey=security.isin
    cfAvgSlPrc==0 cfAvgByPrc==0 cfSlQty="0" cfByQty="0" cfSlAmt==0 cfByAmt==0 ntSlQty=sold.quantity
    ntByQty=bought.quantity brkEvnPrc=average_price""",
    sqOff=lambda view: _flag(view.quantity != 0),
    trsTyp=lambda view: "S" if view.quantity < 0 else "B",
)
FUNDS = STYLE.funds(
    """type="limitsDao" cshAvl=available mtmMg==0 nvl="" nvlPer="" exp="" srtFall={} mrgAvl( mrgAvl=available
    dayOpenBal=opening stkColVal==0 ) mrgUtd( mrgUtd=used rlPnl==0 unRlMtm==0 )"""
)
INSTRUMENT = STYLE.instruments(
    """exchangetoken tradingsymbol=isin symbolname=symbol description=name expiry="" strikeprice="" ticksize lotsize=lot
    optiontype="" series assettype="EQUITY" exchange=exchange isin qtyunits="" prcunits="" prcqtn="" multiplier="1"
    asmgsmflag="false" asmgsmmsg=\"\"""",
    exchangetoken=lambda one: f"{one.exchange_token}_{one.exchange}",
    ticksize=lambda one: f"{one.tick / 100:.2f}",
)
INDEX = {"assettype": "INDEX", "optiontype": "", "isin": "", "tradingsymbol": "Nifty 50", "exchangetoken": "-29"}
"""What the file also holds: a row that is no share's."""
