"""Dhan's wire, as far as it is read. Source: DhanHQ v2 documentation and its samples; what clients have seen of the
live API stands in NOTES.md.

Answers have no envelope: a list is a list, an object an object. A refusal is an object of three fields, and of prices
one with numbered texts.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec

from torana.connectors.decoding import Unreadable, decode
from torana.connectors.error_table import Failure
from torana.connectors.readings import Count, Identifier, Name

INVALID_TOKEN = "invalid token"
"""In the text of a refusal whose code, `DH-906`, is otherwise one of orders."""


class PartnerConsent(msgspec.Struct, frozen=True):
    consent: Name = msgspec.field(name="consentId")


class AppConsent(msgspec.Struct, frozen=True):
    consent: Name = msgspec.field(name="consentAppId")


class Token(msgspec.Struct, frozen=True, rename="camel"):
    """The answer to a token id. `given_power_of_attorney`: Dhan may debit the demat account (DDPI)."""

    dhan_client_id: Identifier
    access_token: Name
    expiry_time: str
    dhan_client_name: str = ""
    given_power_of_attorney: bool | None = None


class Placed(msgspec.Struct, frozen=True, rename="camel"):
    order_id: Identifier


class Order(msgspec.Struct, frozen=True, rename="camel"):
    """A row of the order book. Prices in rupees, quantities in shares, times on a clock in India. `exchange_order_id`
    is in live answers and in no sample. A symbol may be the empty text."""

    order_id: Identifier
    order_status: str
    exchange_segment: str
    transaction_type: str
    product_type: str
    quantity: Count
    filled_qty: Count
    security_id: Any
    trading_symbol: str
    order_type: str | None = None
    average_traded_price: Decimal | None = None
    after_market_order: bool | None = None
    dhan_client_id: str | None = None
    correlation_id: Any = None
    exchange_order_id: Any = None
    create_time: str | None = None
    oms_error_description: str | None = None


class Holding(msgspec.Struct, frozen=True, rename="camel"):
    exchange: str
    isin: Identifier
    total_qty: Count
    dp_qty: Count
    t1_qty: Count = msgspec.field(name="t1Qty")
    available_qty: Count
    collateral_qty: Count
    avg_cost_price: Decimal
    trading_symbol: str
    security_id: Any = None


class Position(msgspec.Struct, frozen=True, rename="camel"):
    """One security and product; `day_…` is what was traded today."""

    exchange_segment: str
    product_type: str
    security_id: Any
    trading_symbol: str
    day_buy_qty: Count
    day_sell_qty: Count
    buy_avg: Decimal | None = None
    sell_avg: Decimal | None = None


class Funds(msgspec.Struct, frozen=True):
    """The first name is misspelt on the wire."""

    available: Decimal = msgspec.field(name="availabelBalance")
    collateral: Decimal = msgspec.field(name="collateralAmount")


class EdisForm(msgspec.Struct, frozen=True):
    """A page with a form for the depository, which submits itself."""

    html: Annotated[str, msgspec.Meta(min_length=1, max_length=100_000)] = msgspec.field(name="edisFormHtml")


class Edis(msgspec.Struct, frozen=True):
    """What of a security the depository has released. The number is documented as a text and shown as a number."""

    isin: Identifier
    approved: Decimal = msgspec.field(name="aprvdQty")


class LastPrice(msgspec.Struct, frozen=True):
    last_price: Decimal


class Priced(msgspec.Struct, frozen=True):
    segment: str
    security_id: str
    told: LastPrice


class Prices(msgspec.Struct, frozen=True):
    """By segment and security id."""

    status: Literal["success"]
    data: dict[str, dict[str, Any]]


class Postback(msgspec.Struct, frozen=True, rename="camel"):
    order_id: Identifier
    dhan_client_id: str | None = None
    correlation_id: Any = None


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
