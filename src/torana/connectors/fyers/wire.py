"""Fyers' wire, as far as it is read. Source: Fyers API v3 documentation.

Every answer says `s`, which is `ok` or `error`, beside a `code`. The code 201 beside an order says that it was sent and
that nothing has acknowledged it.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import field

from torana.connectors.decoding import Unreadable, decode
from torana.connectors.error_table import Failure
from torana.connectors.readings import Count, Identifier, Name, list_under
from torana.connectors.row_reader import HoldingRow, OrderRow, PositionRow, PostbackRow

T = TypeVar("T")

UNACKNOWLEDGED = "201"


class Ok(msgspec.Struct, frozen=True):
    """An answer that says that it went well."""

    s: Literal["ok"]


class Reply(Ok, Generic[T], frozen=True):
    data: T


class Placed(Ok, frozen=True):
    """1101 alone says that the order is placed."""

    code: Literal[1101]
    id: Identifier


class Cancelled(Ok, frozen=True):
    code: Literal[1103]


class Token(Ok, frozen=True):
    access_token: Name


class Person(msgspec.Struct, frozen=True):
    """`ddpi_enabled`: Fyers may debit the demat account without asking each time."""

    fy_id: Identifier
    name: str = ""
    ddpi_enabled: bool | None = None


Book = list_under(Ok, "orderBook")
Holdings = list_under(Ok, "holdings")
Positions = list_under(Ok, "netPositions")
Prices = list_under(Ok, "d")


class FundLine(msgspec.Struct, frozen=True, rename="camel"):
    """In rupees."""

    id: int
    equity_amount: Decimal


class Funds(Ok, frozen=True):
    data: Annotated[list[FundLine], msgspec.Meta(min_length=1)] = field(name="fund_limit")


class Release(msgspec.Struct, frozen=True, rename="camel"):
    """Shares that the depository released, on any day. Days are written day first, on a clock in India."""

    isin: Name
    qty: Count
    status: str
    start_date: str
    end_date: str


class Order(OrderRow, frozen=True, kw_only=True, rename="camel"):
    """A row of the order book. Prices in rupees, quantities in shares, the time on a clock in India."""

    order_id: Identifier = field(name="id")
    code: str = field(name="symbol")
    segment: int
    side: int | str
    type: int | str
    product: str = field(name="productType")
    status: int | str
    quantity: Count = field(name="qty")
    filled: Count = field(name="filledQty")
    average_price: Decimal | None = field(default=None, name="tradedPrice")
    exchange_order_id: str | None = field(default=None, name="exchOrdId")
    message: str | None = None
    placed_at: str | None = field(default=None, name="orderDateTime")
    offline_order: bool = False
    tag: Any = field(default=None, name="orderTag")


class Holding(HoldingRow, frozen=True, kw_only=True, rename="camel"):
    """`quantity` is of this morning, `remaining_quantity` what is left of it after today's sales."""

    code: str = field(name="symbol")
    isin: str
    quantity: Count
    remaining_quantity: Count
    average_price: Decimal | None = field(default=None, name="costPrice")
    qty_t1: Count = field(default=0, name="qty_t1")
    collateral_quantity: Count = 0


class Position(PositionRow, frozen=True, kw_only=True, rename="camel"):
    """One security and product; `cf_…` came over from earlier days."""

    code: str = field(name="symbol")
    segment: int
    product: str = field(name="productType")
    buy_qty: Count
    sell_qty: Count
    buy_price: Decimal | None = field(default=None, name="buyAvg")
    sell_price: Decimal | None = field(default=None, name="sellAvg")
    cf_buy_qty: Count = 0
    cf_sell_qty: Count = 0


class Postback(PostbackRow, frozen=True, kw_only=True):
    """It carries no tag of ours."""

    order_id: Identifier = field(name="id")
    client: str = field(name="clientId")


class _Refusal(msgspec.Struct, frozen=True):
    s: str
    code: int | str | None = None
    message: Any = None


def failures(body: bytes) -> Sequence[Failure]:
    """What the body says. Raises `Unreadable` where it says neither no nor that nobody knows."""
    told = decode(body, _Refusal)
    code = None if told.code is None else str(told.code)
    if told.s != "error" and code != UNACKNOWLEDGED:
        raise Unreadable("neither a success nor a refusal")
    return [Failure(code, told.message if isinstance(told.message, str) else "")]
