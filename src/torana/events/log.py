"""The log of everything that happened. An event is written in the database transaction of the change it tells of.

Events of one transaction carry sequence numbers 1, 2, 3 … without a hole: `transactions.event_count` is raised by the
same statement, and the row lock that this takes puts writers in line.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache, partial

import msgspec

from torana.kit.database import Connection
from torana.kit.due import CHANNEL as DUE_CHANNEL
from torana.kit.ids import new_id
from torana.kit.sql import Statement

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
    """A change of the transaction that events tell of, in SQL: what it sets, and what must hold of the row for it to be
    made. Beside the parameters in `values` there are `:gateway_id`, `:transaction_id` and `:now`."""

    sets: str = ""
    when: str = "true"
    values: Mapping[str, object] = {}

    def given(self, **values: object) -> "Update":
        return Update(self.sets, self.when, values)


class Beside(msgspec.Struct, frozen=True):
    """What is written together with the transaction's change, and only if that is made.

    `parts` are the parts of a WITH, by name; each selects from `changed`, which has one row if the change was made.
    `fence`, if there is one, is a SELECT without a row of which nothing is written at all. The parameters are those of
    an `Update`.
    """

    parts: tuple[tuple[str, str], ...]
    values: Mapping[str, object] = {}
    fence: str = ""


TELL = Update()
"""The transaction stays as it is, but for the count of its events."""
_NOTHING = Beside(())

_NEWS = """
    select n.*, changed.event_count - jsonb_array_length(:news) + n.place as sequence
    from changed, rows from (
        jsonb_to_recordset(:news) as (event_id text, type text, data jsonb, notify_partner bool)
    ) with ordinality as n (event_id, type, data, notify_partner, place)
"""
_EVENTS = """
    insert into events (gateway_id, event_id, transaction_id, sequence, type, data, created_at)
    select :gateway_id::text, event_id, :transaction_id::text, sequence, type, data, :now::timestamptz from news
"""
_DELIVERIES = """
    insert into deliveries (gateway_id, delivery_id, endpoint_id, event_id, created_at, due_at)
    select :gateway_id, 'dlv_' || replace(gen_random_uuid()::text, '-', ''), e.endpoint_id, news.event_id, :now, :now
    from news, endpoints e
    where news.notify_partner and e.gateway_id = :gateway_id and e.disabled_at is null
      and (e.event_types is null or news.type = any(e.event_types))
    returning delivery_id
"""
_TELLING = (("news", _NEWS), ("events_made", _EVENTS), ("deliveries_made", _DELIVERIES))
_CALLS = f"""
    select true,
           case when :transaction_id::text is not null and jsonb_array_length(:news) > 0
                then pg_notify('{CHANNEL}', :transaction_id) end,
           case when :due::text is not null then pg_notify('{DUE_CHANNEL}', :due || ' ' || :gateway_id) end,
           case when exists (select from deliveries_made)
                then pg_notify('{DUE_CHANNEL}', 'deliveries ' || :gateway_id) end
    from changed
"""


@cache
def _statement(
    change: tuple[str, str] | None, fence: str, beside: tuple[tuple[str, str], ...], *, tells: bool = True
) -> Statement:
    """One statement: the change of the transaction (what it sets, and when; None: there is none), what is written with
    it, its events, a delivery per endpoint that wants one, the calls to those who wait. Not `tells`: what is written,
    and nothing that tells of it."""
    for name, part in beside:
        if "changed" not in part:
            raise ValueError(f"{name} is written whether the change is made or not: select from changed")
    parts = [
        *([("fence", fence)] if fence else []),
        ("changed", _changed(change, "exists (select from fence)" if fence else "true")),
        *beside,
        *(_TELLING if tells else ()),
    ]
    calls = _CALLS if tells else "select true from changed"
    return Statement(f"with {', '.join(f'{name} as ({part})' for name, part in parts)} {calls}")


def _changed(change: tuple[str, str] | None, fenced: str) -> str:
    if change is None:
        return f"select null::int as event_count where {fenced}"
    sets, when = change
    return f"""
        update transactions
        set event_count = event_count + jsonb_array_length(:news){"," if sets else ""} {sets}
        where gateway_id = :gateway_id and transaction_id = :transaction_id and ({when}) and {fenced}
        returning event_count
    """


async def change_and_record(
    connection: Connection,
    update: Update | None,
    news: Sequence[News],
    *,
    gateway_id: str,
    transaction_id: str | None,
    now: datetime,
    beside: Beside = _NOTHING,
    due: str | None = None,
) -> bool:
    """Change a transaction, write what belongs to it and the events that tell of it, in one statement. Without an
    `update` its row is left alone: for events of no transaction, and where there are none. `due` names the kind of due
    work that this makes. False: nothing was to change, or the fence did not hold; nothing was written."""
    at = {"gateway_id": gateway_id, "now": now}
    if update is None and not news and due is None:
        quiet = _statement(None, beside.fence, beside.parts, tells=False)
        return await connection.fetchval(*quiet(**at, **beside.values)) is not None
    statement = _statement((update.sets, update.when) if update else None, beside.fence, beside.parts)
    values = {**beside.values, **update.values} if update else beside.values
    done = await connection.fetchval(*statement(**at, transaction_id=transaction_id, news=news, due=due, **values))
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
        TELL if transaction_id is not None else None,
        [news],
        gateway_id=gateway_id,
        transaction_id=transaction_id,
        now=now,
    )
    if not written:
        raise LookupError(f"no transaction {transaction_id} in {gateway_id}")
    return news.event_id
