"""Instalments that are placed by themselves: what their investor agreed to, and why one was not placed."""

from alembic import op

revision = "0103"
down_revision = "0102"


def upgrade() -> None:
    op.execute("""
        alter table instalment_plans add column consent_id text not null default '',
            add column basket_version bigint, add column limit_percent bigint
    """)
    op.execute("""
        comment on column instalment_plans.consent_id is
            'under which instalments are placed by themselves; empty: the investor confirms each'
    """)
    op.execute("comment on column instalment_plans.basket_version is 'for which that consent was given'")
    op.execute("comment on column instalment_plans.limit_percent is 'above the last price, at most'")
    op.execute("""
        alter table pending_actions add column consent_id text not null default '', add column why_not text,
            add column transaction_id text, add column due_at timestamptz, add column lease_until timestamptz,
            add column lease_token bigint not null default 0, add column attempts int not null default 0
    """)
    op.execute("""
        comment on column pending_actions.consent_id is 'of a SIP: under which it is placed by itself, if it can be'
    """)
    op.execute("comment on column pending_actions.why_not is 'of such a SIP: why it has not been placed yet'")
    op.execute("comment on column pending_actions.transaction_id is 'in which it was placed by itself'")
    op.execute("create index pending_actions_due on pending_actions (gateway_id, due_at) where due_at is not null")


def downgrade() -> None:
    op.execute("drop index pending_actions_due")
    op.execute("""
        alter table pending_actions drop column consent_id, drop column why_not, drop column transaction_id,
            drop column due_at, drop column lease_until, drop column lease_token, drop column attempts
    """)
    op.execute("""
        alter table instalment_plans drop column consent_id, drop column basket_version, drop column limit_percent
    """)
