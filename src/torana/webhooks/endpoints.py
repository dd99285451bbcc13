"""A partner's endpoints: make, list, disable, enable, change the secret, delete, replay."""

from collections.abc import Collection, Sequence
from datetime import datetime

from torana.events.log import record
from torana.kit.addresses import AddressRefused
from torana.kit.cipher import Cipher
from torana.kit.database import Connection, Database
from torana.kit.due import wake
from torana.kit.errors import ApiError, NotFound
from torana.kit.ids import new_id
from torana.kit.public_client import PublicClient
from torana.webhooks import store
from torana.webhooks.models import Endpoint
from torana.webhooks.signing import new_secret, rotated, seal_secret

MOST_ENDPOINTS = 30
"""Per gateway."""


async def check_url(public: PublicClient, url: str) -> None:
    """Look the name up and raise `ApiError` (400) for a URL that we must not call. Comes before `create`."""
    try:
        await public.check(url)
    except AddressRefused as refused:
        raise ApiError(f"url cannot be an endpoint: {refused}", anchor="webhook-url") from None


async def create(
    connection: Connection,
    cipher: Cipher,
    *,
    gateway_id: str,
    url: str,
    event_types: Sequence[str] | None,
    known_types: Collection[str],
    now: datetime,
) -> tuple[Endpoint, str]:
    """Create an endpoint in the caller's transaction; returns it with its signing secret, which is kept sealed alone.

    Raises `ApiError`: 400 for an unknown event type, 409 for a URL that has an endpoint.
    """
    endpoint = Endpoint(new_id("ep"), url, _known_types(event_types, known_types), now, None, None)
    secret = new_secret()
    sealed = seal_secret(cipher, gateway_id, endpoint.endpoint_id, secret)
    refusal = await store.insert_endpoint(connection, gateway_id, endpoint, sealed, MOST_ENDPOINTS)
    match refusal:
        case "taken":
            raise ApiError(
                "there is an endpoint with this url: use it, rotate its secret, or delete it first",
                status=409,
                anchor="endpoint-state",
            )
        case "many":
            raise ApiError(
                f"a gateway has at most {MOST_ENDPOINTS} endpoints: delete one first",
                status=409,
                anchor="endpoint-state",
            )
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


async def enable(connection: Connection, gateway_id: str, endpoint_id: str) -> Endpoint:
    """Send to it again from now on; what was dropped comes back by a replay. Raises `NotFound`."""
    enabled = await store.enable_endpoint(connection, gateway_id, endpoint_id)
    if enabled is None:
        raise _not_found()
    return enabled


async def rotate(connection: Connection, cipher: Cipher, gateway_id: str, endpoint_id: str, now: datetime) -> str:
    """Give it a new signing secret in the caller's transaction; the old one signs beside it for a day.

    Raises `NotFound`.
    """
    secret = new_secret()
    sealed = await store.lock_secrets(connection, gateway_id, endpoint_id)
    if sealed is None:
        raise _not_found()
    await store.set_secrets(
        connection, gateway_id, endpoint_id, rotated(cipher, gateway_id, endpoint_id, sealed, secret, now)
    )
    return secret


async def replay(
    connection: Connection,
    *,
    gateway_id: str,
    endpoint_id: str,
    since: datetime,
    until: datetime,
    undelivered_only: bool,
    known_types: Collection[str],
    now: datetime,
) -> int:
    """Deliver the events of a range once more, under the ids that they had; returns how many.

    In the caller's transaction. Raises `NotFound`, and `ApiError` (409) when the endpoint is disabled.
    """
    endpoint = await store.share_endpoint(connection, gateway_id, endpoint_id)
    if endpoint is None:
        raise _not_found()
    if endpoint.disabled_at is not None:
        raise ApiError("this endpoint is disabled: enable it first", status=409, anchor="endpoint-state")
    count = await store.replay(
        connection,
        gateway_id,
        endpoint_id,
        since=since,
        until=until,
        types=endpoint.event_types or list(known_types),
        undelivered_only=undelivered_only,
        now=now,
    )
    await wake(connection, "deliveries", gateway_id)
    return count


def _known_types(given: Sequence[str] | None, known: Collection[str]) -> list[str] | None:
    if given is None:
        return None
    unknown = [kind for kind in given if kind not in known]
    if unknown or not given:
        raise ApiError(f"eventTypes must be some of {', '.join(known)}; leave them out to receive all")
    return list(dict.fromkeys(given))


def _not_found() -> NotFound:
    return NotFound("there is no such endpoint")
