"""A transaction: one intent of one investor, used once, short-lived."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from torana.connectors.contract import OrderType, Side
from torana.kit.money import Paise


class Intent(StrEnum):
    CONNECT = "CONNECT"
    """Log in at a broker, nothing more."""
    TRANSACTION = "TRANSACTION"
    """Place orders."""


class Status(StrEnum):
    """The interface's words for where a transaction is. `COMPLETED` says nothing about fills: the orders do."""

    INITIALIZED = "INITIALIZED"
    USED = "USED"
    """The investor has logged in at his broker."""
    PROCESSING = "PROCESSING"
    """The orders are at the broker; their end comes later."""
    ACTION_REQUIRED = "ACTION_REQUIRED"
    ERRORED = "ERRORED"
    COMPLETED = "COMPLETED"


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a basket as the partner asked for it; the investor fills in what is None.

    `symbol` is the NSE symbol, `quantity` in shares, `limit_price` in paise and set exactly for LIMIT.
    """

    symbol: str
    quantity: int | None = None
    side: Side | None = None
    order_type: OrderType = OrderType.MARKET
    limit_price: Paise | None = None


class OrderConfig(msgspec.Struct, frozen=True):
    """What a TRANSACTION shall place. `meta` is the partner's, kept as it came (`orderName`, `orderLogo` …)."""

    lines: list[Line]
    meta: dict[str, Any] = {}


class Transaction(msgspec.Struct, frozen=True):
    """A transaction as it is stored. Times in UTC.

    `asked_investor_id` is whom the partner's token named at create, `investor_id` who logged in. `extra` holds what the
    partner sent that we do not know. settled: the promise in the partner's page may settle; it rejects when
    `error_name` is set, else it resolves. finished: nothing more will happen.
    """

    gateway_id: str
    transaction_id: str
    intent: Intent
    status: Status
    order_config: OrderConfig | None
    notes: str | None
    extra: dict[str, Any]
    asked_investor_id: str | None
    investor_id: str | None
    session_id: str | None
    broker: str | None
    error_name: str | None
    error_code: int | None
    event_count: int
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    confirmed_at: datetime | None
    settled_at: datetime | None
    finished_at: datetime | None

    def expired(self, now: datetime) -> bool:
        """Whether its time is over without the investor's confirmation."""
        return self.confirmed_at is None and self.finished_at is None and now >= self.expires_at
