"""What the pages of a flow have been told so far stands with the visit."""

from alembic import op

revision = "0055"
down_revision = "0053"


def upgrade() -> None:
    op.execute("alter table visits add column answers jsonb not null default '{}'")


def downgrade() -> None:
    op.execute("alter table visits drop column answers")
