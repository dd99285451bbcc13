"""Secrets of a gateway change with an overlap; a gateway can be suspended."""

from alembic import op

revision = "0015"
down_revision = "0014"

COLUMNS = {
    "previous_secret": "bytea",
    "previous_secret_until": "timestamptz",
    "previous_api_secret": "bytea",
    "previous_api_secret_until": "timestamptz",
    "suspended_at": "timestamptz",
}


def upgrade() -> None:
    for name, kind in COLUMNS.items():
        op.execute(f"alter table gateways add column {name} {kind}")


def downgrade() -> None:
    for name in COLUMNS:
        op.execute(f"alter table gateways drop column {name}")
