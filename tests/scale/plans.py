"""What PostgreSQL would do for a statement, and whether that grows with what is stored."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from tests.bench.fill import fill
from torana.kit.database import Connection, Database
from torana.kit.statistics import analyse_grown

CONFIGURATION = frozenset(
    {"partners", "gateways", "endpoints", "workers", "halts", "dividend_supplies", "isin_changes", "alembic_version"}
)
"""Tables that do not grow with what happens. Every other one does."""
_KEEP_ORDER = frozenset({"Limit", "Nested Loop", "LockRows", "Incremental Sort", "Subquery Scan", "Append", "Result"})
"""Steps that ask the step below for no more than they were asked for."""
_ONE_GATEWAY = re.compile(r"\(*gateway_id = [^)]*\)*$")


@dataclass(frozen=True)
class Indexes:
    """The names of those that may be read whole: they hold what waits for something, or belong to no table of
    history."""

    of_waiting: frozenset[str]
    of_configuration: frozenset[str]


def plannable(sql: str) -> bool:
    return sql.split(None, 1)[0].lower() in ("with", "select", "insert", "update", "delete")


async def plans(connection: Connection, sql: str, args: Sequence[object]) -> list[dict[str, Any]]:
    """The plan that is made once, for any arguments, and the one for these arguments."""
    count = len((await connection.prepare(sql)).get_parameters())
    generic = await plan_for_any(connection, sql, count)
    custom = await connection.fetchval(f"explain (format json) {sql}", *args)
    return [generic, msgspec.json.decode(custom)[0]["Plan"]]


async def plan_for_any(connection: Connection, sql: str, count: int) -> dict[str, Any]:
    """The plan that is made once, for any arguments, of which there are so many."""
    await connection.execute("set plan_cache_mode = force_generic_plan")
    await connection.execute(f"prepare looked_at as {sql}")
    arguments = f"({', '.join(['null'] * count)})" if count else ""
    told = await connection.fetchval(f"explain (format json) execute looked_at {arguments}")
    await connection.execute("deallocate looked_at")
    plan: dict[str, Any] = msgspec.json.decode(told)[0]["Plan"]
    return plan


def growing(node: dict[str, Any], indexes: Indexes, *, stops_early: bool = False) -> Iterator[str]:
    """What in this plan takes longer the more rows a table has."""
    kind, table, index = node["Node Type"], node.get("Relation Name", ""), node.get("Index Name", "")
    if kind == "Seq Scan" and table not in CONFIGURATION and not table.startswith("pg_"):
        yield f"reads all of {table}"
    if index and not stops_early and index not in indexes.of_waiting | indexes.of_configuration:
        condition = node.get("Index Cond", "")
        if not condition:
            yield f"reads all of the index {index}"
        elif _ONE_GATEWAY.match(condition):
            yield f"reads all of one gateway in {index}"
    below = kind == "Limit" or (stops_early and kind in _KEEP_ORDER)
    for child in node.get("Plans", ()):
        yield from growing(child, indexes, stops_early=below)


async def indexes_of(connection: Connection) -> Indexes:
    rows = await connection.fetch("""
        select i.relname as name, t.relname as of_table,
               coalesce(pg_get_expr(indpred, indrelid)
                        ~ '((due_at|attention|held_for) IS NOT NULL|(completed|ended)_at IS NULL)', false) as waiting
        from pg_index join pg_class i on i.oid = indexrelid join pg_class t on t.oid = indrelid
    """)
    return Indexes(
        frozenset(row["name"] for row in rows if row["waiting"]),
        frozenset(row["name"] for row in rows if row["of_table"] in CONFIGURATION),
    )


async def through_growth(url: str, statements: Sequence[str]) -> tuple[list[str], list[str]]:
    """What of the plans that one connection made while the database was empty takes longer the more rows a table has:
    as they are at once after it grew, and once a worker has looked at the statistics. PostgreSQL itself analyses
    nothing."""
    database = Database(url, size=1)
    await database.open()
    async with database.connection() as connection:
        for row in await connection.fetch(
            "select format('%I', relname) as name from pg_class where relkind = 'r'"
            " and relnamespace = 'public'::regnamespace"
        ):
            await connection.execute(f"alter table {row['name']} set (autovacuum_enabled = false)")
        await connection.execute("""
            set session_replication_role = replica;
            insert into endpoints (gateway_id, endpoint_id, url, secret, created_at) values ('gw', 'e', '', '', now());
            reset session_replication_role
        """)
        for number, sql in enumerate(statements):
            await connection.execute(f"prepare kept_{number} as {sql}")
        await _kept_plans(connection, statements)
    await fill(url, "gw", 5000, datetime.now(UTC), analysed=False)
    async with database.connection() as connection:
        early = await _kept_plans(connection, statements)
    while "public.batches" not in await analyse_grown(database):
        await asyncio.sleep(0.1)  # until the server has counted its rows
    async with database.connection() as connection:
        late = await _kept_plans(connection, statements)
    await database.close()
    return early, late


async def _kept_plans(connection: Connection, statements: Sequence[str]) -> list[str]:
    indexes = await indexes_of(connection)
    found = []
    for number, sql in enumerate(statements):
        count = max((int(one) for one in re.findall(r"\$(\d+)", sql)), default=0)
        arguments = f"({', '.join(['null'] * count)})" if count else ""
        told = await connection.fetchval(f"explain (format json) execute kept_{number} {arguments}")
        plan = msgspec.json.decode(told)[0]["Plan"]
        found += [f"{why}: {' '.join(sql.split())}" for why in growing(plan, indexes)]
    return found
