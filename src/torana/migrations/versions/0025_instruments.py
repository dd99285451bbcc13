"""What can be traded, every broker's codes for it, and how far each broker's file is. No table of a gateway's."""

from alembic import op

revision = "0025"
down_revision = "0020"


def upgrade() -> None:
    op.execute(
        """
        create table instruments (
            exchange text collate "C" not null check (exchange in ('NSE', 'BSE')),
            exchange_token bigint not null,
            isin text collate "C" not null,
            symbol text not null,
            series text not null,
            kind text not null,
            bse_code bigint,
            tick bigint not null check (tick > 0),
            lot bigint not null check (lot > 0),
            freeze_quantity bigint,
            name text not null,
            seen_on date not null,
            primary key (exchange, exchange_token)
        )
        """
    )
    op.execute("comment on column instruments.tick is 'paise'")
    op.execute(
        """
        create table broker_instruments (
            broker text collate "C" not null,
            exchange text collate "C" not null,
            code text collate "C" not null,
            isin text collate "C" not null,
            symbol text not null,
            primary key (broker, exchange, code)
        )
        """
    )
    op.execute(
        """
        create table symbol_changes (
            exchange text collate "C" not null,
            old text not null,
            new text not null,
            since date not null,
            primary key (exchange, old, new, since)
        )
        """
    )
    op.execute(
        """
        create table instrument_files (
            broker text primary key,
            tried_at timestamptz not null,
            read_at timestamptz,
            rows bigint not null default 0,
            unreadable bigint not null default 0,
            problem text,
            changes bigint not null default 0
        )
        """
    )


def downgrade() -> None:
    for table in ("instrument_files", "symbol_changes", "broker_instruments", "instruments"):
        op.execute(f"drop table {table}")
