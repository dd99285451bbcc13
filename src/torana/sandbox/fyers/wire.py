"""Rows as Fyers writes them: numbers as numbers, sides, types and statuses too; moments as `09-Mar-2023 09:34:38`.

Source: the samples of the API v3 documentation; rows of the symbol master as public copies have them.
"""

from typing import Any

from torana.kit.money import rupees
from torana.market.models import Security
from torana.sandbox.fyers.errors import REFUSALS
from torana.sandbox.models import OrderType, Reason, Side
from torana.sandbox.order_views import OrderView
from torana.sandbox.rejections import why
from torana.sandbox.securities import BSE, NSE, find
from torana.sandbox.vocabulary import Vocabulary, few_words
from torana.sandbox.wire import Style

WORDS = Vocabulary(
    few_words(sent="4", amo="6", resting="6", complete="2", cancelled="1", rejected="5"), undocumented="3"
)
EXCHANGES = {NSE: 10, BSE: 12}
TYPES = {OrderType.LIMIT: 1, OrderType.MARKET: 2}
SIDES = {Side.BUY: 1, Side.SELL: -1}
TAG_OF_CLIENT, NO_TAG = "1:", "2:Untagged"
_LINES = (
    "Total Balance", "Utilized Amount", "Clear Balance", "Realized Profit and Loss", "Collaterals", "Fund Transfer",
    "Receivables", "Adhoc Limit", "Limit at start of the day", "Available Balance",
)  # fmt: skip


def ticker(security: Security) -> str:
    """`NSE:INFY-EQ`, on the BSE with the group: `BSE:INFY-A`."""
    return f"{security.exchange}:{security.symbol}-{security.series}"


def find_by_ticker(name: str) -> Security | None:
    """In exactly its series or group."""
    exchange, _, rest = name.partition(":")
    symbol, _, series = rest.rpartition("-")
    found = find(exchange, symbol)
    return found if found is not None and found.series == series else None


def fytoken(security: Security) -> str:
    """Exchange, segment, no expiry, and the exchange's token."""
    return f"{EXCHANGES[security.exchange]}10000000{security.exchange_token}"


_TEXTS = {reason: line.text for reason, line in REFUSALS.reasons.items()}


def _message(view: OrderView) -> str:
    short = {Reason.FUNDS: f"RED:Margin Shortfall:INR {view.worth} Available:INR 0.00"}
    return why(view, _TEXTS | short, otherwise="RED:{}") or ""


def _tag(view: Any) -> str:
    return f"{TAG_OF_CLIENT}{view.order.tag}" if view.order.tag else NO_TAG


