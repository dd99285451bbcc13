"""New orders can be stopped: of a gateway, to a broker, of the whole installation."""

from alembic import op

revision = "0066"
down_revision = "0065"


def upgrade() -> None:
    op.execute("""
        create table halts (
            gateway_id text not null,
            broker text not null,
            ordered_by text not null,
            reason text not null,
            since timestamptz not null,
            primary key (gateway_id, broker, ordered_by)
        )
    """)
    op.execute("alter table batches add column held_for text")
    op.execute("create index batches_held on batches (gateway_id) where held_for is not null")


def downgrade() -> None:
    op.execute("drop index batches_held")
    op.execute("alter table batches drop column held_for")
    op.execute("drop table halts")
