"""The wire of Codifi's platform, as far as it is read. Source: the documentation of its brokers and their samples.

One broker writes numbers as numbers, another as texts: every one is a `Decimal`, which takes both. A broker's result is
a list of one or the one itself. What a row has nothing for is an empty text, `NA` or `--`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import field

from torana.connectors.decoding import Unreadable, decode
from torana.connectors.error_table import Failure
from torana.connectors.readings import Identifier, Name
from torana.connectors.row_reader import HoldingRow, OrderRow, PositionRow

T = TypeVar("T")

_CODE = re.compile(r"EC[0-9]{3}")
_NO = "not_ok"
_NOTHING = frozenset({"", "NA", "--"})


class Done(msgspec.Struct, frozen=True):
    """`{"status": "Ok", "message": "Success"}`, or either word for the other, in any capitals."""

    status: str

    def __post_init__(self) -> None:
        _require_ok(self.status)


class Rows(Done, frozen=True):
    """The same with a list."""

    data: list[Any] = field(name="result")


class One(Done, Generic[T], frozen=True):
    """The same with one result, in a list or not."""

    result: T | list[T]

    def __post_init__(self) -> None:
        Done.__post_init__(self)
        if isinstance(self.result, list) and len(self.result) != 1:
            raise ValueError("not one result")

    @property
    def data(self) -> T:
        return self.result[0] if isinstance(self.result, list) else self.result


class ErrorBody(msgspec.Struct, frozen=True):
    """A code stands in `status`, of the whole or of a leg, beside its `message`; a login says `Not_ok` and why."""

    status: str | None = None
    message: str | None = None
    stat: str | None = None
    emsg: str | None = None
    result: Any = None


class Token(Done, frozen=True, kw_only=True, rename="camel"):
    """The answer to a token exchange. One broker says `stat`, the other `status`; one does not repeat the client."""

    user_session: Name
    client_id: str | None = None
    status: str = ""
    stat: str = ""

    def __post_init__(self) -> None:
        _require_ok(self.stat or self.status)


class Placed(Done, frozen=True, kw_only=True, rename="camel"):
    broker_order_id: Identifier
    status: str = "Success"


class Order(OrderRow, frozen=True, kw_only=True, rename="camel"):
    """A row of the order book. Quantities in shares, times on a clock in India."""

    order_id: Identifier = field(name="brokerOrderId")
    status: str = field(name="orderStatus")
    symbol: str = field(name="tradingSymbol")
    exchange: str
    side: str = field(name="transactionType")
    product: str
    quantity: Decimal
    filled: Decimal = field(name="filledQuantity")
    average_price: Decimal | None = field(default=None, name="averageTradedPrice")
    order_complexity: str | None = None
    exchange_order_id: str | None = None
    message: str | None = field(default=None, name="rejectionReason")
    placed_at: str | None = field(default=None, name="orderTime")
    exchange_timestamp: str | None = None
    broker_update_time: str | None = None
    code: Any = field(default=None, name="instrumentId")
    tag: Any = field(default=None, name="orderTag")


class Holding(HoldingRow, frozen=True, kw_only=True, rename="camel"):
    """`totalQuantity` is documented as `dpQuantity` and `t1Quantity` together."""

    isin: str
    product: str
    total_quantity: Decimal
    dp_quantity: Decimal
    average_price: Decimal = field(name="averageTradedPrice")
    nse_instrument_id: str | None = None
    bse_instrument_id: str | None = None
    nse_trading_symbol: str | None = None
    bse_trading_symbol: str | None = None
    t1_quantity: Decimal | None = None
    collateral_quantity: Decimal | None = None
    authorized_quantity: Decimal | None = None
    sellable_qty: Decimal | None = None


class Position(PositionRow, frozen=True, kw_only=True, rename="camel"):
    """One security and product; `dayBuy…` and `daySell…` are what was traded today."""

    symbol: str = field(name="tradingSymbol")
    exchange: str
    product: str
    bought: Decimal = field(name="dayBuyQuantity")
    sold: Decimal = field(name="daySellQuantity")
    buy_price: Decimal | None = field(default=None, name="dayBuyPrice")
    sell_price: Decimal | None = field(default=None, name="daySellPrice")
    code: Any = field(default=None, name="instrumentId")


class Limits(msgspec.Struct, frozen=True, rename="camel"):
    trading_limit: Decimal
    collateral_margin: Decimal = Decimal(0)


def told(value: Any) -> Any:
    """A field that says something, else None."""
    return None if isinstance(value, str) and value.strip() in _NOTHING else value


def failures(body: bytes) -> Sequence[Failure]:
    """What an answer says no to, as a whole or to its legs. Raises `Unreadable` when it says no to nothing."""
    body_told = decode(body, ErrorBody)
    whole = _of(body_told.status or body_told.stat, body_told.message or body_told.emsg)
    legs = _legs(body_told.result)
    found = [*whole, *(one for leg in legs for one in _of(leg.get("status"), leg.get("message")))]
    if not found:
        raise Unreadable("no refusal")
    return found


def _legs(result: Any) -> Iterator[Mapping[str, Any]]:
    yield from (one for one in (result if isinstance(result, list) else [result]) if isinstance(one, Mapping))


def _of(status: object, message: object) -> Iterator[Failure]:
    word, text = str(status), message if isinstance(message, str) else ""
    if _CODE.fullmatch(word):
        yield Failure(word, text)
    elif word.lower() == _NO and text:
        code = _CODE.match(text)
        yield Failure(code[0] if code else None, text)


def _require_ok(word: str) -> None:
    if word.lower() not in ("ok", "success"):
        raise ValueError("not Ok")
