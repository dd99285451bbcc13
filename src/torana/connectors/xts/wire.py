"""The wire of the XTS platform, as far as it is read. Source: for calls and names the official Python client, for
values books that users of several brokers have printed. Builds differ: a number may come as a text, with commas in it,
and a price that there is not as an empty text.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar

import msgspec

from torana.connectors.decoding import decode
from torana.connectors.error_table import Failure
from torana.connectors.readings import Identifier, Name

T = TypeVar("T")

NO_DATA = "data not available"
"""Beside a code that ends in `-0005`: a list has no rows."""


def _field(name: str) -> str:
    """`app_order_id` is `AppOrderID`."""
    return "".join("ID" if part == "id" else part.capitalize() for part in name.split("_"))


class Reply(msgspec.Struct, Generic[T], frozen=True):
    """`{"type": "success", "code": "s-…", "description": "…", "result": …}`."""

    type: Literal["success"]
    result: T

    @property
    def data(self) -> T:
        return self.result


class ErrorBody(msgspec.Struct, frozen=True):
    """The same with another `type`. A request that is not as documented is told what is wrong with it in `result`."""

    type: Literal["error"]
    code: str | None = None
    description: str | None = None
    result: Any = None


class AccessToken(msgspec.Struct, frozen=True, rename="camel"):
    """What the browser brings back, as a text of JSON."""

    access_token: Name


class Token(msgspec.Struct, frozen=True):
    """A session. That of a dealer belongs to no client."""

    token: Name
    user_id: Identifier = msgspec.field(name="userID")
    is_investor_client: bool = msgspec.field(name="isInvestorClient")


class Placed(msgspec.Struct, frozen=True, rename=_field):
    app_order_id: Identifier | int


class Order(msgspec.Struct, frozen=True, rename=_field):
    """A row of the order book. Quantities in shares, times on a clock in India."""

    app_order_id: Identifier | int
    order_status: str
    exchange_segment: str
    exchange_instrument_id: Identifier | int
    order_side: str
    product_type: str
    order_quantity: Decimal
    cumulative_quantity: Decimal
    order_average_traded_price: Any = None
    exchange_order_id: Any = None
    cancel_reject_reason: str | None = None
    order_generated_date_time: str | None = None
    trading_symbol: str | None = None
    order_unique_identifier: Any = None


class Trade(msgspec.Struct, frozen=True, rename=_field):
    """One fill of an order."""

    app_order_id: Identifier | int
    last_traded_price: Decimal
    last_traded_quantity: Decimal


class Holdings(msgspec.Struct, frozen=True, rename="pascal"):
    """Rows by ISIN."""

    holdings: dict[str, Any]


class Portfolio(msgspec.Struct, frozen=True):
    rms_holdings: Holdings = msgspec.field(name="RMSHoldings")


NO_PORTFOLIO = Portfolio(Holdings({}))


class Holding(msgspec.Struct, frozen=True, rename="pascal"):
    """One security. A build without one of the quantities has no word for what it counts."""

    isin: str = msgspec.field(name="ISIN")
    holding_quantity: Decimal
    buy_avg_price: Decimal | None = None
    used_quantity: Decimal | None = None
    collateral_quantity: Decimal | None = None
    pledge_quantity: Decimal | None = None
    exchange_nse_instrument_id: Any = msgspec.field(default=None, name="ExchangeNSEInstrumentId")
    exchange_bse_instrument_id: Any = msgspec.field(default=None, name="ExchangeBSEInstrumentId")


class Positions(msgspec.Struct, frozen=True, rename="camel"):
    position_list: list[Any]


class Position(msgspec.Struct, frozen=True, rename="pascal"):
    """One security and product of the day."""

    exchange_segment: str
    exchange_instrument_id: Identifier | int
    product_type: str
    open_buy_quantity: Decimal
    open_sell_quantity: Decimal
    buy_average_price: Any = None
    sell_average_price: Any = None
    trading_symbol: str | None = None


class Limits(msgspec.Struct, frozen=True):
    net_margin_available: Decimal = msgspec.field(name="netMarginAvailable")
    collateral: Decimal = Decimal(0)


class LimitObject(msgspec.Struct, frozen=True):
    limits: Limits = msgspec.field(name="RMSSubLimits")


class Balance(msgspec.Struct, frozen=True, rename="camel"):
    limit_header: str
    limit_object: LimitObject


class Balances(msgspec.Struct, frozen=True, rename="pascal"):
    balance_list: list[Balance]


def failures(body: bytes) -> Sequence[Failure]:
    """What an answer says no to. That a list has no rows is a code of its own, told by code and text together. Raises
    `Unreadable` when it says no to nothing."""
    told = decode(body, ErrorBody)
    texts = [told.description or "", *_details(told.result)]
    code = told.code
    if code and NO_DATA in texts[0].lower():
        code = f"{code} {NO_DATA}"
    return [Failure(code, "; ".join(filter(None, texts)))]


def _details(result: Any) -> Sequence[str]:
    """`{"errors": [{"field": […], "messages": ["…"]}]}`."""
    errors = result.get("errors") if isinstance(result, Mapping) else None
    found = [one.get("messages") for one in errors if isinstance(one, Mapping)] if isinstance(errors, list) else []
    return [text for texts in found if isinstance(texts, list) for text in texts if isinstance(text, str)]
