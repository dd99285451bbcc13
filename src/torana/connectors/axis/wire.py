"""Axis Direct's wire inside the envelope, as far as it is read.

`{"statusCode": 200, "status": "OK", "data": …}` around everything, `redirectURL`, `authToken.token` and
`metadata.accounts[].subAccountId` are seen in a client of somebody else's. The fields of rows are not documented: where
a request takes a field of the same meaning its name is used (`omsOrderId`, `omsOrderSerialNumber`, `openQty`, …), the
others are a guess. A field that is missing makes the row unreadable; it is never taken for nothing.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import field

from torana.connectors.decoding import Unreadable, decode
from torana.connectors.error_table import Failure
from torana.connectors.readings import Identifier, Name
from torana.connectors.row_reader import HoldingRow, OrderRow, PositionRow

T = TypeVar("T")

_WELL = frozenset({200, 201})
_NO = range(400, 600)


class Reply(msgspec.Struct, Generic[T], frozen=True, rename="camel"):
    """An answer that says that it went well."""

    status_code: int
    data: T

    def __post_init__(self) -> None:
        if self.status_code not in _WELL:
            raise ValueError("not a success")


class Refusal(msgspec.Struct, frozen=True, rename="camel"):
    status_code: int
    message: str | list[str] | None = None
    status: str | None = None


class LoginPage(msgspec.Struct, frozen=True):
    address: Name = field(name="redirectURL")


class Token(msgspec.Struct, frozen=True):
    token: Name


class Account(msgspec.Struct, frozen=True, rename="camel"):
    sub_account_id: Identifier


class Metadata(msgspec.Struct, frozen=True):
    accounts: Annotated[list[Account], msgspec.Meta(min_length=1)]
    name: str = ""


class Tokens(msgspec.Struct, frozen=True, rename="camel"):
    auth_token: Token
    metadata: Metadata


class Placed(msgspec.Struct, frozen=True, rename="camel"):
    oms_order_id: Identifier


class Order(OrderRow, frozen=True, kw_only=True, rename="camel"):
    """A row of the order book. Prices in rupees, quantities in shares."""

    order_id: Identifier = field(name="omsOrderId")
    status: str = field(name="orderStatus")
    exchange: str
    code: str = field(name="scriptId")
    symbol: str
    side: str = field(name="transactionType")
    product: str = field(name="productType")
    quantity: Decimal = field(name="totalQty")
    filled: Decimal = field(name="tradedQty")
    average_price: Decimal | None
    order_type: str = ""
    validity_type: str = ""
    segment: str = ""
    order_price: Decimal | None = None
    open_qty: Decimal | None = None
    oms_order_serial_number: Any = None
    tag: Any = field(default=None, name="orderRefId")
    exchange_order_id: Any = None
    message: str | None = field(default=None, name="rejectionReason")
    placed_at: str | None = field(default=None, name="orderDateTime")


class Holding(HoldingRow, frozen=True, kw_only=True, rename="camel"):
    """Quantities of this morning; `soldQty` is what was sold out of them today."""

    isin: str
    symbol: str
    exchange: str
    dp_qty: Decimal
    t1_qty: Decimal
    pledged_qty: Decimal
    sold_qty: Decimal
    average_price: Decimal | None = None
    code: Any = field(default=None, name="scriptId")


class Position(PositionRow, frozen=True, kw_only=True, rename="camel"):
    """One security and product, and what was bought and sold today."""

    symbol: str
    exchange: str
    product: str = field(name="productType")
    bought: Decimal = field(name="buyQty")
    sold: Decimal = field(name="sellQty")
    buy_price: Decimal | None = field(default=None, name="buyAveragePrice")
    sell_price: Decimal | None = field(default=None, name="sellAveragePrice")
    code: Any = field(default=None, name="scriptId")


class Limits(msgspec.Struct, frozen=True, rename="camel"):
    available_cash: Decimal


class Price(msgspec.Struct, frozen=True, rename="camel"):
    script_id: str
    last_traded_price: Decimal


def failures(body: bytes) -> Sequence[Failure]:
    """Raises `Unreadable` for what says no to nothing."""
    told = decode(body, Refusal)
    if told.status_code not in _NO:
        raise Unreadable("no refusal")
    words = told.message if isinstance(told.message, list) else [told.message or told.status or ""]
    return [Failure(str(told.status_code), "; ".join(words))]
