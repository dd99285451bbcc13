"""Readings that every broker's wire needs: counts, amounts and times, none of them ever a float."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Generic, Literal, Protocol, TypeVar, cast

import msgspec

from torana.connectors.contract import BrokerStatus, Rows, Unknown
from torana.connectors.symbols import code_of
from torana.kit.clock import IST
from torana.kit.money import Paise, nearest_paise

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_WALL_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_PARTLY_FILLABLE = frozenset({BrokerStatus.RECEIVED, BrokerStatus.OPEN, BrokerStatus.TRIGGER_PENDING})

Count = Annotated[int, msgspec.Meta(ge=-(10**12), le=10**12)]
"""A number of shares on the wire. What is beyond reason does not decode."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
"""A text that must say something: a token, a proof."""

Identifier = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
"""An id of the broker's. A longer one is none."""

_MOST_SHARES = 10**12
_MOST_DIGITS = 60
LONGEST_MESSAGE = 500
LONGEST_WORD = 100


class Envelope(msgspec.Struct, Generic[T], frozen=True):
    """`{"status": "success", "data": …}`, as several brokers write it."""

    status: Literal["success"]
    data: T


class OrderId(msgspec.Struct, frozen=True):
    order_id: Identifier


class WithData(Protocol[T_co]):
    """An answer that has what was asked for in an envelope, whatever the broker's envelope is."""

    @property
    def data(self) -> T_co: ...


class Data(msgspec.Struct, Generic[T], frozen=True):
    """`{"data": …}`, whatever stands beside it."""

    data: T


def grouped(pairs: Iterable[tuple[str, T]]) -> dict[str, list[T]]:
    """What goes with each of the first: the codes of an exchange, for one."""
    told: dict[str, list[T]] = {}
    for first, second in pairs:
        told.setdefault(first, []).append(second)
    return told


def list_under(success: type[msgspec.Struct], name: str) -> type[WithData[list[Any]]]:
    """An answer that is such a success, and has a list of rows under this name."""
    rows = ("data", list[Any], msgspec.field(name=name))
    kind: Any = msgspec.defstruct(name, [rows], bases=(success,), frozen=True)
    return cast("type[WithData[list[Any]]]", kind)


def message_of(texts: Iterable[str | None]) -> str | None:
    """The first text that says something, cut to what a page can show."""
    return next((text[:LONGEST_MESSAGE] for text in texts if text), None)


def amount(rupees: Decimal | None) -> Paise:
    """Rupees of a wire to the nearest paisa; None is nothing, as where no share was bought yet.

    Raises `Unknown` for what is no amount of money.
    """
    if rupees is None:
        return 0
    try:
        return nearest_paise(rupees)
    except ValueError:
        raise Unknown("the broker's answer holds an amount beyond reason") from None


def amount_at(told: object, *names: str) -> Paise:
    """The rupees that stand under these names, one within the other. Raises `Unknown` where there are none, and for
    what is no amount of money."""
    return amount(rupees_at(told, *names))


def rupees_at(told: object, *names: str) -> Decimal:
    """The same as they are told. Raises `Unknown` for what is no number."""
    return value_at(told, Decimal, *names)


def value_at(told: object, kind: type[T], *names: str) -> T:
    """What stands under these names, one within the other. Raises `Unknown` for what is not of this kind."""
    for name in names:
        told = told.get(name) if isinstance(told, Mapping) else None
    try:
        return msgspec.convert(told, kind)
    except msgspec.ValidationError:
        raise Unknown(f"the broker's answer does not hold what is documented at {'.'.join(names)}") from None


def of_paise(told: Decimal) -> Paise:
    """Paise of a wire to the nearest whole one. Raises `Unknown`."""
    return _reckoned(lambda: told / 100)


def total(rupees: Iterable[Decimal]) -> Paise:
    """Their sum, to the nearest paisa. Raises `Unknown`."""
    return _reckoned(lambda: sum(rupees, Decimal()))


def _reckoned(rupees: Callable[[], Decimal]) -> Paise:
    try:
        return amount(rupees())
    except ArithmeticError:
        raise Unknown("the broker's answer holds an amount beyond reason") from None


def whole(number: Decimal | int | None) -> int:
    """A number of shares that may have come as a text, none where nothing is told. Raises `Unknown` for any other."""
    told = Decimal(number or 0)
    if not told.is_finite() or abs(told) > _MOST_SHARES or told != told.to_integral_value():
        raise Unknown("the broker's answer holds a number of shares that is none")
    return int(told)


def number(told: object, nothing: Collection[str] = ("",)) -> Decimal | None:
    """A number that may be a text with commas for thousands (`"19,000.00"`); None where nothing is told, for which some
    brokers have words. Raises `ValueError` for what is no number."""
    if told is None or (isinstance(told, str) and told.strip() in nothing):
        return None
    if isinstance(told, bool) or not isinstance(told, str | int | Decimal) or len(str(told)) > _MOST_DIGITS:
        raise ValueError("no number")
    try:
        return Decimal(str(told).strip().replace(",", ""))
    except InvalidOperation:
        raise ValueError("no number") from None


def nonzero(told: object) -> str | None:
    """An id, a number or a text; None for zeros alone, which stand for none."""
    text = code_of(told)
    return None if text is None or not text.strip("0") else text


def in_parts(keys: Iterable[T], most: int) -> Iterator[list[T]]:
    """So many at once, of a broker that takes no more."""
    left = list(keys)
    for at in range(0, len(left), most):
        yield left[at : at + most]


def released(rows: Rows[tuple[str, int]]) -> dict[str, int]:
    """Shares by ISIN out of rows of holdings, those of one security added up. What could not be read, or may have been
    about any security, is left out: it was not told."""
    if any(row.isin is None for row in rows.unread):
        return {}
    hidden = {row.isin for row in rows.unread}
    told: Counter[str] = Counter()
    for isin, quantity in rows.read:
        told[isin] += quantity
    return {isin: quantity for isin, quantity in told.items() if isin not in hidden}


def with_fill(status: BrokerStatus, quantity: int, filled: int) -> BrokerStatus:
    """A status seen beside its quantities: most brokers have no word for partly filled."""
    return BrokerStatus.PARTIAL if status in _PARTLY_FILLABLE and 0 < filled < quantity else status


def indian_time(text: str | None) -> datetime | None:
    """`YYYY-MM-DD HH:MM:SS` on a clock in India to UTC; None for what does not read like that."""
    if text is None or _WALL_TIME.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=IST).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def named_month_time(text: str | None) -> datetime | None:
    """`18-Nov-2026 10:32:01` on a clock in India to UTC; None for what does not read like that."""
    return _indian(text, "%d-%b-%Y %H:%M:%S")


def day_first_time(text: str | None) -> datetime | None:
    """`18/11/2026 10:32:01` on a clock in India to UTC; None for what does not read like that."""
    return _indian(text, "%d/%m/%Y %H:%M:%S")


def _indian(text: str | None, form: str) -> datetime | None:
    try:
        return datetime.strptime(text or "", form).replace(tzinfo=IST).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
