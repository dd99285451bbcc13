"""The migrations form one line, `HEAD` names its end, and an empty database can go up, down and up again."""

import asyncio
import os
import sys
from uuid import uuid4

import asyncpg
from alembic.config import Config
from alembic.script import ScriptDirectory

from torana.cli.installation import bring_up_to_date
from torana.kit import embedded
from torana.migrations import HEAD, HERE

TABLES = "select count(*) from pg_tables where schemaname = 'public' and tablename <> 'alembic_version'"


def heads() -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    return ScriptDirectory.from_config(config).get_heads()


async def query(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def walk(url: str) -> str | None:
    """Up, down, up; what is wrong, or None."""
    bring_up_to_date(url)
    first = asyncio.run(query(url, TABLES))
    bring_up_to_date(url, "base")
    if left := asyncio.run(query(url, TABLES)):
        return f"going down leaves {left} tables behind"
    bring_up_to_date(url)
    second = asyncio.run(query(url, TABLES))
    return None if first == second else f"{first} tables at first, {second} after going down and up"


def main() -> str | None:
    if (found := heads()) != [HEAD]:
        return f"the heads are {found}, torana.migrations.HEAD is {HEAD!r}"
    server = os.environ.get("TORANA_TEST_DATABASE_URL") or embedded.start(embedded.default_home())
    name = f"check_{uuid4().hex[:12]}"
    asyncio.run(query(server, f"create database {name}"))
    try:
        url = (
            server.replace("/postgres?", f"/{name}?")
            if "/postgres?" in server
            else f"{server.rsplit('/', 1)[0]}/{name}"
        )
        return walk(url)
    finally:
        asyncio.run(query(server, f"drop database {name} with (force)"))


if problem := main():
    sys.exit(f"Migrations: {problem}")
sys.stdout.write(f"Migrations: one head, {HEAD}; up, down and up again work.\n")
