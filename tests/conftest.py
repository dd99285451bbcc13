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
def database_url() -> Iterator[str]:
    """One fresh, migrated database per test session, on `TORANA_TEST_DATABASE_URL` or the embedded server."""
    server = os.environ.get("TORANA_TEST_DATABASE_URL") or embedded.start(embedded.default_home())
    name = f"test_{uuid4().hex[:12]}"

    async def run(sql: str) -> None:
        connection = await asyncpg.connect(server)
        await connection.execute(sql)
        await connection.close()

    asyncio.run(run(f"create database {name}"))
    url = server.replace("/postgres?", f"/{name}?") if "/postgres?" in server else f"{server.rsplit('/', 1)[0]}/{name}"
    migrate(url)
    yield url
    asyncio.run(run(f"drop database {name} with (force)"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, size=5)
    await database.open()
    yield database
    await database.close()
