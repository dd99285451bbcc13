"""In which language the pages of a visit are."""

from alembic import op

revision = "0097"
down_revision = "0096"


def upgrade() -> None:
    op.execute('alter table visits add column language text collate "C"')
    op.execute("comment on column visits.language is 'code of the language of its pages; null: the browser''s'")


def downgrade() -> None:
    op.execute("alter table visits drop column language")
