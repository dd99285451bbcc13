"""An order's changes leave its indexes alone: the one of orders that need a person is no longer by their time."""

from alembic import op

revision = "0102"
down_revision = "0101"


def upgrade() -> None:
    op.execute("drop index orders_in_attention")
    op.execute("create index orders_in_attention on orders (gateway_id, order_id) where attention is not null")


def downgrade() -> None:
    op.execute("drop index orders_in_attention")
    op.execute("create index orders_in_attention on orders (gateway_id, updated_at) where attention is not null")
