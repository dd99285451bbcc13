"""A login belongs to the browser that made it."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.execute("alter table broker_sessions add column browser_hash bytea")
    op.execute("alter table visits add column connected boolean not null default false")


def downgrade() -> None:
    op.execute("alter table visits drop column connected")
    op.execute("alter table broker_sessions drop column browser_hash")
