"""Kite Connect's wire, as far as it is read. Source: Kite Connect v3 documentation.

Fields that the documentation shows as null may be null here; what must be there for an answer to make sense, must be.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal

import msgspec
from msgspec import field

from torana.connectors.decoding import decode
from torana.connectors.error_table import Failure
from torana.connectors.kite_rows import KiteOrder, KitePosition
from torana.connectors.readings import Count, Identifier, Name
from torana.connectors.row_reader import HoldingRow, PostbackRow


class ErrorBody(msgspec.Struct, frozen=True):
    """`{"status": "error", "message": …, "error_type": …}`."""

    status: Literal["error"]
    error_type: str | None = None
    message: str | None = None


class Meta(msgspec.Struct, frozen=True):
    demat_consent: str | None = None


class Token(msgspec.Struct, frozen=True):
    """The answer to a token exchange."""

    user_id: Identifier
    access_token: Name
    user_name: str = ""
    meta: Meta | None = None


class RequestId(msgspec.Struct, frozen=True):
    """Of an authorisation of holdings, for its page."""

    request_id: Identifier


class Order(KiteOrder, frozen=True, kw_only=True):
    symbol: str = field(name="tradingsymbol")
    tags: Any = None


class Holding(HoldingRow, frozen=True, kw_only=True):
    """`quantity` is settled and free; `used_quantity` was sold today out of what was authorised. `authorised_date`
    is a day, year first, or a time on it: on a clock in India where it names no other."""

    symbol: str = field(name="tradingsymbol")
    exchange: str
    isin: str
    quantity: Count
    average_price: Decimal
    product: str = "CNC"
    t1_quantity: Count = 0
    used_quantity: Count = 0
    collateral_quantity: Count = 0
    authorised_quantity: Count = 0
    authorised_date: str | None = None
    code: Any = field(default=None, name="instrument_token")


class Position(KitePosition, frozen=True, kw_only=True):
    symbol: str = field(name="tradingsymbol")


class Postback(PostbackRow, frozen=True, kw_only=True):
    order_id: Identifier
    order_timestamp: str
    checksum: Name
    client: str | None = field(default=None, name="user_id")
    tag: Any = None
    tags: Any = None


def failures(body: bytes) -> Sequence[Failure]:
    """The one failure of an error body. Raises `Unreadable` when it is none."""
    error = decode(body, ErrorBody)
    return (Failure(error.error_type, error.message or ""),)
