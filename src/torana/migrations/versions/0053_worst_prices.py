"""The price that a market order which goes out as a limit is confirmed and sent with."""

from alembic import op

revision = "0053"
down_revision = "0052"


def upgrade() -> None:
    op.execute("alter table orders add column worst_price bigint")


def downgrade() -> None:
    op.execute("alter table orders drop column worst_price")
