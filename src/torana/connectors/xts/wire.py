"""The wire of the XTS platform, as far as it is read. Source: for calls and names the official Python client, for
values books that users of several brokers have printed. Builds differ: a number may come as a text, with commas in it,
and a price that there is not as an empty text.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar

import msgspec
from msgspec import field

from torana.connectors.decoding import decode
from torana.connectors.error_table import Failure
from torana.connectors.readings import Identifier, Name
from torana.connectors.row_reader import HoldingRow, OrderRow, PositionRow

T = TypeVar("T")

NO_DATA = "data not available"
"""Beside a code that ends in `-0005`: a list has no rows."""


def _field(name: str) -> str:
    """`app_order_id` is `AppOrderID`."""
    return "".join("ID" if part == "id" else part.capitalize() for part in name.split("_"))


class Reply(msgspec.Struct, Generic[T], frozen=True):
    """`{"type": "success", "code": "s-…", "description": "…", "result": …}`."""

    type: Literal["success"]
    data: T = field(name="result")


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
    user_id: Identifier = field(name="userID")
    is_investor_client: bool = field(name="isInvestorClient")


class Placed(msgspec.Struct, frozen=True, rename=_field):
    app_order_id: Identifier | int


class Order(OrderRow, frozen=True, kw_only=True, rename=_field):
    """A row of the order book. Quantities in shares, times on a clock in India."""

    order_id: Identifier | int = field(name="AppOrderID")
    status: str = field(name="OrderStatus")
    exchange: str = field(name="ExchangeSegment")
    code: Identifier | int = field(name="ExchangeInstrumentID")
    side: str = field(name="OrderSide")
    product: str = field(name="ProductType")
    quantity: Decimal = field(name="OrderQuantity")
    filled: Decimal = field(name="CumulativeQuantity")
    average_price: Any = field(default=None, name="OrderAverageTradedPrice")
    exchange_order_id: Any = None
    message: str | None = field(default=None, name="CancelRejectReason")
    placed_at: str | None = field(default=None, name="OrderGeneratedDateTime")
    symbol: str | None = field(default=None, name="TradingSymbol")
    tag: Any = field(default=None, name="OrderUniqueIdentifier")


class Trade(msgspec.Struct, frozen=True, rename=_field):
    """One fill of an order."""

    app_order_id: Identifier | int
    last_traded_price: Decimal
    last_traded_quantity: Decimal


class Holdings(msgspec.Struct, frozen=True, rename="pascal"):
    """Rows by ISIN."""

    holdings: dict[str, Any]


class Portfolio(msgspec.Struct, frozen=True):
    rms_holdings: Holdings = field(name="RMSHoldings")


NO_PORTFOLIO = Portfolio(Holdings({}))


class Holding(HoldingRow, frozen=True, kw_only=True, rename="pascal"):
    """One security. A build without one of the quantities has no word for what it counts."""

    isin: str = field(name="ISIN")
    holding_quantity: Decimal
    average_price: Decimal | None = field(default=None, name="BuyAvgPrice")
    used_quantity: Decimal | None = None
    collateral_quantity: Decimal | None = None
    pledge_quantity: Decimal | None = None
    nse_code: Any = field(default=None, name="ExchangeNSEInstrumentId")
    bse_code: Any = field(default=None, name="ExchangeBSEInstrumentId")


class Positions(msgspec.Struct, frozen=True, rename="camel"):
    position_list: list[Any]


class Position(PositionRow, frozen=True, kw_only=True, rename="pascal"):
    """One security and product of the day."""

    exchange: str = field(name="ExchangeSegment")
    code: Identifier | int = field(name="ExchangeInstrumentId")
    product: str = field(name="ProductType")
    bought: Decimal = field(name="OpenBuyQuantity")
    sold: Decimal = field(name="OpenSellQuantity")
    buy_price: Any = field(default=None, name="BuyAveragePrice")
    sell_price: Any = field(default=None, name="SellAveragePrice")
    symbol: str | None = field(default=None, name="TradingSymbol")


class Limits(msgspec.Struct, frozen=True):
    net_margin_available: Decimal = field(name="netMarginAvailable")
    collateral: Decimal = Decimal(0)


class LimitObject(msgspec.Struct, frozen=True):
    limits: Limits = field(name="RMSSubLimits")


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
