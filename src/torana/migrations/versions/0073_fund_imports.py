"""Imports of mutual-fund holdings: who asked, their consent, what the registrar told. What is personal is sealed, as is
what a create says of the person."""

from alembic import op

revision = "0073"
down_revision = "0071"


def upgrade() -> None:
    op.execute("alter table transactions add column personal bytea not null default ''")
    op.execute("create index transactions_personal on transactions (gateway_id, created_at) where personal <> ''")
    op.execute(
        """
        create table fund_imports (
            gateway_id text not null,
            transaction_id text not null,
            channel text not null,
            applicant bytea not null,
            reference bytea not null default '',
            sendings int not null,
            codes_tried int not null default 0,
            asked_at timestamptz not null,
            sent_at timestamptz,
            consent jsonb not null,
            verified_at timestamptz,
            ended_at timestamptz,
            outcome text,
            statement bytea not null default '',
            created_at timestamptz not null,
            due_at timestamptz,
            lease_until timestamptz,
            lease_token bigint not null default 0,
            attempts int not null default 0,
            primary key (gateway_id, transaction_id),
            foreign key (gateway_id, transaction_id) references transactions
        )
        """
    )
    op.execute("create index fund_imports_due on fund_imports (gateway_id, due_at) where due_at is not null")
    op.execute("create index fund_imports_by_age on fund_imports (gateway_id, created_at)")


def downgrade() -> None:
    op.execute("drop table fund_imports")
    op.execute("alter table transactions drop column personal")
