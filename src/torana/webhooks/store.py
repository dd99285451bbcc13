"""All SQL on endpoints and deliveries."""

from datetime import datetime

import asyncpg

from torana.kit.database import Connection, Database, row_to
from torana.webhooks.models import Attempt, Delivery, DeliveryState, Endpoint, Event, Waiting

_ENDPOINT = "select endpoint_id, url, event_types, created_at, disabled_at, disabled_reason from endpoints"


async def endpoints(database: Database, gateway_id: str) -> list[Endpoint]:
    return await database.fetch(Endpoint, f"{_ENDPOINT} where gateway_id = $1 order by created_at", gateway_id)


async def insert_endpoint(
    connection: Connection, gateway_id: str, endpoint: Endpoint, sealed_secrets: bytes, at_most: int
) -> str | None:
    """Insert it, or say why not: `taken` (this URL has one), `many` (there are `at_most`).

    Two at once for one gateway wait for each other: call it in a transaction.
    """
    await connection.execute("select pg_advisory_xact_lock(hashtext('endpoints'), hashtext($1))", gateway_id)
    existing = await connection.fetch("select url from endpoints where gateway_id = $1", gateway_id)
    if any(row["url"] == endpoint.url for row in existing):
        return "taken"
    if len(existing) >= at_most:
        return "many"
    await connection.execute(
        "insert into endpoints (gateway_id, endpoint_id, url, secret, event_types, created_at) "
        "values ($1, $2, $3, $4, $5, $6)",
        gateway_id,
        endpoint.endpoint_id,
        endpoint.url,
        sealed_secrets,
        endpoint.event_types,
        endpoint.created_at,
    )
    return None


async def delete_endpoint(database: Database, gateway_id: str, endpoint_id: str) -> bool:
    """Its deliveries and their attempts go with it."""
    done = await database.execute(
        "delete from endpoints where gateway_id = $1 and endpoint_id = $2", gateway_id, endpoint_id
    )
    return done == "DELETE 1"


async def enable_endpoint(connection: Connection, gateway_id: str, endpoint_id: str) -> Endpoint | None:
    row = await connection.fetchrow(
        "update endpoints set disabled_at = null, disabled_reason = null, failing_since = null "
        "where gateway_id = $1 and endpoint_id = $2 "
        "returning endpoint_id, url, event_types, created_at, disabled_at, disabled_reason",
        gateway_id,
        endpoint_id,
    )
    return None if row is None else row_to(Endpoint, row)


async def disable_endpoint(
    connection: Connection, gateway_id: str, endpoint_id: str, reason: str, now: datetime
) -> Endpoint | None:
    """Disable it and drop what waits for it; None when there is no such endpoint or it is disabled already."""
    row = await connection.fetchrow(
        "update endpoints set disabled_at = $3, disabled_reason = $4 "
        "where gateway_id = $1 and endpoint_id = $2 and disabled_at is null "
        "returning endpoint_id, url, event_types, created_at, disabled_at, disabled_reason",
        gateway_id,
        endpoint_id,
        now,
        reason,
    )
    if row is None:
        return None
    await connection.execute(
        "update deliveries set state = 'DROPPED', due_at = null "
        "where gateway_id = $1 and endpoint_id = $2 and state = 'PENDING' and due_at is not null",
        gateway_id,
        endpoint_id,
    )
    return row_to(Endpoint, row)


async def lock_endpoint(connection: Connection, gateway_id: str, endpoint_id: str) -> datetime | None:
    """Take its row before any of its deliveries, so that two who disable it at once wait rather than deadlock.

    Returns since when it has been failing, None if it has not or is not there.
    """
    failing_since: datetime | None = await connection.fetchval(
        "select failing_since from endpoints where gateway_id = $1 and endpoint_id = $2 for no key update",
        gateway_id,
        endpoint_id,
    )
    return failing_since


async def share_endpoint(connection: Connection, gateway_id: str, endpoint_id: str) -> Endpoint | None:
    """It, held so that nobody disables or deletes it before this transaction ends."""
    row = await connection.fetchrow(
        f"{_ENDPOINT} where gateway_id = $1 and endpoint_id = $2 for share", gateway_id, endpoint_id
    )
    return None if row is None else row_to(Endpoint, row)


async def lock_secrets(connection: Connection, gateway_id: str, endpoint_id: str) -> bytes | None:
    found: bytes | None = await connection.fetchval(
        "select secret from endpoints where gateway_id = $1 and endpoint_id = $2 for update", gateway_id, endpoint_id
    )
    return found


