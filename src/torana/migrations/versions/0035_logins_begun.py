"""What a login that has begun at a broker wants to know again when the browser comes back, sealed."""

from alembic import op

revision = "0035"
down_revision = "0030"


def upgrade() -> None:
    op.execute("alter table visits add column login_kept bytea not null default ''")


def downgrade() -> None:
    op.execute("alter table visits drop column login_kept")
