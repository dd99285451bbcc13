"""The ledger of consents: what an investor agreed to, in which words, when, until when, and its withdrawal."""

from alembic import op

revision = "0060"
down_revision = "0056"


def upgrade() -> None:
    op.execute(
        """
        create table consents (
            gateway_id text not null references gateways,
            consent_id text not null,
            investor_id text not null,
            scopes text[] not null,
            notice text not null,
            language text not null,
            transaction_id text not null,
            given_at timestamptz not null,
            valid_until timestamptz not null,
            withdrawn_at timestamptz,
            withdrawn_by text,
            primary key (gateway_id, consent_id)
        )
        """
    )
    op.execute("create index on consents (gateway_id, investor_id, given_at desc)")
    op.execute("create index on consents (gateway_id, least(withdrawn_at, valid_until))")


def downgrade() -> None:
    op.execute("drop table consents")
