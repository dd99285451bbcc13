"""SQL on what is kept of one person, in tables of many folders."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from torana.flows.registry import FLOWS
from torana.investors.consents import WithdrawnBy
from torana.kit.database import Connection, Database
from torana.kit.sql import Statement
from torana.kit.tables import Owner, PersonalTable, Sealed
from torana.retention.store.tables import Row, erase_rows, rows

_FIND_INVESTOR = Statement("""
    select to_jsonb(i) as investor from investors i where gateway_id = :gateway_id and investor_id = :investor_id
""")


async def find_investor(database: Database, gateway_id: str, investor_id: str) -> dict[str, Any] | None:
    async with database.connection() as connection:
        row = await connection.fetchrow(*_FIND_INVESTOR(gateway_id=gateway_id, investor_id=investor_id))
    return None if row is None else row["investor"]


TRANSACTIONS = PersonalTable(
    name="transactions",
    exported_as="transactions",
    sealed=(Sealed("personal", shown_as="given"),),
    hidden=("fingerprint",),
)
"""For the export, which shows what a create said of the person as it shows what the tables of intents keep."""
_THESE = "gateway_id = :gateway_id and transaction_id = any(:ids::text[])"
_OF_TRANSACTIONS = {
    "visits": Statement(f"""
        select to_jsonb(v) - '{{flow_hash,cookie_hash,login_hash,login_kept,review_hash}}'::text[] from visits v
        where {_THESE} order by created_at
    """),
    "cancellations": Statement(f"select to_jsonb(c) from cancellations c where {_THESE} order by asked_at"),
    "consents": Statement(f"select to_jsonb(c) from consents c where {_THESE} order by given_at"),
    "events": Statement(f"select to_jsonb(e) from events e where {_THESE} order by created_at"),
    "ownEvents": Statement("""
        select to_jsonb(e) from events e
        where gateway_id = :gateway_id and transaction_id is null and data->>'transaction_id' = any(:ids::text[])
        order by created_at
    """),
}
"""What is kept of whoever these transactions are of, by kind: rows without secrets and without what serves our own
work."""
_OF_INVESTOR = {
    "brokerSessions": Statement("""
        select to_jsonb(s) - '{token,browser_hash,due_at,lease_until,lease_token,attempts}'::text[]
        from broker_sessions s
        where gateway_id = :gateway_id and investor_id = :investor_id order by created_at
    """),
    "batches": Statement("""
        select to_jsonb(b) - '{confirmed_hash,due_at,lease_until,lease_token,attempts}'::text[] from batches b
        where gateway_id = :gateway_id and investor_id = :investor_id order by created_at
    """),
    "orders": Statement("""
        select to_jsonb(o) from orders o join batches b using (gateway_id, batch_id)
        where gateway_id = :gateway_id and b.investor_id = :investor_id order by o.created_at, o.line
    """),
    "investments": Statement("""
        select to_jsonb(i) || jsonb_build_object('trades', (
                   select coalesce(jsonb_agg(to_jsonb(t) - 'gateway_id' - 'iscid' order by t.day, t.isin), '[]')
                   from investment_trades t where t.gateway_id = :gateway_id and t.iscid = i.iscid),
               'adjustments', (
                   select coalesce(jsonb_agg(to_jsonb(a) - 'gateway_id' - 'iscid' order by a.created_at), '[]')
                   from investment_adjustments a where a.gateway_id = :gateway_id and a.iscid = i.iscid))
        from investments i
        where gateway_id = :gateway_id and investor_id = :investor_id order by created_at
    """),
    "attempts": Statement("""
        select to_jsonb(a) from attempts a join orders o using (gateway_id, order_id)
        join batches b using (gateway_id, batch_id)
        where gateway_id = :gateway_id and b.investor_id = :investor_id order by a.started_at
    """),
    "consents": Statement("""
        select to_jsonb(c) from consents c
        where gateway_id = :gateway_id
          and (investor_id = :investor_id or (investor_id = '' and transaction_id = any(:ids::text[])))
        order by given_at
    """),
    "ownEvents": Statement("""
        select to_jsonb(e) from events e
        where gateway_id = :gateway_id and transaction_id is null
          and (data->>'investor_id' = :investor_id or data->>'transaction_id' = any(:ids::text[]))
        order by created_at
    """),
}
"""The same of an investor, beside their transactions, or in the place of what is found by these."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept: rows as an export shows them, by kind; and those of tables of which something stands sealed. No
    repr shows them."""

    plain: dict[str, list[dict[str, Any]]]
    of_tables: dict[PersonalTable, list[Row]]

    def __repr__(self) -> str:
        return "Kept()"


async def of_investor(database: Database, gateway_id: str, investor_id: str) -> Kept:
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        ids = await _their_ids(connection, gateway_id, investor_id)
        known = {"gateway_id": gateway_id, "investor_id": investor_id, "ids": ids}
        plain = await _rows(connection, _OF_TRANSACTIONS | _OF_INVESTOR, known)
        whose = {Owner.TRANSACTION: ids, Owner.INVESTOR: [investor_id]}
        return Kept(plain, await _of_tables(connection, gateway_id, whose))


async def of_transactions(database: Database, gateway_id: str, transaction_ids: Collection[str]) -> Kept:
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        known = {"gateway_id": gateway_id, "ids": sorted(transaction_ids)}
        plain = await _rows(connection, _OF_TRANSACTIONS, known)
        return Kept(plain, await _of_tables(connection, gateway_id, {Owner.TRANSACTION: transaction_ids}))


async def _rows(
    connection: Connection, statements: Mapping[str, Statement], known: Mapping[str, object]
) -> dict[str, list[dict[str, Any]]]:
    return {
        kind: [row[0] for row in await connection.fetch(*statement(**{name: known[name] for name in statement.names}))]
        for kind, statement in statements.items()
    }


async def _of_tables(
    connection: Connection, gateway_id: str, whose: Mapping[Owner, Collection[str]]
) -> dict[PersonalTable, list[Row]]:
    return {
        table: await rows(connection, table, gateway_id, whose[table.owner])
        for table in (TRANSACTIONS, *FLOWS.tables)
        if table.exported_as and table.owner in whose
    }


_FINISHED = Statement(f"select transaction_id from transactions where {_THESE} and finished_at is not null")


async def finished(database: Database, gateway_id: str, transaction_ids: Collection[str]) -> list[str]:
    """Those of these transactions that are over, on which nobody works any more."""
    async with database.connection() as connection:
        found = await connection.fetch(*_FINISHED(gateway_id=gateway_id, ids=sorted(transaction_ids)))
    return [row["transaction_id"] for row in found]


_ERASE_TRANSACTIONS = (
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
    for table in FLOWS.tables:
        if table.owner is Owner.TRANSACTION:
            await erase_rows(connection, table, gateway_id, transaction_ids, now)
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


async def _their_ids(connection: Connection, gateway_id: str, investor_id: str) -> list[str]:
    found = await connection.fetch(*_THEIR_IDS(gateway_id=gateway_id, investor_id=investor_id))
    return [row["transaction_id"] for row in found]


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
    Statement("""
        update delivery_attempts set response = null where gateway_id = :gateway_id and delivery_id in (
            select d.delivery_id from deliveries d join events e using (gateway_id, event_id)
            where d.gateway_id = :gateway_id and e.transaction_id is null and e.data->>'investor_id' = :investor_id)
    """),
    Statement("delete from investments where gateway_id = :gateway_id and investor_id = :investor_id"),
    Statement("delete from paces where broker_user_id = :account"),
)
"""What takes an investor out of everything that is kept of them beside their transactions."""


async def erase(connection: Connection, gateway_id: str, investor_id: str, account: str, now: datetime) -> None:
    """Take the person out of everything that is kept; `account` is what their broker calls them."""
    known = {"gateway_id": gateway_id, "investor_id": investor_id, "account": account, "now": now}
    theirs = await _their_ids(connection, gateway_id, investor_id)
    await erase_transactions(connection, gateway_id, theirs, now)
    for table in FLOWS.tables:
        if table.owner is Owner.INVESTOR:
            await erase_rows(connection, table, gateway_id, [investor_id], now)
    for statement in _ERASE:
        await connection.execute(*statement(**{name: known[name] for name in statement.names}))
