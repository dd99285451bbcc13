"""Consents are found by their transaction, too: a guest has no other name. Their `investor_id` is empty."""

from alembic import op

revision = "0095"
down_revision = "0085"


def upgrade() -> None:
    op.execute("create index consents_of_transaction on consents (gateway_id, transaction_id)")


def downgrade() -> None:
    op.execute("drop index consents_of_transaction")
