"""Old rows are found by their age, gateway by gateway, without a look at those that stay."""

from alembic import op

revision = "0011"
down_revision = "0004"

_INDEXES = (
    ("transactions_confirmed", "transactions (gateway_id, created_at) where confirmed_at is not null"),
    ("transactions_unconfirmed", "transactions (gateway_id, created_at) where confirmed_at is null"),
    ("events_of_no_transaction", "events (gateway_id, created_at) where transaction_id is null"),
    ("deliveries_of_event", "deliveries (gateway_id, event_id)"),
    ("visits_by_age", "visits (gateway_id, created_at)"),
    ("sessions_by_end", "broker_sessions (gateway_id, expires_at)"),
    ("sessions_with_token", "broker_sessions (gateway_id) where token <> ''"),
    ("idempotency_keys_by_age", "idempotency_keys (gateway_id, created_at)"),
)


def upgrade() -> None:
    for name, rows in _INDEXES:
        op.execute(f"create index {name} on {rows}")
    op.execute("drop index idempotency_keys_created_at_idx")


def downgrade() -> None:
    op.execute("create index on idempotency_keys (created_at)")
    for name, _ in _INDEXES:
        op.execute(f"drop index {name}")
