"""Secrets of a vendor at a broker, which all investors of the installation share, sealed."""

from alembic import op

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    op.execute(
        """
        create table vault (
            mode text not null,
            broker text not null,
            name text not null,
            sealed bytea not null,
            expires_at timestamptz,
            primary key (mode, broker, name)
        )
        """
    )


def downgrade() -> None:
    op.execute("drop table vault")
