"""HDFC Sky's wire, as far as it is read. Source: the Sky Open API documentation and its samples.

An answer is `{"status": "success", "message": …, "data": …}`. Times are seconds since 1970.
"""

from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import field

from torana.connectors.readings import Identifier
from torana.connectors.row_reader import HoldingRow, OrderRow, PositionRow


class Person(msgspec.Struct, frozen=True):
    """A standing instruction to debit shares, or a power of attorney for it."""

    name: str = ""
    ddpi: bool | None = None
    poa_enabled: bool | None = None


class OrderId(msgspec.Struct, frozen=True):
    oms_order_id: Identifier


class Orders(msgspec.Struct, frozen=True):
    orders: list[Any]


class Order(OrderRow, frozen=True, kw_only=True):
    """A row of the order book. Amounts in rupees, quantities in shares; a reason for nothing is `NONE`."""

    order_id: Identifier = field(name="oms_order_id")
    status: str = field(name="order_status")
    exchange: str
    symbol: str = field(name="trading_symbol")
    side: str = field(name="order_side")
    product: str
    quantity: Decimal
    filled: Decimal = field(name="filled_quantity")
    average_price: Decimal
    exchange_order_id: str | None = None
    message: str | None = field(default=None, name="rejection_reason")
    entered_at: Annotated[int, msgspec.Meta(ge=0, le=10**10)] | None = field(default=None, name="order_entry_time")
    code: Any = field(default=None, name="instrument_token")
    tag: Any = field(default=None, name="user_order_id")


class Holdings(msgspec.Struct, frozen=True):
    holdings: list[Any]


class Holding(HoldingRow, frozen=True, kw_only=True):
    isin: Identifier
    exchange: str
    symbol: str = field(name="trading_symbol")
    quantity: Decimal
    free_quantity: Decimal
    used_quantity: Decimal
    average_price: Decimal = field(name="buy_avg")
    t1_quantity: Decimal
    pledge_quantity: Decimal
    code: Any = field(default=None, name="token")


class Position(PositionRow, frozen=True, kw_only=True):
    """One security and product of today. What came over from yesterday has fields of its own (`cf_…`)."""

    exchange: str
    segment: str
    product: str
    symbol: str = field(name="trading_symbol")
    bought: Decimal = field(name="buy_quantity")
    sold: Decimal = field(name="sell_quantity")
    buy_price: Decimal | None = field(default=None, name="average_buy_price")
    sell_price: Decimal | None = field(default=None, name="average_sell_price")
    code: Any = field(default=None, name="token")


class Funds(msgspec.Struct, frozen=True):
    """Lines of a label and an amount: documented as `{"0": …, "1": …}`, seen as a pair."""

    values: list[Any]
