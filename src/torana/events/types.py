"""What partners are told by webhook."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

import msgspec

from torana.kit.cipher import Cipher
from torana.kit.database import Database

Load: TypeAlias = Callable[[Database, Cipher, str, Mapping[str, Any], datetime], Awaitable[Mapping[str, Any]]]
"""Of a gateway's event with this data, now: the data with what it is not to keep itself."""


class EventType(msgspec.Struct, frozen=True):
    """A type of event and, from the folder that owns it, how the event's data becomes the body of its webhook.

    `wire` gives the body without what names the event (`event`, `eventId`, `sequence`, `timestamp`, `checksum`). The
    checksum goes over the moment and its `smallcaseAuthId`, its `transactionId` where it names no investor, nothing
    more where it has neither. Amounts are `Decimal` rupees, for JSON numbers. `load` is for personal data that stands
    in one place, from which it can be deleted: it is read when the webhook is sent.
    """

    name: str
    wire: Callable[[Mapping[str, Any]], dict[str, Any]]
    load: Load | None = None


EventTypes = Mapping[str, EventType]
"""The types by their name."""
