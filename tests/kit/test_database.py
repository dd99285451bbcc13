"""The database: rows as structs, transactions, and what a lost server looks like."""

import asyncio
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import asyncpg
import msgspec
import pytest

from torana.kit import database as databases
from torana.kit.database import LOST_CONNECTION, Database


class Row(msgspec.Struct):
    name: str
    amount: Decimal
    at: datetime
    raw: bytes
    data: dict[str, Any]
    tags: list[str]
    nothing: int | None


ROW = """
    select 'a' as name, 1.50::numeric as amount, timestamptz '2026-11-18T10:30:00+05:30' as at, '\\xff00'::bytea as raw,
           '{"x": ["₹", null, 1.5]}'::jsonb as data, array['p', 'q'] as tags, null::int as nothing
"""


async def test_a_row_becomes_a_struct_with_every_kind_of_value(database: Database) -> None:
    assert await database.fetch(Row, ROW) == [
        Row(
            name="a",
            amount=Decimal("1.50"),
            at=datetime(2026, 11, 18, 5, 0, tzinfo=UTC),
            raw=b"\xff\x00",
            data={"x": ["₹", None, 1.5]},
            tags=["p", "q"],
            nothing=None,
        )
    ]


async def test_no_row_is_none(database: Database) -> None:
    assert await database.fetch_one(Row, ROW + " where false") is None


async def test_json_goes_in_and_out_as_it_was(database: Database) -> None:
    value = {"deep": [{"₹": "1.10", "n": 9007199254740993}], "none": None, "decimal": Decimal("0.10")}

    found = await database.value("select $1::jsonb", value)

    assert found == {**value, "decimal": "0.10"}
    assert await database.value("select ($1::jsonb)::text", {"a": "b"}) == json.dumps({"a": "b"})


async def test_a_column_that_the_struct_lacks_is_an_error_when_it_is_required(database: Database) -> None:
    with pytest.raises(msgspec.ValidationError):
        await database.fetch(Row, "select 'a' as name")


async def test_a_transaction_happens_as_a_whole_or_not_at_all(database: Database) -> None:
    await database.execute("create table if not exists all_or_nothing (n int primary key)")

    async def insert_twice() -> None:
        async with database.transaction() as connection:
            await connection.execute("insert into all_or_nothing values (1)")
            await connection.execute("insert into all_or_nothing values (1)")

    with pytest.raises(asyncpg.UniqueViolationError):
        await insert_twice()
    after_failure = await database.value("select count(*) from all_or_nothing")
    async with database.transaction() as connection:
        await connection.execute("insert into all_or_nothing values (1)")

    assert after_failure == 0
    assert await database.value("select count(*) from all_or_nothing") == 1
    await database.execute("drop table all_or_nothing")


async def test_a_full_pool_makes_a_caller_wait_for_a_bounded_time(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Q06."""
    monkeypatch.setattr("torana.kit.database.ACQUIRE_SECONDS", 0.05)
    database = Database(database_url, size=1)
    await database.open()

    async with database.connection():
        with pytest.raises(LOST_CONNECTION):
            await database.value("select 1")
    recovered = await database.value("select 1")
    await database.close()

    assert recovered == 1


async def test_a_cut_connection_shows_as_lost_and_the_next_statement_works(
    database: Database, database_server: str
) -> None:
    """Q02."""
    admin = await asyncpg.connect(database_server)

    async def cut_in_mid_statement() -> None:
        async with database.connection() as connection:
            pid = await connection.fetchval("select pg_backend_pid()")
            sleeping = asyncio.create_task(connection.execute("select pg_sleep(60)"))
            await admin.execute("select pg_terminate_backend($1)", pid)
            await sleeping

    with pytest.raises(LOST_CONNECTION):
        await cut_in_mid_statement()
    await admin.close()

    assert await database.value("select 1") == 1


async def test_opening_waits_for_a_server_that_is_starting_and_gives_up_in_the_end() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/nothing")

    with pytest.raises(LOST_CONNECTION):
        await database.open(wait=0.3)


async def test_a_closed_database_says_so() -> None:
    with pytest.raises(RuntimeError, match="not open"):
        await Database("postgresql://nobody@127.0.0.1:1/nothing").value("select 1")


async def test_a_connection_is_used_again_the_last_one_first(database_url: str) -> None:
    database = Database(database_url)
    await database.open()

    async def pid() -> int:
        return int(await database.value("select pg_backend_pid()"))

    async with database.connection() as held:
        first = int(await held.fetchval("select pg_backend_pid()"))
        second = await pid()
        assert database.in_use == 1
    pids = [await pid() for _ in range(5)]
    await database.close()

    assert second != first
    assert set(pids) == {first}
    assert database.in_use == 0


async def test_a_connection_whose_user_was_cut_off_is_not_used_again(database: Database) -> None:
    """A cancelled request may have left it in the middle of a statement, or of a transaction."""
    before = await database.value("select pg_backend_pid()")

    async def interrupted() -> None:
        async with database.transaction() as connection:
            await connection.execute("select pg_sleep(60)")

    working = asyncio.create_task(interrupted())
    await asyncio.sleep(0.1)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working

    assert await database.value("select pg_backend_pid()") != before
    assert database.in_use == 0


async def test_a_refused_statement_leaves_the_connection_fit_for_use(database: Database) -> None:
    before = await database.value("select pg_backend_pid()")

    with pytest.raises(asyncpg.UndefinedTableError):
        await database.value("select * from nowhere")

    assert await database.value("select pg_backend_pid()") == before


async def test_a_connection_that_rested_for_long_is_not_trusted(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await database.value("select pg_backend_pid()")

    monkeypatch.setattr("torana.kit.database.IDLE_SECONDS", 0.0)

    assert await database.value("select pg_backend_pid()") != before


async def test_callers_beyond_the_limit_take_turns(database_url: str) -> None:
    """Q06."""
    database = Database(database_url, size=3)
    await database.open()
    most = 0

    async def call() -> None:
        nonlocal most
        async with database.connection() as connection:
            most = max(most, database.in_use)
            await connection.execute("select pg_sleep(0.005)")

    await asyncio.gather(*(call() for _ in range(40)))
    await database.close()

    assert most == 3


async def test_a_distributed_server_plans_each_statement_for_its_arguments(
    own_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def mode() -> str:
        database = Database(own_database_url)
        await database.open()
        found = await database.value("select current_setting('plan_cache_mode')")
        await database.close()
        return str(found)

    plain = await mode()
    monkeypatch.setattr(databases, "_DISTRIBUTED_BY", ("plpgsql",))  # an extension that every server has

    assert (plain, await mode()) == ("force_generic_plan", "force_custom_plan")
