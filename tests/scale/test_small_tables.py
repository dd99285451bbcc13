"""A plan is made once, often while a table is nearly empty: it must be the one that is right when it is full."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from torana.events.log import News, Update, change_and_record
from torana.kit.database import Database
from torana.kit.sql import Statement
from torana.transactions import life_cycle, store

MOVES = {name: found for name, found in vars(life_cycle).items() if isinstance(found, Update)}


class Listener:
    """Takes a statement where a connection would run it."""

    def __init__(self) -> None:
        self.sent = ""

    async def fetchval(self, sql: str, *_: object) -> Any:
        self.sent = sql


@pytest.mark.parametrize("move", MOVES)
async def test_a_move_finds_its_transaction_by_the_key_in_an_empty_database(fresh_database_url: str, move: str) -> None:
    connection: Any = Listener()
    names = Statement(f"{MOVES[move].sets} {MOVES[move].when}").names
    wanted = {name: None for name in names if name != "now"}
    await change_and_record(
        connection,
        MOVES[move].given(**wanted),
        [News("x", {})],
        gateway_id="g",
        transaction_id="t",
        now=datetime.now(UTC),
    )
    database = Database(fresh_database_url)
    await database.open()
    async with database.connection() as real:
        await real.execute(f"prepare move as {connection.sent}")
        count = max(int(number) for number in re.findall(r"\$(\d+)", connection.sent))
        plan = [row[0] for row in await real.fetch(f"explain execute move({', '.join(['null'] * count)})")]
    await database.close()

    scans = [line for line in plan if " on transactions" in line and "Scan" in line]
    assert scans
    assert all("transactions_pkey" in line for line in scans), plan


async def test_a_repeated_order_is_looked_for_by_what_it_asks_for_however_many_are_recent(
    fresh_database_url: str,
) -> None:
    """Given ten thousand recent creates that all ask for the same, when another is made, then they are not read."""
    database = Database(fresh_database_url)
    await database.open()
    async with database.connection() as connection:
        await connection.execute("set session_replication_role = replica")
        await connection.execute(_SAME)
        await connection.execute("analyze transactions")
        await connection.execute(f"prepare creating as {store._INSERT.text}")
        nothing = ", ".join(["null"] * len(store._INSERT.names))
        plan = [row[0] for row in await connection.fetch(f"explain execute creating({nothing})")]
    await database.close()

    scans = [line for line in plan if "Scan" in line and " on transactions" in line]
    assert scans
    assert all("transactions_repeated" in line for line in scans), plan


async def test_what_a_broker_tells_of_an_order_leaves_the_indexes_alone(fresh_database_url: str) -> None:
    """Given an order at its broker, when its state changes, then the row is written anew in its place: an index with a
    column that every change writes would grow by an entry for each."""
    database = Database(fresh_database_url)
    await database.open()
    async with database.connection() as connection:
        indexed = await connection.fetch(_INDEXED)
    await database.close()

    assert {row["name"] for row in indexed} == {
        "attention",
        "batch_id",
        "broker_order_id",
        "gateway_id",
        "line",
        "order_id",
    }


_INDEXED = """
    select distinct a.attname as name from pg_depend d
    join pg_index i on i.indexrelid = d.objid or d.classid = 'pg_constraint'::regclass
        and i.indexrelid = (select c.conindid from pg_constraint c where c.oid = d.objid)
    join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    where d.refobjid = 'orders'::regclass and i.indrelid = 'orders'::regclass
"""
"""Columns of orders on which an index depends, by its key or its condition."""
_SAME = """
    insert into transactions (gateway_id, transaction_id, intent, kind, status, config, extra, created_at, expires_at,
                              due_at, event_count, fingerprint)
    select 'g', 'TRX_' || i, 'TRANSACTION', 'SECURITIES', 'INITIALIZED', '{}', '{}', now(), now(), now(), 1, 'same'
    from generate_series(1, 10000) i
"""
