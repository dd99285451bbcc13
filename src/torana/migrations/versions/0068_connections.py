"""A login that ends, or takes the place of one that ended, is told."""

from alembic import op

revision = "0068"
down_revision = "0066"


def upgrade() -> None:
    op.execute(
        """
        alter table broker_sessions
            add column ended_by text,
            add column end_told_at timestamptz,
            add column restores boolean not null default false,
            add column due_at timestamptz,
            add column lease_until timestamptz,
            add column lease_token bigint not null default 0,
            add column attempts int not null default 0
        """
    )
    op.execute("update broker_sessions set due_at = expires_at where ended_at is null and expires_at > now()")
    op.execute("create index broker_sessions_due on broker_sessions (gateway_id, due_at) where due_at is not null")


def downgrade() -> None:
    op.execute("drop index broker_sessions_due")
    op.execute(
        """
        alter table broker_sessions
            drop column ended_by, drop column end_told_at, drop column restores, drop column due_at,
            drop column lease_until, drop column lease_token, drop column attempts
        """
    )
