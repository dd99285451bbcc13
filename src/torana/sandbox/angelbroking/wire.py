"""Orders, holdings, positions, limits and prices as SmartAPI writes them.

The order book has texts for every number, a single order and a postback have numbers for prices and texts for
quantities, as in the documented samples. Moments are Indian wall time.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from torana.kit.clock import IST
from torana.kit.money import Paise, rupees
from torana.market.securities import Security
from torana.sandbox.accounts import Account, Holding
from torana.sandbox.exchange import Exchange
from torana.sandbox.models import Order, Reason, Side, State, Trade
from torana.sandbox.prices import listed

WORDS: Mapping[State, str] = {
    State.RECEIVED: "put order req received",
    State.AMO_RECEIVED: "after market order req received",
    State.VALIDATION_PENDING: "validation pending",
    State.OPEN_PENDING: "open pending",
    State.OPEN: "open",
    State.CANCEL_PENDING: "cancel pending",
    State.COMPLETE: "complete",
    State.CANCELLED: "cancelled",
    State.REJECTED: "rejected",
}
CANCELLED_AMO = "cancelled after market order"
UNDOCUMENTED = "awaiting surveillance release"
"""What the book shows for an order with a strange status."""

_TEXTS: Mapping[Reason, str] = {
    Reason.HOLDINGS: "Your order has been rejected due to insufficient holding quantity.",
    Reason.NOT_AUTHORISED: "Your order has been rejected as the shares are not authorised: verify your TPIN with CDSL.",
    Reason.CIRCUIT: "Your order has been rejected as the price is outside the circuit limits.",
    Reason.FREEZE: "Your order has been rejected as the quantity is above the freeze quantity.",
    Reason.QUANTITY: "Your order has been rejected as the quantity is not valid.",
    Reason.TICK: "Your order has been rejected as the price is not a multiple of the tick size.",
    Reason.MARKET_CLOSED: "Your order has been rejected as the market is closed.",
    Reason.AMO_CLOSED: "Your order has been rejected as after market orders are not accepted now.",
    Reason.ACCOUNT_BLOCKED: "Your order has been rejected as your account is blocked for trading.",
}


def word_of(order: Order) -> str:
    """The status that the book shows."""
    if order.strange_status and order.state is State.OPEN:
        return UNDOCUMENTED
    if order.state is State.CANCELLED and order.asked.amo and order.exchange_order_id is None:
        return CANCELLED_AMO
    return WORDS[order.state]


def variety_of(order: Order) -> str:
    return "AMO" if order.asked.amo else "NORMAL"


def names(security: Security) -> dict[str, object]:
    return {"tradingsymbol": f"{security.symbol}-{security.series}", "symboltoken": str(security.exchange_token)}


def book_row(exchange: Exchange, order: Order) -> dict[str, object]:
    return _order(exchange, order, str) | {"exchangeorderid": order.exchange_order_id or ""}


def details(exchange: Exchange, order: Order) -> dict[str, object]:
    return _order(exchange, order, lambda number: number)


def trade_row(exchange: Exchange, order: Order, trade: Trade) -> dict[str, object]:
    return {
        "exchange": "NSE",
        "producttype": order.asked.product,
        "tradingsymbol": names(exchange.security(trade.symbol))["tradingsymbol"],
        "instrumenttype": "",
        "symbolgroup": listed()[trade.symbol].series,
        "marketlot": "1",
        "tradevalue": str(rupees(trade.quantity * trade.price)),
        "transactiontype": trade.side.value,
        "fillprice": str(rupees(trade.price)),
        "fillsize": str(trade.quantity),
        "orderid": trade.order_id,
        "fillid": trade.trade_id,
        "filltime": f"{trade.at.astimezone(IST):%H:%M:%S}",
    }


def holdings(exchange: Exchange, account: Account) -> list[dict[str, object]]:
    return [
        _holding(exchange, row, listed_on)
        for held in account.holdings.values()
        if held.quantity + held.t1 + held.collateral > 0
        for listed_on, row in held.rows()
    ]


def positions(exchange: Exchange, account: Account) -> list[dict[str, object]]:
    """What was traded today, by security and product."""
    products = {order.order_id: order.asked.product for order in exchange.book(account)}
    traded: dict[tuple[str, str], list[Trade]] = defaultdict(list)
    for trade in exchange.trades(account):
        traded[trade.symbol, products[trade.order_id]].append(trade)
    return [_position(exchange.security(symbol), product, of) for (symbol, product), of in traded.items()]


def limits(exchange: Exchange, account: Account) -> dict[str, object]:
    available = str(rupees(exchange.available_cash(account)))
    nothing = (
        "availableintradaypayin", "availablelimitmargin", "collateral", "m2munrealized", "m2mrealized",
        "utilisedspan", "utilisedoptionpremium", "utilisedholdingsales", "utilisedexposure", "utilisedturnover",
        "utilisedpayout",
    )  # fmt: skip
    used = account.opening_cash - exchange.available_cash(account)
    cash: dict[str, object] = {"net": available, "availablecash": available, "utiliseddebits": str(rupees(used))}
    return cash | dict.fromkeys(nothing, "0")


def quote(exchange: Exchange, security: Security, *, whole_day: bool) -> dict[str, object]:
    """A fetched price. The day's figures are invented around it."""
    last, close = exchange.last_price(security.symbol), exchange.prices.previous_close(security.symbol, exchange.now())
    row: dict[str, object] = {"exchange": "NSE", "tradingSymbol": names(security)["tradingsymbol"]}
    row |= {"symbolToken": str(security.exchange_token), "ltp": rupees(last)}
    if whole_day:
        row |= {"open": rupees(close), "high": rupees(max(last, close))}
        row |= {"low": rupees(min(last, close)), "close": rupees(close)}
    return row


