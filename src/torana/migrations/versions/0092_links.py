"""A gateway links to pages of its partner: terms, privacy, help, grievances."""

from alembic import op

revision = "0092"
down_revision = "0091"


def upgrade() -> None:
    op.execute("alter table gateways add column links jsonb not null default '{}'")


def downgrade() -> None:
    op.execute("alter table gateways drop column links")
