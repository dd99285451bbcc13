"""The wire form of a connection: on the partner's API and in webhooks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from litestar.openapi.spec import OpenAPIResponse, Operation

from torana.api.answers import iso
from torana.api.documented import envelope, json_content
from torana.connections.models import Connection
from torana.events.types import EventType
from torana.investors.models import EndedBy

_TIME = {"type": ["string", "null"], "format": "date-time"}
_SCHEMA = {
    "type": "object",
    "required": ["smallcaseAuthId", "broker", "connected", "since", "until", "endedAt", "reason", "needed"],
    "properties": {
        "smallcaseAuthId": {"type": "string"},
        "broker": {"type": "string"},
        "connected": {"type": "boolean", "description": "Whether a login at the broker lives, as far as is known."},
        "since": {**_TIME, "description": "When that login was made; null once it is no longer kept."},
        "until": {**_TIME, "description": "When it ends by itself."},
        "endedAt": _TIME,
        "reason": {"enum": [*EndedBy, None], "description": "What ended it; null while it lives."},
        "needed": {
            "enum": ["login", None],
            "description": "login: any transaction that the investor opens takes them to their broker's login first.",
        },
    },
}
_EXAMPLE = {
    "smallcaseAuthId": "65f0c0ffee65f0c0ffee65f0",
    "broker": "kite",
    "connected": True,
    "since": "2026-11-18T04:12:30.000Z",
    "until": "2026-11-19T00:30:00.000Z",
    "endedAt": None,
    "reason": None,
    "needed": None,
}


def connection_body(connection: Connection) -> dict[str, Any]:
    return {
        "smallcaseAuthId": connection.investor_id,
        "broker": connection.broker,
        "connected": connection.lives,
        "since": _iso(connection.since),
        "until": _iso(connection.until),
        "endedAt": _iso(connection.ended_at),
        "reason": connection.ended_by,
        "needed": None if connection.lives else "login",
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else iso(at)


def _wire(data: Mapping[str, Any]) -> dict[str, Any]:
    """Of no transaction: its keys are null."""
    connection = msgspec.convert(data, Connection)
    return {**dict.fromkeys(("transactionId", "intent", "notes", "status")), **connection_body(connection)}


CONNECTION_ENDED = EventType("connection.ended", _wire)
CONNECTION_RESTORED = EventType("connection.restored", _wire)
CONNECTION_EVENTS = (CONNECTION_ENDED, CONNECTION_RESTORED)


@dataclass
class ConnectionOperation(Operation):
    """The reference of the look at a connection."""

    def __post_init__(self) -> None:
        answer = {"success": True, "errors": None, "data": _EXAMPLE}
        self.responses = {
            **(self.responses or {}),
            "200": OpenAPIResponse(
                description="How the connection stands.", content=json_content(envelope(_SCHEMA), connected=answer)
            ),
        }
