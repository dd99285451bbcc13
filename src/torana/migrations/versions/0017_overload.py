"""A worker says whether it has more to do than it can."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.execute("alter table workers add column overloaded boolean not null default false")


def downgrade() -> None:
    op.execute("alter table workers drop column overloaded")
