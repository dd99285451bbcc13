"""A transaction: one intent of one investor, used once, short-lived."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec


class Status(StrEnum):
    """The interface's words for where a transaction is. `COMPLETED` says nothing about fills: the orders do."""

    INITIALIZED = "INITIALIZED"
    USED = "USED"
    """The investor has logged in at their broker."""
    PROCESSING = "PROCESSING"
    """The orders are at the broker; their end comes later."""
    ACTION_REQUIRED = "ACTION_REQUIRED"
    ERRORED = "ERRORED"
    COMPLETED = "COMPLETED"


class Transaction(msgspec.Struct, frozen=True):
    """A transaction as it is stored. Times in UTC.

    `asked_investor_id` is whom the partner's token named at create, `investor_id` who logged in. `extra` holds what the
    partner sent that we do not know. settled: the promise in the partner's page may settle; it rejects when
    `error_name` is set, else it resolves. finished: nothing more will happen. `config` and `result` are JSON whose
    meaning the registered intent knows; `result` is None where what came out stands elsewhere, as orders do.
    """

    gateway_id: str
    transaction_id: str
    intent: str
    kind: str | None
    status: Status
    config: dict[str, Any]
    result: dict[str, Any] | None
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
    personal: bytes = b""
    """What the create said of the person, sealed; empty where it said nothing, or it is not kept any more."""

    def expired(self, now: datetime) -> bool:
        """Whether its time is over without the investor's confirmation."""
        return self.confirmed_at is None and self.finished_at is None and now >= self.expires_at
