"""All SQL on transactions."""

from datetime import datetime
from functools import cache
from typing import Any

from torana.kit.database import Database
from torana.partners.idempotency import Lock, answer_sql
from torana.transactions.models import Transaction
from torana.transactions.schemas import Wanted

_COLUMNS = ", ".join(Transaction.__struct_fields__)


async def find(database: Database, gateway_id: str, transaction_id: str) -> Transaction | None:
    return await database.fetch_one(
        Transaction,
        f"select {_COLUMNS} from transactions where gateway_id = $1 and transaction_id = $2",
        gateway_id,
        transaction_id,
    )


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
    args: list[object] = [
        gateway_id,
        transaction_id,
        wanted.intent,
        wanted.kind,
        wanted.config,
        wanted.notes,
        wanted.extra,
        asked_investor_id,
        now,
        expires_at,
        event_id,
        _told(wanted, asked_investor_id),
    ]
    if repeats is not None:
        args += [f"{event_id}r", {"first": repeats}]
    if lock is not None:
        args += [lock.gateway_id, lock.key, lock.locked_at, 200, body]
    return bool(await database.value(_insert(repeats is not None, lock is not None), *args))


def _told(wanted: Wanted, asked_investor_id: str | None) -> dict[str, Any]:
    return {"intent": wanted.intent, "kind": wanted.kind, "asked_investor_id": asked_investor_id}


@cache
def _insert(repeated: bool, locked: bool) -> str:
    # Nobody can wait for an event of a transaction whose id is not yet known: no notification, which would put all
    # creates in line at their commit.
    answered = f"answered as ({answer_sql(15 if repeated else 13)})," if locked else ""
    if_ours = "from answered" if locked else ""
    again = "union all select $13, 2, 'transaction.repeated', $14::jsonb" if repeated else ""
    return f"""
        with {answered}
        made as (
            insert into transactions (gateway_id, transaction_id, intent, kind, status, config, notes, extra,
                                      asked_investor_id, event_count, created_at, expires_at, due_at)
            select $1, $2, $3, $4, 'INITIALIZED', $5::jsonb, $6, $7::jsonb, $8, {2 if repeated else 1}, $9, $10, $10
            {if_ours}
            returning gateway_id, transaction_id
        )
        insert into events (gateway_id, event_id, transaction_id, sequence, type, data, created_at)
        select made.gateway_id, e.event_id, made.transaction_id, e.sequence, e.type, e.data, $9
        from made, (select $11::text as event_id, 1 as sequence, 'transaction.created' as type, $12::jsonb as data
                    {again}) as e
        returning true
    """
