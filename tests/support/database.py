"""Databases for tests: one is migrated, all others are copies of it."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from uuid import uuid4

import asyncpg

from torana import migrations
from torana.kit import embedded
from torana.migrations import migrate


def server() -> str:
    """`TORANA_TEST_DATABASE_URL`, or an embedded server beside the one of this user's installation. It waits for no
    disk: a server that is killed loses nothing by that, only a machine that loses its power does."""
    if given := os.environ.get("TORANA_TEST_DATABASE_URL"):
        return given
    url = embedded.start(embedded.default_home().with_name("torana-test"))
    for setting in ("fsync", "full_page_writes"):
        asyncio.run(run_sql(url, f"alter system set {setting} = off"))
    asyncio.run(run_sql(url, "select pg_reload_conf()"))
    return url


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


async def run_sql(server: str, sql: str) -> None:
    connection = await asyncpg.connect(server)
    await connection.execute(sql)
    await connection.close()


def url_of(server: str, name: str) -> str:
    head, _, query = server.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}{'?' + query if query else ''}"
