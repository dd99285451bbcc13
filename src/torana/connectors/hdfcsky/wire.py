"""HDFC Sky's wire, as far as it is read. Source: the Sky Open API documentation and its samples.

An answer is `{"status": "success", "message": …, "data": …}`. Times are seconds since 1970.
"""

from decimal import Decimal
from typing import Annotated, Any

import msgspec

from torana.connectors.readings import Identifier


class Person(msgspec.Struct, frozen=True):
    """A standing instruction to debit shares, or a power of attorney for it."""

    name: str = ""
    ddpi: bool | None = None
    poa_enabled: bool | None = None


class OrderId(msgspec.Struct, frozen=True):
    oms_order_id: Identifier


class Orders(msgspec.Struct, frozen=True):
    orders: list[Any]


class Order(msgspec.Struct, frozen=True):
    """A row of the order book. Amounts in rupees, quantities in shares; a reason for nothing is `NONE`."""

    oms_order_id: Identifier
    order_status: str
    exchange: str
    trading_symbol: str
    order_side: str
    product: str
    quantity: Decimal
    filled_quantity: Decimal
    average_price: Decimal
    exchange_order_id: str | None = None
    rejection_reason: str | None = None
    order_entry_time: Annotated[int, msgspec.Meta(ge=0, le=10**10)] | None = None
    instrument_token: Any = None
    user_order_id: Any = None


class Holdings(msgspec.Struct, frozen=True):
    holdings: list[Any]


class Holding(msgspec.Struct, frozen=True):
    isin: Identifier
    exchange: str
    trading_symbol: str
    quantity: Decimal
    free_quantity: Decimal
    used_quantity: Decimal
    buy_avg: Decimal
    t1_quantity: Decimal
    pledge_quantity: Decimal
    token: Any = None


class Position(msgspec.Struct, frozen=True):
    """One security and product of today. What came over from yesterday has fields of its own (`cf_…`)."""

    exchange: str
    segment: str
    product: str
    trading_symbol: str
    buy_quantity: Decimal
    sell_quantity: Decimal
    average_buy_price: Decimal | None = None
    average_sell_price: Decimal | None = None
    token: Any = None


class Funds(msgspec.Struct, frozen=True):
    """Lines of a label and an amount: documented as `{"0": …, "1": …}`, seen as a pair."""

    values: list[Any]
