"""Idempotency-Key: a caller may send a POST again and gets one effect and one answer.

A key belongs to one gateway and is kept for 24 hours. `begin` locks it in a commit of its own; the work stores its
answer under it (`answer_sql`) in the same statement that has the effect. So a crash in between leaves either both, or
nothing, and then the key can be taken over once its lock is older than a minute.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec
import structlog

from torana.kit.clock import Clock
from torana.kit.database import LOST_CONNECTION, Connection, Database
from torana.kit.errors import ApiError

log = structlog.get_logger(__name__)

HEADER = "idempotency-key"
REPLAYED_HEADER = "idempotency-replayed"
KEPT_FOR = timedelta(hours=24)
TAKEN_OVER_AFTER = timedelta(seconds=60)
_LONGEST = 255


class Lock(msgspec.Struct, frozen=True):
    """Our hold on a key. Whoever takes the key over has another `locked_at`, and we can store nothing any more."""

    gateway_id: str
    key: str
    locked_at: datetime


class KeptAnswer(msgspec.Struct, frozen=True):
    """The answer that the first request with this key got."""

    status_code: int
    body: bytes


class _Kept(msgspec.Struct, frozen=True):
    fingerprint: bytes
    status_code: int | None
    body: bytes | None


_BEGIN = """
    insert into idempotency_keys as k (gateway_id, key, fingerprint, locked_at, created_at)
    values ($1, $2, $3, $4, $4)
    on conflict (gateway_id, key) do update
    set fingerprint = excluded.fingerprint, locked_at = excluded.locked_at, created_at = excluded.created_at,
        status_code = null, body = null
    where k.created_at <= $4 - $5::interval
       or (k.status_code is null and k.fingerprint = excluded.fingerprint and k.locked_at <= $4 - $6::interval)
    returning true
"""

_KEPT = "select fingerprint, status_code, body from idempotency_keys where gateway_id = $1 and key = $2"


def answer_sql(first: int) -> str:
    """SQL that stores the answer, to stand in the statement that has the effect: only if it returns a row, have it.

    Five parameters from `$first` on: gateway id, key and `locked_at` of the lock, status code, body.
    """
    gateway, key, locked_at, status, body = (f"${first + at}" for at in range(5))
    return f"""
        update idempotency_keys set status_code = {status}, body = {body}
        where gateway_id = {gateway} and key = {key} and locked_at = {locked_at} and status_code is null
        returning true as ours
    """


def read_key(headers: Mapping[str, str]) -> str | None:
    """The request's key, None without one. Raises `ApiError` (400) when it cannot be used."""
    key = headers.get(HEADER)
    if key is None:
        return None
    if not 1 <= len(key) <= _LONGEST or not key.isascii() or not key.isprintable():
        raise ApiError(f"Idempotency-Key must be 1 to {_LONGEST} printable ASCII characters", anchor="idempotency")
    return key


def fingerprint(*parts: object) -> bytes:
    """What makes two requests the same: 32 bytes of the parts as JSON, keys in order."""
    return sha256(msgspec.json.encode(parts, order="sorted")).digest()


async def begin(
    database: Database, *, gateway_id: str, key: str, fingerprint: bytes, now: datetime
) -> Lock | KeptAnswer:
    """Lock the key for this request, or return the answer that an earlier one got.

    Raises `ApiError`: 409 with Retry-After while the first request is at work, 422 when it was another request.
    """
    if await database.value(_BEGIN, gateway_id, key, fingerprint, now, KEPT_FOR, TAKEN_OVER_AFTER):
        return Lock(gateway_id, key, now)
    kept = await database.fetch_one(_Kept, _KEPT, gateway_id, key)
    if kept is not None and kept.fingerprint != fingerprint:
        raise ApiError(
            "This Idempotency-Key came with another request before: use a new key for every new request",
            status=422,
            anchor="idempotency",
        )
    if kept is None or kept.status_code is None or kept.body is None:
        raise in_flight()
    return KeptAnswer(kept.status_code, kept.body)


async def release(connection: Connection, lock: Lock) -> None:
    """Forget the key: the request was refused and had no effect. Without effect if it is no longer ours."""
    await connection.execute(
        "delete from idempotency_keys where gateway_id = $1 and key = $2 and locked_at = $3 and status_code is null",
        lock.gateway_id,
        lock.key,
        lock.locked_at,
    )


def in_flight() -> ApiError:
    """The refusal of a request whose twin is at work."""
    return ApiError(
        "The first request with this Idempotency-Key is still at work: ask again in a second",
        status=409,
        anchor="idempotency",
        headers={"retry-after": "1"},
    )


async def reap(database: Database, now: datetime, *, at_most: int = 5000) -> int:
    """Delete keys older than 24 hours; returns how many, at most `at_most`."""
    done = await database.execute(
        """
        delete from idempotency_keys where ctid = any(array(
            select ctid from idempotency_keys where created_at <= $1 order by created_at limit $2
        ))
        """,
        now - KEPT_FOR,
        at_most,
    )
    return int(done.rsplit(" ", 1)[-1])


async def keep_reaping(database: Database, clock: Clock, *, every: float = 600.0) -> None:
    """Delete old keys every so many seconds, until cancelled. A database that is away is waited for."""
    while True:
        try:
            while await reap(database, clock.now()) > 0:
                pass
        except LOST_CONNECTION as error:
            log.warning("idempotency.database_away", error=repr(error))
        await clock.sleep(every)