async def set_secrets(connection: Connection, gateway_id: str, endpoint_id: str, sealed_secrets: bytes) -> None:
    await connection.execute(
        "update endpoints set secret = $3 where gateway_id = $1 and endpoint_id = $2",
        gateway_id,
        endpoint_id,
        sealed_secrets,
    )


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
    now: datetime,
) -> bool:
    """Write the attempt down and what becomes of delivery and endpoint, in one statement. False: the row is no longer
    ours.

    What was dropped while the attempt was on its way stays dropped unless it was delivered. The endpoint is written
    when its first failure or the success after it is, and before the delivery, in the order of those who disable it.
    """
    done = await connection.fetchval(
        """
        with turned as (
            update endpoints e set failing_since = case when $4 <> 'DELIVERED' then $6::timestamptz end
            from deliveries d
            where d.gateway_id = $1 and d.delivery_id = $2 and d.lease_token = $3
              and e.gateway_id = $1 and e.endpoint_id = d.endpoint_id
              and (e.failing_since is null) = ($4 <> 'DELIVERED')
            returning true
        ),
        mine as (
            update deliveries
            set state = case when state = 'PENDING' or $4 = 'DELIVERED' then $4 else state end,
                due_at = case when state = 'PENDING' then $5::timestamptz end,
                delivered_at = case when $4 = 'DELIVERED' then $6::timestamptz end,
                lease_until = null
            where gateway_id = $1 and delivery_id = $2 and lease_token = $3
              and (select count(*) from turned) is not null
            returning gateway_id, delivery_id
        )
        insert into delivery_attempts
            (gateway_id, delivery_id, number, started_at, milliseconds, status_code, error, response)
        select gateway_id, delivery_id,
               1 + (select count(*) from delivery_attempts a where a.gateway_id = $1 and a.delivery_id = $2),
               $7, $8, $9, $10, $11
        from mine returning 1
        """,
        gateway_id,
        delivery_id,
        token,
        state,
        due_at,
        now,
        started_at,
        milliseconds,
        status_code,
        error,
        response,
    )
    return done is not None


async def drop(database: Database, gateway_id: str, delivery_id: str, token: int) -> None:
    """End a delivery whose endpoint is disabled; without effect if it is no longer ours."""
    await database.execute(
        """
        update deliveries
        set state = case when state = 'PENDING' then 'DROPPED' else state end, due_at = null, lease_until = null
        where gateway_id = $1 and delivery_id = $2 and lease_token = $3
        """,
        gateway_id,
        delivery_id,
        token,
    )


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
        """
        insert into deliveries as d (gateway_id, delivery_id, endpoint_id, event_id, created_at, due_at)
        select $1, 'dlv_' || replace(gen_random_uuid()::text, '-', ''), $2, event_id, $7, $7 from events
        where gateway_id = $1 and type = any($5) and created_at >= $3 and created_at <= $4
        on conflict (gateway_id, endpoint_id, event_id) do update
        set state = 'PENDING', due_at = $7, attempts = 0, delivered_at = null, lease_until = null,
            lease_token = d.lease_token + 1
        where not ($6 and d.state in ('PENDING', 'DELIVERED'))
        """,
        gateway_id,
        endpoint_id,
        since,
        until,
        types,
        undelivered_only,
        now,
    )
    return int(done.rsplit(" ", 1)[-1])


MOST_DELIVERIES = 100
"""How many are listed, if not said otherwise."""


async def deliveries(
    database: Database,
    gateway_id: str,
    *,
    transaction_id: str | None,
    endpoint_id: str | None,
    limit: int = MOST_DELIVERIES,
) -> list[Delivery]:
    """The newest first, each with its attempts."""
    wanted = [("v.transaction_id", transaction_id), ("d.endpoint_id", endpoint_id)]
    given = [(column, value) for column, value in wanted if value is not None]
    conditions = "".join(f" and {column} = ${place}" for place, (column, _) in enumerate(given, 2))
    async with database.connection() as connection:
        rows = await connection.fetch(
            f"""
            select d.delivery_id, d.endpoint_id, d.event_id, v.type as event_type, v.transaction_id, d.state,
                   d.created_at, d.delivered_at, d.due_at as next_attempt_at
            from deliveries d join events v using (gateway_id, event_id)
            where d.gateway_id = $1{conditions}
            order by d.created_at desc, v.sequence desc limit {limit:d}
            """,
            gateway_id,
            *(value for _, value in given),
        )
        attempts = await connection.fetch(
            """
            select delivery_id, number, started_at, milliseconds, status_code, error, response from delivery_attempts
            where gateway_id = $1 and delivery_id = any($2) order by number
            """,
            gateway_id,
            [row["delivery_id"] for row in rows],
        )
    by_delivery: dict[str, list[Attempt]] = {row["delivery_id"]: [] for row in rows}
    for row in attempts:
        by_delivery[row["delivery_id"]].append(Attempt(*(row[name] for name in Attempt.__struct_fields__)))
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
