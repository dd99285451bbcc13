"""SQL on the age of what is kept. It speaks of tables of many folders, since what leaves together has to leave in one
order, children before parents."""

from datetime import datetime

from torana.flows.registry import FLOWS
from torana.kit.database import Database
from torana.kit.sql import Statement, affected
from torana.kit.tables import Age, Owner, PersonalTable
from torana.retention.store.tables import deletion, old, reap_rows

_OLD_TRANSACTIONS = {
    confirmed: Statement(f"""
        select t.transaction_id from transactions t
        where t.gateway_id = :gateway_id and t.created_at < :before and t.finished_at is not null
          and confirmed_at is {"not null" if confirmed else "null"}
          and not exists (select from batches b where b.gateway_id = :gateway_id
                          and b.transaction_id = t.transaction_id and b.completed_at is null)
        order by t.created_at limit :limit for update skip locked
    """)
    for confirmed in (True, False)
}


async def reap_transactions(
    database: Database, gateway_id: str, before: datetime, limit: int, *, confirmed: bool
) -> int:
    """Delete finished transactions made before that moment, with all that belongs to them; returns how many.

    One whose orders have not ended, or which is not settled, stays however old it is.
    """
    return await _delete_with_all(database, _OLD_TRANSACTIONS[confirmed], gateway_id, before, limit)


_THESE = "gateway_id = :gateway_id and transaction_id = any(:ids::text[])"
_BATCHES_OF_THESE = f"select batch_id from batches where {_THESE}"
_DELETE_PARTS = (
    Statement(f"""
        delete from deliveries where gateway_id = :gateway_id and event_id in (
            select event_id from events where {_THESE})
    """),
    Statement(f"delete from events where {_THESE}"),
    Statement(f"""
        delete from attempts where gateway_id = :gateway_id and order_id in (
            select order_id from orders where gateway_id = :gateway_id and batch_id in ({_BATCHES_OF_THESE}))
    """),
    Statement(f"delete from orders where gateway_id = :gateway_id and batch_id in ({_BATCHES_OF_THESE})"),
    Statement(f"delete from batches where {_THESE}"),
    Statement(f"delete from visits where {_THESE}"),
    Statement(f"delete from cancellations where {_THESE}"),
)
"""What belongs to transactions, children before parents."""
_DELETE_TRANSACTIONS = Statement(f"delete from transactions where {_THESE}")


async def _delete_with_all(database: Database, old: Statement, gateway_id: str, before: datetime, limit: int) -> int:
    """Delete the transactions that `old` finds, with all that belongs to them; returns how many."""
    async with database.transaction() as connection:
        rows = await connection.fetch(*old(gateway_id=gateway_id, before=before, limit=limit))
        ids = [row["transaction_id"] for row in rows]
        if ids:
            of_intents = [deletion(table) for table in FLOWS.tables if table.owner is Owner.TRANSACTION]
            for statement in (*_DELETE_PARTS, *of_intents, _DELETE_TRANSACTIONS):
                await connection.execute(*statement(gateway_id=gateway_id, ids=ids))
    return len(ids)


async def reap_table(
    database: Database, gateway_id: str, before: datetime, limit: int, *, table: PersonalTable, age: Age
) -> int:
    """What the table of an intent declares of this age."""
    if age.with_transaction:
        return await _delete_with_all(database, old(table, age), gateway_id, before, limit)
    return await reap_rows(database, table, age, gateway_id, before, limit)


_REAP_EVENTS = Statement("""
    with old as (
        select event_id from events
        where gateway_id = :gateway_id and created_at < :before and transaction_id is null
        order by created_at limit :limit
    ), d as (
        delete from deliveries d using old where d.gateway_id = :gateway_id and d.event_id = old.event_id
    )
    delete from events e using old where e.gateway_id = :gateway_id and e.event_id = old.event_id
""")


async def reap_events(database: Database, gateway_id: str, before: datetime, limit: int) -> int:
    """Delete events that belong to no transaction, with their deliveries."""
    return affected(await database.execute(*_REAP_EVENTS(gateway_id=gateway_id, before=before, limit=limit)))


_REAP_DELIVERIES = Statement("""
    delete from deliveries where gateway_id = :gateway_id and delivery_id = any(array(
        select delivery_id from deliveries
        where gateway_id = :gateway_id and created_at < :before and due_at is null
        order by created_at limit :limit for update skip locked
    ))
""")


async def reap_deliveries(database: Database, gateway_id: str, before: datetime, limit: int) -> int:
    """Delete deliveries that wait for nothing, with their attempts. Their events stay and can be replayed."""
    return affected(await database.execute(*_REAP_DELIVERIES(gateway_id=gateway_id, before=before, limit=limit)))


_REAP_VISITS = Statement("""
    delete from visits where gateway_id = :gateway_id and visit_id = any(array(
        select v.visit_id from visits v join transactions t using (gateway_id, transaction_id)
        where v.gateway_id = :gateway_id and v.created_at < :before and t.finished_at is not null
        order by v.created_at limit :limit for update of v skip locked
    ))
""")


async def reap_visits(database: Database, gateway_id: str, before: datetime, limit: int) -> int:
    """Delete visits whose transaction has finished."""
    return affected(await database.execute(*_REAP_VISITS(gateway_id=gateway_id, before=before, limit=limit)))


_REAP_TOKENS = Statement("""
    update broker_sessions set token = '' where gateway_id = :gateway_id and session_id = any(array(
        select session_id from broker_sessions
        where gateway_id = :gateway_id and token <> '' and (ended_at is not null or expires_at < :now)
        limit :limit
    ))
""")


