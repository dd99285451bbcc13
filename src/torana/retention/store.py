"""All SQL on the age and the end of what is kept. It speaks of tables of many folders, since what leaves together has
to leave in one order, children before parents."""

from datetime import datetime
from typing import Any

from torana.kit.database import Connection, Database
from torana.kit.sql import Statement, affected

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
    async with database.transaction() as connection:
        rows = await connection.fetch(*_OLD_TRANSACTIONS[confirmed](gateway_id=gateway_id, before=before, limit=limit))
        ids = [row["transaction_id"] for row in rows]
        if ids:
            for statement in _DELETE_TRANSACTIONS:
                await connection.execute(*statement(gateway_id=gateway_id, ids=ids))
    return len(ids)


_THESE = "gateway_id = :gateway_id and transaction_id = any(:ids::text[])"
_BATCHES_OF_THESE = f"select batch_id from batches where {_THESE}"
_DELETE_TRANSACTIONS = (
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
    Statement(f"delete from one_time_codes where {_THESE}"),
    Statement(f"delete from fund_imports where {_THESE}"),
    Statement(f"delete from leads where {_THESE}"),
    Statement(f"delete from transactions where {_THESE}"),
)
"""Children before parents."""


_OLD_LEADS = Statement("""
    select t.transaction_id from leads l join transactions t using (gateway_id, transaction_id)
    where l.gateway_id = :gateway_id and l.created_at < :before and t.finished_at is not null
    order by l.created_at limit :limit for update of t skip locked
""")


async def reap_leads(database: Database, gateway_id: str, before: datetime, limit: int) -> int:
    """Delete leads made before that moment, with their transactions, once these have finished."""
    async with database.transaction() as connection:
        rows = await connection.fetch(*_OLD_LEADS(gateway_id=gateway_id, before=before, limit=limit))
        ids = [row["transaction_id"] for row in rows]
        if ids:
            for statement in _DELETE_TRANSACTIONS:
                await connection.execute(*statement(gateway_id=gateway_id, ids=ids))
    return len(ids)


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


_REAP_HOLDINGS = Statement("""
    delete from holdings_snapshots where gateway_id = :gateway_id and investor_id = any(array(
        select investor_id from holdings_snapshots where gateway_id = :gateway_id and taken_at < :before
        order by taken_at limit :limit for update skip locked
    ))
""")


async def reap_holdings(database: Database, gateway_id: str, before: datetime, limit: int) -> int:
    """Delete what investors held, as it was read before that moment."""
    return affected(await database.execute(*_REAP_HOLDINGS(gateway_id=gateway_id, before=before, limit=limit)))


_REAP_WITHOUT_CONSENT = Statement("""
    delete from holdings_snapshots where gateway_id = :gateway_id and investor_id = any(array(
        select s.investor_id from consents c join holdings_snapshots s using (gateway_id, consent_id)
        where c.gateway_id = :gateway_id and least(c.withdrawn_at, c.valid_until) < :now
        limit :limit for update of s skip locked
    ))
""")


async def reap_without_consent(database: Database, gateway_id: str, now: datetime, limit: int) -> int:
    """Delete what is kept under a consent that has ended."""
    return affected(await database.execute(*_REAP_WITHOUT_CONSENT(gateway_id=gateway_id, now=now, limit=limit)))


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


_REAP_INVESTORS = Statement("""
    delete from investors where gateway_id = :gateway_id and investor_id = any(array(
        select i.investor_id from investors i
        where i.gateway_id = :gateway_id and i.created_at < :before and not exists (
            select from broker_sessions s where s.gateway_id = :gateway_id and s.investor_id = i.investor_id)
        limit :limit
    ))
""")


async def reap_investors(database: Database, gateway_id: str, before: datetime, limit: int) -> int:
    """Delete investors first met before that moment who have not logged in for as long as sessions are kept."""
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


