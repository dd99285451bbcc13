"""How often closing prices were written, so that what was computed from them can be kept until they are others."""

from alembic import op

revision = "0089"
down_revision = "0080"


def upgrade() -> None:
    op.execute(
        """
        create table closing_price_loads (
            mode text collate "C" primary key check (mode in ('test', 'live')),
            loads bigint not null check (loads > 0)
        )
        """
    )
    op.execute("insert into closing_price_loads (mode, loads) select distinct mode, 1 from closing_prices")


def downgrade() -> None:
    op.execute("drop table closing_price_loads")
