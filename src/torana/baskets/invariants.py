"""What must hold of every investment: its shares and its money are those that the fills of its batches tell, and what
it asks for is asked of its investor. What an investor holds beside is of orders for no basket, so that both together
are all that was filled."""

from datetime import datetime

from torana.kit.database import Database, for_all_rows
from torana.kit.sql import Statement
from torana.orders.invariants import Violation
from torana.orders.states import FINAL

HOLDS = "an investment holds what its batches filled, and what it costs and brought is what was paid and received"
_EXPLAINED = """
    with these as (
        select * from investments i
        where (:since::timestamptz is null or i.updated_at >= :since)
    ), told as (
        select t.gateway_id, t.iscid, p.* from these t, jsonb_to_recordset(t.positions) as p (
            isin text, shares bigint, cost bigint, sold_cost bigint, proceeds bigint)
    ), ended as (
        select b.gateway_id, b.iscid, b.batch_id from these t
        join batches b on b.gateway_id = t.gateway_id and b.iscid = t.iscid and b.completed_at is not null
    ), filled as (
        select e.gateway_id, e.iscid, o.isin,
               sum(case o.side when 'BUY' then o.filled_quantity else -o.filled_quantity end) as shares,
               coalesce(sum(o.filled_quantity * o.average_price) filter (where o.side = 'BUY'), 0) as paid,
               coalesce(sum(o.filled_quantity * o.average_price) filter (where o.side = 'SELL'), 0) as received
        from ended e join orders o on o.gateway_id = e.gateway_id and o.batch_id = e.batch_id
        where o.filled_quantity > 0
        group by e.gateway_id, e.iscid, o.isin
    ), kept as (
        select gateway_id, iscid, count(*) as batches from ended group by gateway_id, iscid
    )
    select iscid, isin, coalesce(told.shares, 0) as shares, coalesce(filled.shares, 0) as filled_shares,
           coalesce(told.cost + told.sold_cost, 0) as cost, coalesce(filled.paid, 0) as paid,
           coalesce(told.proceeds, 0) as proceeds, coalesce(filled.received, 0) as received
    from told full join filled using (gateway_id, iscid, isin)
    join these using (gateway_id, iscid)
    join kept using (gateway_id, iscid)
    where kept.batches = these.batch_count -- of the others a batch is not kept any more
      and (coalesce(told.shares, 0), coalesce(told.cost + told.sold_cost, 0), coalesce(told.proceeds, 0))
          is distinct from (coalesce(filled.shares, 0), coalesce(filled.paid, 0), coalesce(filled.received, 0))
"""
_DIFFERENT = Statement(_EXPLAINED)
_WAITING = Statement("""
    select i.iscid, i.open_batch_id from investments i
    left join batches b on b.gateway_id = i.gateway_id and b.batch_id = i.open_batch_id
    where i.open_batch_id is not null and (b.batch_id is null or b.completed_at is not null and not exists (
        select from orders o
        where o.gateway_id = i.gateway_id and o.batch_id = i.open_batch_id and not o.state = any(:final::text[])))
""")

_UNASKED = Statement("""
    select i.iscid, i.repairs, a.action_id from investments i
    join baskets b on b.gateway_id = i.gateway_id and b.scid = i.scid
    left join pending_actions a on a.gateway_id = i.gateway_id and a.iscid = i.iscid and a.kind = 'REPAIR'
        and a.ended_at is null
    where b.due_at is null and (cardinality(i.repairs) > 0) <> (a.action_id is not null)
""")
_UNPLANNED = Statement("select iscid from instalment_plans where (ended_at is null) <> (due_at is not null)")


async def violations(database: Database, *, since: datetime | None = None) -> list[Violation]:
    """Every investment that is not what its fills say; with `since` only those that changed after that moment are
    compared."""
    async with database.connection() as connection, for_all_rows(connection), connection.transaction():
        different = await connection.fetch(*_DIFFERENT(since=since))
        waiting = await connection.fetch(*_WAITING(final=sorted(FINAL)))
        unasked = await connection.fetch(*_UNASKED())
        unplanned = await connection.fetch(*_UNPLANNED())
    return [
        *(
            Violation(
                "B1",
                row["iscid"],
                f"{row['isin']}: {row['shares']} shares, {row['filled_shares']} filled; cost {row['cost']}, paid "
                f"{row['paid']}; proceeds {row['proceeds']}, received {row['received']} (must hold: {HOLDS})",
            )
            for row in different
        ),
        *(
            Violation("B2", row["iscid"], f"waits for the batch {row['open_batch_id']}, which has ended or is gone")
            for row in waiting
        ),
        *(
            Violation("B3", row["iscid"], f"is to be repaired: {row['repairs']}, asked of its investor: {row[2]}")
            for row in unasked
        ),
        *(
            Violation("B4", row["iscid"], "its instalment plan runs and is never due, or is due and has ended")
            for row in unplanned
        ),
    ]
