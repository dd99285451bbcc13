"""A transaction keeps kind, configuration and result of its intent, whatever that is."""

from alembic import op

revision = "0030"
down_revision = "0025"


def upgrade() -> None:
    op.execute("alter table transactions add column kind text, add column result jsonb")
    op.execute("alter table transactions rename column order_config to config")
    op.execute("update transactions set kind = 'SECURITIES' where intent = 'TRANSACTION'")
    op.execute("update transactions set config = '{}' where config is null")
    op.execute("alter table transactions alter column config set default '{}', alter column config set not null")


def downgrade() -> None:
    op.execute("alter table transactions alter column config drop default, alter column config drop not null")
    op.execute("update transactions set config = null where intent <> 'TRANSACTION'")
    op.execute("alter table transactions rename column config to order_config")
    op.execute("alter table transactions drop column result, drop column kind")
