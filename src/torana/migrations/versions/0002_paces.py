"""What was sent for each broker account during the last second. Not logged: after a restart it is out of date."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute(
        """
        create unlogged table paces (
            mode text not null check (mode in ('test', 'live')),
            broker text not null,
            broker_user_id text not null,
            granted int not null,
            sent timestamptz[] not null,
            primary key (mode, broker, broker_user_id)
        )
        """
    )


def downgrade() -> None:
    op.execute("drop table paces")
