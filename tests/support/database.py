"""Databases for tests: one is migrated, all others are copies of it."""

import asyncio
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from uuid import uuid4

import asyncpg

from tests.support.patience import PATIENCE
from torana import migrations
from torana.kit import embedded
from torana.kit.database import Database
from torana.migrations import migrate

MOST_CONNECTIONS = 400
SETTINGS = {"fsync": "off", "full_page_writes": "off", "max_connections": str(MOST_CONNECTIONS)}


def server() -> str:
    """`TORANA_TEST_DATABASE_URL`, or an embedded server beside the one of this user's installation. It waits for no
    disk: a server that is killed loses nothing by that, only a machine that loses its power does. Four installations
    with their processes at once need more connections than the hundred of a new server."""
    if given := os.environ.get("TORANA_TEST_DATABASE_URL"):
        return given
    home = embedded.default_home().with_name("torana-test")
    home.mkdir(parents=True, exist_ok=True)
    with (home / "settings.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        url = embedded.start(home)
        if asyncio.run(_pending(url)):
            embedded.stop()
            url = embedded.start(home)
    return url


async def _pending(url: str) -> bool:
    """Whether a setting waits for the server's next start."""
    connection = await asyncpg.connect(url)
    try:
        for name, value in SETTINGS.items():
            await connection.execute(f"alter system set {name} = {value}")
        await connection.execute("select pg_reload_conf()")
        return int(await connection.fetchval("show max_connections")) != MOST_CONNECTIONS
    finally:
        await connection.close()


def template(server: str) -> str:
    """The name of a migrated database that nobody connects to. It is made once for each state of the migrations, by
    whichever process comes first, and stays for the next run: to migrate takes longer than the tests of a folder."""
    state = sha256()
    for file in sorted(migrations.HERE.rglob("*.py")):
        state.update(file.name.encode() + file.read_bytes())
    name = f"migrated_{state.hexdigest()[:16]}"
    asyncio.run(_make_template(server, name))
    return name


async def _make_template(server: str, name: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute("select pg_advisory_lock(hashtext($1))", name)
        if await connection.fetchval("select true from pg_database where datname = $1", name):
            return
        unfinished = f"test_{uuid4().hex[:12]}"
        await connection.execute(f"create database {unfinished}")
        await asyncio.to_thread(migrate, url_of(server, unfinished))
        await connection.execute(f"alter database {unfinished} rename to {name}")
    finally:
        await connection.close()


@contextmanager
def copied(server: str, template: str) -> Iterator[str]:
    """The address of a copy of this database, which is dropped in the end."""
    name = f"test_{uuid4().hex[:12]}"
    asyncio.run(run_sql(server, f"create database {name} template {template}"))
    try:
        yield url_of(server, name)
    finally:
        asyncio.run(run_sql(server, f"drop database {name} with (force)"))


_SHAPE = """
    select array[
        (select string_agg(oid || ':' || relfilenode, ' ' order by oid) from pg_class where relnamespace = n.oid),
        (select string_agg(t.oid::text, ' ' order by t.oid) from pg_trigger t join pg_class c on c.oid = tgrelid
         where c.relnamespace = n.oid),
        (select string_agg(oid::text, ' ' order by oid) from pg_proc where pronamespace = n.oid),
        (select string_agg(oid::text, ' ' order by oid) from pg_constraint where connamespace = n.oid),
        (select string_agg(attrelid || ':' || attname || attnotnull, ' ' order by attrelid, attnum) from pg_attribute
         join pg_class c on c.oid = attrelid where c.relnamespace = n.oid),
        (select string_agg(nspname, ' ' order by nspname) from pg_namespace where nspname !~ '^pg_'),
        (select datconnlimit::text from pg_database where datname = current_database()),
        (select string_agg(setconfig::text, ' ') from pg_db_role_setting s join pg_database d on d.oid = setdatabase
         where datname = current_database())
    ]::text
    from pg_namespace n where nspname = 'public'
"""
"""Everything by which a test may have changed more than rows."""
_TABLES = """
    select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
    and relname <> 'alembic_version'
"""


class Pool:
    """Copies of the template that are emptied and used again, under another name: to copy one takes far longer than to
    delete what a test wrote, and what is left of a test finds nothing under the old name. One whose shape a test has
    changed is dropped."""

    def __init__(self, server: str, template: str) -> None:
        self._server = server
        self._template = template
        self._free: list[str] = []
        self._shapes: dict[str, str] = {}

    @contextmanager
    def taken(self) -> Iterator[str]:
        """The address of an empty, migrated database for one test."""
        name = self._free.pop() if self._free else asyncio.run(self._made())
        try:
            yield url_of(self._server, name)
        finally:
            if not asyncio.run(self._emptied(name)) or not asyncio.run(self._renamed(name)):
                asyncio.run(run_sql(self._server, f"drop database if exists {name} with (force)"))

    def close(self) -> None:
        for name in self._free:
            asyncio.run(run_sql(self._server, f"drop database {name} with (force)"))

    async def _made(self) -> str:
        name = f"test_{uuid4().hex[:12]}"
        await run_sql(self._server, f"create database {name} template {self._template}")
        connection = await asyncpg.connect(url_of(self._server, name))
        self._shapes[name] = await connection.fetchval(_SHAPE)
        for row in await connection.fetch(_TABLES):
            assert not await connection.fetchval(f"select exists (select from {row['relname']})"), "it would be emptied"
        await connection.close()
        return name

    async def _renamed(self, name: str) -> bool:
        """False where somebody came back to it."""
        new = f"test_{uuid4().hex[:12]}"
        try:
            await run_sql(self._server, f"alter database {name} rename to {new}")
        except asyncpg.ObjectInUseError:
            return False
        self._shapes[new] = self._shapes.pop(name)
        self._free.append(new)
        return True

    async def _emptied(self, name: str) -> bool:
        """False where it cannot be used again."""
        try:
            connection = await asyncpg.connect(url_of(self._server, name))
        except asyncpg.InvalidCatalogNameError:
            return False
        try:
            await connection.execute(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
            if await connection.fetchval(_SHAPE) != self._shapes[name]:
                return False
            deletes = [f"delete from {row['relname']}" for row in await connection.fetch(_TABLES)]
            await connection.execute("; ".join(["set session_replication_role = replica", *deletes]))
        finally:
            await connection.close()
        return True


async def run_sql(server: str, sql: str) -> None:
    connection = await asyncpg.connect(server)
    await connection.execute(sql)
    await connection.close()


def url_of(server: str, name: str) -> str:
    head, _, query = server.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}{'?' + query if query else ''}"


_WAITING = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


async def until_waiting(database: Database, count: int = 1) -> None:
    """Until so many wait for what another database transaction holds."""
    async with asyncio.timeout(PATIENCE):
        while await database.value(_WAITING) < count:
            await asyncio.sleep(0.01)
