"""Baskets with their versions, news that partners supply, and closing prices. Prices are no gateway's."""

from alembic import op

revision = "0080"
down_revision = "0073"


def upgrade() -> None:
    op.execute(
        """
        create table baskets (
            gateway_id text collate "C" not null references gateways,
            scid text collate "C" not null,
            version bigint not null check (version >= 0),
            profile jsonb not null,
            created_at timestamptz not null,
            updated_at timestamptz not null,
            archived_at timestamptz,
            primary key (gateway_id, scid)
        )
        """
    )
    op.execute(
        """
        create table basket_versions (
            gateway_id text collate "C" not null,
            scid text collate "C" not null,
            version bigint not null check (version >= 1),
            constituents jsonb not null,
            profile jsonb not null,
            published_at timestamptz not null,
            primary key (gateway_id, scid, version),
            foreign key (gateway_id, scid) references baskets
        )
        """
    )
    op.execute("comment on column basket_versions.profile is 'what was said of the basket when it was published'")
    op.execute(
        """
        create table basket_news (
            gateway_id text collate "C" not null references gateways,
            news_id text collate "C" not null,
            published_at timestamptz not null,
            scids text[] not null,
            item jsonb not null,
            primary key (gateway_id, news_id)
        )
        """
    )
    op.execute("create index basket_news_newest on basket_news (gateway_id, published_at desc, news_id)")
    op.execute(
        """
        create table closing_prices (
            mode text collate "C" not null check (mode in ('test', 'live')),
            isin text collate "C" not null,
            day date not null,
            close bigint not null check (close > 0),
            primary key (mode, isin, day)
        )
        """
    )
    op.execute("comment on column closing_prices.close is 'paise'")


def downgrade() -> None:
    for table in ("closing_prices", "basket_news", "basket_versions", "baskets"):
        op.execute(f"drop table {table}")
