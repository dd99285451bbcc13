"""What an order looks like when it arrives, and what Upstox checks before its order system sees it.

Quantities are documented as integers, prices as numbers, switches as booleans. Text that holds one is taken as well: a
client in daily use with the real API (marketcalls/openalgo, `broker/upstox`) sends `"7"` and `"false"`.
Source: Upstox developer API documentation, place order (v2, v3), place multi order, modify order, UpLink Business.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn, TypeVar

from torana.kit.money import Paise, paise
from torana.sandbox.upstox.errors import Code, Refused

TAG_LENGTH = 40
CORRELATION_ID_LENGTH = 20
LARGEST_PROTECTION = 25
"""Per cent."""
AUTOMATIC_PROTECTION = Decimal(-1)

_INSTRUMENT_KEY = re.compile(r"[A-Z]+_[A-Z]+\|[A-Za-z0-9 ]+")
_WHOLE = re.compile(r"-?[0-9]{1,10}")
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]+)?")
_BOOLEANS = {"true": True, "false": False}
_ORDER_ID = re.compile(r"[A-Za-z0-9-]+")
_ORDER_TYPES = ("MARKET", "LIMIT", "SL", "SL-M")
_VALIDITIES = ("DAY", "IOC")
_SIDES = ("BUY", "SELL")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shape:
    """A place where an order can arrive: its products, the fields that may be absent, whether it is one of many."""

    products: tuple[str, ...] = ("I", "D", "MTF")
    optional: frozenset[str] = frozenset()
    correlated: bool = False


V2 = Shape(products=("I", "D", "CO", "MTF"))
V3 = Shape()
MULTI = Shape(correlated=True)
UPLINK = Shape(optional=frozenset({"trigger_price", "disclosed_quantity", "is_amo"}))


@dataclass(frozen=True, slots=True)
class OrderForm:
    """An order that passed the checks of form. Prices in paise, quantities in shares, protection in per cent."""

    instrument_key: str
    side: str
    order_type: str
    product: str
    validity: str
    quantity: int
    price: Paise
    trigger_price: Paise
    disclosed_quantity: int
    is_amo: bool
    tag: str | None
    slice: bool
    market_protection: Decimal
    correlation_id: str | None


@dataclass(frozen=True, slots=True)
class ModifyForm:
    """A change of an order; what is None stays as it is."""

    order_id: str
    quantity: int | None
    order_type: str
    validity: str
    price: Paise
    trigger_price: Paise
    disclosed_quantity: int | None


def decode(body: bytes | str) -> object:
    """JSON with its decimals unharmed. Raises `Refused` for anything else."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refused(Code.MALFORMED_INPUT) from None


def decode_object(body: bytes) -> dict[str, object]:
    given = decode(body)
    if not isinstance(given, dict):
        raise Refused(Code.MALFORMED_INPUT)
    return given


def read_order(given: Mapping[str, object], shape: Shape) -> OrderForm:
    """The order in a request. Raises `Refused` with the first thing that is wrong."""
    instrument_key = _text(given, "instrument_token", Code.INSTRUMENT_KEY_MISSING)
    if not _INSTRUMENT_KEY.fullmatch(instrument_key):
        raise Refused(Code.INSTRUMENT_KEY_MISSING, "instrument_token", instrument_key)
    order_type = _choice(given, "order_type", _ORDER_TYPES, Code.ORDER_TYPE_MISSING, Code.ORDER_TYPE_WRONG)
    quantity = _integer(given, "quantity", Code.QUANTITY_ZERO)
    if quantity <= 0:
        raise Refused(Code.QUANTITY_ZERO, "quantity", quantity)
    form = OrderForm(
        instrument_key=instrument_key,
        side=_choice(given, "transaction_type", _SIDES, Code.INVALID_INPUT, Code.INVALID_INPUT),
        order_type=order_type,
        product=_choice(given, "product", shape.products, Code.INVALID_INPUT, Code.INVALID_INPUT),
        validity=_choice(given, "validity", _VALIDITIES, Code.VALIDITY_MISSING, Code.VALIDITY_WRONG),
        quantity=quantity,
        price=_price(given, "price"),
        trigger_price=_or(0, given, "trigger_price", shape, _price),
        disclosed_quantity=_or(0, given, "disclosed_quantity", shape, _integer),
        is_amo=_or(False, given, "is_amo", shape, _boolean),
        tag=_tag(given),
        slice=_optional_boolean(given, "slice"),
        market_protection=_protection(given, order_type),
        correlation_id=_correlation_id(given) if shape.correlated else None,
    )
    _check_prices(order_type, form.price, form.trigger_price)
    _check_disclosed(form.disclosed_quantity, quantity)
    return form


def read_change(given: Mapping[str, object]) -> ModifyForm:
    """The change in a modify request. Raises `Refused`."""
    if not given.get("order_id"):
        raise Refused(Code.MODIFY_ORDER_ID_MISSING, "order_id")
    order_type = _choice(given, "order_type", _ORDER_TYPES, Code.ORDER_TYPE_MISSING, Code.ORDER_TYPE_WRONG)
    _protection(given, order_type)
    quantity = None if given.get("quantity") is None else _integer(given, "quantity")
    if quantity is not None and quantity <= 0:
        raise Refused(Code.QUANTITY_ZERO, "quantity", quantity)
    disclosed = None if given.get("disclosed_quantity") is None else _integer(given, "disclosed_quantity")
    form = ModifyForm(
        order_id=read_order_id(_text(given, "order_id", Code.MODIFY_ORDER_ID_MISSING)),
        quantity=quantity,
        order_type=order_type,
        validity=_choice(given, "validity", _VALIDITIES, Code.VALIDITY_MISSING, Code.VALIDITY_WRONG),
        price=_price(given, "price"),
        trigger_price=_price(given, "trigger_price"),
        disclosed_quantity=disclosed,
    )
    _check_prices(order_type, form.price, form.trigger_price)
    return form


