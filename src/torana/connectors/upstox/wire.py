"""Upstox's wire, as far as it is read. Source: Upstox developer API documentation and the official client's models."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec

from torana.connectors.decoding import decode
from torana.connectors.error_table import Failure
from torana.connectors.readings import Count, Identifier, Name


class Problem(msgspec.Struct, frozen=True):
    """One entry of an error body; the live API repeats the code under its older key."""

    error_code: str | None = None
    older_code: str | None = msgspec.field(default=None, name="errorCode")
    message: str | None = None


class ErrorBody(msgspec.Struct, frozen=True):
    status: Literal["error"]
    errors: Annotated[list[Problem], msgspec.Meta(min_length=1)]


class Token(msgspec.Struct, frozen=True):
    """The answer to a token exchange. `poa` and `ddpi`: the investor lets the broker debit their demat account."""

    user_id: Identifier
    access_token: Name
    user_name: str = ""
    poa: bool | None = None
    ddpi: bool | None = None


class PlacedIds(msgspec.Struct, frozen=True):
    """More than one only for a sliced order, and we never ask for slices."""

    order_ids: Annotated[list[Identifier], msgspec.Meta(min_length=1, max_length=1)]


class OrderId(msgspec.Struct, frozen=True):
    order_id: Identifier


class Order(msgspec.Struct, frozen=True):
    """One state of one order. Prices in rupees, quantities in shares, times on a clock in India."""

    order_id: Identifier
    status: str
    exchange: str
    transaction_type: str
    product: str
    quantity: Count
    filled_quantity: Count
    trading_symbol: str | None = None
    older_symbol: str | None = msgspec.field(default=None, name="tradingsymbol")
    average_price: Decimal | None = None
    exchange_order_id: str | None = None
    status_message: str | None = None
    status_message_raw: str | None = None
    order_timestamp: str | None = None
    instrument_token: Any = None
    tag: Any = None


class Holding(msgspec.Struct, frozen=True):
    isin: str
    exchange: str
    quantity: Count
    average_price: Decimal
    product: str = "D"
    trading_symbol: str | None = None
    older_symbol: str | None = msgspec.field(default=None, name="tradingsymbol")
    t1_quantity: Count = 0
    cnc_used_quantity: Count = 0
    collateral_quantity: Count = 0
    instrument_token: Any = None


class Position(msgspec.Struct, frozen=True):
    """One security and product; `day_…` is what was traded today."""

    exchange: str
    product: str
    instrument_token: str
    trading_symbol: str | None = None
    older_symbol: str | None = msgspec.field(default=None, name="tradingsymbol")
    day_buy_quantity: Count = 0
    day_sell_quantity: Count = 0
    day_buy_price: Decimal | None = None
    day_sell_price: Decimal | None = None


class Margin(msgspec.Struct, frozen=True):
    available_margin: Decimal


class Margins(msgspec.Struct, frozen=True):
    equity: Margin


class LastPrice(msgspec.Struct, frozen=True):
    instrument_token: str
    last_price: Decimal


class RequiredMargin(msgspec.Struct, frozen=True):
    """`final_margin`, after the benefit of one order to another, is not read."""

    required_margin: Decimal


class Charges(msgspec.Struct, frozen=True):
    total: Decimal


class Brokerage(msgspec.Struct, frozen=True):
    charges: Charges


class Postback(msgspec.Struct, frozen=True):
    order_id: Identifier
    user_id: str | None = None
    older_user_id: str | None = msgspec.field(default=None, name="userId")
    tag: Any = None


def failures(body: bytes) -> Sequence[Failure]:
    """Every entry of an error body. Raises `Unreadable` when it is none."""
    return [
        Failure(problem.error_code or problem.older_code, problem.message or "")
        for problem in decode(body, ErrorBody).errors
    ]
