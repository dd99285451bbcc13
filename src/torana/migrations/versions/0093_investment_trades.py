"""What was bought and sold of each investment by day: for its yearly return, and its worth of earlier days."""

from alembic import op

revision = "0093"
down_revision = "0092"


def upgrade() -> None:
    op.execute("""
        create table investment_trades (
            gateway_id text collate "C" not null,
            iscid text collate "C" not null,
            day date not null,
            isin text collate "C" not null,
            shares bigint not null,
            paid bigint not null,
            primary key (gateway_id, iscid, day, isin),
            foreign key (gateway_id, iscid) references investments on delete cascade
        )
    """)
    op.execute("comment on column investment_trades.day is 'in India, of the end of the batch'")
    op.execute("comment on column investment_trades.shares is 'bought less sold'")
    op.execute("comment on column investment_trades.paid is 'for them less what sold ones brought, paise'")
    op.execute("""
        insert into investment_trades (gateway_id, iscid, day, isin, shares, paid)
        select b.gateway_id, b.iscid, (b.completed_at at time zone 'Asia/Kolkata')::date, o.isin,
               sum(case o.side when 'BUY' then o.filled_quantity else -o.filled_quantity end),
               sum(case o.side when 'BUY' then o.filled_quantity else -o.filled_quantity end * o.average_price)
        from batches b
        join investments i on i.gateway_id = b.gateway_id and i.iscid = b.iscid
        join orders o on o.gateway_id = b.gateway_id and o.batch_id = b.batch_id
        where b.completed_at is not null and o.filled_quantity <> 0
        group by 1, 2, 3, 4
    """)


def downgrade() -> None:
    op.execute("drop table investment_trades")
