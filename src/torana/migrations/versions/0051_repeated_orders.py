"""An order that comes again is recognised by what it asks for, whichever process takes it."""

from alembic import op

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    op.execute("alter table transactions add column fingerprint bytea")
    op.execute(
        """
        create index transactions_repeated on transactions (gateway_id, fingerprint, created_at)
        where fingerprint is not null
        """
    )


def downgrade() -> None:
    op.execute("drop index transactions_repeated")
    op.execute("alter table transactions drop column fingerprint")
