"""What a broker sends, made safe where it enters: one reader for answers, refusals and postbacks.

Texts lose control characters, lone surrogates and marks that turn the direction of writing: the database, a log or a
page would break on them. Bytes that are no UTF-8 become the replacement character, so that a foreign order's text
cannot hide a whole book. A whole number written as `10.0` is 10. A number beyond any size is
`Infinity`, which no count and no amount takes.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

import msgspec
import structlog

from torana.connectors.contract import Rows, Unknown, Unread
from torana.connectors.symbols import plain
from torana.kit.metrics import ROWS_UNREADABLE

T = TypeVar("T")
W = TypeVar("W")

log = structlog.get_logger(__name__)

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_PLAIN = bytes(range(0x20, 0x7F)) + b"\t\n\r"
_ESCAPES = re.compile(rb"\\[ubfnrt]")
"""Without them, and without bytes that are not plain, every text is."""
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
_SPACES = re.compile(r"[\t\n\r\u2028\u2029]+")
_MOST_DIGITS = 40
_BEYOND = Decimal("Infinity")
_ERRORS = (msgspec.DecodeError, ValueError, ArithmeticError, RecursionError)


class Unreadable(ValueError):
    """The body is not what it should be. The text quotes nothing of it."""


def decode(body: bytes, kind: type[T]) -> T:
    """The body as `kind`, safe to keep. Raises `Unreadable`."""
    body = body.removeprefix(_BYTE_ORDER_MARK)
    if not _needs_care(body):
        try:
            return _typed(kind, body)
        except _ERRORS:
            pass  # the careful way may still read it, `10.0` as a count for one
    try:
        return msgspec.convert(_tree(body), kind)
    except _ERRORS:
        raise Unreadable("not the answer that is documented") from None


def _needs_care(body: bytes) -> bool:
    """In two steps, for a book of thousands of orders: one pass each, in C."""
    return bool(body.translate(None, _PLAIN)) or (b"\\" in body and _ESCAPES.search(body) is not None)


def read_rows(
    rows: Iterable[object],
    kind: type[W],
    translate: Callable[[W], T],
    *,
    broker: str,
    ours: Callable[[object], bool],
) -> list[T]:
    """Every row that can be read. One that cannot is left out and counted, unless it may be `ours`: then nothing is
    known of the whole, and `Unknown` is raised."""
    read: list[T] = []
    left_out = 0
    for given in rows:
        try:
            read.append(_row(given, kind, translate))
        except (*_ERRORS, Unknown):
            if ours(clean(given)):
                ROWS_UNREADABLE.labels(broker, "ours").inc()
                raise Unknown("the broker's answer holds an order of ours that cannot be read") from None
            ROWS_UNREADABLE.labels(broker, "foreign").inc()
            left_out += 1
    if left_out:
        log.warning("connectors.rows.left_out", broker=broker, rows=left_out, kind=kind.__name__)
    return read


def read_all_rows(rows: Iterable[object], kind: type[W], translate: Callable[[W], T], *, broker: str) -> Rows[T]:
    """Every row that can be read. One that cannot is counted, and told by the security that it names."""
    read: list[T] = []
    unread: list[Unread] = []
    for given in rows:
        try:
            read.append(_row(given, kind, translate))
        except (*_ERRORS, Unknown):
            ROWS_UNREADABLE.labels(broker, "foreign").inc()
            unread.append(_about(clean(given)))
    if unread:
        log.warning("connectors.rows.left_out", broker=broker, rows=len(unread), kind=kind.__name__)
    return Rows(read, unread)


def _row(given: object, kind: type[W], translate: Callable[[W], T]) -> T:
    try:
        wired = msgspec.convert(given, kind)
    except _ERRORS:
        wired = msgspec.convert(clean(given), kind)
    return translate(wired)


_ISIN = re.compile(r"(?<![A-Z0-9])IN[A-Z0-9]{9}[0-9](?![A-Z0-9])")
_ISIN_FIELDS = ("isin", "ISIN", "scripisinno", "instrument_token")
_SYMBOL_FIELDS = (
    "tradingsymbol", "trading_symbol", "tradingSymbol", "nseTradingSymbol", "bseTradingSymbol", "Symbol", "symbol",
    "dpName",
)  # fmt: skip


def _about(row: object) -> Unread:
    """The security that a row names, whatever else is wrong with it. The fields are named as brokers name them."""
    if not isinstance(row, Mapping):
        return Unread(None, None)
    texts = [row.get(name) for name in _ISIN_FIELDS]
    isin = next((found[0] for text in texts if isinstance(text, str) and (found := _ISIN.search(text))), None)
    symbol = next((text for name in _SYMBOL_FIELDS if isinstance(text := row.get(name), str) and text), None)
    return Unread(isin, None if symbol is None else plain(symbol))


def clean(value: Any) -> Any:
    """A tree of JSON values with every text and number made safe."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(str(key)): clean(one) for key, one in value.items()}
    if isinstance(value, list):
        return [clean(one) for one in value]
    if isinstance(value, Decimal) and value.is_finite() and value.adjusted() < _MOST_DIGITS:
        return int(value) if value == value.to_integral_value() else value
    return value


def clean_text(text: str) -> str:
    return _UNSAFE.sub("", _SPACES.sub(" ", text))


@cache
def _decoder(kind: Any) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(kind, float_hook=Decimal)


def _typed(kind: type[T], body: bytes) -> T:
    wanted: Any = kind
    value: T = _decoder(wanted).decode(body)
    return value


def _tree(body: bytes) -> Any:
    text = body.decode("utf-8", "replace")
    return clean(json.loads(text, strict=False, parse_float=_number, parse_int=_whole, parse_constant=Decimal))


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError:
        return _BEYOND


def _whole(text: str) -> int | Decimal:
    return int(text) if len(text) <= _MOST_DIGITS else _BEYOND
