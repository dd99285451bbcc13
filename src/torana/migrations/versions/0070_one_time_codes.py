"""Codes that prove a phone number or an e-mail address: one row a transaction. Address and code are sealed."""

from alembic import op

revision = "0070"
down_revision = "0068"


def upgrade() -> None:
    op.execute(
        """
        create table one_time_codes (
            gateway_id text not null,
            transaction_id text not null,
            channel text not null,
            address_mark bytea not null,
            sealed bytea not null,
            sendings int not null,
            attempts int not null default 0,
            sent_at timestamptz,
            expires_at timestamptz not null,
            verified_at timestamptz,
            created_at timestamptz not null,
            primary key (gateway_id, transaction_id),
            foreign key (gateway_id, transaction_id) references transactions
        )
        """
    )
    op.execute("create index one_time_codes_by_address on one_time_codes (gateway_id, address_mark, created_at)")
    op.execute("create index one_time_codes_by_age on one_time_codes (gateway_id, created_at)")


def downgrade() -> None:
    op.execute("drop table one_time_codes")
