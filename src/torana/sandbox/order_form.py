"""Orders as they arrive: one reader for all brokers, and the order that comes out of it.

A dialect reads field by field, in the order in which its broker complains, and says once what each fault answers:
`Reader(given, refuse)` calls `refuse(field, fault, value)` for the first thing that is wrong and raises what it gets.
Numbers, prices and switches may be JSON or the text of it: which one a broker documents is for the dialect to check.
"""

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, NoReturn

from torana.kit.money import Paise, paise
from torana.market.models import Security
from torana.sandbox.exchange import Exchange
from torana.sandbox.models import OrderType, Side, Ticket
from torana.sandbox.securities import NSE, find

_WHOLE = re.compile(r"-?[0-9]{1,10}")
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]+)?")
_SWITCHES = {"true": True, "false": False}
_LARGEST_WHOLE = 2**31


class Fault(StrEnum):
    """What is wrong with a field."""

    MISSING = "missing"
    MALFORMED = "malformed"
    """Not of the documented type."""
    INVALID = "invalid"
    """Of the type, but not a value that the broker takes."""
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"
    NOT_SIMULATED = "not_simulated"
    """The real broker takes it, the sandbox does not."""


Refuse = Callable[[str, Fault, object], Exception]


@dataclass(frozen=True, slots=True)
class OrderForm:
    """An order that passed the checks of form. Prices in paise (0: none), quantities in shares."""

    symbol: str
    side: Side
    quantity: int
    order_type: str
    """MARKET, LIMIT, or a kind that only the dialect knows."""
    price: Paise
    product: str
    """The broker's word."""
    validity: str = "DAY"
    amo: bool = False
    tag: str | None = None
    trigger_price: Paise = 0
    disclosed: int = 0
    market_protection: int | Decimal = 0
    """How far, in per cent, a MARKET order may move from the last price; -1 lets the broker choose."""
    slice: bool = False
    """Whether the broker cuts it at the freeze quantity."""
    instrument: str = ""
    """How the broker names the instrument, where that is not the symbol."""
    exchange: str = NSE

    @property
    def security(self) -> Security | None:
        """None when it is not listed."""
        return find(self.exchange, self.symbol)

    def ticket(self, app: str, *, amo: bool | None = None) -> Ticket:
        """For the exchange. Raises `ValueError` for a kind of order that the exchange does not know."""
        kind = OrderType(self.order_type)
        price = (self.price or None) if kind is OrderType.LIMIT else None
        return Ticket(
            self.symbol, self.side, self.quantity, kind, price, self.product, validity=self.validity,
            amo=self.amo if amo is None else amo, tag=self.tag, app=app, disclosed=self.disclosed,
            market_protection=self.market_protection, exchange=self.exchange,
        )  # fmt: skip

    def slices(self, exchange: Exchange) -> list[int]:
        """The quantities of the orders that it becomes: cut at the freeze quantity, if it asks for that."""
        largest = exchange.freeze_quantity(exchange.security(self.symbol, self.exchange)) if self.slice else None
        if largest is None:
            return [self.quantity]
        whole, rest = divmod(self.quantity, largest)
        return [largest] * whole + ([rest] if rest else [])

    def as_market_ticket(self, app: str) -> Ticket:
        """Side, symbol and quantity, for what does not look at prices."""
        kind = OrderType.MARKET
        return Ticket(self.symbol, self.side, self.quantity, kind, None, self.product, app=app, exchange=self.exchange)


@dataclass(frozen=True, slots=True)
class Change:
    """A change of an order; what is None, 0 or empty stays as it is."""

    order_id: str = ""
    quantity: int | None = None
    order_type: str = ""
    price: Paise = 0
    trigger_price: Paise = 0
    market_protection: int | Decimal = 0


