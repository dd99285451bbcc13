"""Where a partner receives events, and one event on its way there."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec


class DeliveryState(StrEnum):
    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    EXHAUSTED = "EXHAUSTED"
    """Every attempt failed; a replay begins anew."""
    DROPPED = "DROPPED"
    """The endpoint was disabled before it was delivered."""


class Endpoint(msgspec.Struct, frozen=True):
    """A URL of a partner's. `event_types` None: all of them."""

    endpoint_id: str
    url: str
    event_types: list[str] | None
    created_at: datetime
    disabled_at: datetime | None
    disabled_reason: str | None


class Event(msgspec.Struct, frozen=True):
    """An event as the log keeps it."""

    event_id: str
    transaction_id: str | None
    sequence: int | None
    type: str
    data: dict[str, Any]
    created_at: datetime


class Waiting(msgspec.Struct, frozen=True):
    """All that one attempt needs. `sealed_secrets` is sealed, see `signing.py`. `failing_since` is the moment of the
    first failure after the endpoint's last success."""

    state: DeliveryState
    endpoint_id: str
    url: str
    sealed_secrets: bytes
    disabled_at: datetime | None
    failing_since: datetime | None
    event: Event


class DeliveryAttempt(msgspec.Struct, frozen=True):
    """One attempt to deliver: an answer's status and beginning, or why there was none."""

    number: int
    started_at: datetime
    milliseconds: int
    status_code: int | None
    error: str | None
    response: str | None


class Delivery(msgspec.Struct, frozen=True):
    """One event on its way to one endpoint, with every attempt so far."""

    delivery_id: str
    endpoint_id: str
    event_id: str
    event_type: str
    transaction_id: str | None
    state: DeliveryState
    created_at: datetime
    delivered_at: datetime | None
    next_attempt_at: datetime | None
    attempts: list[DeliveryAttempt]
