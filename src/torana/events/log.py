"""The log of everything that happened. An event is written in the database transaction of the change it tells of.

Events of one transaction carry sequence numbers 1, 2, 3 … without a hole: `transactions.event_count` is raised by the
same statement, and the row lock that this takes puts writers in line.
"""

from datetime import datetime
from functools import cache

from torana.kit.database import Connection
from torana.kit.due import CHANNEL as DUE_CHANNEL
from torana.kit.ids import new_id

CHANNEL = "torana_events"
"""Notified with the transaction id when an event of that transaction has been committed."""

_COUNT = """
    update transactions set event_count = event_count + 1
    where gateway_id = $1 and transaction_id = $2 returning event_count
"""
_NO_COUNT = "select null::int as event_count where $2::text is null"


@cache
def _statement(change: str, before: str = "") -> str:
    """One statement: the change; its event, if it changed a row; a delivery per endpoint that wants it; the calls to
    those who wait. The parameters $1 to $7 are ours, further ones belong to the change and to what comes before it."""
    return f"""
        with {before} changed as ({change}),
        event as (
            insert into events (gateway_id, event_id, transaction_id, sequence, type, data, created_at)
            select $1, $3, $2, event_count, $4, $5::jsonb, $6 from changed
            returning event_id
        ),
        delivery as (
            insert into deliveries (gateway_id, delivery_id, endpoint_id, event_id, created_at, due_at)
            select $1, 'dlv_' || replace(gen_random_uuid()::text, '-', ''), e.endpoint_id, event.event_id, $6, $6
            from event, endpoints e
            where $7 and e.gateway_id = $1 and e.disabled_at is null
              and (e.event_types is null or $4 = any(e.event_types))
            returning delivery_id
        )
        select event_id,
               case when $2::text is not null then pg_notify('{CHANNEL}', $2) end,
               case when exists (select from delivery) then pg_notify('{DUE_CHANNEL}', 'deliveries') end
        from event
    """


_RECORD = _statement(_COUNT)
_RECORD_ALONE = _statement(_NO_COUNT)


async def record(
    connection: Connection,
    *,
    gateway_id: str,
    transaction_id: str | None,
    type: str,  # noqa: A002
    data: object,
    now: datetime,
    notify_partner: bool = False,
) -> str:
    """Write an event in the caller's database transaction and return its id. One round trip.

    With `notify_partner` every enabled endpoint of the gateway that wants this type gets a delivery that is due now.
    Raises `LookupError` when the gateway has no such transaction.
    """
    event_id = await connection.fetchval(
        _RECORD if transaction_id is not None else _RECORD_ALONE,
        gateway_id,
        transaction_id,
        new_id("evt"),
        type,
        data,
        now,
        notify_partner,
    )
    if event_id is None:
        raise LookupError(f"no transaction {transaction_id} in {gateway_id}")
    return str(event_id)


async def change_and_record(
    connection: Connection,
    change: str,
    *args: object,
    gateway_id: str,
    transaction_id: str,
    type: str,  # noqa: A002
    data: object,
    now: datetime,
    notify_partner: bool = False,
) -> bool:
    """Change a transaction and write the event that tells of it, in one statement. False: nothing was to change.

    `change` is an `update transactions set … event_count = event_count + 1 where gateway_id = $1 and
    transaction_id = $2 and … returning event_count`; it may use $6, the moment, and $8 onwards for `args`.
    """
    event_id = await connection.fetchval(
        _statement(change), gateway_id, transaction_id, new_id("evt"), type, data, now, notify_partner, *args
    )
    return event_id is not None


async def write_and_record(
    connection: Connection,
    parts: str,
    *args: object,
    gateway_id: str,
    transaction_id: str,
    type: str,  # noqa: A002
    data: object,
    now: datetime,
) -> bool:
    """Write whatever `parts` writes and the event that tells of it, in one statement. False: the fence did not hold,
    and nothing was written.

    `parts` are named parts of a WITH, ending in a comma, one of them called `fence`: the event is written if it has a
    row. They may use $1, the gateway, $2, the transaction, $6, the moment, and $8 onwards for `args`.
    """
    fenced = f"{_COUNT.replace(' returning', ' and exists (select from fence) returning')}"
    event_id = await connection.fetchval(
        _statement(fenced, parts), gateway_id, transaction_id, new_id("evt"), type, data, now, False, *args
    )
    return event_id is not None