def decoded(body: bytes | str) -> object:
    """JSON with its decimals unharmed. Raises `ValueError` for anything else."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("nested too deep") from None


def parsed(body: bytes | str, wrong: Exception) -> object:
    """As `decoded`. Raises `wrong` for anything else."""
    try:
        return decoded(body)
    except ValueError:
        raise wrong from None


def objects(given: object, wrong: Exception, *, least: int = 1, most: int | None = None) -> list[dict[str, Any]]:
    """A list of so many JSON objects. Raises `wrong` for anything else."""
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise wrong
    if not least <= len(given) <= (len(given) if most is None else most):
        raise wrong
    return given


class Reader:
    """Reads the fields of one request. Every method raises what `refuse` makes of the first fault of its field."""

    def __init__(self, given: Mapping[str, object], refuse: Refuse) -> None:
        self._given = given
        self._refuse = refuse

    def text(self, name: str, pattern: re.Pattern[str] | None = None, longest: int | None = None) -> str:
        """Text that says something, and fits the pattern."""
        value = self._given.get(name)
        if value is None or value == "":
            raise self._refuse(name, Fault.MISSING, value)
        if not isinstance(value, str):
            raise self._refuse(name, Fault.MALFORMED, plain(value))
        if longest is not None and len(value) > longest:
            raise self._refuse(name, Fault.TOO_LONG, value)
        if pattern is not None and not pattern.fullmatch(value):
            raise self._refuse(name, Fault.INVALID, value)
        return value

    def choice(
        self, name: str, known: Collection[str], simulated: Collection[str] | None = None, default: str | None = None
    ) -> str:
        """One of the words that the broker knows, and of those that the sandbox simulates."""
        if default is not None and not self.has(name):
            return default
        value = self.text(name)
        if value not in known:
            raise self._refuse(name, Fault.INVALID, value)
        if simulated is not None and value not in simulated:
            raise self._refuse(name, Fault.NOT_SIMULATED, value)
        return value

    def whole(self, name: str, *, least: int | None = None) -> int:
        """A whole number."""
        value = self._something(name)
        if isinstance(value, str) and _WHOLE.fullmatch(value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= _LARGEST_WHOLE:
            raise self._refuse(name, Fault.MALFORMED, plain(value))
        if least is not None and value < least:
            raise self._refuse(name, Fault.TOO_SMALL, value)
        return value

    def number(self, name: str) -> int | Decimal:
        value = self._something(name)
        if isinstance(value, str) and _NUMBER.fullmatch(value):
            value = Decimal(value)
        if not isinstance(value, int | Decimal) or isinstance(value, bool):
            raise self._refuse(name, Fault.MALFORMED, plain(value))
        return value

    def price(self, name: str, *, least: Paise = 0) -> Paise:
        """Rupees on the wire; whole paise and not below `least`."""
        value = self.number(name)
        try:
            amount = paise(value)
        except ValueError:
            raise self._refuse(name, Fault.INVALID, plain(value)) from None
        if amount < least:
            raise self._refuse(name, Fault.TOO_SMALL, plain(value))
        return amount

    def switch(self, name: str) -> bool:
        value = self._something(name)
        if isinstance(value, str):
            value = _SWITCHES.get(value, value)
        if not isinstance(value, bool):
            raise self._refuse(name, Fault.MALFORMED, plain(value))
        return value

    def has(self, name: str) -> bool:
        """Whether the field says anything."""
        return self._given.get(name) not in (None, "")

    def _something(self, name: str) -> object:
        if not self.has(name):
            raise self._refuse(name, Fault.MISSING, None)
        return self._given[name]


def not_repeated(given: Mapping[str, object], row: Mapping[str, object], names: Collection[str]) -> str | None:
    """The first of these fields that does not say again what stands in the row."""
    flags = (name for name in names if isinstance(given.get(name), bool) is not isinstance(row[name], bool))
    return next(flags, None) or next((name for name in names if given.get(name) != row[name]), None)


def plain(value: object) -> object:
    """A value as it can stand in a JSON answer."""
    return float(value) if isinstance(value, Decimal) else value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
