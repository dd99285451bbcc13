"""All SQL on deliveries and their attempts."""

from datetime import datetime
from functools import cache

import asyncpg

from torana.kit.database import Connection, Database
from torana.kit.sql import Statement, affected
from torana.webhooks.models import Delivery, DeliveryAttempt, DeliveryState, Event, Waiting

WAITING_COLUMNS = """
    claimed.state, claimed.endpoint_id, e.url, e.secret, e.disabled_at, e.failing_since,
    v.event_id, v.transaction_id, v.sequence, v.type, v.data, v.created_at
"""
WAITING_JOINS = """
    left join endpoints e on e.gateway_id = claimed.gateway_id and e.endpoint_id = claimed.endpoint_id
    left join events v on v.gateway_id = claimed.gateway_id and v.event_id = claimed.event_id
"""
"""What a delivery needs, to be read with its claim (`due.Kind`)."""


def waiting(row: asyncpg.Record) -> Waiting:
    """What a claimed delivery needs."""
    event = Event(*(row[name] for name in Event.__struct_fields__))
    return Waiting(
        DeliveryState(row["state"]),
        row["endpoint_id"],
        row["url"],
        row["secret"],
        row["disabled_at"],
        row["failing_since"],
        event,
    )


_FINISH_ATTEMPT = Statement("""
    with turned as (
        update endpoints e set failing_since = case when :state <> 'DELIVERED' then :now::timestamptz end
        from deliveries d
        where :asked and d.gateway_id = :gateway_id and d.delivery_id = :delivery_id and d.lease_token = :lease_token
          and e.gateway_id = :gateway_id and e.endpoint_id = d.endpoint_id
          and (e.failing_since is null) = (:state <> 'DELIVERED')
        returning true
    ),
    mine as (
        update deliveries
        set state = case when state = 'PENDING' or :state = 'DELIVERED' then :state else state end,
            due_at = case when state = 'PENDING' then :due_at::timestamptz end,
            delivered_at = case when :state = 'DELIVERED' then :now::timestamptz end,
            lease_until = null
        where gateway_id = :gateway_id and delivery_id = :delivery_id and lease_token = :lease_token
          and (select count(*) from turned) is not null
        returning gateway_id, delivery_id
    )
    insert into delivery_attempts
        (gateway_id, delivery_id, number, started_at, milliseconds, status_code, error, response)
    select gateway_id, delivery_id,
           1 + (select count(*) from delivery_attempts a
                where a.gateway_id = :gateway_id and a.delivery_id = :delivery_id),
           :started_at, :milliseconds, :status_code, :error, :response
    from mine returning 1
""")


async def finish_attempt(
    connection: Connection,
    gateway_id: str,
    delivery_id: str,
    token: int,
    *,
    state: DeliveryState,
    due_at: datetime | None,
    started_at: datetime,
    milliseconds: int,
    status_code: int | None,
    error: str | None,
    response: str | None,
    asked: bool,
    now: datetime,
) -> bool:
    """Write the attempt down and what becomes of delivery and endpoint, in one statement. False: the row is no longer
    ours.

    What was dropped while the attempt was on its way stays dropped unless it was delivered. The endpoint is written
    when its first failure or the success after it is, and before the delivery, in the order of those who disable it;
    not by an attempt that never `asked` it.
    """
    done = await connection.fetchval(
        *_FINISH_ATTEMPT(
            gateway_id=gateway_id,
            delivery_id=delivery_id,
            lease_token=token,
            state=state,
            due_at=due_at,
            now=now,
            started_at=started_at,
            milliseconds=milliseconds,
            status_code=status_code,
            error=error,
            response=response,
            asked=asked,
        )
    )
    return done is not None


_DROP = Statement("""
    update deliveries
    set state = case when state = 'PENDING' then 'DROPPED' else state end, due_at = null, lease_until = null
    where gateway_id = :gateway_id and delivery_id = :delivery_id and lease_token = :lease_token
""")


