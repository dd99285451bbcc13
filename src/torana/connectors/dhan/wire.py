"""Dhan's wire, as far as it is read. Source: DhanHQ v2 documentation and its samples; what clients have seen of the
live API stands in NOTES.md.

Answers have no envelope: a list is a list, an object an object. A refusal is an object of three fields, and of prices
one with numbered texts.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import field

from torana.connectors.decoding import Unreadable, decode
from torana.connectors.error_table import Failure
from torana.connectors.readings import Count, Identifier, Name
from torana.connectors.row_reader import HoldingRow, OrderRow, PositionRow, PostbackRow

INVALID_TOKEN = "invalid token"
"""In the text of a refusal whose code, `DH-906`, is otherwise one of orders."""


class Token(msgspec.Struct, frozen=True, rename="camel"):
    """The answer to a token id. `given_power_of_attorney`: Dhan may debit the demat account (DDPI)."""

    dhan_client_id: Identifier
    access_token: Name
    expiry_time: str
    dhan_client_name: str = ""
    given_power_of_attorney: bool | None = None


class Placed(msgspec.Struct, frozen=True, rename="camel"):
    order_id: Identifier


class Order(OrderRow, frozen=True, kw_only=True, rename="camel"):
    """A row of the order book. Prices in rupees, quantities in shares, times on a clock in India. `exchangeOrderId` is
    in live answers and in no sample. A symbol may be the empty text."""

    order_id: Identifier
    status: str = field(name="orderStatus")
    exchange: str = field(name="exchangeSegment")
    side: str = field(name="transactionType")
    product: str = field(name="productType")
    quantity: Count
    filled: Count = field(name="filledQty")
    code: Any = field(name="securityId")
    symbol: str = field(name="tradingSymbol")
    order_type: str | None = None
    average_price: Decimal | None = field(default=None, name="averageTradedPrice")
    after_market_order: bool | None = None
    dhan_client_id: str | None = None
    tag: Any = field(default=None, name="correlationId")
    exchange_order_id: Any = None
    placed_at: str | None = field(default=None, name="createTime")
    message: str | None = field(default=None, name="omsErrorDescription")


class Holding(HoldingRow, frozen=True, kw_only=True, rename="camel"):
    exchange: str
    isin: Identifier
    total_qty: Count
    dp_qty: Count
    t1_qty: Count = field(name="t1Qty")
    available_qty: Count
    collateral_qty: Count
    average_price: Decimal = field(name="avgCostPrice")
    symbol: str = field(name="tradingSymbol")
    code: Any = field(default=None, name="securityId")


class Position(PositionRow, frozen=True, kw_only=True, rename="camel"):
    """One security and product; `day…` is what was traded today."""

    exchange: str = field(name="exchangeSegment")
    product: str = field(name="productType")
    code: Any = field(name="securityId")
    symbol: str = field(name="tradingSymbol")
    bought: Count = field(name="dayBuyQty")
    sold: Count = field(name="daySellQty")
    buy_price: Decimal | None = field(default=None, name="buyAvg")
    sell_price: Decimal | None = field(default=None, name="sellAvg")


class Funds(msgspec.Struct, frozen=True):
    """The first name is misspelt on the wire."""

    available: Decimal = field(name="availabelBalance")
    collateral: Decimal = field(name="collateralAmount")


class EdisForm(msgspec.Struct, frozen=True):
    """A page with a form for the depository, which submits itself."""

    html: Annotated[str, msgspec.Meta(min_length=1, max_length=100_000)] = field(name="edisFormHtml")


class Edis(msgspec.Struct, frozen=True):
    """What of a security the depository has released. The number is documented as a text and shown as a number."""

    isin: Identifier
    approved: Decimal = field(name="aprvdQty")


class Postback(PostbackRow, frozen=True, kw_only=True):
    order_id: Identifier = field(name="orderId")
    client: str | None = field(default=None, name="dhanClientId")
    tag: Any = field(default=None, name="correlationId")


class ErrorBody(msgspec.Struct, frozen=True, rename="camel"):
    error_code: str
    error_message: str | None = None


class DataError(msgspec.Struct, frozen=True):
    """Of prices: texts by number."""

    status: Literal["failed"]
    data: Annotated[dict[str, str], msgspec.Meta(min_length=1)]


def failures(body: bytes) -> Sequence[Failure]:
    """Raises `Unreadable` when it is no refusal. `DH-906 token` is ours: the code stands for orders that cannot be
    processed and, by its text, for a login that is over."""
    try:
        told = decode(body, ErrorBody)
    except Unreadable:
        return [Failure(code, text) for code, text in decode(body, DataError).data.items()]
    text = told.error_message or ""
    return [Failure(f"{told.error_code} token" if INVALID_TOKEN in text.lower() else told.error_code, text)]