def read_order_id(given: str | None) -> str:
    """An order id out of a query. Raises `Refused`."""
    if not given:
        raise Refused(Code.ORDER_ID_MISSING, "order_id")
    if not _ORDER_ID.fullmatch(given):
        raise Refused(Code.ORDER_ID_WRONG, "order_id", given)
    return given


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _or(default: T, given: Mapping[str, object], name: str, shape: Shape, read: Callable[..., T]) -> T:
    if name in shape.optional and given.get(name) is None:
        return default
    return read(given, name)


def _text(given: Mapping[str, object], name: str, missing: Code = Code.INVALID_INPUT) -> str:
    value = given.get(name)
    if value is None or value == "":
        raise Refused(missing, name, value)
    if not isinstance(value, str):
        raise Refused(Code.MALFORMED_INPUT, name, value)
    return value


def _choice(given: Mapping[str, object], name: str, allowed: tuple[str, ...], missing: Code, wrong: Code) -> str:
    value = _text(given, name, missing)
    if value not in allowed:
        raise Refused(wrong, name, value)
    return value


def _integer(given: Mapping[str, object], name: str, missing: Code = Code.INVALID_INPUT) -> int:
    value = given.get(name)
    if value is None or value == "":
        raise Refused(missing, name)
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**31:
        raise Refused(Code.MALFORMED_INPUT, name, _plain(value))
    return value


def _price(given: Mapping[str, object], name: str) -> Paise:
    value = _number(given.get(name))
    if value is None or value == "":
        raise Refused(Code.INVALID_INPUT, name)
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        raise Refused(Code.MALFORMED_INPUT, name, _plain(value))
    try:
        amount = paise(value)
    except ValueError:
        raise Refused(Code.INVALID_INPUT, name, _plain(value)) from None
    if amount < 0:
        raise Refused(Code.INVALID_INPUT, name, _plain(value))
    return amount


def _boolean(given: Mapping[str, object], name: str) -> bool:
    value = given.get(name)
    if value is None or value == "":
        raise Refused(Code.INVALID_INPUT, name)
    if isinstance(value, str):
        value = _BOOLEANS.get(value, value)
    if not isinstance(value, bool):
        raise Refused(Code.MALFORMED_INPUT, name, _plain(value))
    return value


def _optional_boolean(given: Mapping[str, object], name: str) -> bool:
    return False if given.get(name) is None else _boolean(given, name)


def _tag(given: Mapping[str, object]) -> str | None:
    value = given.get("tag")
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise Refused(Code.MALFORMED_INPUT, "tag", _plain(value))
    if len(value) > TAG_LENGTH:
        raise Refused(Code.TAG_TOO_LONG, "tag", value)
    return value


def _correlation_id(given: Mapping[str, object]) -> str:
    value = _text(given, "correlation_id", Code.MULTI_NO_CORRELATION)
    if len(value) > CORRELATION_ID_LENGTH:
        raise Refused(Code.MULTI_CORRELATION_TOO_LONG, "correlation_id", value)
    return value


def _protection(given: Mapping[str, object], order_type: str) -> Decimal:
    """How far, in per cent, a MARKET order may move from the last price; -1 lets the broker choose."""
    value = _number(given.get("market_protection"))
    if value is None or value == "":
        return AUTOMATIC_PROTECTION
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        raise Refused(Code.MALFORMED_INPUT, "market_protection", _plain(value))
    if value > LARGEST_PROTECTION:
        raise Refused(Code.PROTECTION_TOO_LARGE, "market_protection", _plain(value))
    if value < 0 and value != AUTOMATIC_PROTECTION:
        raise Refused(Code.PROTECTION_WRONG, "market_protection", _plain(value))
    if value == 0 and order_type in ("MARKET", "SL-M"):
        raise Refused(Code.MARKET_ORDER_BLOCKED, "market_protection", 0)
    return Decimal(value)


def _check_prices(order_type: str, price: Paise, trigger: Paise) -> None:
    match order_type:
        case "MARKET" if price:
            raise Refused(Code.PRICE_NOT_REQUIRED, "price")
        case "LIMIT" if not price:
            raise Refused(Code.PRICE_MISSING, "price")
        case "SL" if not (price and trigger):
            raise Refused(Code.PRICE_AND_TRIGGER_MISSING, "price" if trigger else "trigger_price")
        case "SL-M" if not trigger:
            raise Refused(Code.TRIGGER_MISSING, "trigger_price")
        case "SL-M" if price:
            raise Refused(Code.ONLY_TRIGGER_REQUIRED, "price")


def _check_disclosed(disclosed: int, quantity: int) -> None:
    if disclosed < 0 or disclosed > quantity:
        raise Refused(Code.INVALID_INPUT, "disclosed_quantity", disclosed)
    if disclosed and disclosed * 10 < quantity:
        raise Refused(Code.DISCLOSED_TOO_SMALL, "disclosed_quantity", disclosed)


def _number(value: object) -> object:
    """Text that holds a number becomes that number."""
    return Decimal(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value


def _plain(value: object) -> object:
    """A value as it can stand in a JSON answer."""
    return float(value) if isinstance(value, Decimal) else value
