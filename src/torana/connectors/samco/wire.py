"""Samco's wire, as far as it is read. Source: Trade API v3.2 documentation, its samples, the official Python client.

An answer is `{"status": "Success", "statusMessage": …}` with what was asked for beside; only the logins have a `data`.
Amounts are rupees, and with numbers of shares they come as texts. A field that says nothing is `--`, `NA` or missing.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal

import msgspec

from torana.connectors.contract import Reason
from torana.connectors.decoding import Unreadable, decode
from torana.connectors.error_table import Failure
from torana.connectors.readings import Identifier, Name
from torana.connectors.reasons import Fragments, reason_of

BY_TEXT = "text:"
"""Before the codes of refusals that have none: what their text means."""
VALIDATION = "validation"
FRAGMENTS: Fragments = (
    ("no symbol found", Reason.INSTRUMENT_NOT_TRADABLE),
    ("invalid order number", Reason.INVALID_ORDER),
    ("cannot exit/cancel such orders", Reason.INVALID_ORDER),
)
"""Documented of quotes, of changes, of orders of two legs."""


class Answer(msgspec.Struct, frozen=True):
    status: Literal["Success"]


class Token(msgspec.Struct, frozen=True, rename={"account_id": "accountID", "account_name": "accountName"}):
    access_token: Name
    account_id: Identifier
    account_name: str = ""


class Enveloped(Answer, frozen=True):
    data: Token


class Placed(Answer, frozen=True, rename="camel"):
    order_number: Identifier


class Book(Answer, frozen=True, rename="camel"):
    order_book_details: list[Any]


class Holdings(Answer, frozen=True, rename="camel"):
    holding_details: list[Any]


class Positions(Answer, frozen=True, rename="camel"):
    position_details: list[Any]


class Prices(Answer, frozen=True, rename="camel"):
    """What does not exist is named beside (`invalidSymbol`)."""

    multi_quotes: list[Any]


class Funds(msgspec.Struct, frozen=True, rename="camel"):
    """`notionalCash` is what the risk system lends, the margin against shares is not cash either."""

    net_available_margin: Decimal
    notional_cash: Decimal | None = None
    collateral_margin_against_shares: Decimal | None = None


class Limits(Answer, frozen=True, rename="camel"):
    equity_limit: Funds


class Order(msgspec.Struct, frozen=True, rename="camel"):
    """A row of the order book. `totalQuanity` is how it is written; `quantity` is not in all samples. `symbol` is the
    exchange's token and the exchange."""

    order_number: Identifier
    order_status: str
    exchange: str
    trading_symbol: str
    transaction_type: str
    product_code: str
    filled_quantity: Decimal
    quantity: Decimal | None = None
    total_quanity: Decimal | None = None
    average_price: Decimal | None = None
    exchange_order_number: str | None = None
    rejection_reason: str | None = None
    order_time: str | None = None
    symbol: Any = None


class Holding(msgspec.Struct, frozen=True, rename="camel"):
    """The documentation shows an ISIN, the samples of the client do not."""

    exchange: str
    trading_symbol: str
    holdings_quantity: Decimal
    sellable_quantity: Decimal
    average_price: Decimal
    collateral_quantity: Decimal | None = None
    isin: str | None = None


class Position(msgspec.Struct, frozen=True, rename="camel"):
    """One security and product. What is left has no sign: `transactionType` is the side of it."""

    exchange: str
    trading_symbol: str
    product_code: str
    buy_quantity: Decimal
    net_quantity: Decimal
    transaction_type: str
    carry_forward_quantity: Decimal | None = None
    average_buy_price: Decimal | None = None
    average_sell_price: Decimal | None = None


class Price(msgspec.Struct, frozen=True, rename="camel"):
    exchange: str
    symbol_name: str
    last_trade_price: Decimal


class ErrorBody(msgspec.Struct, frozen=True, rename="camel"):
    status: Literal["Failure", "Error"]
    status_message: str | None = None
    validation_errors: list[str] | None = None
    error_code: str | None = None


def failures(body: bytes) -> Sequence[Failure]:
    """What an error body says. Only logins have codes: of an order its `validationErrors` or its text say what it is.
    Raises `Unreadable` where it is no error body."""
    error = decode(body, ErrorBody)
    if error.error_code:
        return (Failure(error.error_code, error.status_message or ""),)
    if error.validation_errors:
        return tuple(Failure(VALIDATION, text.strip()) for text in error.validation_errors)
    if error.status_message is None:
        raise Unreadable("a failure that says nothing")
    reason = reason_of([error.status_message], FRAGMENTS)
    return (Failure(None if reason is Reason.OTHER else f"{BY_TEXT}{reason}", error.status_message),)
