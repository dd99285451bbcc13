"""The wire forms: the body of a webhook, endpoints and deliveries on the partner's API."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from torana.api.answers import encode, iso
from torana.kit.money import shortest
from torana.webhooks.models import Delivery, Endpoint, Event
from torana.webhooks.signing import checksum

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AMOUNTS = frozenset({"buyAmount", "sellAmount", "averagePrice", "price"})


class CreateEndpoint(msgspec.Struct, rename="camel"):
    """`eventTypes` left out: every event that partners are told."""

    url: str
    event_types: list[str] | None = None


def webhook_body(event: Event, api_secret: str) -> bytes:
    """The body: one flat batch as partners of the reference know it, and what names the event.

    `timestamp` is the event's moment in milliseconds since 1970 as a string, so that it and the checksum are the same
    at every attempt. Amounts are kept as decimal strings in rupees and leave as JSON numbers.
    """
    data = event.data
    timestamp = str((event.created_at - _EPOCH) // timedelta(milliseconds=1))
    return encode(
        {
            "event": event.type,
            "eventId": event.event_id,
            "sequence": event.sequence,
            "timestamp": timestamp,
            "checksum": checksum(api_secret, timestamp, data["investor_id"]),
            "smallcaseAuthId": data["investor_id"],
            "transactionId": data["transaction_id"],
            "intent": data["intent"],
            "broker": data["broker"],
            "notes": data["notes"],
            **_as_numbers(data["batch"]),
        }
    )


def _as_numbers(value: Any) -> Any:
    match value:
        case dict():
            return {
                key: shortest(Decimal(part)) if key in _AMOUNTS and isinstance(part, str) else _as_numbers(part)
                for key, part in value.items()
            }
        case list():
            return [_as_numbers(part) for part in value]
    return value


def endpoint(found: Endpoint) -> dict[str, Any]:
    return {
        "id": found.endpoint_id,
        "url": found.url,
        "eventTypes": found.event_types,
        "createdAt": iso(found.created_at),
        "enabled": found.disabled_at is None,
        "disabledAt": iso(found.disabled_at) if found.disabled_at else None,
        "disabledReason": found.disabled_reason,
    }


def delivery(found: Delivery) -> dict[str, Any]:
    return {
        "id": found.delivery_id,
        "endpointId": found.endpoint_id,
        "eventId": found.event_id,
        "event": found.event_type,
        "transactionId": found.transaction_id,
        "state": found.state,
        "createdAt": iso(found.created_at),
        "deliveredAt": iso(found.delivered_at) if found.delivered_at else None,
        "nextAttemptAt": iso(found.next_attempt_at) if found.next_attempt_at else None,
        "attempts": [
            {
                "number": attempt.number,
                "startedAt": iso(attempt.started_at),
                "milliseconds": attempt.milliseconds,
                "statusCode": attempt.status_code,
                "error": attempt.error,
                "response": attempt.response,
            }
            for attempt in found.attempts
        ],
    }
