"""Create a transaction: one statement, one round trip."""

from collections import OrderedDict
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

import msgspec

from torana.api.answers import encode_success, iso
from torana.kit.database import Database
from torana.kit.errors import ApiError
from torana.kit.faultpoints import reach
from torana.kit.ids import new_id, new_transaction_id
from torana.partners.access import Access
from torana.partners.idempotency import Lock, in_flight
from torana.transactions import store
from torana.transactions.intents import ORDERS, Audience, Intent, Intents
from torana.transactions.schemas import Wanted

REPEAT_WITHIN = timedelta(minutes=1)


class Created(msgspec.Struct, frozen=True):
    """A new transaction and the body of the answer that tells of it."""

    transaction_id: str
    expires_at: datetime
    body: bytes


class RecentOrders:
    """The orders that came without an Idempotency-Key during the last minute, to notice one that comes again.

    In the memory of one process and so a help for developers, not a promise: twins that reach two processes pass.
    """

    def __init__(self, *, most: int = 20_000) -> None:
        self._most = most
        self._seen: OrderedDict[bytes, tuple[datetime, str | None]] = OrderedDict()

    def first_of(self, order: bytes, transaction_id: str, now: datetime) -> str | None:
        """The transaction that the same order made first, if we have not told of it within the minute."""
        while self._seen:
            oldest, (seen_at, _) = next(iter(self._seen.items()))
            if now - seen_at < REPEAT_WITHIN and len(self._seen) < self._most:
                break
            del self._seen[oldest]
        if order not in self._seen:
            self._seen[order] = (now, transaction_id)
            return None
        seen_at, first = self._seen[order]
        self._seen[order] = (seen_at, None)
        return first


_recent = RecentOrders()


def check(intent: Intent[Any], access: Access) -> None:
    """Whether this caller may ask for this. Raises `ApiError` (400) for a token that the intent does not take."""
    connected = access.investor_id is not None
    if intent.audience is Audience.GUEST and connected:
        raise ApiError(
            f"This investor is connected already: a {intent.intent} takes a guest token",
            errors=("InvalidIntent",),
            anchor="already-connected",
        )
    if intent.audience is Audience.CONNECTED and not connected:
        raise ApiError(
            f"A {intent.intent} takes the token of a connected investor: connect them first",
            errors=("InvalidIntent",),
            anchor="connected-only",
        )


async def create(
    database: Database, intents: Intents[Any], access: Access, wanted: Wanted, now: datetime, lock: Lock | None
) -> Created:
    """Store the transaction with its event and, under a lock, its answer: all of it or nothing.

    Raises `ApiError` (409) when the lock was taken over meanwhile.
    """
    gateway_id = access.gateway.gateway_id
    transaction_id = new_transaction_id()
    intent = intents.registered(wanted.intent, wanted.kind)
    expires_at = now + intent.lifetime
    watched = ORDERS in intent.needs and lock is None
    repeats = _repeats(access, wanted, transaction_id, now) if watched else None
    body = encode_success({"transactionId": transaction_id, "expireAt": iso(expires_at)})
    await reach("transactions.create.before_store")
    stored = await store.insert(
        database,
        gateway_id=gateway_id,
        transaction_id=transaction_id,
        wanted=wanted,
        asked_investor_id=access.investor_id,
        expires_at=expires_at,
        event_id=new_id("evt"),
        repeats=repeats,
        lock=lock,
        body=body,
        now=now,
    )
    if not stored:
        raise in_flight()
    await reach("transactions.create.after_store")
    return Created(transaction_id, expires_at, body)


def _repeats(access: Access, wanted: Wanted, transaction_id: str, now: datetime) -> str | None:
    order = msgspec.json.encode((access.gateway.gateway_id, access.investor_id, wanted.config, wanted.notes))
    return _recent.first_of(blake2b(order, digest_size=16).digest(), transaction_id, now)
