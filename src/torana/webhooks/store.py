"""All SQL on endpoints and deliveries."""

from datetime import datetime
from functools import cache

import asyncpg

from torana.kit.database import Connection, Database, row_to
from torana.kit.sql import Statement, affected
from torana.webhooks.models import Attempt, Delivery, DeliveryState, Endpoint, Event, Waiting

_COLUMNS = ", ".join(Endpoint.__struct_fields__)
_ENDPOINTS = Statement(f"select {_COLUMNS} from endpoints where gateway_id = :gateway_id order by created_at")


async def endpoints(database: Database, gateway_id: str) -> list[Endpoint]:
    return await database.fetch(Endpoint, *_ENDPOINTS(gateway_id=gateway_id))


_LOCK_ENDPOINTS = Statement("select pg_advisory_xact_lock(hashtext('endpoints'), hashtext(:gateway_id))")
_URLS = Statement("select url from endpoints where gateway_id = :gateway_id")
_INSERT_ENDPOINT = Statement("""
    insert into endpoints (gateway_id, endpoint_id, url, secret, event_types, created_at)
    values (:gateway_id, :endpoint_id, :url, :sealed_secrets, :event_types, :created_at)
""")


async def insert_endpoint(
    connection: Connection, gateway_id: str, endpoint: Endpoint, sealed_secrets: bytes, at_most: int
) -> str | None:
    """Insert it, or say why not: `taken` (this URL has one), `many` (there are `at_most`).

    Two at once for one gateway wait for each other: call it in a transaction.
    """
    await connection.execute(*_LOCK_ENDPOINTS(gateway_id=gateway_id))
    existing = await connection.fetch(*_URLS(gateway_id=gateway_id))
    if any(row["url"] == endpoint.url for row in existing):
        return "taken"
    if len(existing) >= at_most:
        return "many"
    await connection.execute(
        *_INSERT_ENDPOINT(
            gateway_id=gateway_id,
            endpoint_id=endpoint.endpoint_id,
            url=endpoint.url,
            sealed_secrets=sealed_secrets,
            event_types=endpoint.event_types,
            created_at=endpoint.created_at,
        )
    )
    return None


_DELETE_ENDPOINT = Statement("""
    delete from endpoints where gateway_id = :gateway_id and endpoint_id = :endpoint_id
""")


async def delete_endpoint(database: Database, gateway_id: str, endpoint_id: str) -> bool:
    """Its deliveries and their attempts go with it."""
    done = await database.execute(*_DELETE_ENDPOINT(gateway_id=gateway_id, endpoint_id=endpoint_id))
    return affected(done) == 1


_ENABLE_ENDPOINT = Statement(f"""
    update endpoints set disabled_at = null, disabled_reason = null, failing_since = null
    where gateway_id = :gateway_id and endpoint_id = :endpoint_id returning {_COLUMNS}
""")


async def enable_endpoint(connection: Connection, gateway_id: str, endpoint_id: str) -> Endpoint | None:
    row = await connection.fetchrow(*_ENABLE_ENDPOINT(gateway_id=gateway_id, endpoint_id=endpoint_id))
    return None if row is None else row_to(Endpoint, row)


_DISABLE_ENDPOINT = Statement(f"""
    update endpoints set disabled_at = :now, disabled_reason = :reason
    where gateway_id = :gateway_id and endpoint_id = :endpoint_id and disabled_at is null returning {_COLUMNS}
""")
_DROP_WAITING = Statement("""
    update deliveries set state = 'DROPPED', due_at = null
    where gateway_id = :gateway_id and endpoint_id = :endpoint_id and state = 'PENDING' and due_at is not null
""")


async def disable_endpoint(
    connection: Connection, gateway_id: str, endpoint_id: str, reason: str, now: datetime
) -> Endpoint | None:
    """Disable it and drop what waits for it; None when there is no such endpoint or it is disabled already."""
    row = await connection.fetchrow(
        *_DISABLE_ENDPOINT(gateway_id=gateway_id, endpoint_id=endpoint_id, reason=reason, now=now)
    )
    if row is None:
        return None
    await connection.execute(*_DROP_WAITING(gateway_id=gateway_id, endpoint_id=endpoint_id))
    return row_to(Endpoint, row)


_LOCK_ENDPOINT = Statement("""
    select failing_since from endpoints where gateway_id = :gateway_id and endpoint_id = :endpoint_id
    for no key update
""")


async def lock_endpoint(connection: Connection, gateway_id: str, endpoint_id: str) -> datetime | None:
    """Take its row before any of its deliveries, so that two who disable it at once wait rather than deadlock.

    Returns since when it has been failing, None if it has not or is not there.
    """
    failing_since: datetime | None = await connection.fetchval(
        *_LOCK_ENDPOINT(gateway_id=gateway_id, endpoint_id=endpoint_id)
    )
    return failing_since


_SHARE_ENDPOINT = Statement(f"""
    select {_COLUMNS} from endpoints where gateway_id = :gateway_id and endpoint_id = :endpoint_id for share
""")


async def share_endpoint(connection: Connection, gateway_id: str, endpoint_id: str) -> Endpoint | None:
    """It, held so that nobody disables or deletes it before this transaction ends."""
    row = await connection.fetchrow(*_SHARE_ENDPOINT(gateway_id=gateway_id, endpoint_id=endpoint_id))
    return None if row is None else row_to(Endpoint, row)


_LOCK_SECRETS = Statement("""
    select secret from endpoints where gateway_id = :gateway_id and endpoint_id = :endpoint_id for update
""")


async def lock_secrets(connection: Connection, gateway_id: str, endpoint_id: str) -> bytes | None:
    found: bytes | None = await connection.fetchval(*_LOCK_SECRETS(gateway_id=gateway_id, endpoint_id=endpoint_id))
    return found


_SET_SECRETS = Statement("""
    update endpoints set secret = :sealed_secrets where gateway_id = :gateway_id and endpoint_id = :endpoint_id
""")


async def set_secrets(connection: Connection, gateway_id: str, endpoint_id: str, sealed_secrets: bytes) -> None:
    await connection.execute(
        *_SET_SECRETS(gateway_id=gateway_id, endpoint_id=endpoint_id, sealed_secrets=sealed_secrets)
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


_FINISH_ATTEMPT = Statement("""
    with turned as (
        update endpoints e set failing_since = case when :state <> 'DELIVERED' then :now::timestamptz end
        from deliveries d
        where d.gateway_id = :gateway_id and d.delivery_id = :delivery_id and d.lease_token = :lease_token
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
    now: datetime,
) -> bool:
    """Write the attempt down and what becomes of delivery and endpoint, in one statement. False: the row is no longer
    ours.

    What was dropped while the attempt was on its way stays dropped unless it was delivered. The endpoint is written
    when its first failure or the success after it is, and before the delivery, in the order of those who disable it.
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
