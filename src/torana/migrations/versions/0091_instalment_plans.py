"""Instalment plans on investments, and what is asked of investors: repair, rebalance, place an instalment."""

from alembic import op

revision = "0091"
down_revision = "0090"


def upgrade() -> None:
    op.execute("""
        create table instalment_plans (
            gateway_id text collate "C" not null,
            iscid text collate "C" not null,
            investor_id text collate "C" not null,
            frequency text not null,
            amount bigint not null,
            first_day date not null,
            number bigint not null,
            last_day date,
            revision bigint not null,
            created_at timestamptz not null,
            updated_at timestamptz not null,
            ended_at timestamptz,
            ended_by text,
            due_at timestamptz,
            lease_until timestamptz,
            lease_token bigint not null default 0,
            attempts int not null default 0,
            primary key (gateway_id, iscid),
            foreign key (gateway_id, iscid) references investments on delete cascade
        )
    """)
    op.execute("create index instalment_plans_due on instalment_plans (gateway_id, due_at) where due_at is not null")
    op.execute("create index instalment_plans_of_investor on instalment_plans (gateway_id, investor_id)")
    op.execute("comment on column instalment_plans.amount is 'of an instalment, in paise'")
    op.execute("comment on column instalment_plans.number is 'instalments since first_day that have come due'")
    op.execute("comment on column instalment_plans.last_day is 'of the last instalment that came due, as planned'")
    op.execute("""
        create table pending_actions (
            gateway_id text collate "C" not null,
            action_id text collate "C" not null,
            investor_id text collate "C" not null,
            iscid text collate "C" not null,
            scid text collate "C" not null,
            kind text not null,
            version bigint,
            batch_id text,
            amount bigint,
            frequency text,
            day date,
            created_at timestamptz not null,
            ended_at timestamptz,
            ended_by text,
            primary key (gateway_id, action_id),
            foreign key (gateway_id, iscid) references investments on delete cascade
        )
    """)
    op.execute("""
        create unique index pending_actions_open on pending_actions (gateway_id, iscid, kind) where ended_at is null
    """)
    op.execute("create index pending_actions_of_investment on pending_actions (gateway_id, iscid, created_at)")
    op.execute("create index pending_actions_of_investor on pending_actions (gateway_id, investor_id, created_at)")
    op.execute("create index pending_actions_over on pending_actions (gateway_id, ended_at) where ended_at is not null")
    op.execute("comment on column pending_actions.version is 'of a REBALANCE: the version of the basket it is for'")
    op.execute("comment on column pending_actions.batch_id is 'of a REPAIR: the batch that left something first'")
    op.execute("comment on column pending_actions.day is 'of a SIP: the day of the instalment, as planned'")
    op.execute("""
        alter table baskets add column due_at timestamptz, add column lease_until timestamptz,
            add column lease_token bigint not null default 0, add column attempts int not null default 0
    """)
    op.execute("create index baskets_due on baskets (gateway_id, due_at) where due_at is not null")
    op.execute("create index investments_of_basket on investments (gateway_id, scid, iscid) where exited_at is null")
    op.execute("comment on column baskets.due_at is 'its holders have to be asked for what it asks of them now'")
    op.execute("update baskets set due_at = now()")


def downgrade() -> None:
    op.execute("drop index investments_of_basket")
    op.execute("drop index baskets_due")
    op.execute("""
        alter table baskets drop column due_at, drop column lease_until, drop column lease_token, drop column attempts
    """)
    op.execute("drop table pending_actions")
    op.execute("drop table instalment_plans")