STYLE = Style(
    "%d-%b-%Y %H:%M:%S",
    securities={
        "symbol": ticker,
        "ticker": ticker,
        "original_name": ticker,
        "ex_sym": lambda one: one.symbol,
        "description": lambda one: one.name.upper(),
        "fyToken": fytoken,
        "exchange": lambda one: EXCHANGES[one.exchange],
    },
    names={
        "side": lambda view: SIDES[view.side],
        "type": lambda view: TYPES[view.order_type],
        "orderType": lambda view: TYPES[view.order_type],
        "orderTag": _tag,
    },
)
_ORDER = """
    id=order_id exchOrdId=exchange_order_id|"" qty=quantity remainingQuantity=pending filledQty=filled
    discloseQty=disclosed limitPrice=price stopPrice=0 tradedPrice=average_price type fyToken exchange segment=10 symbol
    instrument=0 message offlineOrder=amo orderDateTime=at orderValidity=validity pan="" productType=product side status
    source="ITS" dqQtyRem=0 orderNumStatus clientId=account_id
"""
_ORDER_NAMES = {
    "status": lambda view: int(view.status),
    "message": _message,
    "orderNumStatus": lambda view: f"{view.order_id}:{view.status}",
}
ORDER = STYLE.orders(
    f"{_ORDER} id_fyers=guid ex_sym description ch=0 chp=0 lp slNo=1 disclosedQty=disclosed orderTag takeProfit=0"
    " stopLoss=0",
    lp=lambda view: rupees(view.exchange.last_price(view.security)),
    **_ORDER_NAMES,
)
POSTBACK = STYLE.orders(_ORDER, **_ORDER_NAMES)
"""A webhook: as the book, without the tag. Source: API v3 documentation, postback."""
TRADE = STYLE.trades(
    """clientId=order.account_id orderDateTime=at orderNumber=order_id exchangeOrderNo=exchange_order_id exchange side
    segment=10 orderType fyToken productType=product tradedQty=quantity tradePrice=price tradeValue=value
    tradeNumber=trade_id row=1 symbol orderTag"""
)
HOLDING = STYLE.holdings(
    """holdingType quantity=owned costPrice=average_price marketVal remainingQuantity pl=gain ltp=last_price id=1
    fyToken exchange symbol segment=10 isin=security.isin qty_t1=t1 remainingPledgeQuantity=delivered
    collateralQuantity=collateral""",
    holdingType=lambda view: "HLD" if view.owned > view.t1 else "T1",
    marketVal=lambda view: view.last_price * view.owned,
    remainingQuantity=lambda view: view.owned - view.used,
)
POSITION = STYLE.positions(
    """netQty=quantity qty avgPrice=average_price netAvg=average_price side productType=product
    realized_profit=realised unrealized_profit=unrealised pl=realised_and_unrealised ltp=last_price
    buyQty=bought.quantity buyAvg=bought.price buyVal=bought.value sellQty=sold.quantity sellAvg=sold.price
    sellVal=sold.value slNo=0 fyToken crossCurrency="N" rbiRefRate=1 qtyMulti_com=1 segment=10 symbol id cfBuyQty=0
    cfSellQty=0 dayBuyQty=bought.quantity daySellQty=sold.quantity exchange""",
    qty=lambda view: abs(view.quantity),
    side=lambda view: (view.quantity > 0) - (view.quantity < 0),
    id=lambda view: f"{ticker(view.security)}-{view.product}",
)
QUOTE = STYLE.quotes(
    """ch=net_change chp=0 lp=last_price spread=0.05 ask=last_price bid=last_price open_price=open high_price=high
    low_price=low prev_close_price=close atp=middle volume=100000 short_name exchange=security.exchange
    description original_name symbol fyToken tt""",
    short_name=lambda view: ticker(view.security).partition(":")[2],
    description=lambda view: ticker(view.security),
    tt=lambda view: str(int(view.at.timestamp())),
)
PERSON = STYLE.person(
    """name=user_name.upper() image=null display_name=null email_id="" PAN="" fy_id=user_id pin_change_date=""
    mobile_number="" totp=true pwd_change_date="" pwd_to_expire=90 ddpi_enabled mtf_enabled=false""",
    ddpi_enabled=lambda account: not account.needs_edis,
)
SCRIP = STYLE.instruments(
    """fyToken details=name kind=0 lot tick isin session="0915-1530|1815-1915:" updated="" expiry="" ticker exchange
    segment=10 token=exchange_token underlying=symbol underlying_token=exchange_token strike=-1.0 option="XX"
    underlying_fytoken reserved="None" reserved_2=0 reserved_3=0.0""",
    tick=lambda one: f"{one.tick / 100:.2f}",
    underlying_fytoken=fytoken,
)
"""The columns have no names in the file."""


def funds(view: Any) -> list[dict[str, object]]:
    told = {"Total Balance": view.cash, "Utilized Amount": view.used, "Clear Balance": view.available,
            "Limit at start of the day": view.opening, "Available Balance": view.available}  # fmt: skip
    return [
        {"id": at, "title": title, "equityAmount": told.get(title, 0), "commodityAmount": 0}
        for at, title in enumerate(_LINES, 1)
    ]