async def reap_tokens(database: Database, gateway_id: str, now: datetime, limit: int) -> int:
    """Forget the tokens of broker sessions that have ended or expired."""
    return affected(await database.execute(*_REAP_TOKENS(gateway_id=gateway_id, now=now, limit=limit)))


_REAP_SESSIONS = Statement("""
    delete from broker_sessions where gateway_id = :gateway_id and session_id = any(array(
        select session_id from broker_sessions where gateway_id = :gateway_id and expires_at < :before
        order by expires_at limit :limit
    ))
""")


async def reap_sessions(database: Database, gateway_id: str, before: datetime, limit: int) -> int:
    """Delete broker sessions that expired before that moment. What was done with them is older, and gone by then."""
    return affected(await database.execute(*_REAP_SESSIONS(gateway_id=gateway_id, before=before, limit=limit)))


_REAP_CONSENTS = Statement("""
    delete from consents where gateway_id = :gateway_id and consent_id = any(array(
        select consent_id from consents c
        where gateway_id = :gateway_id and least(withdrawn_at, valid_until) < :before and not exists (
            select from holdings_snapshots s where s.gateway_id = :gateway_id and s.consent_id = c.consent_id)
        limit :limit
    ))
""")


async def reap_consents(database: Database, gateway_id: str, before: datetime, limit: int) -> int:
    """Delete consents that ended before that moment."""
    return affected(await database.execute(*_REAP_CONSENTS(gateway_id=gateway_id, before=before, limit=limit)))


_REAP_INVESTMENTS = Statement("""
    delete from investments where gateway_id = :gateway_id and iscid = any(array(
        select iscid from investments
        where gateway_id = :gateway_id and updated_at < :before and open_batch_id is null
          and (exited_at is not null or (positions = '[]' and repairs = '{}'))
        order by updated_at limit :limit for update skip locked
    ))
""")


async def reap_investments(database: Database, gateway_id: str, before: datetime, limit: int) -> int:
    """Delete investments of which nothing is held since that moment."""
    return affected(await database.execute(*_REAP_INVESTMENTS(gateway_id=gateway_id, before=before, limit=limit)))


_REAP_INVESTORS = Statement("""
    delete from investors where gateway_id = :gateway_id and investor_id = any(array(
        select i.investor_id from investors i
        where i.gateway_id = :gateway_id and i.created_at < :before and not exists (
            select from broker_sessions s where s.gateway_id = :gateway_id and s.investor_id = i.investor_id)
          and not exists (
            select from investments h where h.gateway_id = :gateway_id and h.investor_id = i.investor_id)
        limit :limit
    ))
""")


async def reap_investors(database: Database, gateway_id: str, before: datetime, limit: int) -> int:
    """Delete investors first met before that moment who have not logged in for as long as sessions are kept, and hold
    nothing."""
    return affected(await database.execute(*_REAP_INVESTORS(gateway_id=gateway_id, before=before, limit=limit)))


_REAP_KEYS = Statement("""
    delete from idempotency_keys where gateway_id = :gateway_id and key = any(array(
        select key from idempotency_keys where gateway_id = :gateway_id and created_at <= :before
        order by created_at limit :limit
    ))
""")


async def reap_keys(database: Database, gateway_id: str, before: datetime, limit: int) -> int:
    """Delete kept answers of Idempotency-Keys."""
    return affected(await database.execute(*_REAP_KEYS(gateway_id=gateway_id, before=before, limit=limit)))


_REAP_PERSONAL = Statement("""
    update transactions set personal = '' where gateway_id = :gateway_id and transaction_id = any(array(
        select transaction_id from transactions
        where gateway_id = :gateway_id and personal <> '' and created_at < :before and finished_at is not null
        order by created_at limit :limit for update skip locked
    ))
""")


async def reap_personal(database: Database, gateway_id: str, before: datetime, limit: int) -> int:
    """Forget what creates of finished transactions said of the person."""
    return affected(await database.execute(*_REAP_PERSONAL(gateway_id=gateway_id, before=before, limit=limit)))


_REAP_COUNTS = Statement("""
    delete from one_time_code_counts where gateway_id = :gateway_id and address_mark = any(array(
        select address_mark from one_time_code_counts
        where gateway_id = :gateway_id and day_began < :before and (last_at is null or last_at < :before)
        order by day_began limit :limit for update skip locked
    ))
""")


async def reap_counts(database: Database, gateway_id: str, before: datetime, limit: int) -> int:
    """Delete counts of addresses to which nothing was sent since that moment, nor in a day that began after it."""
    return affected(await database.execute(*_REAP_COUNTS(gateway_id=gateway_id, before=before, limit=limit)))


_REAP_VAULT = Statement("delete from vault where expires_at < :before")


async def reap_vault(database: Database, _gateway_id: str, before: datetime, _limit: int) -> int:
    """Delete what belonged to logins that are over."""
    return affected(await database.execute(*_REAP_VAULT(before=before)))


_REAP_PACES = Statement("delete from paces where sent[array_upper(sent, 1)] < now() - interval '1 hour'")


async def reap_paces(database: Database, _gateway_id: str, _before: datetime, _limit: int) -> int:
    """Delete what is known of the pace of accounts that have sent nothing for an hour; the table is of no gateway."""
    return affected(await database.execute(*_REAP_PACES()))