_REAP_CODES = Statement("""
    delete from one_time_codes where gateway_id = :gateway_id and transaction_id = any(array(
        select transaction_id from one_time_codes where gateway_id = :gateway_id and created_at < :before
        order by created_at limit :limit for update skip locked
    ))
""")


async def reap_codes(database: Database, gateway_id: str, before: datetime, limit: int) -> int:
    """Delete one-time codes, and with them the addresses that they went to."""
    return affected(await database.execute(*_REAP_CODES(gateway_id=gateway_id, before=before, limit=limit)))


_REAP_FUND_IMPORTS = Statement("""
    delete from fund_imports where gateway_id = :gateway_id and transaction_id = any(array(
        select f.transaction_id from fund_imports f join transactions t using (gateway_id, transaction_id)
        where f.gateway_id = :gateway_id and f.created_at < :before and t.finished_at is not null
        order by f.created_at limit :limit for update of f skip locked
    ))
""")


async def reap_fund_imports(database: Database, gateway_id: str, before: datetime, limit: int) -> int:
    """Delete what a registrar told, once its transaction is over; what a webhook says of it is null from then on."""
    return affected(await database.execute(*_REAP_FUND_IMPORTS(gateway_id=gateway_id, before=before, limit=limit)))


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


_REAP_VAULT = Statement("delete from vault where expires_at < :before")


async def reap_vault(database: Database, _gateway_id: str, before: datetime, _limit: int) -> int:
    """Delete what belonged to logins that are over."""
    return affected(await database.execute(*_REAP_VAULT(before=before)))


_REAP_PACES = Statement("delete from paces where sent[array_upper(sent, 1)] < now() - interval '1 hour'")


async def reap_paces(database: Database, _gateway_id: str, _before: datetime, _limit: int) -> int:
    """Delete what is known of the pace of accounts that have sent nothing for an hour; the table is of no gateway."""
    return affected(await database.execute(*_REAP_PACES()))


_FIND_INVESTOR = Statement("""
    select to_jsonb(i) as investor from investors i where gateway_id = :gateway_id and investor_id = :investor_id
""")


async def find_investor(database: Database, gateway_id: str, investor_id: str) -> dict[str, Any] | None:
    async with database.connection() as connection:
        row = await connection.fetchrow(*_FIND_INVESTOR(gateway_id=gateway_id, investor_id=investor_id))
    return None if row is None else row["investor"]


_OF_TRANSACTION = "(t.investor_id = :investor_id or t.asked_investor_id = :investor_id)"
_PERSONAL = {
    "brokerSessions": Statement("""
        select to_jsonb(s) - '{token,browser_hash,due_at,lease_until,lease_token,attempts}'::text[]
        from broker_sessions s
        where gateway_id = :gateway_id and investor_id = :investor_id order by created_at
    """),
    "transactions": Statement(f"""
        select to_jsonb(t) - '{{due_at,lease_until,lease_token,attempts,fingerprint,personal}}'::text[]
        from transactions t
        where gateway_id = :gateway_id and {_OF_TRANSACTION} order by created_at
    """),
    "visits": Statement(f"""
        select to_jsonb(v) - '{{flow_hash,cookie_hash,login_hash,login_kept,review_hash}}'::text[] from visits v
        join transactions t using (gateway_id, transaction_id)
        where gateway_id = :gateway_id and {_OF_TRANSACTION} order by v.created_at
    """),
    "batches": Statement("""
        select to_jsonb(b) - '{confirmed_hash,due_at,lease_until,lease_token,attempts}'::text[] from batches b
        where gateway_id = :gateway_id and investor_id = :investor_id order by created_at
    """),
    "orders": Statement("""
        select to_jsonb(o) from orders o join batches b using (gateway_id, batch_id)
        where gateway_id = :gateway_id and b.investor_id = :investor_id order by o.created_at, o.line
    """),
    "cancellations": Statement(f"""
        select to_jsonb(c) from cancellations c join transactions t using (gateway_id, transaction_id)
        where gateway_id = :gateway_id and {_OF_TRANSACTION} order by c.asked_at
    """),
    "attempts": Statement("""
        select to_jsonb(a) from attempts a join orders o using (gateway_id, order_id)
        join batches b using (gateway_id, batch_id)
        where gateway_id = :gateway_id and b.investor_id = :investor_id order by a.started_at
    """),
    "leads": Statement(f"""
        select to_jsonb(l) - '{{sealed,phone_mark,due_at,lease_until,lease_token,attempts}}'::text[] from leads l
        join transactions t using (gateway_id, transaction_id)
        where gateway_id = :gateway_id and {_OF_TRANSACTION} order by l.created_at
    """),
    "consents": Statement("""
        select to_jsonb(c) from consents c
        where gateway_id = :gateway_id and investor_id = :investor_id order by given_at
    """),
    "holdings": Statement("""
        select to_jsonb(s) - '{securities_v1,securities_v2,due_at,lease_until,lease_token,attempts}'::text[]
        from holdings_snapshots s where gateway_id = :gateway_id and investor_id = :investor_id
    """),
    "events": Statement(f"""
        select to_jsonb(e) from events e join transactions t using (gateway_id, transaction_id)
        where gateway_id = :gateway_id and {_OF_TRANSACTION} order by e.created_at
    """),
    "connectionEvents": Statement("""
        select to_jsonb(e) from events e
        where gateway_id = :gateway_id and transaction_id is null and type like 'connection.%'
          and data->>'investor_id' = :investor_id
        order by e.created_at
    """),
}
"""What is kept of an investor, by kind: rows without secrets and without what serves our own work."""


