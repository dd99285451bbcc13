"""ISINs that became others, as a partner supplies them, and the adjustments of investments that follow from it."""

from alembic import op

revision = "0101"
down_revision = "0100"


def upgrade() -> None:
    op.execute("""
        create table isin_changes (
            gateway_id text collate "C" not null,
            isin text collate "C" not null,
            new_isin text collate "C" not null,
            symbol text not null,
            exchange text not null,
            old_shares bigint not null check (old_shares > 0),
            new_shares bigint not null check (new_shares > 0),
            day date not null,
            supplied_at timestamptz not null,
            due_at timestamptz,
            lease_until timestamptz,
            lease_token bigint not null default 0,
            attempts int not null default 0,
            primary key (gateway_id, isin)
        )
    """)
    op.execute("create index isin_changes_due on isin_changes (gateway_id, due_at) where due_at is not null")
    op.execute("comment on column isin_changes.new_shares is 'of new_isin, that old_shares of isin became'")
    op.execute("comment on column isin_changes.day is 'from which on the shares are listed as others, in India'")
    op.execute("comment on column isin_changes.due_at is 'investments that hold the old ISIN are to be converted'")
    op.execute("alter table investment_adjustments add column pair text")
    op.execute("""
        comment on column investment_adjustments.pair is
            'of an ISIN that became another one: the adjustment of the other ISIN'
    """)
    op.execute("""
        create index investment_adjustments_of_isin on investment_adjustments (gateway_id, isin) where pair is not null
    """)
    op.execute("create index investment_trades_of_isin on investment_trades (gateway_id, isin, iscid)")


def downgrade() -> None:
    op.execute("drop index investment_trades_of_isin")
    op.execute("drop index investment_adjustments_of_isin")
    op.execute("alter table investment_adjustments drop column pair")
    op.execute("drop table isin_changes")
