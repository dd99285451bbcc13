"""An order may be asked to be cancelled, and transactions wait for what became of that."""

from alembic import op

revision = "0065"
down_revision = "0061"


def upgrade() -> None:
    op.execute("alter table orders add column cancel jsonb")
    op.execute("alter table batches add column cancelling boolean not null default false")
    op.execute("""
        create table cancellations (
            gateway_id text not null,
            transaction_id text not null,
            batch_id text not null,
            order_ids text[] not null,
            asked_at timestamptz not null,
            settled_at timestamptz,
            primary key (gateway_id, transaction_id),
            foreign key (gateway_id, transaction_id) references transactions (gateway_id, transaction_id)
        )
    """)
    op.execute("""
        create index cancellations_open on cancellations (gateway_id, batch_id) where settled_at is null
    """)


def downgrade() -> None:
    op.execute("drop table cancellations")
    op.execute("alter table batches drop column cancelling")
    op.execute("alter table orders drop column cancel")
