"""What partners are told by webhook."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec


class EventType(msgspec.Struct, frozen=True):
    """A type of event and, from the folder that owns it, how the event's data becomes the body of its webhook.

    `wire` gives the body without what names the event (`event`, `eventId`, `sequence`, `timestamp`, `checksum`). It
    has `smallcaseAuthId`, over which the checksum goes (over `transactionId` where there is no investor); amounts are
    `Decimal` rupees, for JSON numbers.
    """

    name: str
    wire: Callable[[Mapping[str, Any]], dict[str, Any]]


EventTypes = Mapping[str, EventType]
"""The types by their name."""
