"""Sendings of one-time codes are counted by address and by gateway; imports of mutual funds that still hold who asked
are found by their age."""

from alembic import op

revision = "0085"
down_revision = "0089"


def upgrade() -> None:
    op.execute(
        """
        create table one_time_code_counts (
            gateway_id text not null,
            address_mark bytea not null,
            sendings int not null,
            last_at timestamptz,
            day_began timestamptz not null,
            primary key (gateway_id, address_mark)
        )
        """
    )
    op.execute(
        "comment on column one_time_code_counts.address_mark is 'stands for an address; empty: the whole gateway'"
    )
    op.execute("create index one_time_code_counts_by_age on one_time_code_counts (gateway_id, day_began)")
    op.execute("drop index one_time_codes_by_address")
    op.execute(
        "create index fund_imports_applicants on fund_imports (gateway_id, created_at)"
        " where applicant <> '' and verified_at is null"
    )


def downgrade() -> None:
    op.execute("drop index fund_imports_applicants")
    op.execute("create index one_time_codes_by_address on one_time_codes (gateway_id, address_mark, created_at)")
    op.execute("drop table one_time_code_counts")
