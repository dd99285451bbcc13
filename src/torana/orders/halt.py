"""The kill switch: new orders stop, at a gateway, to a broker, or everywhere; reads and cancellations go on.

It is looked at when an investor comes to confirm, and again by the statement that writes the intent to send: while a
halt stands no intent can be written. What was confirmed and is not sent waits, as it would for a worker that was away:
it is sent when the halt ends soon, or the investor is asked again once it is too old.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from torana.events.log import record
from torana.events.types import EventType
from torana.kit.database import Connection
from torana.kit.errors import ApiError
from torana.orders import store
from torana.orders.models import Halt
from torana.orders.schemas import halt_body

LONGEST_REASON = 200


def _wire(data: Mapping[str, Any]) -> dict[str, Any]:
    """Of no investor and no transaction."""
    return {"smallcaseAuthId": "", **data}


HALTED = EventType("orders.halted", _wire)
RESUMED = EventType("orders.resumed", _wire)


def read_reason(given: str) -> str:
    """Why orders are stopped, as investors will read it. Raises `ApiError` (400)."""
    reason = given.strip()
    if not (0 < len(reason) <= LONGEST_REASON and reason.isprintable()):
        raise ApiError(f"reason must say why, in one line of at most {LONGEST_REASON} characters: investors read it")
    return reason


async def halt(connection: Connection, wanted: Halt, concerned: Sequence[str]) -> bool:
    """Stop new orders, in the caller's database transaction; every gateway that it concerns gets an event. False, and
    nothing changes: it stood before."""
    at = (wanted.gateway_id, wanted.broker, wanted.ordered_by)
    if not await store.insert_halt(connection, *at, wanted.reason, wanted.since):
        return False
    for gateway_id in concerned:
        await _tell(connection, gateway_id, HALTED, wanted, wanted.since)
    return True


async def resume(connection: Connection, ended: Halt, concerned: Sequence[str], now: datetime) -> bool:
    """End such a halt, if whoever resumes had ordered it; what waited is due at once. False: there is none."""
    stood = await store.delete_halt(connection, ended.gateway_id, ended.broker, ended.ordered_by)
    if stood is None:
        return False
    for gateway_id in concerned:
        await _tell(connection, gateway_id, RESUMED, stood, now)
        await store.wake_held(connection, gateway_id, now)
    return True


async def _tell(connection: Connection, gateway_id: str, event: EventType, halt: Halt, now: datetime) -> None:
    await record(
        connection,
        gateway_id=gateway_id,
        transaction_id=None,
        type=event.name,
        data=halt_body(halt),
        now=now,
        notify_partner=True,
    )
