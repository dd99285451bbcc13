"""All SQL on transactions."""

from datetime import datetime
from typing import Any

import msgspec

from torana.kit.database import Connection, Database
from torana.kit.sql import Statement
from torana.partners.idempotency import STORE_ANSWER, Lock
from torana.transactions.models import Transaction

_COLUMNS = ", ".join(Transaction.__struct_fields__)


_FIND = Statement(f"""
    select {_COLUMNS} from transactions where gateway_id = :gateway_id and transaction_id = :transaction_id
""")


async def find(database: Database, gateway_id: str, transaction_id: str) -> Transaction | None:
    """The transaction of this id, None if this gateway has none such: another tenant's id is simply not there."""
    return await database.fetch_one(Transaction, *_FIND(gateway_id=gateway_id, transaction_id=transaction_id))


_GATEWAYS = Statement("""
    select g.gateway_id from gateways g
    where exists (select from transactions t
                  where t.gateway_id = g.gateway_id and t.transaction_id = :transaction_id)
    order by g.gateway_id
""")


async def gateways_of(database: Database, transaction_id: str) -> list[str]:
    """Every gateway that has a transaction of this id, for paths that name none: an id is unique within one gateway
    only. Whose secret comes with the request decides."""
    async with database.connection() as connection:
        return [row["gateway_id"] for row in await connection.fetch(*_GATEWAYS(transaction_id=transaction_id))]


_FORGET_PERSONAL = Statement("""
    update transactions set personal = '' where gateway_id = :gateway_id and transaction_id = :transaction_id
""")


async def forget_personal(connection: Connection, gateway_id: str, transaction_id: str) -> None:
    """What the create said of the person is not needed any more."""
    await connection.execute(*_FORGET_PERSONAL(gateway_id=gateway_id, transaction_id=transaction_id))


class NewTransaction(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction as it is inserted."""

    gateway_id: str
    transaction_id: str
    intent: str
    kind: str | None
    config: msgspec.Struct
    notes: str | None
    extra: dict[str, Any]
    asked_investor_id: str | None
    now: datetime
    expires_at: datetime
    event_id: str
    personal: bytes = b""


_NEW = NewTransaction.__struct_fields__
_COLUMNS_OF_NEW = """gateway_id, transaction_id, intent, kind, status, config, notes, extra, asked_investor_id,
    created_at, expires_at, due_at, event_count, personal"""
_NEW_VALUES = """:gateway_id, :transaction_id, :intent, :kind, 'INITIALIZED', :config::jsonb, :notes, :extra::jsonb,
    :asked_investor_id, :now::timestamptz, :expires_at::timestamptz, :expires_at"""
_PERSONAL = ":personal::bytea"
_CREATED = """
    jsonb_build_object('intent', :intent::text, 'kind', :kind::text, 'asked_investor_id', :asked_investor_id::text)
"""
# Nobody can wait for an event of a transaction whose id is not yet known: no notification, which would put all creates
# in line at their commit.
# Fingerprint and moment are compared as a pair: with the moment alone, and one request that many send, the plan reads
# all that is recent at every gateway.
_INSERT = Statement(f"""
    with earlier as (
        select transaction_id from transactions
        where gateway_id = :gateway_id and fingerprint is not null
          and (fingerprint, created_at) > (:fingerprint, :repeated_since)
          and (fingerprint, created_at) <= (:fingerprint, 'infinity'::timestamptz)
        order by fingerprint, created_at limit 2
    ),
    repeated (first) as (select min(transaction_id) from earlier having count(*) = 1),
    made as (
        insert into transactions ({_COLUMNS_OF_NEW}, fingerprint)
        values ({_NEW_VALUES}, 1 + (select count(*) from repeated), {_PERSONAL}, :fingerprint)
    )
    insert into events (gateway_id, event_id, transaction_id, sequence, type, data, created_at)
    select :gateway_id, :event_id::text, :transaction_id, 1, 'transaction.created', {_CREATED}, :now
    union all
    select :gateway_id, :event_id || 'r', :transaction_id, 2, 'transaction.repeated',
           jsonb_build_object('first', first), :now
    from repeated
""")
_IN_FRONT = Statement("""
    select exists (select from transactions
                   where gateway_id = :gateway_id and due_at > :now and investor_id = :investor_id
                     and intent = 'TRANSACTION' and status in ('USED', 'ACTION_REQUIRED'))
""")
_INSERT_UNDER_KEY = Statement(f"""
    with answered as ({STORE_ANSWER}),
    made as (
        insert into transactions ({_COLUMNS_OF_NEW}) select {_NEW_VALUES}, 1, {_PERSONAL} from answered
    )
    insert into events (gateway_id, event_id, transaction_id, sequence, type, data, created_at)
    select :gateway_id, :event_id, :transaction_id, 1, 'transaction.created', {_CREATED}, :now from answered
    returning true
""")


async def insert(database: Database, new: NewTransaction, fingerprint: bytes | None, repeated_since: datetime) -> None:
    """The transaction and its first event; a second event when it is the second since then with this fingerprint."""
    values = {name: getattr(new, name) for name in _NEW}
    await database.execute(*_INSERT(**values, fingerprint=fingerprint, repeated_since=repeated_since))


async def insert_within(connection: Connection, new: NewTransaction) -> None:
    """The same in the caller's database transaction, of one that nobody asked for."""
    values = {name: getattr(new, name) for name in _NEW}
    await connection.execute(*_INSERT(**values, fingerprint=None, repeated_since=new.now))


async def has_orders_in_front(connection: Connection, gateway_id: str, investor_id: str, now: datetime) -> bool:
    """Whether the investor has logged in to a transaction for orders that they have neither confirmed nor left."""
    return bool(await connection.fetchval(*_IN_FRONT(gateway_id=gateway_id, investor_id=investor_id, now=now)))


async def insert_under_key(database: Database, new: NewTransaction, lock: Lock, body: bytes) -> bool:
    """The transaction, its first event, and the answer under its Idempotency-Key. False, and nothing is stored, when
    the lock is no longer ours."""
    values = {name: getattr(new, name) for name in _NEW}
    stored = await database.value(
        *_INSERT_UNDER_KEY(**values, key=lock.key, locked_at=lock.locked_at, status_code=200, body=body)
    )
    return bool(stored)
