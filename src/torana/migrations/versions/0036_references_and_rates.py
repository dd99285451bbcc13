"""What else a broker names an order by; and rates for each kind of call."""

from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.execute("alter table orders add column reference jsonb not null default '{}'")
    op.execute(
        """
        alter table paces add column calls text not null default 'orders', drop constraint paces_pkey,
            add primary key (mode, broker, broker_user_id, calls)
        """
    )


def downgrade() -> None:
    op.execute("delete from paces where calls <> 'orders'")
    op.execute(
        """
        alter table paces drop constraint paces_pkey, drop column calls,
            add primary key (mode, broker, broker_user_id)
        """
    )
    op.execute("alter table orders drop column reference")
