"""What must hold of every investment: its shares and its money are those that the fills of its batches tell, less what
left it without an order, and what it asks for is asked of its investor. What an investor holds beside is of orders for
no basket, so that both together are all that was filled."""

from datetime import datetime

from torana.kit.database import Database, for_all_rows
from torana.kit.sql import Statement
from torana.orders.invariants import Violation
from torana.orders.states import FINAL

HOLDS = "an investment holds what its batches filled, and what it costs and brought is what was paid and received"
SUMS = "investments and the shares of orders for no basket are together what was filled, less what left"
TRADED = (
    "what was bought, sold and left by day is together what is held, and its money what that and what was sold cost"
)
_EXPLAINED = """
    with these as (
        select * from investments i
        where (:since::timestamptz is null or i.updated_at >= :since)
    ), told as (
        select t.gateway_id, t.iscid, p.* from these t, jsonb_to_recordset(t.positions) as p (
            isin text, shares bigint, cost bigint, sold_cost bigint, proceeds bigint, left_cost bigint)
    ), gone as (
        select a.gateway_id, a.iscid, a.isin, sum(a.shares) as shares, sum(a.shares * coalesce(a.price, 0)) as received,
               coalesce(sum(a.cost) filter (where a.pair is not null), 0) as moved
        from these t join investment_adjustments a on a.gateway_id = t.gateway_id and a.iscid = t.iscid
        group by a.gateway_id, a.iscid, a.isin
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
    , compared as (
        select gateway_id, iscid, isin, coalesce(told.shares, 0) + coalesce(gone.shares, 0) as shares,
               coalesce(filled.shares, 0) as filled_shares,
               coalesce(told.cost + told.sold_cost + coalesce(told.left_cost, 0), 0) + coalesce(gone.moved, 0) as cost,
               coalesce(filled.paid, 0) as paid,
               coalesce(told.proceeds, 0) as proceeds,
               coalesce(filled.received, 0) + coalesce(gone.received, 0) as received
        from told full join filled using (gateway_id, iscid, isin) full join gone using (gateway_id, iscid, isin)
    )
    select c.* from compared c
    join these using (gateway_id, iscid)
    join kept using (gateway_id, iscid)
    where kept.batches = these.batch_count -- of the others a batch is not kept any more
      and (c.shares, c.cost, c.proceeds) is distinct from (c.filled_shares, c.paid, c.received)
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
_UNRECONCILED = Statement("""
    select i.iscid, a.action_id, lost.isins from investments i
    cross join lateral (
        select coalesce(array_agg(m.isin order by m.isin), '{}') as isins
        from missing_shares m, jsonb_to_recordset(i.positions) as p (isin text, shares bigint)
        where m.gateway_id = i.gateway_id and m.investor_id = i.investor_id and p.isin = m.isin and p.shares > 0
    ) lost
    left join pending_actions a on a.gateway_id = i.gateway_id and a.iscid = i.iscid and a.kind = 'RECONCILE'
        and a.ended_at is null
    where (cardinality(lost.isins) > 0) <> (a.action_id is not null)
