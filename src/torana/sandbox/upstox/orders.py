"""Orders as Upstox takes and shows them: fields of a request, rows of the book and the history, trades, updates.

Quantities are documented as integers, prices as numbers, switches as booleans. Text that holds one is taken as well: a
client in daily use with the real API (marketcalls/openalgo, `broker/upstox`) sends `"7"` and `"false"`. On the way out
prices are JSON numbers in rupees; moments are Indian wall time, in one format for orders and another one for trades.
Source: Upstox developer API documentation, place order (v2, v3), place multi order, modify order, UpLink Business,
order book, order history, trades, webhook, order status appendix.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from torana.kit.money import Paise
from torana.sandbox.exchange import Exchange
from torana.sandbox.models import Order, Reason, Side, State
from torana.sandbox.order_form import OrderForm, Reader, decoded, plain
from torana.sandbox.order_views import OrderView, TradeView, order_view
from torana.sandbox.postbacks import Postback
from torana.sandbox.upstox.errors import TEXTS, Code, refuse, refused
from torana.sandbox.upstox.instruments import find_by_key, instrument_key
from torana.sandbox.vocabulary import OMS_MODIFYING, OMS_WORDS, Vocabulary
from torana.sandbox.wire import Shape, Style
from torana.sandbox.world import App

TAG_LENGTH = 40
CORRELATION_ID_LENGTH = 20
LARGEST_PROTECTION = 25
"""Per cent."""
AUTOMATIC_PROTECTION = -1

VOCABULARY = Vocabulary(
    words=OMS_WORDS,
    undocumented="awaiting surveillance release",
    modifying=OMS_MODIFYING,
    cancelled_amo="cancelled after market order",
    modified_amo="modify after market order req received",
    not_cancelled="not cancelled",
)

_INSTRUMENT_KEY = re.compile(r"[A-Z]+_[A-Z]+\|[A-Za-z0-9 ]+")
_ORDER_ID = re.compile(r"[A-Za-z0-9-]+")
_ORDER_TYPES = ("MARKET", "LIMIT", "SL", "SL-M")
_VALIDITIES = ("DAY", "IOC")


@dataclass(frozen=True, slots=True)
class Shown:
    """A place where an order can arrive: its products, the fields that may be absent, whether it is one of many."""

    products: tuple[str, ...] = ("I", "D", "MTF")
    optional: frozenset[str] = frozenset()
    correlated: bool = False


V2 = Shown(products=("I", "D", "CO", "MTF"))
V3 = Shown()
MULTI = Shown(correlated=True)
UPLINK = Shown(optional=frozenset({"trigger_price", "disclosed_quantity", "is_amo"}))


@dataclass(frozen=True, slots=True)
class UpstoxForm(OrderForm):
    """An order that passed the checks of form. Protection in per cent."""

    slice: bool = False
    market_protection: Decimal = Decimal(AUTOMATIC_PROTECTION)
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A change of an order; what is None stays as it is."""

    order_id: str
    quantity: int | None
    order_type: str
    price: Paise


def decode_object(body: bytes) -> dict[str, object]:
    """Raises `Refused` for anything else."""
    given = decode(body)
    if not isinstance(given, dict):
        raise refused(Code.MALFORMED_INPUT)
    return given


def decode(body: bytes | str) -> object:
    """JSON. Raises `Refused` for anything else."""
    try:
        return decoded(body)
    except ValueError:
        raise refused(Code.MALFORMED_INPUT) from None


def read_order(given: Mapping[str, object], place: Shown) -> UpstoxForm:
    """The order in a request. Raises `Refused` with the first thing that is wrong."""
    reader = Reader(given, refuse)

    def wanted(name: str) -> bool:
        return name not in place.optional or given.get(name) is not None

    key = reader.text("instrument_token", _INSTRUMENT_KEY)
    kind = reader.choice("order_type", _ORDER_TYPES)
    quantity = reader.whole("quantity", least=1)
    side = Side(reader.choice("transaction_type", ("BUY", "SELL")))
    product = reader.choice("product", place.products)
    validity = reader.choice("validity", _VALIDITIES)
    price = reader.price("price")
    trigger = reader.price("trigger_price") if wanted("trigger_price") else 0
    disclosed = reader.whole("disclosed_quantity") if wanted("disclosed_quantity") else 0
    amo = reader.switch("is_amo") if wanted("is_amo") else False
    tag = reader.optional_text("tag", longest=TAG_LENGTH)
    sliced = reader.switch("slice") if given.get("slice") is not None else False
    protection = _protection(reader, kind)
    correlation = reader.text("correlation_id", longest=CORRELATION_ID_LENGTH) if place.correlated else None
    _check_prices(kind, price, trigger)
    if disclosed < 0 or disclosed > quantity:
        raise refused(Code.INVALID_INPUT, "disclosed_quantity", disclosed)
    if disclosed and disclosed * 10 < quantity:
        raise refused(Code.DISCLOSED_TOO_SMALL, "disclosed_quantity", disclosed)
    security, kept = find_by_key(key), {"disclosed_quantity": str(disclosed)}
    return UpstoxForm(
        security.symbol if security else "", side, quantity, kind, price, product, validity, amo, tag, trigger, key,
        kept, slice=sliced, market_protection=protection, correlation_id=correlation,
    )  # fmt: skip


