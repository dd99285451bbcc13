"""Batches with their orders, each with its latest attempt."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from torana.investors.store import SESSION_COLUMNS, SessionRow
from torana.kit.database import Database, row_to
from torana.kit.sql import Statement
from torana.orders.models import Attempt, Batch, Order
from torana.orders.states import CancelState

NOT_TO_CANCEL = f"(cancel is null or cancel ->> 'state' = '{CancelState.REFUSED}')"
"""A condition on rows of orders: nobody wants it cancelled, or the broker has refused to (`Order.cancel_wished`)."""

_OF_TRANSACTION = ("intent", "kind", "notes", "settled_at")
_COLUMNS = ", ".join(
    [
        *(f"b.{name}" for name in Batch.__struct_fields__ if name not in (*_OF_TRANSACTION, "orders")),
        *(f"t.{name}" for name in _OF_TRANSACTION),
        *(f"o.{name}" for name in Order.__struct_fields__ if name not in ("attempt", "absent_tags")),
        *(f"a.{name} as a_{name}" for name in Attempt.__struct_fields__),
        "a.absent_tags",
    ]
)
_TABLES = """
    batches b
    join transactions t using (gateway_id, transaction_id)
    join orders o using (gateway_id, batch_id)
    cross join lateral (
        select *, xmin::text::int8 = planned_in & 4294967295 as intact,
               coalesce(array_agg(tag) filter (where state = 'ABSENT') over (), '{}') as absent_tags from attempts a
        where a.gateway_id = o.gateway_id and a.order_id = o.order_id order by a.number desc limit 1
    ) a
"""
READ = f"select {_COLUMNS} from {_TABLES}"
"""Batches, one row an order; see `batches_of`."""

_LOAD = Statement(f"""
    select {_COLUMNS}, {SESSION_COLUMNS} from {_TABLES}
    join broker_sessions s on s.gateway_id = b.gateway_id and s.session_id = b.session_id
    join investors i on i.gateway_id = b.gateway_id and i.investor_id = s.investor_id
    where b.gateway_id = :gateway_id and b.batch_id = :batch_id order by o.line
""")


async def load(database: Database, gateway_id: str, batch_id: str) -> tuple[Batch, SessionRow]:
    """The batch with its orders in line order, and the session that it is placed with. Raises `LookupError`."""
    async with database.connection() as connection:
        rows = await connection.fetch(*_LOAD(gateway_id=gateway_id, batch_id=batch_id))
    if not rows:
        raise LookupError(f"the batch {batch_id}, its orders or its session are gone")
    return batches_of(rows)[0], row_to(SessionRow, rows[0], "s_")


_OF_TRANSACTIONS = Statement(f"""
    {READ} where b.gateway_id = :gateway_id
      and (b.transaction_id = any(:transaction_ids::text[]) or b.batch_id = any(:batch_ids::text[]))
    order by b.created_at, b.batch_id, o.line
""")


async def of_transactions(
    database: Database, gateway_id: str, transaction_ids: Sequence[str], batch_ids: Sequence[str]
) -> list[Batch]:
    """Batches by transaction or batch id, oldest first; unknown ids are left out."""
    async with database.connection() as connection:
        rows = await connection.fetch(
            *_OF_TRANSACTIONS(gateway_id=gateway_id, transaction_ids=transaction_ids, batch_ids=batch_ids)
        )
    return batches_of(rows)


async def of_transaction(database: Database, gateway_id: str, transaction_id: str) -> Batch | None:
    """The transaction's batch with its orders in line order; None before it was confirmed."""
    batches = await of_transactions(database, gateway_id, [transaction_id], [])
    return batches[0] if batches else None


def _finished(wanted: str) -> Statement:
    return Statement(f"""
        {READ} where b.gateway_id = :gateway_id and b.batch_id = any(array(
            select b.batch_id from batches b join transactions t using (gateway_id, transaction_id)
            where b.gateway_id = :gateway_id and t.status = 'COMPLETED' and {wanted}
            order by b.created_at desc limit 200
        ))
        order by b.created_at desc, b.batch_id, o.line
    """)


# Three statements and not one with everything optional: each has its own index.
_FINISHED_OF_INVESTOR = _finished("b.investor_id = :investor_id and (b.iscid is not null) = :of_baskets")
_FINISHED_BY_ID = _finished("""
    (:investor_id::text is null or b.investor_id = :investor_id)
    and (b.transaction_id = any(:transaction_ids) or b.batch_id = any(:batch_ids))
    and (b.iscid is not null) = :of_baskets
""")
_FINISHED_OF_INVESTMENT = _finished("b.investor_id = :investor_id and b.iscid = :iscid")


async def finished(
    database: Database,
    gateway_id: str,
    investor_id: str | None,
    transaction_ids: Sequence[str],
    batch_ids: Sequence[str],
    *,
    of_baskets: bool = False,
    iscid: str | None = None,
) -> list[Batch]:
    """The newest 200 batches of completed transactions, those of one investor if they are named; without ids all of
    that investor's, or of their investment. Of single shares, or (`of_baskets`) of baskets."""
    at: dict[str, Any] = {"gateway_id": gateway_id, "investor_id": investor_id}
    if transaction_ids or batch_ids:
        ids = {"transaction_ids": transaction_ids, "batch_ids": batch_ids}
        given = _FINISHED_BY_ID(**at, **ids, of_baskets=of_baskets)
    elif iscid is not None:
        given = _FINISHED_OF_INVESTMENT(**at, iscid=iscid)
    else:
        given = _FINISHED_OF_INVESTOR(**at, of_baskets=of_baskets)
    async with database.connection() as connection:
        return batches_of(await connection.fetch(*given))


_RECENT = Statement(f"""
    {READ} where b.gateway_id = :gateway_id and b.batch_id = any(array(
        select b.batch_id from batches b
        where b.gateway_id = :gateway_id and b.investor_id = :investor_id
          and (b.created_at >= :since or b.completed_at is null)
        order by (b.completed_at is null) desc, b.created_at desc limit :most
    ))
    order by b.created_at desc, b.batch_id, o.line
""")


async def recent(database: Database, gateway_id: str, investor_id: str, since: datetime, most: int) -> list[Batch]:
    """The investor's batches that were made since then or are open, the newest first; of more than so many the open
    ones come before the others."""
    given = _RECENT(gateway_id=gateway_id, investor_id=investor_id, since=since, most=most)
    async with database.connection() as connection:
        return batches_of(await connection.fetch(*given))


def batches_of(rows: Sequence[asyncpg.Record]) -> list[Batch]:
    """The batches in rows of `READ`, those of one batch together, in their order."""
    batches: list[Batch] = []
    for row in rows:
        if not batches or batches[-1].batch_id != row["batch_id"]:
            batches.append(row_to(Batch, row))
        batches[-1].orders.append(row_to(Order, row, within={"attempt": "a_"}))
    return batches
