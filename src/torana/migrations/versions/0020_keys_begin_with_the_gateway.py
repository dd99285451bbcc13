"""Tags are unique, and book days found, within a gateway; a postback, which names none, finds its tag by an index."""

from alembic import op

revision = "0020"
down_revision = "0017"


def upgrade() -> None:
    op.execute("alter table attempts drop constraint attempts_tag_key")
    op.execute("alter table attempts add constraint attempts_tag_key unique (gateway_id, tag)")
    op.execute("create index attempts_of_tag on attempts (tag)")
    op.execute("drop index batches_of_book_day")
    op.execute("create index batches_of_book_day on batches (gateway_id, book_day)")


def downgrade() -> None:
    op.execute("drop index batches_of_book_day")
    op.execute("create index batches_of_book_day on batches (book_day)")
    op.execute("drop index attempts_of_tag")
    op.execute("alter table attempts drop constraint attempts_tag_key")
    op.execute("alter table attempts add constraint attempts_tag_key unique (tag)")