async def drop(database: Database, gateway_id: str, delivery_id: str, token: int) -> None:
    """End a delivery whose endpoint is disabled; without effect if it is no longer ours."""
    await database.execute(*_DROP(gateway_id=gateway_id, delivery_id=delivery_id, lease_token=token))


_REPLAY = Statement("""
    insert into deliveries as d (gateway_id, delivery_id, endpoint_id, event_id, created_at, due_at)
    select :gateway_id, 'dlv_' || replace(gen_random_uuid()::text, '-', ''), :endpoint_id, event_id, :now, :now
    from events
    where gateway_id = :gateway_id and type = any(:types) and created_at >= :since and created_at <= :until
    on conflict (gateway_id, endpoint_id, event_id) do update
    set state = 'PENDING', due_at = :now, attempts = 0, delivered_at = null, lease_until = null,
        lease_token = d.lease_token + 1
    where not (:undelivered_only and d.state in ('PENDING', 'DELIVERED'))
""")


async def replay(
    connection: Connection,
    gateway_id: str,
    endpoint_id: str,
    *,
    since: datetime,
    until: datetime,
    types: list[str],
    undelivered_only: bool,
    now: datetime,
) -> int:
    """Make the events of this range due again for the endpoint, also those older than it; returns how many."""
    done = await connection.execute(
        *_REPLAY(
            gateway_id=gateway_id,
            endpoint_id=endpoint_id,
            since=since,
            until=until,
            types=types,
            undelivered_only=undelivered_only,
            now=now,
        )
    )
    return affected(done)


MOST_DELIVERIES = 100
"""How many are listed, if not said otherwise."""


_TABLE_OF = {"transaction_id": "v", "endpoint_id": "d"}


@cache
def _deliveries(limit: int, *wanted: str) -> Statement:
    """By each combination of columns a statement: with a known number of rows, and with the index of what is asked."""
    conditions = "".join(f" and {_TABLE_OF[column]}.{column} = :{column}" for column in wanted)
    return Statement(f"""
        select d.delivery_id, d.endpoint_id, d.event_id, v.type as event_type, v.transaction_id, d.state,
               d.created_at, d.delivered_at, d.due_at as next_attempt_at
        from deliveries d join events v using (gateway_id, event_id)
        where d.gateway_id = :gateway_id{conditions}
        order by d.created_at desc, v.sequence desc limit {limit:d}
    """)


_ATTEMPTS = Statement("""
    select delivery_id, number, started_at, milliseconds, status_code, error, response from delivery_attempts
    where gateway_id = :gateway_id and delivery_id = any(:delivery_ids) order by number
""")


async def deliveries(
    database: Database,
    gateway_id: str,
    *,
    transaction_id: str | None,
    endpoint_id: str | None,
    limit: int = MOST_DELIVERIES,
) -> list[Delivery]:
    """The newest first, each with its attempts."""
    given = {"transaction_id": transaction_id, "endpoint_id": endpoint_id}
    wanted = {column: value for column, value in given.items() if value is not None}
    async with database.connection() as connection:
        rows = await connection.fetch(*_deliveries(limit, *wanted)(gateway_id=gateway_id, **wanted))
        attempts = await connection.fetch(
            *_ATTEMPTS(gateway_id=gateway_id, delivery_ids=[row["delivery_id"] for row in rows])
        )
    by_delivery: dict[str, list[DeliveryAttempt]] = {row["delivery_id"]: [] for row in rows}
    for row in attempts:
        by_delivery[row["delivery_id"]].append(
            DeliveryAttempt(*(row[name] for name in DeliveryAttempt.__struct_fields__))
        )
    return [
        Delivery(
            row["delivery_id"],
            row["endpoint_id"],
            row["event_id"],
            row["event_type"],
            row["transaction_id"],
            DeliveryState(row["state"]),
            row["created_at"],
            row["delivered_at"],
            row["next_attempt_at"],
            by_delivery[row["delivery_id"]],
        )
        for row in rows
    ]
