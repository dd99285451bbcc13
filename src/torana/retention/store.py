"""All SQL on the age and the end of what is kept. It speaks of tables of many folders, since what leaves together has
to leave in one order, children before parents."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from torana.kit.database import Connection, Database

CONFIRMED, UNCONFIRMED = "confirmed_at is not null", "confirmed_at is null"


async def gateway_ids(database: Database) -> list[str]:
    async with database.connection() as connection:
        return [row["gateway_id"] for row in await connection.fetch("select gateway_id from gateways")]


async def reap_transactions(
    database: Database, gateway_id: str, before: datetime, limit: int, *, confirmed: bool
) -> int:
    """Delete finished transactions made before that moment, with all that belongs to them; returns how many.

    One whose orders have not ended, or which is not settled, stays however old it is.
    """
    async with database.transaction() as connection:
        rows = await connection.fetch(
            f"""
            select t.transaction_id from transactions t
            where t.gateway_id = $1 and t.created_at < $2 and t.finished_at is not null
              and {CONFIRMED if confirmed else UNCONFIRMED}
              and not exists (select from batches b where b.gateway_id = t.gateway_id
                              and b.transaction_id = t.transaction_id and b.completed_at is null)
            order by t.created_at limit $3 for update skip locked
            """,
            gateway_id,
            before,
            limit,
        )
        ids = [row["transaction_id"] for row in rows]
        if ids:
            await _delete_transactions(connection, gateway_id, ids)
    return len(ids)


async def _delete_transactions(connection: Connection, gateway_id: str, ids: Sequence[str]) -> None:
    of_events = "select event_id from events where gateway_id = $1 and transaction_id = any($2::text[])"
    of_batches = "select batch_id from batches where gateway_id = $1 and transaction_id = any($2::text[])"
    of_orders = f"select order_id from orders where gateway_id = $1 and batch_id in ({of_batches})"
    for statement in (
        f"delete from deliveries where gateway_id = $1 and event_id in ({of_events})",
        "delete from events where gateway_id = $1 and transaction_id = any($2::text[])",
        f"delete from attempts where gateway_id = $1 and order_id in ({of_orders})",
        f"delete from orders where gateway_id = $1 and batch_id in ({of_batches})",
        "delete from batches where gateway_id = $1 and transaction_id = any($2::text[])",
        "delete from visits where gateway_id = $1 and transaction_id = any($2::text[])",
        "delete from transactions where gateway_id = $1 and transaction_id = any($2::text[])",
    ):
        await connection.execute(statement, gateway_id, ids)


async def reap_events(database: Database, gateway_id: str, before: datetime, limit: int) -> int:
    """Delete events that belong to no transaction, with their deliveries."""
    return await _count(
        database,
        """
        with old as (
            select event_id from events where gateway_id = $1 and created_at < $2 and transaction_id is null
            order by created_at limit $3
        ), d as (
            delete from deliveries d using old where d.gateway_id = $1 and d.event_id = old.event_id
        )
        delete from events e using old where e.gateway_id = $1 and e.event_id = old.event_id
        """,
        gateway_id,
        before,
        limit,
    )


async def reap_deliveries(database: Database, gateway_id: str, before: datetime, limit: int) -> int:
    """Delete deliveries that wait for nothing, with their attempts. Their events stay and can be replayed."""
    return await _count(
        database,
        """
        delete from deliveries where gateway_id = $1 and delivery_id = any(array(
            select delivery_id from deliveries where gateway_id = $1 and created_at < $2 and due_at is null
            order by created_at limit $3 for update skip locked
        ))
        """,
        gateway_id,
        before,
        limit,
    )


async def reap_visits(database: Database, gateway_id: str, before: datetime, limit: int) -> int:
    """Delete visits whose transaction has finished."""
    return await _count(
        database,
        """
        delete from visits where gateway_id = $1 and visit_id = any(array(
            select v.visit_id from visits v join transactions t using (gateway_id, transaction_id)
            where v.gateway_id = $1 and v.created_at < $2 and t.finished_at is not null
            order by v.created_at limit $3 for update of v skip locked
        ))
        """,
        gateway_id,
        before,
        limit,
    )


async def reap_tokens(database: Database, gateway_id: str, now: datetime, limit: int) -> int:
    """Forget the tokens of broker sessions that have ended or expired."""
    return await _count(
        database,
        """
        update broker_sessions set token = '' where gateway_id = $1 and session_id = any(array(
            select session_id from broker_sessions
            where gateway_id = $1 and token <> '' and (ended_at is not null or expires_at < $2) limit $3
        ))
        """,
        gateway_id,
        now,
        limit,
    )


async def reap_sessions(database: Database, gateway_id: str, before: datetime, limit: int) -> int:
    """Delete broker sessions that expired before that moment. What was done with them is older, and gone by then."""
    return await _count(
        database,
        """
        delete from broker_sessions where gateway_id = $1 and session_id = any(array(
            select session_id from broker_sessions where gateway_id = $1 and expires_at < $2
            order by expires_at limit $3
        ))
        """,
        gateway_id,
        before,
        limit,
    )


async def reap_investors(database: Database, gateway_id: str, before: datetime, limit: int) -> int:
    """Delete investors first met before that moment who have not logged in for as long as sessions are kept."""
    return await _count(
        database,
        """
        delete from investors where gateway_id = $1 and investor_id = any(array(
            select i.investor_id from investors i
            where i.gateway_id = $1 and i.created_at < $2
              and not exists (select from broker_sessions s where s.gateway_id = $1 and s.investor_id = i.investor_id)
            limit $3
        ))
        """,
        gateway_id,
        before,
        limit,
    )


async def reap_keys(database: Database, gateway_id: str, before: datetime, limit: int) -> int:
    """Delete kept answers of Idempotency-Keys."""
    return await _count(
        database,
        """
        delete from idempotency_keys where gateway_id = $1 and key = any(array(
            select key from idempotency_keys where gateway_id = $1 and created_at <= $2 order by created_at limit $3
        ))
        """,
        gateway_id,
        before,
        limit,
    )


async def reap_paces(database: Database, _gateway_id: str, _before: datetime, _limit: int) -> int:
    """Delete what is known of the pace of accounts that have sent nothing for an hour; the table is of no gateway."""
    return await _count(database, "delete from paces where sent[array_upper(sent, 1)] < now() - interval '1 hour'")


async def _count(database: Database, sql: str, *args: object) -> int:
    done = await database.execute(sql, *args)
    return int(done.rsplit(" ", 1)[-1])


async def find_investor(database: Database, gateway_id: str, investor_id: str) -> dict[str, Any] | None:
    async with database.connection() as connection:
        row = await connection.fetchrow(
            "select to_jsonb(i) as investor from investors i where gateway_id = $1 and investor_id = $2",
            gateway_id,
            investor_id,
        )
    return None if row is None else row["investor"]


_PERSONAL = {
    "brokerSessions": """
        select to_jsonb(s) - '{token,browser_hash}'::text[] from broker_sessions s
        where gateway_id = $1 and investor_id = $2
        order by created_at
    """,
    "transactions": """
        select to_jsonb(t) - '{due_at,lease_until,lease_token,attempts}'::text[] from transactions t
        where gateway_id = $1 and (investor_id = $2 or asked_investor_id = $2) order by created_at
    """,
    "visits": """
        select to_jsonb(v) - '{flow_hash,cookie_hash,login_hash,review_hash}'::text[] from visits v
        join transactions t using (gateway_id, transaction_id)
        where gateway_id = $1 and (t.investor_id = $2 or t.asked_investor_id = $2) order by v.created_at
    """,
    "batches": """
        select to_jsonb(b) - '{confirmed_hash,due_at,lease_until,lease_token,attempts}'::text[] from batches b
        where gateway_id = $1 and investor_id = $2 order by created_at
    """,
    "orders": """
        select to_jsonb(o) from orders o join batches b using (gateway_id, batch_id)
        where gateway_id = $1 and b.investor_id = $2 order by o.created_at, o.line
    """,
    "attempts": """
        select to_jsonb(a) from attempts a join orders o using (gateway_id, order_id)
        join batches b using (gateway_id, batch_id) where gateway_id = $1 and b.investor_id = $2 order by a.started_at
    """,
    "events": """
        select to_jsonb(e) from events e join transactions t using (gateway_id, transaction_id)
        where gateway_id = $1 and (t.investor_id = $2 or t.asked_investor_id = $2) order by e.created_at
    """,
}
"""What is kept of an investor, by kind: rows without secrets and without what serves our own work."""


async def personal_data(database: Database, gateway_id: str, investor_id: str) -> dict[str, list[dict[str, Any]]]:
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        return {
            kind: [row[0] for row in await connection.fetch(sql, gateway_id, investor_id)]
            for kind, sql in _PERSONAL.items()
        }


async def lock_investor(connection: Connection, gateway_id: str, investor_id: str) -> str | None:
    """The account at the broker of this investor, whose row is ours until the end of the database transaction."""
    found: str | None = await connection.fetchval(
        "select broker_user_id from investors where gateway_id = $1 and investor_id = $2 for update",
        gateway_id,
        investor_id,
    )
    return found


async def has_open_orders(connection: Connection, gateway_id: str, investor_id: str) -> bool:
    found: bool = await connection.fetchval(
        """
        select exists (select from batches where gateway_id = $1 and investor_id = $2 and completed_at is null)
            or exists (select from transactions where gateway_id = $1 and finished_at is null
                       and (investor_id = $2 or asked_investor_id = $2))
        """,
        gateway_id,
        investor_id,
    )
    return found


async def erase(connection: Connection, gateway_id: str, investor_id: str, account: str, now: datetime) -> None:
    """Take the person out of everything that is kept; `account` is what their broker calls them."""
    theirs = "gateway_id = $1 and (investor_id = $2 or asked_investor_id = $2)"
    of_transactions = f"select transaction_id from transactions where {theirs}"
    of_batches = "select batch_id from batches where gateway_id = $1 and investor_id = $2"
    for statement, args in (
        ("update investors set broker_user_id = 'erased:' || $2 where gateway_id = $1 and investor_id = $2", ()),
        (
            """
            update broker_sessions set token = '', ended_at = coalesce(ended_at, $3)
            where gateway_id = $1 and investor_id = $2
            """,
            (now,),
        ),
        (f"delete from visits where gateway_id = $1 and transaction_id in ({of_transactions})", ()),
        (f"update transactions set notes = null, extra = '{{}}', result = null where {theirs}", ()),
        (
            f"""
            update orders set message = replace(message, $3, '(erased)'), seen_in = null
            where gateway_id = $1 and batch_id in ({of_batches})
              and (seen_in is not null or position($3 in message) > 0)
            """,
            (account,),
        ),
        (
            f"""
            update attempts set detail = replace(detail, $3, '(erased)')
            where gateway_id = $1 and position($3 in detail) > 0 and order_id in (
                select order_id from orders where gateway_id = $1 and batch_id in ({of_batches}))
            """,
            (account,),
        ),
        (
            f"""
            update events set data = replace(data::text, $3, '(erased)')::jsonb - 'notes' - 'result'
            where gateway_id = $1 and transaction_id in ({of_transactions})
              and (position($3 in data::text) > 0 or data ?| array['notes', 'result'])
            """,
            (account,),
        ),
        (
            f"""
            update delivery_attempts set response = null where gateway_id = $1 and delivery_id in (
                select d.delivery_id from deliveries d join events e using (gateway_id, event_id)
                where d.gateway_id = $1 and e.transaction_id in ({of_transactions}))
            """,
            (),
        ),
    ):
        await connection.execute(statement, gateway_id, investor_id, *args)
    await connection.execute("delete from paces where broker_user_id = $1", account)
