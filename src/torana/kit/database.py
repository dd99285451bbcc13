"""PostgreSQL: connections, rows as structs, transactions.

The connections are kept here and not by asyncpg's pool, which starts a task for each release and wraps each call: that
was more than half of what a statement costs this process (docs/decisions/0007).
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType, TracebackType
from typing import Any, TypeAlias, TypeVar

import asyncpg
import msgspec
import structlog

from torana.kit.continuity import IDENTITY, Continuity, Identity
from torana.kit.turns import Turns

T = TypeVar("T")
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

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
"""How long a caller waits while all connections are in use."""
IDLE_SECONDS = 300.0
"""After so long without use a connection is not trusted any more: a firewall may have forgotten it."""
_DISTRIBUTED_BY = ("citus",)
"""Extensions that spread tables over several servers."""
_PLANNED_ONCE = """
    set plan_cache_mode = force_generic_plan; set enable_hashjoin = off; set enable_mergejoin = off; set jit = off
"""
"""Our statements look rows up by key: the plan made once, for any arguments, is as good as one made each time, and
costs nothing. A join that reads a table whole is no such plan, however small the table was at that moment."""
_PLANNED_EACH_TIME = "set plan_cache_mode = force_custom_plan"
"""A distributed PostgreSQL sends a statement to the server that its arguments name."""
_PLANNED_FOR_ALL_ROWS = """
    set plan_cache_mode = force_custom_plan; set enable_hashjoin = on; set enable_mergejoin = on
"""
_BUILTIN = (datetime, date, Decimal, bytes)
log = structlog.get_logger(__name__)


def row_to(
    kind: type[T], row: asyncpg.Record, prefix: str = "", *, within: Mapping[str, str] = MappingProxyType({})
) -> T:
    """A row as a struct, or of a joined row the columns whose names begin with `prefix`; `within` names fields that are
    structs themselves, with the prefix of their columns. A column that is missing is an error of ours."""
    columns = dict(row)
    parts = {
        field: {name[len(start) :]: value for name, value in columns.items() if name.startswith(start)}
        for field, start in within.items()
    }
    if prefix:
        columns = {name[len(prefix) :]: value for name, value in columns.items() if name.startswith(prefix)}
    columns |= parts
    return msgspec.convert(columns, kind, builtin_types=_BUILTIN)


class Database:
    """At most `size` connections, the one used last before the others; who waits for one gets it in the turn of their
    gateway. `fetch` and kin run one statement; `transaction` holds a connection for several."""

    def __init__(self, url: str, *, size: int = 10) -> None:
        self.url = url
        self.in_use = 0
        """Connections that somebody holds at this moment."""
        self.continuity = Continuity()
        self._places = Turns(size)
        self._idle: list[tuple[float, Connection]] = []
        self._is_open = False

    async def open(self, *, wait: float = 30.0) -> None:
        """Connect; wait this many seconds for a server that is starting. Raises the last error after that."""
        give_up_at = time.monotonic() + wait
        while True:
            try:
                connection = await self._connect()
            except LOST_CONNECTION:
                if time.monotonic() > give_up_at:
                    raise
                await asyncio.sleep(0.2)
            else:
                self._is_open = True
                self._idle.append((time.monotonic(), connection))
                return

    async def close(self) -> None:
        """End every connection; one that is in use ends when it is given back."""
        self._is_open = False
        while self._idle:
            _, connection = self._idle.pop()
            try:
                await asyncio.wait_for(connection.close(), 5)
            except LOST_CONNECTION:
                connection.terminate()

    def connection(self) -> "_Use":
        """`async with`: a connection, for at most a few statements and never across a call to the outside."""
        return _Use(self)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """All statements inside happen or none does. No I/O but this connection's belongs inside."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def take(self) -> Connection:
        """See `connection`, which gives it back as well. Raises `TimeoutError` when all are in use for too long."""
        if not self._is_open:
            raise RuntimeError("the database is not open")
        if self._places.all_taken:
            async with asyncio.timeout(ACQUIRE_SECONDS):
                await self._places.take()
        else:
            await self._places.take()
        self.in_use += 1
        try:
            fresh_from = time.monotonic() - IDLE_SECONDS
            while self._idle:
                used_at, connection = self._idle.pop()
                if used_at > fresh_from and not connection.is_closed():
                    return connection
                connection.terminate()
            return await self._connect()
        except BaseException:
            self._free_slot()
            raise

    def give_back(self, connection: Connection, *, interrupted: bool) -> None:
        """A connection whose user was interrupted may be in the middle of a statement: it is not used again."""
        self._free_slot()
        if interrupted or not self._is_open or connection.is_closed() or connection.is_in_transaction():
            connection.terminate()
        else:
            self._idle.append((time.monotonic(), connection))

    def _free_slot(self) -> None:
        self.in_use -= 1
        self._places.give_back()

    async def _connect(self) -> Connection:
        connection = await asyncpg.connect(self.url, timeout=10, command_timeout=30)
        try:
            await _set_up(connection)
            await self._identify(connection)
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def look_at_continuity(self) -> None:
        """Note how far the database is: the fresher that is known, the less of a way back goes unnoticed."""
        async with self.connection() as connection:
            await self._identify(connection)

    async def _identify(self, connection: Connection) -> None:
        before = self.continuity.seen
        row = await connection.fetchrow(IDENTITY)
        assert row is not None
        self.continuity.connected(row_to(Identity, row), before)

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


class _Use:
    """One use of one connection."""

    __slots__ = ("_connection", "_database")

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __aenter__(self) -> Connection:
        self._connection = await self._database.take()
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        interrupted = kind is not None and (not issubclass(kind, Exception) or issubclass(kind, LOST_CONNECTION))
        self._database.give_back(self._connection, interrupted=interrupted)


_IS_DISTRIBUTED = "select exists (select from pg_extension where extname = any($1::text[]))"


@asynccontextmanager
async def for_all_rows(connection: Connection) -> AsyncIterator[None]:
    """What is sent meanwhile reads or writes tables whole, and is planned for the moment."""
    await connection.execute(_PLANNED_FOR_ALL_ROWS)
    try:
        yield
    finally:
        if not connection.is_closed():
            await _plan_by_engine(connection)


async def _set_up(connection: Connection) -> None:
    await _plan_by_engine(connection)
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: b"\x01" + msgspec.json.encode(value),
        decoder=lambda data: msgspec.json.decode(data[1:]),
        format="binary",
    )


async def _plan_by_engine(connection: Connection) -> None:
    distributed = await connection.fetchval(_IS_DISTRIBUTED, _DISTRIBUTED_BY)
    await connection.execute(_PLANNED_EACH_TIME if distributed else _PLANNED_ONCE)
