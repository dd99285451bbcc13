"""A table that grew is analysed, so that plans fit it."""

from tests.kit.jobs import eventually
from torana.kit.database import Database
from torana.kit.statistics import FEWEST, LARGEST, analyse_grown


async def test_a_table_is_analysed_each_time_it_has_four_times_its_rows(fresh_database_url: str) -> None:
    database = Database(fresh_database_url, size=1)
    await database.open()
    await database.execute("create table things (a int primary key) with (autovacuum_enabled = false)")
    last = 0

    async def insert(count: int) -> None:
        nonlocal last
        await database.execute("insert into things select generate_series($1::int, $2::int)", last + 1, last + count)
        last += count

        async def counted() -> bool:
            await database.execute("select pg_stat_force_next_flush()")
            found = await database.value("select n_live_tup from pg_stat_user_tables where relname = 'things'")
            return bool(found == last)

        await eventually(counted)

    async def analysed() -> bool:
        return "public.things" in await analyse_grown(database)

    found = []
    for count in (FEWEST - 1, 1, 2 * FEWEST, FEWEST, LARGEST, 4 * LARGEST):
        await insert(count)
        found.append(await analysed())
    await database.close()

    assert found == [False, True, False, True, True, False]


async def test_a_plan_that_was_made_for_an_empty_table_is_made_anew_once_the_table_is_full(
    fresh_database_url: str,
) -> None:
    database = Database(fresh_database_url, size=1)
    await database.open()
    wide = ", ".join(f"c{number} text" for number in range(20))
    await database.execute(f"create table things (a text, b text, {wide}, primary key (a, b))")
    await database.execute("alter table things set (autovacuum_enabled = false)")
    await database.execute("create index other on things (a)")
    await database.execute("prepare find as select c1 from things where a = $1 and b = $2")

    async def plan() -> str:
        return str(await database.value("explain (format json) execute find('1', '1')"))

    empty = await plan()
    await database.execute("insert into things (a, b) select 1, i from generate_series(1, 5000) i")
    await database.execute("select pg_stat_force_next_flush()")

    async def analysed() -> bool:
        return "public.things" in await analyse_grown(database)

    await eventually(analysed)
    full = await plan()
    await database.close()

    assert ("other" in empty, "things_pkey" in full) == (True, True)
