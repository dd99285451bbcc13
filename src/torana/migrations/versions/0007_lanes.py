"""Lanes of due work, and an index for every look at what is recent."""

from alembic import op

revision = "0007"
down_revision = "0004"

_UP = (
    "alter table batches add column lane text",
    "update batches b set lane = g.mode || '/' || b.broker from gateways g where g.gateway_id = b.gateway_id",
    "alter table batches alter column lane set not null",
    "drop index batches_due_at_idx",
    "create index batches_due on batches (lane, due_at) where due_at is not null",
    "create index batches_of_investor on batches (gateway_id, investor_id, created_at)",
    "create index batches_open on batches (gateway_id, batch_id) where completed_at is null",
    "create index batches_recent on batches (created_at)",
    "create index transactions_recent on transactions (created_at)",
    "drop index deliveries_due_at_idx",
    "create index deliveries_due on deliveries (endpoint_id, due_at) where due_at is not null",
    "create index deliveries_of_endpoint on deliveries (gateway_id, endpoint_id, created_at)",
    "alter table deliveries drop constraint deliveries_gateway_id_endpoint_id_event_id_key",
    "alter table deliveries add constraint deliveries_once unique (gateway_id, event_id, endpoint_id)",
)
_DOWN = (
    "alter table deliveries drop constraint deliveries_once",
    """
    alter table deliveries add constraint deliveries_gateway_id_endpoint_id_event_id_key
    unique (gateway_id, endpoint_id, event_id)
    """,
    "drop index deliveries_of_endpoint",
    "drop index deliveries_due",
    "create index deliveries_due_at_idx on deliveries (due_at) where due_at is not null",
    "drop index transactions_recent",
    "drop index batches_recent",
    "drop index batches_open",
    "drop index batches_of_investor",
    "drop index batches_due",
    "create index batches_due_at_idx on batches (due_at) where due_at is not null",
    "alter table batches drop column lane",
)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
