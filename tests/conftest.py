"""What every test may ask for: a database of its session, a clock it moves by hand."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from torana.kit import embedded
from torana.kit.database import Database
from torana.migrations import migrate


class HandClock:
    """A clock that stands still until a test moves it; `sleep` moves it too."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def steady(self) -> float:
        return self._now.timestamp()

    async def sleep(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> HandClock:
    """Wednesday 18 November 2026, 10:30 in India: the market is open."""
    return HandClock(datetime(2026, 11, 18, 5, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def database_server() -> str:
    """`TORANA_TEST_DATABASE_URL`, or an embedded server beside the one of this user's installation. It waits for no
    disk: a server that is killed loses nothing by that, only a machine that loses its power does."""
    if given := os.environ.get("TORANA_TEST_DATABASE_URL"):
        return given
    url = embedded.start(embedded.default_home().with_name("torana-test"))
    for setting in ("fsync", "full_page_writes"):
        asyncio.run(run_sql(url, f"alter system set {setting} = off"))
    asyncio.run(run_sql(url, "select pg_reload_conf()"))
    return url


@pytest.fixture(scope="session")
def migrated_database(database_server: str) -> Iterator[str]:
    """The name of a migrated database that nobody connects to: others are copied from it."""
    yield from migrated(database_server)


@pytest.fixture(scope="session")
def database_url(database_server: str, migrated_database: str) -> Iterator[str]:
    """One fresh, migrated database per test session."""
    yield from copied(database_server, migrated_database)


@pytest.fixture(scope="session")
def worked_database_url(database_server: str, migrated_database: str) -> Iterator[str]:
    """Another one, for those who keep a worker running over all of it."""
    yield from copied(database_server, migrated_database)


@pytest.fixture(scope="module")
def module_database_url(database_server: str, migrated_database: str) -> Iterator[str]:
    """A fresh, migrated database for the tests of one module."""
    yield from copied(database_server, migrated_database)


@pytest.fixture
def own_database_url(database_server: str, migrated_database: str) -> Iterator[str]:
    """A fresh, migrated database for this test alone, for those who run a worker over all of it."""
    yield from copied(database_server, migrated_database)


def migrated(server: str) -> Iterator[str]:
    name = f"test_{uuid4().hex[:12]}"
    asyncio.run(run_sql(server, f"create database {name}"))
    migrate(url_of(server, name))
    yield name
    asyncio.run(run_sql(server, f"drop database {name} with (force)"))


def copied(server: str, template: str) -> Iterator[str]:
    name = f"test_{uuid4().hex[:12]}"
    asyncio.run(run_sql(server, f"create database {name} template {template}"))
    yield url_of(server, name)
    asyncio.run(run_sql(server, f"drop database {name} with (force)"))


async def run_sql(server: str, sql: str) -> None:
    connection = await asyncpg.connect(server)
    await connection.execute(sql)
    await connection.close()


def url_of(server: str, name: str) -> str:
    head, _, query = server.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}{'?' + query if query else ''}"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, size=5)
    await database.open()
    yield database
    await database.close()
