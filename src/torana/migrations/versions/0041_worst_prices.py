"""The price that a market order which goes out as a limit is confirmed and sent with."""

from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    op.execute("alter table orders add column worst_price bigint")


def downgrade() -> None:
    op.execute("alter table orders drop column worst_price")