def read_change(given: Mapping[str, object]) -> Change:
    """The change in a modify request. Raises `Refused`."""
    if not given.get("order_id"):
        raise refused(Code.MODIFY_ORDER_ID_MISSING, "order_id")
    reader = Reader(given, refuse)
    kind = reader.choice("order_type", _ORDER_TYPES)
    _protection(reader, kind)
    quantity = None if given.get("quantity") is None else reader.whole("quantity", least=1)
    if given.get("disclosed_quantity") is not None:
        reader.whole("disclosed_quantity")
    order_id = reader.text("order_id", _ORDER_ID)
    reader.choice("validity", _VALIDITIES)
    price = reader.price("price")
    _check_prices(kind, price, reader.price("trigger_price"))
    return Change(order_id, quantity, kind, price)


def read_order_id(given: Mapping[str, str]) -> str:
    """An order id out of a query or a form. Raises `Refused`."""
    return Reader({name: value or None for name, value in given.items()}, refuse).text("order_id", _ORDER_ID)


def _protection(reader: Reader, kind: str) -> Decimal:
    """How far, in per cent, a MARKET order may move from the last price; -1 lets the broker choose."""
    name = "market_protection"
    value = reader.number(name) if reader.has(name) else AUTOMATIC_PROTECTION
    if value > LARGEST_PROTECTION:
        raise refused(Code.PROTECTION_TOO_LARGE, name, plain(value))
    if value < 0 and value != AUTOMATIC_PROTECTION:
        raise refused(Code.PROTECTION_WRONG, name, plain(value))
    if value == 0 and kind in ("MARKET", "SL-M"):
        raise refused(Code.MARKET_ORDER_BLOCKED, name, 0)
    return Decimal(value)


def _check_prices(kind: str, price: Paise, trigger: Paise) -> None:
    match kind:
        case "MARKET" if price:
            raise refused(Code.PRICE_NOT_REQUIRED, "price")
        case "LIMIT" if not price:
            raise refused(Code.PRICE_MISSING, "price")
        case "SL" if not (price and trigger):
            raise refused(Code.PRICE_AND_TRIGGER_MISSING, "price" if trigger else "trigger_price")
        case "SL-M" if not trigger:
            raise refused(Code.TRIGGER_MISSING, "trigger_price")
        case "SL-M" if price:
            raise refused(Code.ONLY_TRIGGER_REQUIRED, "price")


STYLE = Style(
    names={
        "instrument_token": lambda view: instrument_key(view.security),
        "trading_symbol": lambda view: f"{view.security.symbol}-{view.security.series}",
        "tradingsymbol": lambda view: f"{view.security.symbol}-{view.security.series}",
        "order_ref_id": lambda view: f"udapi-{view.order.guid.replace('-', '')[:14]}",
    }
)
_COMMON = """
    exchange="NSE" product tag instrument_token placed_by=account_id trading_symbol tradingsymbol order_type validity
    trigger_price=0 disclosed_quantity=disclosed transaction_type=side parent_order_id=null order_id variety
    order_timestamp=at is_amo=amo
"""


def rejection(view: OrderView) -> tuple[str | None, str | None]:
    """`status_message` and `status_message_raw`; nothing for an order that was not rejected."""
    order = view.order
    if order.state is not State.REJECTED or not view.last:
        return None, None
    if order.reason is Reason.FUNDS:
        return f"You need to add Rs. {view.worth} in your account to place this trade.", "RMS:Margin Exceeds"
    known = TEXTS.get(order.reason) if order.reason is not None else None
    return known or (order.message, order.message)


def _variety(view: OrderView) -> str:
    return "AMO" if view.amo else "SIMPLE"


BOOK = Shape(
    OrderView,
    STYLE,
    _COMMON
    + """
    guid=null status price quantity average_price filled_quantity=filled pending_quantity=unfilled status_message
    status_message_raw exchange_order_id exchange_timestamp=exchange_at order_request_id order_ref_id
    """,
    variety=_variety,
    status_message=lambda view: rejection(view)[0],
    status_message_raw=lambda view: rejection(view)[1],
    exchange_order_id=lambda view: view.exchange_order_id or "",
    order_request_id=lambda view: str(view.changes + 1),
)
HISTORY = Shape(
    OrderView,
    STYLE,
    _COMMON
    + """
    status price quantity average_price filled_quantity=filled status_message exchange_order_id order_request_id
    exchange_timestamp=exchange_at parent_order_id="NA" trading_symbol=symbol tradingsymbol=symbol
    """,
    variety=_variety,
    status_message=lambda view: rejection(view)[0],
    order_request_id=lambda view: str(view.changes + 1) if view.last else "1",
)
"""Other than in the book, nothing stands for an id of the exchange that is not there yet (null), `NA` for no parent
order, and a share has its bare symbol. Source: the documented sample of the order history."""
TRADE = Shape(
    TradeView,
    Style(moment="%d-%b-%Y %H:%M:%S", names=STYLE.names),
    """
    exchange="NSE" product trading_symbol tradingsymbol instrument_token order_type transaction_type=side quantity
    exchange_order_id order_id exchange_timestamp=at average_price=price trade_id order_ref_id
    order_timestamp=ordered_at
    """,
    exchange_order_id=lambda view: view.exchange_order_id or "",
)


def postback(exchange: Exchange, order: Order, app: App) -> Postback:
    """The order update that goes to an app's postback URL. It carries no proof of where it comes from."""
    row = BOOK(order_view(exchange, order, VOCABULARY))
    who = {"update_type": "order", "user_id": order.account_id, "userId": order.account_id}
    update = who | {"instrument_key": row["instrument_token"]} | row | {"status_message": row["status_message"] or ""}
    lie = update | {"status": "complete", "filled_quantity": order.quantity, "pending_quantity": 0}
    return Postback.of(app.postback_url, update, lie, **{"user-agent": "upstox"})