async def personal_data(database: Database, gateway_id: str, investor_id: str) -> dict[str, list[dict[str, Any]]]:
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        return {
            kind: [row[0] for row in await connection.fetch(*statement(gateway_id=gateway_id, investor_id=investor_id))]
            for kind, statement in _PERSONAL.items()
        }


_THEIR_IMPORTS = Statement(f"""
    select t.transaction_id from fund_imports f join transactions t using (gateway_id, transaction_id)
    where gateway_id = :gateway_id and {_OF_TRANSACTION} order by f.created_at
""")


async def their_imports(database: Database, gateway_id: str, investor_id: str) -> list[str]:
    """The transactions by which this investor shared their mutual funds."""
    async with database.connection() as connection:
        rows = await connection.fetch(*_THEIR_IMPORTS(gateway_id=gateway_id, investor_id=investor_id))
    return [row["transaction_id"] for row in rows]


_THIS = "gateway_id = :gateway_id and transaction_id = :transaction_id"
_ERASE_TRANSACTION = (
    Statement(f"delete from fund_imports where {_THIS}"),
    Statement(f"delete from visits where {_THIS}"),
    Statement(f"update transactions set notes = null, extra = '{{}}', personal = '' where {_THIS}"),
    Statement(f"update events set data = data - 'notes' where {_THIS} and data ? 'notes'"),
    Statement("""
        update delivery_attempts set response = null where gateway_id = :gateway_id and delivery_id in (
            select d.delivery_id from deliveries d join events e using (gateway_id, event_id)
            where d.gateway_id = :gateway_id and e.transaction_id = :transaction_id)
    """),
)


async def erase_transaction(connection: Connection, gateway_id: str, transaction_id: str) -> None:
    """Take the person out of a transaction that names no investor."""
    for statement in _ERASE_TRANSACTION:
        await connection.execute(*statement(gateway_id=gateway_id, transaction_id=transaction_id))


_LOCK_INVESTOR = Statement("""
    select broker_user_id from investors where gateway_id = :gateway_id and investor_id = :investor_id for update
""")


async def lock_investor(connection: Connection, gateway_id: str, investor_id: str) -> str | None:
    """The account at the broker of this investor, whose row is ours until the end of the database transaction."""
    found: str | None = await connection.fetchval(*_LOCK_INVESTOR(gateway_id=gateway_id, investor_id=investor_id))
    return found


