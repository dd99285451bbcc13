"""What is due is found gateway by gateway."""

from alembic import op

revision = "0050"
down_revision = "0045"


def upgrade() -> None:
    op.execute("drop index batches_due")
    op.execute("create index batches_due on batches (gateway_id, lane, due_at) where due_at is not null")
    op.execute("drop index deliveries_due")
    op.execute("create index deliveries_due on deliveries (gateway_id, endpoint_id, due_at) where due_at is not null")
    op.execute("drop index transactions_due_at_idx")
    op.execute("create index transactions_due on transactions (gateway_id, due_at) where due_at is not null")


def downgrade() -> None:
    op.execute("drop index transactions_due")
    op.execute("create index transactions_due_at_idx on transactions (due_at) where due_at is not null")
    op.execute("drop index deliveries_due")
    op.execute("create index deliveries_due on deliveries (endpoint_id, due_at) where due_at is not null")
    op.execute("drop index batches_due")
    op.execute("create index batches_due on batches (lane, due_at) where due_at is not null")
