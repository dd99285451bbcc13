"""Investments in baskets: what the fills of their batches made of them."""

from alembic import op

revision = "0090"
down_revision = "0095"


def upgrade() -> None:
    op.execute("""
        create table investments (
            gateway_id text collate "C" not null,
            iscid text collate "C" not null,
            investor_id text collate "C" not null,
            scid text collate "C" not null,
            version bigint not null,
            revision bigint not null,
            batch_count bigint not null,
            positions jsonb not null,
            repairs text[] not null,
            repaired text[] not null,
            open_batch_id text,
            created_at timestamptz not null,
            updated_at timestamptz not null,
            exited_at timestamptz,
            archived_at timestamptz,
            primary key (gateway_id, iscid),
            foreign key (gateway_id, investor_id) references investors,
            foreign key (gateway_id, scid) references baskets
        )
    """)
    op.execute("create index investments_of_investor on investments (gateway_id, investor_id, created_at)")
    op.execute("""
        create index investments_over on investments (gateway_id, updated_at)
        where exited_at is not null or positions = '[]'
    """)
    op.execute("comment on column investments.revision is 'counts the changes: an order is made from one of them'")
    op.execute("comment on column investments.batch_count is 'batches that have ended, to compare with those kept'")
    op.execute("comment on column investments.repairs is 'batches of which something is still to be filled'")
    op.execute("comment on column investments.repaired is 'batches that are fixed once those in repairs are'")
    op.execute("""
        alter table batches add column scid text collate "C", add column iscid text collate "C",
            add column basket_version bigint, add column buys_wait boolean not null default false,
            add column later jsonb not null default '[]'
    """)
    op.execute("comment on column batches.buys_wait is 'no buy is sent before every sell is filled'")
    op.execute("comment on column batches.later is 'what the batch leaves to a later one'")
    # Not only those of investments: an empty list among the arguments of another look would be taken to mean them.
    op.execute("create index batches_of_investment on batches (gateway_id, iscid, created_at)")


def downgrade() -> None:
    op.execute("drop index batches_of_investment")
    op.execute("""
        alter table batches drop column scid, drop column iscid, drop column basket_version, drop column buys_wait,
            drop column later
    """)
    op.execute("drop table investments")
