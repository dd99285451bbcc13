"""A connection that ended or is there again is told to the partner: by whoever finds it due, once.

A login is due when it ends (by itself, or because somebody found it ended), and at once when it is the first after an
end that was told. The investor's row is locked meanwhile: of two logins that end together one sees the other.
"""

from torana.connections import store
from torana.connections.models import Connection
from torana.connections.schemas import CONNECTION_ENDED, CONNECTION_RESTORED
from torana.events.log import record
from torana.events.types import EventType
from torana.kit.clock import Clock
from torana.kit.database import Database
from torana.kit.due import Claim, Kind, LostLease

LOGINS = Kind("broker_sessions", ("gateway_id", "session_id"))
"""Logins of which something may have to be told."""


async def tell(database: Database, clock: Clock, claim: Claim) -> None:
    """The handler of `LOGINS`."""
    gateway_id, session_id = claim.key
    now = clock.now()
    async with database.transaction() as connection:
        login = await store.lock(connection, gateway_id, session_id, claim.token)
        if login is None:
            raise LostLease(f"broker_sessions {claim.key}")
        others = await store.lives_otherwise(connection, gateway_id, login.investor_id, session_id, now)
        known = Connection(
            login.investor_id, login.broker, login.created_at, login.expires_at, login.ended_at, login.ended_by
        ).as_of(now)
        event = None if login.erased else what_to_tell(known, restores=login.restores, others=others)
        if event is not None:
            await record(
                connection,
                gateway_id=gateway_id,
                transaction_id=None,
                type=event.name,
                data=known,
                now=now,
                notify_partner=True,
            )
        await store.told(
            connection,
            gateway_id,
            session_id,
            due_at=login.expires_at if known.lives else None,
            end_told_at=now if event is CONNECTION_ENDED else None,
        )


def what_to_tell(connection: Connection, *, restores: bool, others: bool) -> EventType | None:
    """`restores`: the partner was told of an end before this login. `others`: the investor has another one that
    lives."""
    if connection.lives:
        return CONNECTION_RESTORED if restores else None
    return None if others else CONNECTION_ENDED
