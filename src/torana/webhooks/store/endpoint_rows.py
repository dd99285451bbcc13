"""All SQL on endpoints."""

from datetime import datetime

from torana.kit.database import Connection, Database, row_to
from torana.kit.sql import Statement, affected
from torana.webhooks.models import Endpoint

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
