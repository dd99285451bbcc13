"""SQL on what is kept of one person, in tables of many folders."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from torana.investors.consents import WithdrawnBy
from torana.kit.database import Connection, Database
from torana.kit.sql import Statement

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
    "ownEvents": Statement("""
        select to_jsonb(e) from events e
        where gateway_id = :gateway_id and transaction_id is null and data->>'investor_id' = :investor_id
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
    select t.transaction_id from transactions t
    where t.gateway_id = :gateway_id and {_OF_TRANSACTION} and (t.personal <> '' or exists (
        select from fund_imports f where f.gateway_id = :gateway_id and f.transaction_id = t.transaction_id))
    order by t.created_at
""")


async def their_imports(database: Database, gateway_id: str, investor_id: str) -> list[str]:
    """The transactions by which this investor was to share their mutual funds, or did."""
    async with database.connection() as connection:
        rows = await connection.fetch(*_THEIR_IMPORTS(gateway_id=gateway_id, investor_id=investor_id))
    return [row["transaction_id"] for row in rows]


_THESE = "gateway_id = :gateway_id and transaction_id = any(:ids::text[])"
_FINISHED = Statement(f"select transaction_id from transactions where {_THESE} and finished_at is not null")


async def finished(database: Database, gateway_id: str, transaction_ids: Collection[str]) -> list[str]:
    """Those of these transactions that are over, on which nobody works any more."""
    async with database.connection() as connection:
        rows = await connection.fetch(*_FINISHED(gateway_id=gateway_id, ids=sorted(transaction_ids)))
    return [row["transaction_id"] for row in rows]


# Whoever has read a lead before its erasure cannot write it back: its time has moved on.
_ERASE_TRANSACTIONS = (
    Statement(f"""
        update leads set sealed = '', phone_mark = null, updated_at = greatest(:now, updated_at + interval '1 ms')
        where {_THESE}
    """),
    Statement(f"delete from one_time_codes where {_THESE}"),
    Statement(f"delete from fund_imports where {_THESE}"),
    Statement(f"delete from visits where {_THESE}"),
    Statement(f"update transactions set notes = null, extra = '{{}}', result = null, personal = '' where {_THESE}"),
    Statement(f"""
        update events set data = data - 'notes' - 'result' where {_THESE} and data ?| array['notes', 'result']
    """),
    Statement("""
        update delivery_attempts set response = null where gateway_id = :gateway_id and delivery_id in (
            select d.delivery_id from deliveries d join events e using (gateway_id, event_id)
            where d.gateway_id = :gateway_id and e.transaction_id = any(:ids::text[]))
    """),
    Statement(f"""
        update consents set withdrawn_at = :now, withdrawn_by = '{WithdrawnBy.ERASURE}'
        where {_THESE} and withdrawn_at is null
    """),
)
"""What takes a person out of transactions, whoever they are."""


async def erase_transactions(
    connection: Connection, gateway_id: str, transaction_ids: Collection[str], now: datetime
) -> None:
    """Take the person out of these transactions and of all that belongs to them. What they agreed to there is over."""
    known = {"gateway_id": gateway_id, "ids": sorted(transaction_ids), "now": now}
    for statement in _ERASE_TRANSACTIONS:
        await connection.execute(*statement(**{name: known[name] for name in statement.names}))


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
_THEIR_IDS = Statement(_THEIR_TRANSACTIONS)
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
    Statement(f"""
        update consents set withdrawn_at = :now, withdrawn_by = '{WithdrawnBy.ERASURE}'
        where gateway_id = :gateway_id and investor_id = :investor_id and withdrawn_at is null
    """),
    Statement("delete from holdings_snapshots where gateway_id = :gateway_id and investor_id = :investor_id"),
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
        update events set data = replace(data::text, :account, '(erased)')::jsonb
        where gateway_id = :gateway_id and transaction_id in ({_THEIR_TRANSACTIONS})
          and position(:account in data::text) > 0
    """),
    Statement("delete from paces where broker_user_id = :account"),
)
"""What takes an investor out of everything that is kept of them beside their transactions."""


async def erase(connection: Connection, gateway_id: str, investor_id: str, account: str, now: datetime) -> None:
    """Take the person out of everything that is kept; `account` is what their broker calls them."""
    known = {"gateway_id": gateway_id, "investor_id": investor_id, "account": account, "now": now}
    theirs = await connection.fetch(*_THEIR_IDS(gateway_id=gateway_id, investor_id=investor_id))
    await erase_transactions(connection, gateway_id, [row["transaction_id"] for row in theirs], now)
    for statement in _ERASE:
        await connection.execute(*statement(**{name: known[name] for name in statement.names}))
