"""Shares of investments that a broker shows no more, what left an investment without an order, and the dividends that a
partner supplies."""

from alembic import op

revision = "0099"
down_revision = "0097"


def upgrade() -> None:
    op.execute("""
        create table missing_shares (
            gateway_id text collate "C" not null,
            investor_id text collate "C" not null,
            isin text collate "C" not null,
            shares bigint not null check (shares > 0),
            since timestamptz not null,
            read_at timestamptz not null,
            primary key (gateway_id, investor_id, isin),
            foreign key (gateway_id, investor_id) references investors on delete cascade
        )
    """)
    op.execute("comment on column missing_shares.shares is 'of all investments together, less what the broker shows'")
    op.execute("comment on column missing_shares.since is 'of the first reading that missed some'")
    op.execute("comment on column missing_shares.read_at is 'of the last reading, before the broker was asked'")
    op.execute("""
        create table investment_adjustments (
            gateway_id text collate "C" not null,
            adjustment_id text collate "C" not null,
            iscid text collate "C" not null,
            day date not null,
            symbol text not null,
            exchange text not null,
            isin text collate "C" not null,
            shares bigint not null,
            price bigint,
            cost bigint not null,
            accepted_by text not null,
            created_at timestamptz not null,
            primary key (gateway_id, adjustment_id),
            foreign key (gateway_id, iscid) references investments on delete cascade
        )
    """)
    op.execute("""
        create index investment_adjustments_of_investment on investment_adjustments (gateway_id, iscid, created_at)
    """)
    op.execute("comment on column investment_adjustments.shares is 'that left the investment without an order'")
    op.execute("comment on column investment_adjustments.price is 'of a share, paise; null: nobody told it'")
    op.execute("comment on column investment_adjustments.cost is 'what these shares had been bought for, paise'")
    op.execute("""
        create table dividends (
            gateway_id text collate "C" not null,
            isin text collate "C" not null,
            ex_date date not null,
            per_share bigint not null check (per_share > 0),
            primary key (gateway_id, isin, ex_date)
        )
    """)
    op.execute("""
        create table dividend_supplies (
            gateway_id text collate "C" primary key,
            supplies bigint not null
        )
    """)
    op.execute("comment on column dividend_supplies.supplies is 'counts them: what was told before is told anew'")
    op.execute("comment on column dividends.ex_date is 'who held the share before this day in India gets it'")
    op.execute("comment on column dividends.per_share is 'paise'")


def downgrade() -> None:
    op.execute("drop table dividend_supplies")
    op.execute("drop table dividends")
    op.execute("drop table investment_adjustments")
    op.execute("drop table missing_shares")
