"""Samco's wire, as far as it is read. Source: Trade API v3.2 documentation, its samples, the official Python client.

An answer is `{"status": "Success", "statusMessage": …}` with what was asked for beside; only the logins have a `data`.
Amounts are rupees, and with numbers of shares they come as texts. A field that says nothing is `--`, `NA` or missing.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal

import msgspec
from msgspec import field

from torana.connectors.contract import Reason
from torana.connectors.decoding import Unreadable, decode
from torana.connectors.error_table import Failure
from torana.connectors.readings import Identifier, Name, list_under
from torana.connectors.reasons import Fragments, code_by_text
from torana.connectors.row_reader import HoldingRow, OrderRow, PositionRow, PriceRow

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


Book = list_under(Answer, "orderBookDetails")
Holdings = list_under(Answer, "holdingDetails")
Positions = list_under(Answer, "positionDetails")
Prices = list_under(Answer, "multiQuotes")
"""What does not exist is named beside (`invalidSymbol`)."""


class Funds(msgspec.Struct, frozen=True, rename="camel"):
    """`notionalCash` is what the risk system lends, the margin against shares is not cash either."""

    net_available_margin: Decimal
    notional_cash: Decimal | None = None
    collateral_margin_against_shares: Decimal | None = None


class Limits(Answer, frozen=True, rename="camel"):
    equity_limit: Funds


class Order(OrderRow, frozen=True, kw_only=True, rename="camel"):
    """A row of the order book. `totalQuanity` is how it is written; `quantity` is not in all samples. `symbol` is the
    exchange's token and the exchange."""

    order_id: Identifier = field(name="orderNumber")
    status: str = field(name="orderStatus")
    exchange: str
    symbol: str = field(name="tradingSymbol")
    side: str = field(name="transactionType")
    product: str = field(name="productCode")
    filled: Decimal = field(name="filledQuantity")
    quantity: Decimal | None = None
    total_quanity: Decimal | None = None
    average_price: Decimal | None = None
    exchange_order_id: str | None = field(default=None, name="exchangeOrderNumber")
    message: str | None = field(default=None, name="rejectionReason")
    placed_at: str | None = field(default=None, name="orderTime")
    code: Any = field(default=None, name="symbol")


class Holding(HoldingRow, frozen=True, kw_only=True, rename="camel"):
    """The documentation shows an ISIN, the samples of the client do not."""

    exchange: str
    symbol: str = field(name="tradingSymbol")
    holdings_quantity: Decimal
    sellable_quantity: Decimal
    average_price: Decimal
    collateral_quantity: Decimal | None = None
    told_isin: str | None = field(default=None, name="isin")


class Position(PositionRow, frozen=True, kw_only=True, rename="camel"):
    """One security and product. What is left has no sign: `transactionType` is the side of it."""

    exchange: str
    symbol: str = field(name="tradingSymbol")
    product: str = field(name="productCode")
    buy_quantity: Decimal
    net_quantity: Decimal
    transaction_type: str
    carry_forward_quantity: Decimal | None = None
    buy_price: Decimal | None = field(default=None, name="averageBuyPrice")
    sell_price: Decimal | None = field(default=None, name="averageSellPrice")


class Price(PriceRow, frozen=True, kw_only=True, rename="camel"):
    """Named by its exchange and its name."""

    exchange: str
    code: str = field(name="symbolName")
    price: Decimal = field(name="lastTradePrice")


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
    return (Failure(code_by_text(error.status_message, FRAGMENTS), error.status_message),)
