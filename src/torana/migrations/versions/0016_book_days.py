"""What is compared with a broker's book is found by the day of that book."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.execute("create index batches_of_book_day on batches (book_day)")


def downgrade() -> None:
    op.execute("drop index batches_of_book_day")
