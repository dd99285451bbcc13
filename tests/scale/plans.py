"""What PostgreSQL would do for a statement, and whether that grows with what is stored."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import asyncpg
import msgspec

from torana.kit.database import Connection

CONFIGURATION = frozenset({"partners", "gateways", "endpoints", "alembic_version"})
"""Tables that do not grow with what happens. Every other one does."""
_KEEP_ORDER = frozenset({"Limit", "Nested Loop", "LockRows", "Incremental Sort", "Subquery Scan", "Append", "Result"})
"""Steps that ask the step below for no more than they were asked for."""
_ONE_GATEWAY = re.compile(r"\(*gateway_id = [^)]*\)*$")


async def plans(connection: Connection, sql: str, args: Sequence[object]) -> list[dict[str, Any]]:
    """The plan that is made once, for any arguments, and the one for these arguments."""
    count = len((await connection.prepare(sql)).get_parameters())
    await connection.execute("set plan_cache_mode = force_generic_plan")
    await connection.execute(f"prepare looked_at as {sql}")
    arguments = f"({', '.join(['null'] * count)})" if count else ""
    generic = await connection.fetchval(f"explain (format json) execute looked_at {arguments}")
    await connection.execute("deallocate looked_at")
    custom = await connection.fetchval(f"explain (format json) {sql}", *args)
    return [msgspec.json.decode(told)[0]["Plan"] for told in (generic, custom)]


def growing(node: dict[str, Any], partial: frozenset[str], *, stops_early: bool = False) -> Iterator[str]:
    """What in this plan takes longer the more rows a table has. `partial` are the indexes that hold only what waits."""
    kind, table = node["Node Type"], node.get("Relation Name", "")
    index, condition = node.get("Index Name", ""), node.get("Index Cond", "")
    if kind == "Seq Scan" and table not in CONFIGURATION:
        yield f"reads all of {table}"
    if "Index" in kind and "Scan" in kind and index not in partial and not table_is_small(index) and not stops_early:
        if not condition:
            yield f"reads all of the index {index}"
        elif _ONE_GATEWAY.match(condition):
            yield f"reads all of one gateway in {index}"
    below = kind == "Limit" or (stops_early and kind in _KEEP_ORDER)
    for child in node.get("Plans", ()):
        yield from growing(child, partial, stops_early=below)


def table_is_small(index: str) -> bool:
    return index.split("_")[0] in CONFIGURATION


async def partial_indexes(connection: Connection) -> frozenset[str]:
    rows = await connection.fetch(
        "select indexrelid::regclass::text as name from pg_index where pg_get_expr(indpred, indrelid) like '%NULL%'"
    )
    return frozenset(row["name"] for row in rows if "due" in row["name"] or "open" in row["name"])


def plannable(sql: str) -> bool:
    return sql.split(None, 1)[0].lower() in ("with", "select", "insert", "update", "delete")


__all__ = ["CONFIGURATION", "asyncpg", "growing", "partial_indexes", "plannable", "plans"]
