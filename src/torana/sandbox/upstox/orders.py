"""Orders as Upstox takes them: fields of a request, and the update that it sends after a change.

Quantities are documented as integers, prices as numbers, switches as booleans. Text that holds one is taken as well: a
client in daily use with the real API (marketcalls/openalgo, `broker/upstox`) sends `"7"` and `"false"`.
Source: Upstox developer API documentation, place order (v2, v3), place multi order, modify order, UpLink Business,
webhook.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from torana.kit.money import Paise
from torana.sandbox.exchange import Exchange
from torana.sandbox.models import Order, Side
from torana.sandbox.order_form import OrderForm, Reader, decoded, plain
from torana.sandbox.order_views import order_view
from torana.sandbox.postbacks import Postback
from torana.sandbox.upstox.errors import Code, refuse, refused
from torana.sandbox.upstox.wire import BOOK, VOCABULARY, find_by_key
from torana.sandbox.world import App

TAG_LENGTH, CORRELATION_ID_LENGTH = 40, 20
LARGEST_PROTECTION, AUTOMATIC_PROTECTION = 25, -1
"""Per cent."""
_INSTRUMENT_KEY = re.compile(r"[A-Z]+_[A-Z]+\|[A-Za-z0-9 ]+")
_ORDER_ID = re.compile(r"[A-Za-z0-9-]+")
_ORDER_TYPES = ("MARKET", "LIMIT", "SL", "SL-M")
_VALIDITIES = ("DAY", "IOC")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A place where an order can arrive: its products, the fields that may be absent, whether it is one of many."""

    products: tuple[str, ...] = ("I", "D", "MTF")
    optional: frozenset[str] = frozenset()
    correlated: bool = False


V2 = Arrival(products=("I", "D", "CO", "MTF"))
V3 = Arrival()
MULTI = Arrival(correlated=True)
UPLINK = Arrival(optional=frozenset({"trigger_price", "disclosed_quantity", "is_amo"}))


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


def read_order(given: Mapping[str, object], place: Arrival) -> UpstoxForm:
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
    symbol, exchange = (security.symbol, security.exchange) if security else ("", "")
    return UpstoxForm(
        symbol, side, quantity, kind, price, product, validity, amo, tag, trigger, key, kept, exchange,
        slice=sliced, market_protection=protection, correlation_id=correlation,
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


def postback(exchange: Exchange, order: Order, app: App) -> Postback:
    """The order update that goes to an app's postback URL. It carries no proof of where it comes from."""
    row = BOOK(order_view(exchange, order, VOCABULARY))
    who = {"update_type": "order", "user_id": order.account_id, "userId": order.account_id}
    update = who | {"instrument_key": row["instrument_token"]} | row | {"status_message": row["status_message"] or ""}
    lie = update | {"status": "complete", "filled_quantity": order.quantity, "pending_quantity": 0}
    return Postback.of(app.postback_url, update, lie, **{"user-agent": "upstox"})
