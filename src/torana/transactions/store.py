"""All SQL on transactions."""

from datetime import datetime
from typing import Any

from torana.kit.database import Database
from torana.kit.sql import Statement
from torana.partners.idempotency import STORE_ANSWER, Lock
from torana.transactions.models import Transaction
from torana.transactions.schemas import Wanted

_COLUMNS = ", ".join(Transaction.__struct_fields__)


_FIND = Statement(f"""
    select {_COLUMNS} from transactions where gateway_id = :gateway_id and transaction_id = :transaction_id
""")


async def find(database: Database, gateway_id: str, transaction_id: str) -> Transaction | None:
    """The transaction of this id, None if this gateway has none such: another tenant's id is simply not there."""
    return await database.fetch_one(Transaction, *_FIND(gateway_id=gateway_id, transaction_id=transaction_id))


# Nobody can wait for an event of a transaction whose id is not yet known: no notification, which would put all creates
# in line at their commit.
_INSERT = Statement(f"""
    with answered as ({STORE_ANSWER}),
    made as (
        insert into transactions (gateway_id, transaction_id, intent, kind, status, config, notes, extra,
                                  asked_investor_id, event_count, created_at, expires_at, due_at)
        select :gateway_id, :transaction_id, :intent, :kind, 'INITIALIZED', :config::jsonb, :notes, :extra::jsonb,
               :asked_investor_id, case when :repeats::jsonb is null then 1 else 2 end, :now, :expires_at, :expires_at
        where :key::text is null or exists (select from answered)
        returning gateway_id, transaction_id
    )
    insert into events (gateway_id, event_id, transaction_id, sequence, type, data, created_at)
    select made.gateway_id, e.event_id, made.transaction_id, e.sequence, e.type, e.data, :now
    from made, (values
        (:event_id::text, 1, 'transaction.created', :created::jsonb),
        (:event_id || 'r', 2, 'transaction.repeated', :repeats::jsonb)
    ) as e (event_id, sequence, type, data)
    where e.data is not null
    returning true
""")


async def insert(
    database: Database,
    *,
    gateway_id: str,
    transaction_id: str,
    wanted: Wanted,
    asked_investor_id: str | None,
    expires_at: datetime,
    event_id: str,
    repeats: str | None,
    lock: Lock | None,
    body: bytes,
    now: datetime,
) -> bool:
    """The transaction and its first event; a second event when it repeats another; the answer under its key.

    One statement. False, and nothing is stored, when the lock is no longer ours.
    """
    stored = await database.value(
        *_INSERT(
            gateway_id=gateway_id,
            transaction_id=transaction_id,
            intent=wanted.intent,
            kind=wanted.kind,
            config=wanted.config,
            notes=wanted.notes,
            extra=wanted.extra,
            asked_investor_id=asked_investor_id,
            now=now,
            expires_at=expires_at,
            event_id=event_id,
            created=_event_data(wanted, asked_investor_id),
            repeats=None if repeats is None else {"first": repeats},
            key=lock.key if lock else None,
            locked_at=lock.locked_at if lock else None,
            status_code=200,
            body=body if lock else None,
        )
    )
    return bool(stored)


def _event_data(wanted: Wanted, asked_investor_id: str | None) -> dict[str, Any]:
    return {"intent": wanted.intent, "kind": wanted.kind, "asked_investor_id": asked_investor_id}
