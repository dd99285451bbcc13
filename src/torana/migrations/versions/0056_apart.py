"""A visit knows whether its window was cut off from the page that opened it."""

from alembic import op

revision = "0056"
down_revision = "0055"


def upgrade() -> None:
    op.execute("alter table visits add column apart_at timestamptz")


def downgrade() -> None:
    op.execute("alter table visits drop column apart_at")
