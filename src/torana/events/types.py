"""What partners are told by webhook."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from torana.kit.cipher import Cipher
from torana.kit.database import Database

Kept = Callable[[Database, Cipher, str, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


class EventType(msgspec.Struct, frozen=True):
    """A type of event and, from the folder that owns it, how the event's data becomes the body of its webhook.

    `wire` gives the body without what names the event (`event`, `eventId`, `sequence`, `timestamp`, `checksum`). It
    has `smallcaseAuthId`, over which the checksum goes (over `transactionId` where there is no investor); amounts are
    `Decimal` rupees, for JSON numbers. `kept` reads what the event does not carry because it stands sealed elsewhere,
    at the gateway of this id: `wire` gets it beside the event's data.
    """

    name: str
    wire: Callable[[Mapping[str, Any]], dict[str, Any]]
    kept: Kept | None = None


EventTypes = Mapping[str, EventType]
"""The types by their name."""
