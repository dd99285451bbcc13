"""Rows as Dhan writes them: numbers as numbers, ids as texts, wall time in India."""

from decimal import ROUND_HALF_UP, Decimal

from torana.kit.money import rupees
from torana.sandbox.dhan.errors import TABLES
from torana.sandbox.models import OrderType, Reason, Side, State
from torana.sandbox.order_views import OrderView
from torana.sandbox.rejections import why
from torana.sandbox.wire import Style, called

WORDS, ROWS = TABLES.words, TABLES.rows
IN_TRANSIT = frozenset({State.RECEIVED, State.VALIDATION_PENDING, State.OPEN_PENDING})
EXCHANGES = {"NSE_EQ": "NSE", "BSE_EQ": "BSE"}
_NEVER = "0001-01-01 00:00:00"
_PROTECTION = Decimal("0.01")


def _said(view: OrderView) -> str:
    """What the order system says, of a healthy order too."""
    order = view.order
    if view.state is State.CANCELLED:
        return "CANCELLED BY USER"
    if view.state is not State.REJECTED:
        return "CONFIRMED"
    if order.reason is Reason.TICK:
        return f"EXCH: RATE NOT MULTIPLE OF TICK[{rupees(order.security.tick):.8f}]"
    low, high = (rupees(one) for one in view.exchange.prices.band(order.security, order.accepted_at))
    texts = {reason: text.format(worth=view.worth, low=low, high=high) for reason, text in TABLES.rejections.items()}
    return f"RMS:{order.order_id}:{why(view, texts)}"


def _type(view: OrderView) -> str:
    """A market order goes to the exchange as a limit."""
    return "LIMIT" if view.order_type is OrderType.MARKET else str(view.order_type)


def _price(view: OrderView) -> Decimal:
    if view.order_type is not OrderType.MARKET:
        return view.price
    away = 1 + _PROTECTION if view.side is Side.BUY else 1 - _PROTECTION
    last = rupees(view.exchange.prices.last(view.order.security, view.order.accepted_at))
    return (last * away).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _correlation_id(view: OrderView) -> str:
    return view.tag or f"{view.account_id}-{int(view.order.accepted_at.timestamp() * 1000)}"


STYLE = Style(
    securities=called(ROWS["security"], exchangeSegment=lambda one: f"{one.exchange}_EQ"),
    names={
        "correlationId": _correlation_id,
        "orderType": _type,
        "price": _price,
        "updateTime": lambda view: view.order.updated_at or view.at,
        "exchangeTime": lambda view: view.exchange_at or _NEVER,
        "omsErrorDescription": _said,
    },
)
ORDER, POSTBACK = STYLE.orders(ROWS["order"]), STYLE.orders(ROWS["postback"])
TRADE = STYLE.trades(ROWS["trade"])
HOLDING = STYLE.holdings(ROWS["holding"])
POSITION = STYLE.positions(
    ROWS["position"],
    positionType=lambda view: "LONG" if view.quantity > 0 else "SHORT" if view.quantity else "CLOSED",
)
FUNDS = STYLE.funds(ROWS["funds"])
LTP, OHLC = STYLE.quotes(ROWS["ltp"]), STYLE.quotes(ROWS["ohlc"])
SCRIP = STYLE.instruments(ROWS["scrip"])
