"""By which names of its broker an order goes out; the largest order that a broker takes of a security."""

from alembic import op

revision = "0045"
down_revision = "0036"


def upgrade() -> None:
    op.execute("alter table instruments drop column bse_code")  # the token of its ISIN's row of the BSE
    op.execute("alter table broker_instruments add column largest_order bigint")
    op.execute("alter table orders add column broker_code text, add column broker_symbol text")
    op.execute(
        "comment on column orders.broker_code is 'as the list of its broker had it at the confirmation; null: older'"
    )


def downgrade() -> None:
    op.execute("alter table orders drop column broker_symbol, drop column broker_code")
    op.execute("alter table broker_instruments drop column largest_order")
    op.execute("alter table instruments add column bse_code bigint")
