"""Since when an endpoint has known nothing but failure."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("alter table endpoints add column failing_since timestamptz")


def downgrade() -> None:
    op.execute("alter table endpoints drop column failing_since")