""")
# An investor is not compared of whom a batch is not kept any more, or who was erased: their investments are, too.
_UNSUMMED = Statement("""
    with whose as (
        select gateway_id, investor_id from batches
        where completed_at is not null and (:since::timestamptz is null or completed_at >= :since)
        union
        select gateway_id, investor_id from investments where :since::timestamptz is null or updated_at >= :since
    ), whole as (
        select w.* from whose w
        join investors n on n.gateway_id = w.gateway_id and n.investor_id = w.investor_id
        where not starts_with(n.broker_user_id, 'erased:') and not exists (
            select from investments i
            where i.gateway_id = w.gateway_id and i.investor_id = w.investor_id and i.batch_count <> (
                select count(*) from batches b
                where b.gateway_id = i.gateway_id and b.iscid = i.iscid and b.completed_at is not null))
    ), filled as (
        select w.gateway_id, w.investor_id, o.isin, sum(o.net) as shares,
               coalesce(sum(o.net) filter (where b.iscid is null), 0) as free
        from whole w
        join batches b on b.gateway_id = w.gateway_id and b.investor_id = w.investor_id and b.completed_at is not null
        cross join lateral (
            select isin, case side when 'BUY' then filled_quantity else -filled_quantity end as net
            from orders where gateway_id = b.gateway_id and batch_id = b.batch_id and filled_quantity > 0
        ) o
        group by w.gateway_id, w.investor_id, o.isin
    ), held as (
        select w.gateway_id, w.investor_id, p.isin, sum(p.shares) as shares
        from whole w
        join investments i on i.gateway_id = w.gateway_id and i.investor_id = w.investor_id
        cross join lateral jsonb_to_recordset(i.positions) as p (isin text, shares bigint)
        group by w.gateway_id, w.investor_id, p.isin
    ), gone as (
        select w.gateway_id, w.investor_id, a.isin, sum(a.shares) as shares
        from whole w
        join investments i on i.gateway_id = w.gateway_id and i.investor_id = w.investor_id
        join investment_adjustments a on a.gateway_id = i.gateway_id and a.iscid = i.iscid
        group by w.gateway_id, w.investor_id, a.isin
    )
    select investor_id, isin, coalesce(held.shares, 0) as held, coalesce(filled.free, 0) as free,
           coalesce(filled.shares, 0) as filled, coalesce(gone.shares, 0) as gone
    from filled full join held using (gateway_id, investor_id, isin)
    full join gone using (gateway_id, investor_id, isin)
    where coalesce(held.shares, 0) + coalesce(filled.free, 0) <> coalesce(filled.shares, 0) - coalesce(gone.shares, 0)
""")
_UNTRADED = Statement("""
    with these as (
        select * from investments i
        where i.trades_whole and (:since::timestamptz is null or i.updated_at >= :since)
    ), told as (
        select t.gateway_id, t.iscid, p.isin, p.shares,
               p.cost + p.sold_cost + coalesce(p.left_cost, 0) - p.proceeds - coalesce((
                   select sum(a.cost) from investment_adjustments a where a.gateway_id = t.gateway_id
                     and a.iscid = t.iscid and a.isin = p.isin and a.price is null and a.pair is null), 0) as paid
        from these t, jsonb_to_recordset(t.positions) as p (
            isin text, shares bigint, cost bigint, sold_cost bigint, proceeds bigint, left_cost bigint)
    ), traded as (
        select t.gateway_id, t.iscid, d.isin, sum(d.shares) as shares, sum(d.paid) as paid
        from these t join investment_trades d on d.gateway_id = t.gateway_id and d.iscid = t.iscid
        group by t.gateway_id, t.iscid, d.isin
    )
    select iscid, isin, coalesce(told.shares, 0) as shares, coalesce(told.paid, 0) as paid,
           coalesce(traded.shares, 0) as traded_shares, coalesce(traded.paid, 0) as traded_paid
    from told full join traded using (gateway_id, iscid, isin)
    where (coalesce(told.shares, 0), coalesce(told.paid, 0))
          is distinct from (coalesce(traded.shares, 0), coalesce(traded.paid, 0))
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
        unreconciled = await connection.fetch(*_UNRECONCILED())
        unsummed = await connection.fetch(*_UNSUMMED(since=since))
        untraded = await connection.fetch(*_UNTRADED(since=since))
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
            Violation("B3", row["iscid"], f"misses shares of {row['isins']}, asked of its investor: {row['action_id']}")
            for row in unreconciled
        ),
        *(
            Violation("B4", row["iscid"], "its instalment plan runs and is never due, or is due and has ended")
            for row in unplanned
        ),
        *(
            Violation(
                "B5",
                row["investor_id"],
                f"{row['isin']}: {row['held']} shares in investments and {row['free']} beside them, {row['filled']} "
                f"filled, {row['gone']} left (must hold: {SUMS})",
            )
            for row in unsummed
        ),
        *(
            Violation(
                "B6",
                row["iscid"],
                f"{row['isin']}: {row['shares']} shares for {row['paid']}, by day {row['traded_shares']} for "
                f"{row['traded_paid']} (must hold: {TRADED})",
            )
            for row in untraded
        ),
    ]
