"""What an investor holds at their broker, sealed: the newest reading of each, under the consent that allows it."""

from alembic import op

revision = "0061"
down_revision = "0060"


def upgrade() -> None:
    op.execute(
        """
        create table holdings_snapshots (
            gateway_id text not null references gateways,
            investor_id text not null,
            consent_id text not null,
            broker text not null,
            lane text not null,
            securities int not null,
            securities_v1 bytea not null,
            securities_v2 bytea not null,
            taken_at timestamptz not null,
            stored_at timestamptz not null,
            due_at timestamptz,
            lease_until timestamptz,
            lease_token bigint not null default 0,
            attempts int not null default 0,
            primary key (gateway_id, investor_id),
            foreign key (gateway_id, consent_id) references consents
        )
        """
    )
    op.execute("create index on holdings_snapshots (gateway_id, taken_at)")
    op.execute("create index on holdings_snapshots (gateway_id, consent_id)")
    op.execute(
        "create index holdings_snapshots_due on holdings_snapshots (gateway_id, lane, due_at) where due_at is not null"
    )


def downgrade() -> None:
    op.execute("drop table holdings_snapshots")
