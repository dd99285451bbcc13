"""What an order looks like when it arrives, and what Kite checks before its order system sees it.

Parameters come form-encoded from the API and as JSON from a browser basket.
Source: Kite Connect v3 documentation, orders; offsite order execution. Simulated: delivery (CNC) of NSE equities as
MARKET or LIMIT, DAY or IOC, variety regular or amo. Everything else that Kite knows is refused as not simulated.
"""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from torana.kit.money import Paise, paise
from torana.sandbox.kite.errors import InputError
from torana.sandbox.kite.instruments import symbol_of
from torana.sandbox.models import OrderType, Side, Ticket

TAG_LENGTH = 20
VARIETIES = ("regular", "amo", "co", "iceberg", "auction")
EXCHANGES = ("NSE", "BSE", "NFO", "CDS", "BCD", "MCX", "BFO")
ORDER_TYPES = ("MARKET", "LIMIT", "SL", "SL-M")
PRODUCTS = ("CNC", "NRML", "MIS", "MTF")
VALIDITIES = ("DAY", "IOC", "TTL")
AUTOMATIC_PROTECTION = Decimal(-1)
LARGEST_PROTECTION = Decimal(100)
"""Per cent."""
LARGEST_ORDER = 100_000
"""Shares of one order: the broker's own limit, beside the exchange's freeze quantity."""

_TAG = re.compile(r"[A-Za-z0-9 ]+")
"""Called alphanumeric; the documented order book has tags with spaces (`connect test order1`)."""
_WHOLE = re.compile(r"[0-9]{1,9}")


def read_variety(variety: str) -> str:
    """`regular` or `amo`. Raises `InputError`."""
    return _known("variety", variety, VARIETIES, ("regular", "amo"))


def read_ticket(given: Mapping[str, str], variety: str, app: str, *, protected: bool = True) -> Ticket:
    """The order in a request of the API. Raises `InputError` with the first thing that is wrong.

    `protected`: a MARKET order must name a market protection (API orders, not those of a browser basket).
    """
    symbol = symbol_of(_required(given, "tradingsymbol"))
    _known("exchange", _required(given, "exchange"), EXCHANGES, ("NSE",))
    side = _known("transaction_type", _required(given, "transaction_type"), ("BUY", "SELL"))
    kind = _known("order_type", _required(given, "order_type"), ORDER_TYPES, ("MARKET", "LIMIT"))
    quantity = read_whole(given, "quantity")
    if not quantity:
        raise InputError("Invalid `quantity`.")
    if quantity > LARGEST_ORDER:
        raise InputError("The maximum allowed `quantity` of one order is 100000 shares.")
    product = _known("product", _required(given, "product"), PRODUCTS, ("CNC",))
    validity = _known("validity", given.get("validity") or "DAY", VALIDITIES, ("DAY", "IOC"))
    read_whole(given, "disclosed_quantity", required=False)
    protection = _protection(given)
    if kind == "MARKET" and protected and not protection:
        raise InputError("Market orders need `market_protection`: -1 for automatic, or a percentage.")
    if given.get("autoslice", "false") not in ("true", "false"):
        raise InputError("Invalid `autoslice`.")
    return Ticket(
        symbol=symbol,
        side=Side(side),
        quantity=quantity,
        order_type=OrderType(kind),
        limit_price=read_price(given) if kind == "LIMIT" else None,
        product=product,
        validity=validity,
        amo=variety == "amo",
        tag=_tag(given),
        app=app,
        extra={"market_protection": f"{protection:f}"},
    )


def read_whole(given: Mapping[str, str], name: str, *, required: bool = True) -> int | None:
    """A whole number without sign. Raises `InputError`."""
    text = _required(given, name) if required else given.get(name) or None
    if text is None:
        return None
    if not _WHOLE.fullmatch(text):
        raise InputError(f"Invalid `{name}`.")
    return int(text)


def read_price(given: Mapping[str, str]) -> Paise:
    """`price` in rupees, above zero. Raises `InputError`."""
    try:
        price = paise(_required(given, "price"))
    except ValueError:
        raise InputError("Invalid `price`.") from None
    if price <= 0:
        raise InputError("Invalid `price`.")
    return price


def _protection(given: Mapping[str, str]) -> Decimal:
    try:
        protection = Decimal(given.get("market_protection") or "0")
    except InvalidOperation:
        raise InputError("Invalid `market_protection`.") from None
    if protection != AUTOMATIC_PROTECTION and not 0 <= protection <= LARGEST_PROTECTION:
        raise InputError("Invalid `market_protection`.")
    return protection


def _tag(given: Mapping[str, str]) -> str | None:
    tag = given.get("tag") or None
    if tag is not None and (len(tag) > TAG_LENGTH or not _TAG.fullmatch(tag)):
        raise InputError(
            f"Invalid `tag`. It should be alphanumeric, spaces allowed, and not longer than {TAG_LENGTH} characters."
        )
    return tag


def _required(given: Mapping[str, str], name: str) -> str:
    value = given.get(name, "")
    if not value:
        raise InputError(f"Missing `{name}`.")
    return value


def _known(name: str, value: str, known: tuple[str, ...], simulated: tuple[str, ...] | None = None) -> str:
    if value not in known:
        raise InputError(f"Invalid `{name}`.")
    if simulated is not None and value not in simulated:
        raise InputError(f"`{name}` {value} is not simulated.")
    return value
