"""Idempotency-Key: a caller may send a POST again and gets one effect and one answer.

A key belongs to one gateway and is kept for 24 hours. `begin` locks it in a commit of its own; the work stores its
answer under it (`STORE_ANSWER`) in the database transaction that has the effect. So a crash in between leaves either
both, or nothing, and then the key can be taken over once its lock is older than a minute.

A POST route hands its effect to `once`, which does all of this. Create does it in one statement of its own.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec
from litestar import Request, Response

from torana.api.answers import JSON, encode_success
from torana.api.refusals import UNSTORABLE
from torana.kit.cipher import Cipher, sealed_place
from torana.kit.database import Connection, Database
from torana.kit.errors import ApiError
from torana.kit.faultpoints import reach
from torana.kit.sql import Statement

HEADER = "idempotency-key"
REPLAYED_HEADER = "idempotency-replayed"
KEPT_FOR = timedelta(hours=24)
TAKEN_OVER_AFTER = timedelta(seconds=60)
_LONGEST = 255

Effect = Callable[[Connection], Awaitable[object]]
"""What a request does, in the database transaction that it is given; returns the data of its answer."""


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


_BEGIN = Statement("""
    insert into idempotency_keys as k (gateway_id, key, fingerprint, locked_at, created_at)
    values (:gateway_id, :key, :fingerprint, :now, :now)
    on conflict (gateway_id, key) do update
    set fingerprint = excluded.fingerprint, locked_at = excluded.locked_at, created_at = excluded.created_at,
        status_code = null, body = null
    where k.created_at <= :now - :kept_for::interval
       or (k.status_code is null and k.fingerprint = excluded.fingerprint
           and k.locked_at <= :now - :taken_over_after::interval)
    returning true
""")
_KEPT = Statement("""
    select fingerprint, status_code, body from idempotency_keys where gateway_id = :gateway_id and key = :key
""")
_RELEASE = Statement("""
    delete from idempotency_keys
    where gateway_id = :gateway_id and key = :key and locked_at = :locked_at and status_code is null
""")
STORE_ANSWER = """
    update idempotency_keys set status_code = :status_code, body = :body
    where gateway_id = :gateway_id and key = :key and locked_at = :locked_at and status_code is null
    returning true as ours
"""
"""SQL that stores the answer, to stand in the statement that has the effect: only if it returns a row, have it."""
_STORE_ANSWER = Statement(STORE_ANSWER)


async def once(
    request: Request[Any, Any, Any],
    database: Database,
    cipher: Cipher,
    effect: Effect,
    *,
    gateway_id: str,
    same: object,
    now: datetime,
    before: Callable[[], Awaitable[None]] | None = None,
) -> Response[bytes]:
    """Have the effect, or give the answer again that the first request with this key got.

    `same`, beside path and query, is what makes two requests the same: the body as it was read, the investor. `before`
    is what must come first and cannot stand in a database transaction, as a look-up of a name. Kept answers are
    sealed: they may hold a secret. Raises what `begin_request` raises and what `before` and `effect` raise; a refusal
    of theirs leaves the key free.
    """
    begun = await begin_request(request, database, gateway_id, now, sorted(request.query_params.multi_items()), same)
    if isinstance(begun, KeptAnswer):
        body = cipher.open(begun.body, bound_to=_place(gateway_id, request.headers[HEADER])).encode()
        return replayed(KeptAnswer(begun.status_code, body))
    try:
        if before is not None:
            await before()
        async with database.transaction() as connection:
            body = encode_success(await effect(connection))
            if begun is not None:
                await _keep(connection, cipher, begun, body)
            await reach("partners.idempotency.before_commit")
    except (ApiError, *UNSTORABLE):
        if begun is not None:
            await release(database, begun)
        raise
    await reach("partners.idempotency.after_commit")
    return Response(body, media_type=JSON)


async def begin_request(
    request: Request[Any, Any, Any], database: Database, gateway_id: str, now: datetime, *same: object
) -> Lock | KeptAnswer | None:
    """`begin` for this request, None without a key. `same`, beside the path, is what makes two requests the same.

    Raises `ApiError`: 400 for a key that cannot be used, and what `begin` raises.
    """
    key = read_key(request.headers)
    if key is None:
        return None
    same_as = fingerprint(request.scope["path"], *same)
    return await begin(database, gateway_id=gateway_id, key=key, fingerprint=same_as, now=now)


def replayed(kept: KeptAnswer) -> Response[bytes]:
    """The first answer once more, with the header that says so."""
    return Response(kept.body, status_code=kept.status_code, media_type=JSON, headers={REPLAYED_HEADER: "true"})


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
    if await database.value(
        *_BEGIN(
            gateway_id=gateway_id,
            key=key,
            fingerprint=fingerprint,
            now=now,
            kept_for=KEPT_FOR,
            taken_over_after=TAKEN_OVER_AFTER,
        )
    ):
        return Lock(gateway_id, key, now)
    kept = await database.fetch_one(_Kept, *_KEPT(gateway_id=gateway_id, key=key))
    if kept is not None and kept.fingerprint != fingerprint:
        raise ApiError(
            "This Idempotency-Key was used for a different request before: use a new key for every new request",
            status=422,
            anchor="idempotency",
        )
    if kept is None or kept.status_code is None or kept.body is None:
        raise in_flight()
    return KeptAnswer(kept.status_code, kept.body)


async def release(database: Database, lock: Lock) -> None:
    """Forget the key: the request was refused and had no effect. Without effect if it is no longer ours."""
    await database.execute(*_RELEASE(gateway_id=lock.gateway_id, key=lock.key, locked_at=lock.locked_at))


def in_flight() -> ApiError:
    """The refusal of a request whose twin is at work."""
    return ApiError(
        "The first request with this Idempotency-Key is still at work: ask again in a second",
        status=409,
        anchor="idempotency",
        headers={"retry-after": "1"},
    )


async def _keep(connection: Connection, cipher: Cipher, lock: Lock, body: bytes) -> None:
    """Store the answer in the transaction of its effect. Raises `ApiError` (409) when the lock was taken over."""
    sealed = cipher.seal(body.decode(), bound_to=_place(lock.gateway_id, lock.key))
    stored = _STORE_ANSWER(
        gateway_id=lock.gateway_id, key=lock.key, locked_at=lock.locked_at, status_code=200, body=sealed
    )
    if not await connection.fetchval(*stored):
        raise in_flight()


def _place(gateway_id: str, key: str) -> str:
    return sealed_place(gateway_id, "idempotency_keys", key, "body")