_THEIRS = "gateway_id = :gateway_id and (investor_id = :investor_id or asked_investor_id = :investor_id)"
_HAS_OPEN_ORDERS = Statement(f"""
    select exists (select from batches
                   where gateway_id = :gateway_id and investor_id = :investor_id and completed_at is null)
        or exists (select from transactions where {_THEIRS} and finished_at is null)
""")


async def has_open_orders(connection: Connection, gateway_id: str, investor_id: str) -> bool:
    found: bool = await connection.fetchval(*_HAS_OPEN_ORDERS(gateway_id=gateway_id, investor_id=investor_id))
    return found


_THEIR_TRANSACTIONS = f"select transaction_id from transactions where {_THEIRS}"
_THEIR_BATCHES = "select batch_id from batches where gateway_id = :gateway_id and investor_id = :investor_id"
_ERASE = (
    Statement("""
        update investors set broker_user_id = 'erased:' || :investor_id
        where gateway_id = :gateway_id and investor_id = :investor_id
    """),
    Statement("""
        update broker_sessions set token = '', ended_at = coalesce(ended_at, :now)
        where gateway_id = :gateway_id and investor_id = :investor_id
    """),
    Statement("""
        update consents set withdrawn_at = :now, withdrawn_by = 'erasure'
        where gateway_id = :gateway_id and investor_id = :investor_id and withdrawn_at is null
    """),
    Statement("delete from holdings_snapshots where gateway_id = :gateway_id and investor_id = :investor_id"),
    Statement(f"delete from visits where gateway_id = :gateway_id and transaction_id in ({_THEIR_TRANSACTIONS})"),
    Statement(f"""
        delete from one_time_codes where gateway_id = :gateway_id and transaction_id in ({_THEIR_TRANSACTIONS})
    """),
    Statement(f"""
        delete from fund_imports where gateway_id = :gateway_id and transaction_id in ({_THEIR_TRANSACTIONS})
    """),
    Statement(f"""
        update leads set sealed = '', phone_mark = null
        where gateway_id = :gateway_id and transaction_id in ({_THEIR_TRANSACTIONS})
    """),
    Statement(f"update transactions set notes = null, extra = '{{}}', result = null, personal = '' where {_THEIRS}"),
    Statement(f"""
        update orders set message = replace(message, :account, '(erased)'), seen_in = null,
               cancel = replace(cancel::text, :account, '(erased)')::jsonb
        where gateway_id = :gateway_id and batch_id in ({_THEIR_BATCHES})
          and (seen_in is not null or position(:account in message) > 0 or position(:account in cancel::text) > 0)
    """),
    Statement(f"""
        update attempts set detail = replace(detail, :account, '(erased)')
        where gateway_id = :gateway_id and position(:account in detail) > 0 and order_id in (
            select order_id from orders where gateway_id = :gateway_id and batch_id in ({_THEIR_BATCHES}))
    """),
    Statement(f"""
        update events set data = replace(data::text, :account, '(erased)')::jsonb - 'notes' - 'result'
        where gateway_id = :gateway_id and transaction_id in ({_THEIR_TRANSACTIONS})
          and (position(:account in data::text) > 0 or data ?| array['notes', 'result'])
    """),
    Statement(f"""
        update delivery_attempts set response = null where gateway_id = :gateway_id and delivery_id in (
            select d.delivery_id from deliveries d join events e using (gateway_id, event_id)
            where d.gateway_id = :gateway_id and e.transaction_id in ({_THEIR_TRANSACTIONS}))
    """),
    Statement("delete from paces where broker_user_id = :account"),
)
"""What takes a person out of everything that is kept."""


async def erase(connection: Connection, gateway_id: str, investor_id: str, account: str, now: datetime) -> None:
    """Take the person out of everything that is kept; `account` is what their broker calls them."""
    known = {"gateway_id": gateway_id, "investor_id": investor_id, "account": account, "now": now}
    for statement in _ERASE:
        await connection.execute(*statement(**{name: known[name] for name in statement.names}))