def scrip_master() -> Iterator[dict[str, object]]:
    """`strike` and `tick_size` are a hundred times what they say elsewhere."""
    for one in listed().values():
        yield {
            "token": str(one.exchange_token),
            "symbol": f"{one.symbol}-{one.series}",
            "name": one.symbol,
            "expiry": "",
            "strike": "-1.000000",
            "lotsize": str(one.lot),
            "instrumenttype": "",
            "exch_seg": "NSE",
            "tick_size": f"{one.tick}.000000",
        }


def _order(exchange: Exchange, order: Order, number: Callable[[Decimal | int], object]) -> dict[str, object]:
    word, updated = word_of(order), _moment(order.updated_at)
    at_exchange = _moment(order.exchange_at)
    return names(exchange.security(order.symbol)) | {
        "variety": variety_of(order),
        "ordertype": order.order_type.value,
        "producttype": order.asked.product,
        "duration": order.asked.validity,
        "price": number(rupees(order.limit_price or 0)),
        **dict.fromkeys(("triggerprice", "squareoff", "stoploss", "trailingstoploss"), number(0)),
        "quantity": str(order.quantity),
        "disclosedquantity": "0",
        "transactiontype": order.side.value,
        "exchange": "NSE",
        "instrumenttype": "",
        "strikeprice": number(-1),
        "optiontype": "",
        "expirydate": "",
        "lotsize": "1",
        "cancelsize": str(order.cancelled),
        "averageprice": number(order.average_price),
        "filledshares": str(order.filled),
        "unfilledshares": str(max(order.quantity - order.filled, 0)),
        "orderid": order.order_id,
        "text": _rejection(exchange, order),
        "status": word,
        "orderstatus": word,
        "updatetime": updated,
        "exchtime": at_exchange,
        "exchorderupdatetime": updated if at_exchange else "",
        "fillid": "",
        "filltime": "",
        "parentorderid": "",
        "ordertag": order.tag or "",
        "uniqueorderid": order.guid,
    }


