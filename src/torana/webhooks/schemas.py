"""The wire forms: the body of a webhook, endpoints and deliveries on the partner's API."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from litestar.openapi.spec import Operation, RequestBody

from torana.api.answers import encode, iso
from torana.api.documented import json_content
from torana.events.types import EventTypes
from torana.kit.errors import ApiError
from torana.kit.json_input import InvalidJson, read_json
from torana.webhooks.models import Delivery, Endpoint, Event
from torana.webhooks.signing import checksum

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


MOST_BYTES = 16 * 1024


class CreateEndpoint(msgspec.Struct, rename="camel"):
    """`eventTypes` left out: every event that partners are told."""

    url: str
    event_types: list[str] | None = None


_decoder = msgspec.json.Decoder(CreateEndpoint)


def read_create_endpoint(body: bytes) -> CreateEndpoint:
    """Raises `ApiError` (400)."""
    try:
        return read_json(body, _decoder)
    except InvalidJson as error:
        raise ApiError(f'The body must be JSON as {{"url": "https://hooks.example.in/torana"}}: {error}') from None


def create_endpoint_operation(types: EventTypes) -> type[Operation]:
    """The reference of making an endpoint: its body is read by ourselves, once the caller has proven who they are."""
    schema = {
        "type": "object",
        "required": ["url"],
        "properties": {
            "url": {"type": "string", "format": "uri", "description": "https, on the public internet."},
            "eventTypes": {
                "type": ["array", "null"],
                "minItems": 1,
                "items": {"enum": list(types)},
                "description": "Left out: every event that partners can receive.",
            },
        },
    }
    example = {"url": "https://hooks.example.in/torana", "eventTypes": ["batch.completed"]}

    @dataclass
    class CreateEndpointOperation(Operation):
        def __post_init__(self) -> None:
            self.request_body = RequestBody(required=True, content=json_content(schema, endpoint=example))

    return CreateEndpointOperation


def webhook_body(types: EventTypes, event: Event, api_secret: str) -> bytes:
    """The body: what names the event, and what its owner renders. Raises `LookupError` for a type of no owner.

    `timestamp` is the event's moment in milliseconds since 1970 as a string, so that it and the checksum are the same
    at every attempt that is made with one API secret.
    """
    body = types[event.type].wire(event.data)
    subject = body.get("smallcaseAuthId") or body.get("transactionId") or ""
    timestamp = str((event.created_at - _EPOCH) // timedelta(milliseconds=1))
    return encode(
        {
            "event": event.type,
            "eventId": event.event_id,
            "sequence": event.sequence,
            "timestamp": timestamp,
            "checksum": checksum(api_secret, timestamp, subject),
            **body,
        }
    )


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
