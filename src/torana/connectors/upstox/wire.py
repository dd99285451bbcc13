"""Upstox's wire, as far as it is read. Source: Upstox developer API documentation and the official client's models."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import field

from torana.connectors.decoding import decode
from torana.connectors.error_table import Failure
from torana.connectors.kite_rows import KiteOrder, KitePosition
from torana.connectors.readings import Count, Identifier, Name
from torana.connectors.row_reader import HoldingRow, PostbackRow, PriceRow


class Problem(msgspec.Struct, frozen=True):
    """One entry of an error body; the live API repeats the code under its older key."""

    error_code: str | None = None
    older_code: str | None = field(default=None, name="errorCode")
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


class Order(KiteOrder, frozen=True, kw_only=True):
    symbol: str | None = field(default=None, name="trading_symbol")
    older_symbol: str | None = field(default=None, name="tradingsymbol")


class Holding(HoldingRow, frozen=True, kw_only=True):
    isin: str
    exchange: str
    quantity: Count
    average_price: Decimal
    product: str = "D"
    symbol: str | None = field(default=None, name="trading_symbol")
    older_symbol: str | None = field(default=None, name="tradingsymbol")
    t1_quantity: Count = 0
    cnc_used_quantity: Count = 0
    collateral_quantity: Count = 0
    code: Any = field(default=None, name="instrument_token")


class Position(KitePosition, frozen=True, kw_only=True):
    code: str = field(name="instrument_token")
    symbol: str | None = field(default=None, name="trading_symbol")
    older_symbol: str | None = field(default=None, name="tradingsymbol")


class LastPrice(PriceRow, frozen=True, kw_only=True):
    code: str = field(name="instrument_token")
    price: Decimal = field(name="last_price")


class Postback(PostbackRow, frozen=True, kw_only=True):
    order_id: Identifier
    client: str | None = field(default=None, name="user_id")
    former_client: str | None = field(default=None, name="userId")
    tag: Any = None


def failures(body: bytes) -> Sequence[Failure]:
    """Every entry of an error body. Raises `Unreadable` when it is none."""
    return [
        Failure(problem.error_code or problem.older_code, problem.message or "")
        for problem in decode(body, ErrorBody).errors
    ]
