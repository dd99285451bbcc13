"""Attention by kind, the book's day, waits counted in watched seconds, the moment of an intent."""

from alembic import op

revision = "0013"
down_revision = "0012"

_STOPS = (
    ("the stored orders are not what was confirmed", "NOT_AS_CONFIRMED"),
    ("the broker's answer does not match what was sent", "MISMATCH"),
    ("the login at the broker ended", "LOGIN_OVER"),
)
_KINDS = (
    ("login needed", "LOGIN_NEEDED"),
    ("integrity", "MISMATCH"),
    ("duplicate", "DUPLICATE_TAG"),
    ("placed twice", "PLACED_TWICE"),
    ("late landing", "LATE_LANDING"),
    ("ambiguous", "AMBIGUOUS"),
    ("elsewhere", "ELSEWHERE"),
    ("gone", "GONE"),
    ("unknown status", "UNKNOWN_STATUS"),
    ("overfilled", "OVERFILLED"),
    ("fills fell", "FILLS_FELL"),
)


def upgrade() -> None:
    op.execute("alter table orders rename column attention to attention_text")
    op.execute("alter table orders add column attention text")
    for prefix, kind in _KINDS:
        op.execute(f"update orders set attention = '{kind}' where starts_with(attention_text, '{prefix}')")
    op.execute("create index orders_in_attention on orders (gateway_id, updated_at) where attention is not null")
    op.execute("alter table batches add column watched float8 not null default 0")
    op.execute("alter table batches add column returned_watched float8")
    op.execute("alter table batches add column book_day date")
    op.execute("update batches set book_day = (created_at at time zone 'Asia/Kolkata')::date")
    op.execute("alter table batches alter column book_day set not null")
    op.execute("alter table attempts add column planned_at timestamptz")
    op.execute(
        "update attempts a set planned_at = coalesce(a.started_at, o.created_at) from orders o "
        "where o.gateway_id = a.gateway_id and o.order_id = a.order_id"
    )
    op.execute("alter table attempts alter column planned_at set not null")
    op.execute("alter table attempts add column planned_in int8 not null default 0")
    op.execute("alter table attempts alter column planned_in set default pg_current_xact_id()::text::int8")
    op.execute("alter table attempts add column doubt_since float8")
    op.execute("update attempts set doubt_since = 0 where started_at is not null")
    op.execute("alter table attempts drop column window_ends_at")
    op.execute("alter table paces add column written_at timestamptz")
    for text, reason in _STOPS:
        op.execute(f"update batches set stopped_reason = '{reason}' where stopped_reason = $${text}$$")


def downgrade() -> None:
    op.execute("alter table paces drop column written_at")
    op.execute("alter table attempts add column window_ends_at timestamptz")
    op.execute("update attempts set window_ends_at = started_at + interval '120 seconds'")
    op.execute("alter table attempts drop column doubt_since")
    op.execute("alter table attempts drop column planned_in")
    op.execute("alter table attempts drop column planned_at")
    op.execute("alter table batches drop column book_day")
    op.execute("alter table batches drop column returned_watched")
    op.execute("alter table batches drop column watched")
    op.execute("drop index orders_in_attention")
    op.execute("alter table orders drop column attention")
    op.execute("alter table orders rename column attention_text to attention")
