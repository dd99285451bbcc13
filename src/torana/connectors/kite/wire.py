"""Kite Connect's wire, as far as it is read. Source: Kite Connect v3 documentation.

Fields that the documentation shows as null may be null here; what must be there for an answer to make sense, must be.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal

import msgspec

from torana.connectors.decoding import decode
from torana.connectors.error_table import Failure
from torana.connectors.readings import Count, Identifier, Name


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


class OrderId(msgspec.Struct, frozen=True):
    order_id: Identifier


class RequestId(msgspec.Struct, frozen=True):
    """Of an authorisation of holdings, for its page."""

    request_id: Identifier


class Order(msgspec.Struct, frozen=True):
    """A row of the order book. Prices in rupees, quantities in shares, times on a clock in India."""

    order_id: Identifier
    status: str
    tradingsymbol: str
    exchange: str
    transaction_type: str
    product: str
    quantity: Count
    filled_quantity: Count
    average_price: Decimal | None = None
    exchange_order_id: str | None = None
    status_message: str | None = None
    status_message_raw: str | None = None
    order_timestamp: str | None = None
    instrument_token: Any = None
    tag: Any = None
    tags: Any = None


class Holding(msgspec.Struct, frozen=True):
    """`quantity` is settled and free; `used_quantity` was sold today out of what was authorised. `authorised_date`
    is a day, year first, or a time on it: on a clock in India where it names no other."""

    tradingsymbol: str
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
    instrument_token: Any = None


class Position(msgspec.Struct, frozen=True):
    """One security and product; `day_…` is what was traded today."""

    tradingsymbol: str
    exchange: str
    product: str
    day_buy_quantity: Count = 0
    day_sell_quantity: Count = 0
    day_buy_price: Decimal | None = None
    day_sell_price: Decimal | None = None
    instrument_token: Any = None


class Positions(msgspec.Struct, frozen=True):
    """`day` is today's trading; `net` holds what was carried over as well and is not read."""

    day: list[Any]


class Segment(msgspec.Struct, frozen=True):
    net: Decimal


class Margins(msgspec.Struct, frozen=True):
    equity: Segment


class LastPrice(msgspec.Struct, frozen=True):
    last_price: Decimal


class Total(msgspec.Struct, frozen=True):
    total: Decimal


class BasketMargin(msgspec.Struct, frozen=True):
    """`initial` is what it takes to place the orders; `final`, after the benefit of one to another, is not read."""

    initial: Total


class ContractNote(msgspec.Struct, frozen=True):
    charges: Total


class Postback(msgspec.Struct, frozen=True):
    order_id: Identifier
    order_timestamp: str
    checksum: Name
    user_id: str | None = None
    tag: Any = None
    tags: Any = None


def failures(body: bytes) -> Sequence[Failure]:
    """The one failure of an error body. Raises `Unreadable` when it is none."""
    error = decode(body, ErrorBody)
    return (Failure(error.error_type, error.message or ""),)