def _rejection(exchange: Exchange, order: Order) -> str:
    if order.state is not State.REJECTED:
        return ""
    if order.reason is Reason.FUNDS:
        account = exchange.accounts.find(order.broker, order.account_id)
        there = rupees(exchange.available_cash(account)) if account else 0
        needed = rupees(order.quantity * (order.limit_price or exchange.prices.last(order.symbol, order.accepted_at)))
        return (
            f"Your order has been rejected due to Insufficient Funds. Available funds - Rs. {there} . "
            f"You require Rs. {needed} funds to execute this order."
        )
    return (_TEXTS.get(order.reason) if order.reason else None) or order.message or ""


def _holding(exchange: Exchange, held: Holding, listed_on: str) -> dict[str, object]:
    security = listed()[held.symbol]
    last = exchange.last_price(held.symbol)
    owned = held.quantity + held.t1
    own = names(security) if listed_on == "NSE" else {"tradingsymbol": held.symbol, "symboltoken": ""}
    return own | {
        "exchange": listed_on,
        "isin": security.isin,
        "t1quantity": held.t1,
        "realisedquantity": held.quantity,
        "quantity": max(owned - held.free_sold, 0),
        "authorisedquantity": held.authorised,
        "product": "DELIVERY",
        "collateralquantity": held.collateral or None,
        "collateraltype": None,
        "haircut": 0,
        "averageprice": rupees(held.average_price),
        "ltp": rupees(last),
        "close": rupees(exchange.prices.previous_close(held.symbol, exchange.now())),
        "profitandloss": rupees(owned * (last - held.average_price)),
        "pnlpercentage": 0,
    }


def _position(security: Security, product: str, trades: list[Trade]) -> dict[str, object]:
    (bought, paid), (sold, received) = _total(trades, Side.BUY), _total(trades, Side.SELL)
    zeros = ("cfbuyqty", "cfsellqty", "cfbuyamount", "cfsellamount", "cfbuyavgprice", "cfsellavgprice")
    ones = ("priceden", "pricenum", "genden", "gennum", "boardlotsize", "lotsize")
    return names(security) | {
        "exchange": "NSE",
        "producttype": product,
        "symbolname": security.symbol,
        "symbolgroup": security.series,
        **dict.fromkeys(("instrumenttype", "optiontype", "expirydate"), ""),
        **dict.fromkeys(zeros, "0"),
        **dict.fromkeys(ones, "1"),
        **dict.fromkeys(("multiplier", "strikeprice"), "-1"),
        "precision": "2",
        "buyqty": str(bought),
        "sellqty": str(sold),
        "netqty": str(bought - sold),
        **dict.fromkeys(("buyamount", "totalbuyvalue"), str(rupees(paid))),
        **dict.fromkeys(("sellamount", "totalsellvalue"), str(rupees(received))),
        **dict.fromkeys(("buyavgprice", "totalbuyavgprice"), _each(paid, bought)),
        **dict.fromkeys(("sellavgprice", "totalsellavgprice"), _each(received, sold)),
        **dict.fromkeys(("avgnetprice", "netprice"), _each(abs(paid - received), abs(bought - sold))),
        "netvalue": str(rupees(received - paid)).replace("-", "- "),
    }


def _total(trades: list[Trade], side: Side) -> tuple[int, Paise]:
    """Shares and their value."""
    own = [trade for trade in trades if trade.side is side]
    return sum(trade.quantity for trade in own), sum(trade.quantity * trade.price for trade in own)


def _each(value: Paise, quantity: int) -> str:
    return str(rupees(round(Decimal(value) / quantity))) if quantity else "0"


def _moment(at: datetime | None) -> str:
    """`18-Nov-2026 10:30:00`, empty for none."""
    return at.astimezone(IST).strftime("%d-%b-%Y %H:%M:%S") if at else ""
