"""A partner's endpoints: make, list, disable, enable, change the secret, delete, replay."""

from collections.abc import Sequence
from datetime import datetime

from torana.events.log import record
from torana.kit.addresses import AddressRefused
from torana.kit.cipher import Cipher
from torana.kit.database import Connection, Database
from torana.kit.due import wake
from torana.kit.errors import ApiError, NotFound
from torana.kit.ids import new_id
from torana.kit.outbound import PublicClient
from torana.webhooks import store
from torana.webhooks.models import EVENT_TYPES, Endpoint
from torana.webhooks.signing import new_secret, rotated, seal_secret

MOST_ENDPOINTS = 30
"""Per gateway."""


async def create(
    database: Database,
    cipher: Cipher,
    public: PublicClient,
    *,
    gateway_id: str,
    url: str,
    event_types: Sequence[str] | None,
    now: datetime,
) -> tuple[Endpoint, str]:
    """Make an endpoint; returns it with its signing secret, which is shown this once.

    Raises `ApiError`: 400 for a URL that we must not call or an unknown event type, 409 for a URL that has an endpoint.
    """
    wanted = _known_types(event_types)
    try:
        await public.check(url)
    except AddressRefused as refused:
        raise ApiError(f"url cannot be an endpoint: {refused}", anchor="webhook-url") from None
    endpoint = Endpoint(new_id("ep"), url, wanted, now, None, None)
    secret = new_secret()
    sealed = seal_secret(cipher, gateway_id, endpoint.endpoint_id, secret)
    async with database.transaction() as connection:
        refusal = await store.insert_endpoint(connection, gateway_id, endpoint, sealed, MOST_ENDPOINTS)
    match refusal:
        case "taken":
            raise ApiError(
                "there is an endpoint with this url: use it, rotate its secret, or delete it first", status=409
            )
        case "many":
            raise ApiError(f"a gateway has at most {MOST_ENDPOINTS} endpoints: delete one first", status=409)
    return endpoint, secret


async def delete(database: Database, gateway_id: str, endpoint_id: str) -> None:
    """Delete it with everything that waits for it. Raises `NotFound`."""
    if not await store.delete_endpoint(database, gateway_id, endpoint_id):
        raise _not_found()


async def disable(connection: Connection, gateway_id: str, endpoint_id: str, reason: str, now: datetime) -> bool:
    """Send nothing to it any more and drop what waits, in the caller's transaction; event `endpoint.disabled`.

    False when it is disabled already or is not there.
    """
    disabled = await store.disable_endpoint(connection, gateway_id, endpoint_id, reason, now)
    if disabled is None:
        return False
    await record(
        connection,
        gateway_id=gateway_id,
        transaction_id=None,
        type="endpoint.disabled",
        data={"endpoint_id": endpoint_id, "url": disabled.url, "reason": reason},
        now=now,
    )
    return True


async def enable(database: Database, gateway_id: str, endpoint_id: str) -> Endpoint:
    """Send to it again from now on; what was dropped comes back by a replay. Raises `NotFound`."""
    enabled = await store.enable_endpoint(database, gateway_id, endpoint_id)
    if enabled is None:
        raise _not_found()
    return enabled


async def rotate(database: Database, cipher: Cipher, gateway_id: str, endpoint_id: str, now: datetime) -> str:
    """Give it a new signing secret, shown this once; the old one signs beside it for a day. Raises `NotFound`."""
    secret = new_secret()
    async with database.transaction() as connection:
        sealed = await store.lock_secrets(connection, gateway_id, endpoint_id)
        if sealed is None:
            raise _not_found()
        await store.set_secrets(
            connection, gateway_id, endpoint_id, rotated(cipher, gateway_id, endpoint_id, sealed, secret, now)
        )
    return secret


async def replay(
    database: Database,
    *,
    gateway_id: str,
    endpoint_id: str,
    since: datetime,
    until: datetime,
    undelivered_only: bool,
    now: datetime,
) -> int:
    """Deliver the events of a range once more, under the ids that they had; returns how many. Raises `NotFound`."""
    types = await _types_of(database, gateway_id, endpoint_id)
    async with database.transaction() as connection:
        count = await store.replay(
            connection,
            gateway_id,
            endpoint_id,
            since=since,
            until=until,
            types=types,
            undelivered_only=undelivered_only,
            now=now,
        )
        if count is None:
            raise ApiError("this endpoint is disabled: enable it first", status=409)
        await wake(connection, "deliveries")
    return count


async def _types_of(database: Database, gateway_id: str, endpoint_id: str) -> list[str]:
    for endpoint in await store.endpoints(database, gateway_id):
        if endpoint.endpoint_id == endpoint_id:
            return endpoint.event_types or list(EVENT_TYPES)
    raise _not_found()


def _known_types(given: Sequence[str] | None) -> list[str] | None:
    if given is None:
        return None
    unknown = [kind for kind in given if kind not in EVENT_TYPES]
    if unknown or not given:
        raise ApiError(f"eventTypes are some of {', '.join(EVENT_TYPES)}; leave them out for all")
    return list(dict.fromkeys(given))


def _not_found() -> NotFound:
    return NotFound("there is no such endpoint")
