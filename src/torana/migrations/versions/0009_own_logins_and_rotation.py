"""A login belongs to the browser that made it; a gateway's secrets change with an overlap; a gateway can be suspended."""

from alembic import op

revision = "0009"
down_revision = "0012"


def upgrade() -> None:
    op.execute("alter table broker_sessions add column browser_hash bytea")
    op.execute("alter table visits add column connected boolean not null default false")
    op.execute(
        """
        alter table gateways
            add column previous_secret bytea, add column previous_secret_until timestamptz,
            add column previous_api_secret bytea, add column previous_api_secret_until timestamptz,
            add column suspended_at timestamptz
        """
    )


def downgrade() -> None:
    op.execute(
        """
        alter table gateways
            drop column previous_secret, drop column previous_secret_until,
            drop column previous_api_secret, drop column previous_api_secret_until,
            drop column suspended_at
        """
    )
    op.execute("alter table visits drop column connected")
    op.execute("alter table broker_sessions drop column browser_hash")
