"""Adjustments of investments that take an earlier one back; and which investments' trades by day are not whole."""

from alembic import op

revision = "0100"
down_revision = "0099"


def upgrade() -> None:
    op.execute("alter table investment_adjustments add column takes_back text")
    op.execute("""
        create unique index investment_adjustments_taken_back on investment_adjustments (gateway_id, takes_back)
        where takes_back is not null
    """)
    op.execute("comment on column investment_adjustments.takes_back is 'the adjustment that this one undoes'")
    op.execute("alter table investments add column trades_whole boolean not null default true")
    op.execute("""
        comment on column investments.trades_whole is
            'false where batches had been deleted by their age before trades were kept by day'
    """)
    op.execute("""
        update investments i set trades_whole = false
        where i.batch_count > (
            select count(*) from batches b
            where b.gateway_id = i.gateway_id and b.iscid = i.iscid and b.completed_at is not null
        ) and exists (
            select from jsonb_to_recordset(i.positions) as p (
                isin text, shares bigint, cost bigint, sold_cost bigint, proceeds bigint, left_cost bigint)
            where p.shares is distinct from coalesce((
                    select sum(t.shares) from investment_trades t
                    where t.gateway_id = i.gateway_id and t.iscid = i.iscid and t.isin = p.isin), 0)
               or p.cost + p.sold_cost + coalesce(p.left_cost, 0) - p.proceeds - coalesce((
                    select sum(a.cost) from investment_adjustments a where a.gateway_id = i.gateway_id
                     and a.iscid = i.iscid and a.isin = p.isin and a.price is null), 0)
                  is distinct from coalesce((
                    select sum(t.paid) from investment_trades t
                    where t.gateway_id = i.gateway_id and t.iscid = i.iscid and t.isin = p.isin), 0))
    """)
    # Nothing of a day that is not known; but whoever holds a security is found by its trades.
    op.execute("""
        insert into investment_trades (gateway_id, iscid, day, isin, shares, paid)
        select distinct i.gateway_id, i.iscid, (i.created_at at time zone 'Asia/Kolkata')::date, p.isin, 0, 0
        from investments i, jsonb_to_recordset(i.positions) as p (isin text) where not i.trades_whole
        on conflict do nothing
    """)
    op.execute("create index dividends_by_day on dividends (gateway_id, ex_date desc, isin)")


def downgrade() -> None:
    op.execute("drop index dividends_by_day")
    op.execute("alter table investments drop column trades_whole")
    op.execute("drop index investment_adjustments_taken_back")
    op.execute("delete from investment_adjustments where takes_back is not null")
    op.execute("alter table investment_adjustments drop column takes_back")
