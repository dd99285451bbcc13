"""Axis Direct's wire inside the envelope, as far as it is read.

`{"statusCode": 200, "status": "OK", "data": …}` around everything, `redirectURL`, `authToken.token` and
`metadata.accounts[].subAccountId` are seen in a client of somebody else's. The fields of rows are not documented: where
a request takes a field of the same meaning its name is used (`omsOrderId`, `omsOrderSerialNumber`, `openQty`, …), the
others are a guess. A field that is missing makes the row unreadable; it is never taken for nothing.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import field

from torana.connectors.decoding import decode
from torana.connectors.error_table import Failure
from torana.connectors.readings import Identifier, Name
from torana.connectors.row_reader import HoldingRow, OrderRow, PositionRow, PriceRow

T = TypeVar("T")

EQUITY = "EQ"
REPEATED = (
    "omsOrderId", "segment", "exchange", "scriptId", "transactionType", "productType", "orderType", "orderPrice",
    "validityType", "openQty", "omsOrderSerialNumber",
)  # fmt: skip
"""What a cancellation repeats of an order's row."""


class Reply(msgspec.Struct, Generic[T], frozen=True, rename="camel"):
    """An answer that says that it went well."""

    status_code: Literal[200, 201]
    data: T


class Refusal(msgspec.Struct, frozen=True, rename="camel"):
    status_code: Annotated[int, msgspec.Meta(ge=400, lt=600)]
    message: str | list[str] | None = None
    status: str | None = None


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
    segment: str = ""
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
    segment: str = EQUITY  # as was asked for
    product: str = field(name="productType")
    bought: Decimal = field(name="buyQty")
    sold: Decimal = field(name="sellQty")
    buy_price: Decimal | None = field(default=None, name="buyAveragePrice")
    sell_price: Decimal | None = field(default=None, name="sellAveragePrice")
    code: Any = field(default=None, name="scriptId")


class Price(PriceRow, frozen=True, kw_only=True):
    """A script id is of one exchange: none is named."""

    code: str = field(name="scriptId")
    price: Decimal = field(name="lastTradedPrice")


def failures(body: bytes) -> Sequence[Failure]:
    """Raises `Unreadable` for what says no to nothing."""
    told = decode(body, Refusal)
    words = told.message if isinstance(told.message, list) else [told.message or told.status or ""]
    return [Failure(str(told.status_code), "; ".join(words))]
