"""PostgreSQL: a pool, rows as structs, transactions."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias, TypeVar

import asyncpg
import msgspec
import structlog
from asyncpg.pool import PoolConnectionProxy

T = TypeVar("T")
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"

LOST_CONNECTION = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that was cut while idle, before its end was noticed
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    OSError,
    TimeoutError,
)
"""What asyncpg raises when the server went away. The state after it is unknown: read it again."""

ACQUIRE_SECONDS = 10.0
"""How long a caller waits for a connection of a full pool."""
_BUILTIN = (datetime, Decimal, bytes)
log = structlog.get_logger(__name__)


def row_to(kind: type[T], row: asyncpg.Record) -> T:
    """A row as a struct; a column that the struct does not name is an error of ours."""
    return msgspec.convert(dict(row), kind, builtin_types=_BUILTIN)


class Database:
    """One pool. `fetch` and kin run one statement; `transaction` holds a connection for several."""

    def __init__(self, url: str, *, size: int = 10) -> None:
        self.url = url
        self._size = size
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    async def open(self, *, wait: float = 30.0) -> None:
        """Connect; wait this many seconds for a server that is starting. Raises the last error after that."""
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + wait
        while True:
            try:
                self._pool = await asyncpg.create_pool(
                    self.url,
                    min_size=1,
                    max_size=self._size,
                    init=_set_up,
                    reset=_nothing_to_reset,
                    timeout=10,
                    command_timeout=30,
                )
                return
            except LOST_CONNECTION:
                if loop.time() > give_up_at:
                    raise
                await asyncio.sleep(0.2)

    async def close(self) -> None:
        if self._pool is not None:
            try:
                await asyncio.wait_for(self._pool.close(), 5)
            except TimeoutError:
                self._pool.terminate()
            self._pool = None

    @property
    def pool(self) -> "asyncpg.Pool[asyncpg.Record]":
        if self._pool is None:
            raise RuntimeError("the database is not open")
        return self._pool

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection of the pool, for at most a few statements and never across a call to the outside."""
        async with self.pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
            yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """All statements inside happen or none does. No I/O but this connection's belongs inside."""
        async with self.pool.acquire(timeout=ACQUIRE_SECONDS) as connection, connection.transaction():
            yield connection

    async def fetch(self, kind: type[T], sql: str, *args: object) -> list[T]:
        async with self.connection() as connection:
            return [row_to(kind, row) for row in await connection.fetch(sql, *args)]

    async def fetch_one(self, kind: type[T], sql: str, *args: object) -> T | None:
        async with self.connection() as connection:
            row = await connection.fetchrow(sql, *args)
            return None if row is None else row_to(kind, row)

    async def value(self, sql: str, *args: object) -> Any:
        async with self.connection() as connection:
            return await connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: object) -> str:
        async with self.connection() as connection:
            return await connection.execute(sql, *args)

    async def execute_many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        async with self.connection() as connection:
            await connection.executemany(sql, rows)


async def _nothing_to_reset(_connection: Connection) -> None:
    """No statement of ours leaves anything in a session, so the round trip that would clear it is saved (measured: a
    quarter of the database's share of a request)."""


async def _set_up(connection: Connection) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: b"\x01" + msgspec.json.encode(value),
        decoder=lambda data: msgspec.json.decode(data[1:]),
        format="binary",
    )
