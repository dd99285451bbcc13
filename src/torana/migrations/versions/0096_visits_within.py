"""A visit knows in which other one's window it is: the module's, which goes on with orders."""

from alembic import op

revision = "0096"
down_revision = "0093"


def upgrade() -> None:
    op.execute('alter table visits add column outer_visit_id text collate "C"')
    op.execute("""
        create index visits_within on visits (gateway_id, outer_visit_id, created_at) where outer_visit_id is not null
    """)
    op.execute("comment on column visits.outer_visit_id is 'the visit in whose window it is, and goes back to'")


def downgrade() -> None:
    op.execute("drop index visits_within")
    op.execute("alter table visits drop column outer_visit_id")
