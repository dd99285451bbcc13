"""Rows by the names that Kite Connect gave their fields, and Upstox after it; each broker adds how it names a security.

Source: Kite Connect v3 documentation, Upstox developer API documentation.
"""

from decimal import Decimal
from typing import Any

from msgspec import field

from torana.connectors.readings import Count, Identifier
from torana.connectors.row_reader import OrderRow, PositionRow


class KiteOrder(OrderRow, frozen=True, kw_only=True):
    """One state of one order. Prices in rupees, quantities in shares, times on a clock in India."""

    order_id: Identifier
    status: str
    exchange: str
    side: str = field(name="transaction_type")
    product: str
    quantity: Count
    filled: Count = field(name="filled_quantity")
    average_price: Decimal | None = None
    exchange_order_id: str | None = None
    message: str | None = field(default=None, name="status_message")
    raw_message: str | None = field(default=None, name="status_message_raw")
    placed_at: str | None = field(default=None, name="order_timestamp")
    code: Any = field(default=None, name="instrument_token")
    tag: Any = None


class KitePosition(PositionRow, frozen=True, kw_only=True):
    """One security and product; `day_…` is what was traded today."""

    exchange: str
    product: str
    bought: Count = field(default=0, name="day_buy_quantity")
    sold: Count = field(default=0, name="day_sell_quantity")
    buy_price: Decimal | None = field(default=None, name="day_buy_price")
    sell_price: Decimal | None = field(default=None, name="day_sell_price")
    code: Any = field(default=None, name="instrument_token")
