"""This installation: its settings, its database, whether its schema is the one this program needs."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import msgspec

from torana.kit import embedded
from torana.kit.clock import Clock, machine_clock
from torana.kit.errors import ConfigurationError
from torana.migrations import HEAD, migrate
from torana.settings import Settings, read_settings

_MIGRATING = 7_206_411
"""Key of the advisory lock that lets one process at a time migrate."""


def load_settings(**given: object) -> Settings:
    """The settings of the environment, with `given` values where the environment says nothing.

    Raises `ConfigurationError`.
    """
    settings = read_settings()
    unsaid = {name: value for name, value in given.items() if not os.environ.get(f"TORANA_{name.upper()}")}
    return msgspec.structs.replace(settings, **unsaid)


def installation_clock() -> Clock:
    """The clock that this installation's processes go by."""
    return machine_clock(load_settings().clock_file)


def join_database(settings: Settings) -> Settings:
    """The same settings with a URL: in embedded mode the server of this home is started or joined, and migrated."""
    if settings.database_url is not None:
        require_current(settings.database_url)
        return settings
    url = start_embedded(settings.home)
    bring_up_to_date(url)
    return msgspec.structs.replace(settings, database_url=url)


def start_embedded(home: Path) -> str:
    """Start or join the PostgreSQL of this folder; return its URL."""
    try:
        return embedded.start(home)
    except PermissionError as error:
        raise ConfigurationError(
            f"cannot keep data in {home}: {error.strerror}. Set TORANA_HOME to a folder of your own."
        ) from None


def require_current(url: str) -> None:
    """Refuse to run on a schema that is not ours."""
    found = asyncio.run(_revision_at(url))
    if found != HEAD:
        raise ConfigurationError(
            f"the database is at revision {found or 'none'}, this program needs {HEAD}. Run: torana migrate"
        )


def bring_up_to_date(url: str, revision: str = "head") -> str | None:
    """Bring the schema to `revision`, one process at a time; return the revision that was there before."""
    with asyncio.Runner() as runner, _locked(runner, url) as connection:
        found = runner.run(_revision(connection))
        if found != (HEAD if revision == "head" else revision):
            migrate(url, revision)
        return found


@contextmanager
def _locked(runner: asyncio.Runner, url: str) -> "Iterator[asyncpg.Connection[asyncpg.Record]]":
    connection = runner.run(_connect(url))
    try:
        runner.run(connection.execute("select pg_advisory_lock($1)", _MIGRATING))
        yield connection
    finally:
        runner.run(connection.close())


async def _connect(url: str) -> "asyncpg.Connection[asyncpg.Record]":
    try:
        return await asyncpg.connect(url, timeout=10)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise ConfigurationError(f"cannot reach the database: {error or type(error).__name__}") from None


async def _revision(connection: "asyncpg.Connection[asyncpg.Record]") -> str | None:
    if await connection.fetchval("select to_regclass('alembic_version')") is None:
        return None
    found: str | None = await connection.fetchval("select version_num from alembic_version")
    return found


async def _revision_at(url: str) -> str | None:
    connection = await _connect(url)
    try:
        return await _revision(connection)
    finally:
        await connection.close()
