"""The log of everything that happened. An event is written in the database transaction of the change it tells of.

Events of one transaction carry sequence numbers 1, 2, 3 … without a hole: `transactions.event_count` is raised by the
same statement, and the row lock that this takes puts writers in line.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache, partial

import msgspec

from torana.kit.database import Connection
from torana.kit.due import CHANNEL as DUE_CHANNEL
from torana.kit.ids import new_id

CHANNEL = "torana_events"
"""Notified with the transaction id when events of that transaction have been committed."""


class News(msgspec.Struct, frozen=True):
    """An event to be written. With `notify_partner` every enabled endpoint of the gateway that wants this type gets a
    delivery that is due now."""

    type: str
    data: object
    notify_partner: bool = False
    event_id: str = msgspec.field(default_factory=partial(new_id, "evt"))


class Update(msgspec.Struct, frozen=True):
    """What the event tells of: an `update transactions set … event_count = event_count + cardinality($3::text[]) …
    where gateway_id = $1 and transaction_id = $2 and … returning event_count`.

    It may use $6, the moment, and `{0}`, `{1}` … for its `args`.
    """

    sql: str
    args: tuple[object, ...] = ()


class Beside(msgspec.Struct, frozen=True):
    """What is written together with the update: parts of a WITH, in SQL, that end in a comma.

    `before` has a part named `fence`: without a row of it nothing is written at all. `after` may select from `changed`,
    which has a row if the change was made. Both may use $1, the gateway, $2, the transaction, $6, the moment, and $9
    onwards for `args`.
    """

    after: str
    args: tuple[object, ...] = ()
    before: str = ""


JUST_TELL = Update("""
    update transactions set event_count = event_count + cardinality($3::text[])
    where gateway_id = $1 and transaction_id = $2 returning event_count
""")
_ABOUT_NONE = Update("select null::int as event_count where $2::text is null")
_NOTHING = Beside("")


@cache
def _statement(change: str, places: int, before: str, after: str, first: int) -> str:
    """One statement: the change, what is written with it, its events, a delivery per endpoint that wants one, the
    calls to those who wait. The parameters $1 to $8 are ours."""
    numbered = change.format(*(f"${first + place}" for place in range(places)))
    if before:
        numbered = numbered.replace(" returning", " and exists (select from fence) returning")
    return f"""
        with {before} changed as ({numbered}), {after}
        news as (
            select n.*, changed.event_count - cardinality($3::text[]) + n.place as sequence
            from changed, unnest($3::text[], $4::text[], $5::jsonb[], $7::bool[])
                          with ordinality as n (event_id, type, data, told, place)
        ),
        event as (
            insert into events (gateway_id, event_id, transaction_id, sequence, type, data, created_at)
            select $1, event_id, $2, sequence, type, data, $6 from news
        ),
        delivery as (
            insert into deliveries (gateway_id, delivery_id, endpoint_id, event_id, created_at, due_at)
            select $1, 'dlv_' || replace(gen_random_uuid()::text, '-', ''), e.endpoint_id, news.event_id, $6, $6
            from news, endpoints e
            where news.told and e.gateway_id = $1 and e.disabled_at is null
              and (e.event_types is null or news.type = any(e.event_types))
            returning delivery_id
        )
        select true,
               case when $2::text is not null and $3::text[] <> '{{}}' then pg_notify('{CHANNEL}', $2) end,
               case when $8::text is not null then pg_notify('{DUE_CHANNEL}', $8) end,
               case when exists (select from delivery) then pg_notify('{DUE_CHANNEL}', 'deliveries') end
        from changed
    """


async def change_and_record(
    connection: Connection,
    update: Update,
    news: Sequence[News],
    *,
    gateway_id: str,
    transaction_id: str | None,
    now: datetime,
    beside: Beside = _NOTHING,
    due: str | None = None,
) -> bool:
    """Change a transaction, write what belongs to it and the events that tell of it, in one statement. `due` names the
    kind of due work that this makes. False: nothing was to change, or the fence did not hold; nothing was written."""
    statement = _statement(update.sql, len(update.args), beside.before, beside.after, 9 + len(beside.args))
    done = await connection.fetchval(
        statement,
        gateway_id,
        transaction_id,
        [one.event_id for one in news],
        [one.type for one in news],
        [one.data for one in news],
        now,
        [one.notify_partner for one in news],
        due,
        *beside.args,
        *update.args,
    )
    return done is not None


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
    """Write one event in the caller's database transaction, in one round trip, and return its id.

    Raises `LookupError` when the gateway has no such transaction.
    """
    news = News(type, data, notify_partner)
    written = await change_and_record(
        connection,
        JUST_TELL if transaction_id is not None else _ABOUT_NONE,
        [news],
        gateway_id=gateway_id,
        transaction_id=transaction_id,
        now=now,
    )
    if not written:
        raise LookupError(f"no transaction {transaction_id} in {gateway_id}")
    return news.event_id
