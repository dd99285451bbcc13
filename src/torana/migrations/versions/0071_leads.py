"""Requests to open an account at a broker. Who asks is sealed."""

from alembic import op

revision = "0071"
down_revision = "0070"


def upgrade() -> None:
    op.execute(
        """
        create table leads (
            gateway_id text not null,
            transaction_id text not null,
            lead_id text not null,
            status text not null,
            broker text,
            login_offered boolean not null,
            sealed bytea not null,
            phone_mark bytea,
            handing_over boolean not null default false,
            verified_at timestamptz,
            submitted_at timestamptz,
            due_at timestamptz,
            lease_until timestamptz,
            lease_token bigint not null default 0,
            attempts int not null default 0,
            created_at timestamptz not null,
            updated_at timestamptz not null,
            primary key (gateway_id, transaction_id),
            unique (gateway_id, lead_id),
            foreign key (gateway_id, transaction_id) references transactions
        )
        """
    )
    op.execute("create unique index leads_handing_over on leads (gateway_id, phone_mark, broker) where handing_over")
    op.execute("create index leads_by_phone on leads (gateway_id, phone_mark)")
    op.execute("create index leads_due on leads (gateway_id, due_at) where due_at is not null")
    op.execute("create index leads_by_age on leads (gateway_id, created_at)")


def downgrade() -> None:
    op.execute("drop table leads")
