"""Workers say that they live; what is known of them is worthless after a restart of the database."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.execute(
        """
        create unlogged table workers (
            worker_id text primary key,
            seen_at timestamptz not null,
            down text[] not null default '{}'
        )
        """
    )


def downgrade() -> None:
    op.execute("drop table workers")
