"""List the halts of new orders. An empty `gateway_id` is every gateway, an empty `broker` every broker."""

from datetime import datetime

from torana.kit.database import Connection, Database, row_to
from torana.kit.due import CHANNEL
from torana.kit.sql import Statement
from torana.orders.models import Halt
from torana.orders.states import HaltedBy


def widest_halt(broker: str) -> str:
    """Of the halts that stop an order of `:gateway_id` to this broker, in SQL, the widest."""
    return f"{_halted(broker)} order by gateway_id <> '', broker <> '', since limit 1"


def _halted(broker: str) -> str:
    return f"""
        select gateway_id, broker, ordered_by, reason, since from halts
        where gateway_id in (:gateway_id, '') and broker in ({broker}, '')
    """


HALTED = _halted(":broker")
"""The halts that stop an order of this gateway to this broker."""
HALT_COLUMNS = ", ".join(f"h.{name} as h_{name}" for name in Halt.__struct_fields__)
"""A halt in a joined row, for `row_to(Halt, row, "h_")`."""

_ACTIVE = Statement(widest_halt(":broker"))
_OF_GATEWAY = Statement("""
    select gateway_id, broker, ordered_by, reason, since from halts
    where gateway_id in (:gateway_id, '') order by since, gateway_id, broker
""")
_ALL = Statement("select gateway_id, broker, ordered_by, reason, since from halts order by since, gateway_id, broker")
_INSERT = Statement("""
    insert into halts (gateway_id, broker, ordered_by, reason, since)
    values (:gateway_id, :broker, :ordered_by, :reason, :now)
    on conflict (gateway_id, broker, ordered_by) do update set since = halts.since
    returning xmax = 0
""")
"""One that stands is held: a resume at the same time comes before this, or waits."""
_STANDING = Statement("""
    select gateway_id, broker, ordered_by, reason, since from halts
    where gateway_id = :gateway_id and broker = :broker and ordered_by = :ordered_by
""")
_DELETE = Statement("""
    delete from halts where gateway_id = :gateway_id and broker = :broker and ordered_by = :ordered_by
    returning gateway_id, broker, ordered_by, reason, since
""")
_WAKE_HELD = Statement(f"""
    with woken as (
        update batches set due_at = :now, hints = hints + 1
        where gateway_id = :gateway_id and held_for is not null returning 1
    )
    select pg_notify('{CHANNEL}', 'batches ' || :gateway_id) where exists (select from woken)
""")


async def halt_of(database: Database, gateway_id: str, broker: str) -> Halt | None:
    """The widest halt that stops new orders of this gateway to this broker (empty: to any), None if there is none."""
    return await database.fetch_one(Halt, *_ACTIVE(gateway_id=gateway_id, broker=broker))


async def halts_of(database: Database, gateway_id: str) -> list[Halt]:
    """Every halt that concerns this gateway, oldest first."""
    return await database.fetch(Halt, *_OF_GATEWAY(gateway_id=gateway_id))


async def all_halts(database: Database) -> list[Halt]:
    """Every halt of the installation, oldest first."""
    return await database.fetch(Halt, *_ALL())


async def insert_halt(connection: Connection, wanted: Halt) -> bool:
    """False: it stood before, with the reason that it had, and stands until the end of this database transaction."""
    given = _INSERT(
        gateway_id=wanted.gateway_id,
        broker=wanted.broker,
        ordered_by=wanted.ordered_by,
        reason=wanted.reason,
        now=wanted.since,
    )
    return bool(await connection.fetchval(*given))


async def standing_halt(connection: Connection, wanted: Halt) -> Halt:
    """The halt of the same gateway, broker and origin. Raises `LookupError` if there is none."""
    given = _STANDING(gateway_id=wanted.gateway_id, broker=wanted.broker, ordered_by=wanted.ordered_by)
    row = await connection.fetchrow(*given)
    if row is None:
        raise LookupError(f"no halt of {wanted.gateway_id!r} to {wanted.broker!r} by the {wanted.ordered_by}")
    return row_to(Halt, row)


async def delete_halt(connection: Connection, gateway_id: str, broker: str, ordered_by: HaltedBy) -> Halt | None:
    """The halt that ends with it, None if there was none."""
    row = await connection.fetchrow(*_DELETE(gateway_id=gateway_id, broker=broker, ordered_by=ordered_by))
    return None if row is None else row_to(Halt, row)


async def wake_held(connection: Connection, gateway_id: str, now: datetime) -> None:
    """The gateway's batches that were held back are due now."""
    await connection.execute(*_WAKE_HELD(gateway_id=gateway_id, now=now))
