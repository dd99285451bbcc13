"""Create a transaction: one statement, one round trip."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from torana.api.answers import encode_success, iso
from torana.kit.cipher import Cipher
from torana.kit.database import Database
from torana.kit.errors import ApiError
from torana.kit.faultpoints import reach
from torana.kit.ids import new_id, new_transaction_id
from torana.partners.access import Access
from torana.partners.idempotency import Lock, fingerprint, in_flight
from torana.transactions import store
from torana.transactions.intents import ORDERS, Audience, Intent, Intents
from torana.transactions.models import Status, Transaction
from torana.transactions.personal import personal_place
from torana.transactions.schemas import Wanted

REPEAT_WITHIN = timedelta(minutes=1)
"""An order without an Idempotency-Key that comes again so soon may be a mistake: an event says so."""


class Created(msgspec.Struct, frozen=True):
    """A new transaction and the body of the answer that tells of it."""

    transaction_id: str
    expires_at: datetime
    body: bytes


def check(intent: Intent[Any], access: Access) -> None:
    """Whether this caller may ask for this. Raises `ApiError` (400) for a token that the intent does not take."""
    connected = access.investor_id is not None
    if intent.audience is Audience.GUEST and connected:
        raise ApiError(
            f"This investor is connected already: {intent.intent} needs a guest token",
            errors=("InvalidIntent",),
            anchor="already-connected",
        )
    if intent.audience is Audience.CONNECTED and not connected:
        raise ApiError(
            f"{intent.intent} needs the token of a connected investor: connect them first",
            errors=("InvalidIntent",),
            anchor="connected-only",
        )


async def create(
    database: Database,
    intents: Intents[Any],
    access: Access,
    wanted: Wanted,
    now: datetime,
    lock: Lock | None,
    transaction_id: str | None = None,
    *,
    cipher: Cipher | None = None,
) -> Created:
    """Store the transaction with its event and, under a lock, its answer: all of it or nothing. `transaction_id` is a
    new one unless the caller chose one; `cipher` seals what the body says of the person.

    Raises `ApiError` (409) when the lock was taken over meanwhile, and `asyncpg.UniqueViolationError` for a chosen id
    that this gateway has.
    """
    gateway_id = access.gateway.gateway_id
    transaction_id = transaction_id or new_transaction_id()
    intent = intents.registered(wanted.intent, wanted.kind)
    expires_at = now + intent.lifetime
    config, personal = intent.parted(wanted.config)
    body = encode_success({"transactionId": transaction_id, "expireAt": iso(expires_at)})
    await reach("transactions.create.before_store")
    made = store.NewTransaction(
        gateway_id=gateway_id,
        transaction_id=transaction_id,
        intent=wanted.intent,
        kind=wanted.kind,
        config=config,
        notes=wanted.notes,
        extra=wanted.extra,
        asked_investor_id=access.investor_id,
        now=now,
        expires_at=expires_at,
        event_id=new_id("evt"),
        personal=_sealed(cipher, gateway_id, transaction_id, personal),
    )
    if lock is not None:
        if not await store.insert_under_key(database, made, lock, body):
            raise in_flight()
    else:
        same_as = fingerprint(access.investor_id, wanted.config, wanted.notes) if ORDERS in intent.needs else None
        await store.insert(database, made, same_as, now - REPEAT_WITHIN)
    await reach("transactions.create.after_store")
    return Created(transaction_id, expires_at, body)


def new_transaction(
    intent: Intent[Any], gateway_id: str, investor_id: str, config: msgspec.Struct, now: datetime
) -> tuple[store.NewTransaction, Transaction]:
    """A transaction of this investor for which this program alone decides, as it is to be inserted, and as it is
    then."""
    new = store.NewTransaction(
        gateway_id=gateway_id,
        transaction_id=new_transaction_id(),
        intent=intent.intent,
        kind=intent.kind,
        config=config,
        notes=None,
        extra={},
        asked_investor_id=investor_id,
        now=now,
        expires_at=now + intent.lifetime,
        event_id=new_id("evt"),
    )
    made = Transaction(
        gateway_id=gateway_id,
        transaction_id=new.transaction_id,
        intent=intent.intent,
        kind=intent.kind,
        status=Status.INITIALIZED,
        config=msgspec.to_builtins(config),
        result=None,
        notes=None,
        extra={},
        asked_investor_id=investor_id,
        investor_id=None,
        session_id=None,
        broker=None,
        error_name=None,
        error_code=None,
        event_count=1,
        created_at=now,
        expires_at=new.expires_at,
        used_at=None,
        confirmed_at=None,
        settled_at=None,
        finished_at=None,
    )
    return new, made


def _sealed(cipher: Cipher | None, gateway_id: str, transaction_id: str, personal: str) -> bytes:
    if not personal:
        return b""
    if cipher is None:
        raise LookupError("an intent that is told of a person needs a cipher")
    return cipher.seal(personal, bound_to=personal_place(gateway_id, transaction_id))
