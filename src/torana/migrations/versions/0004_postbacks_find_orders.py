"""Postbacks find their order by its broker's id, and say in which account the broker has it."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("create index on orders (broker_order_id) where broker_order_id is not null")
    op.execute("alter table orders add column seen_in text")


def downgrade() -> None:
    op.execute("alter table orders drop column seen_in")
    op.execute("drop index orders_broker_order_id_idx")
