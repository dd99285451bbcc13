"""The schema and its history, in SQL. `migrate` brings a database up to date."""

from pathlib import Path

HERE = Path(__file__).parent
HEAD = "0103"
"""The newest revision. A test holds it equal to the newest file."""


def migrate(url: str, revision: str = "head") -> None:
    """Bring the database at `url` to the newest revision; does nothing when it is there.

    Must not be called from a running event loop.
    """
    from alembic import command  # a second of imports, needed here only
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["url"] = url
    if revision == "head" or revision.startswith("+"):
        command.upgrade(config, revision)
    else:
        command.downgrade(config, revision)
