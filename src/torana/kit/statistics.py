"""Statistics of tables that grow fast while they are small.

A plan that was made for a nearly empty table is no plan for a full one, and PostgreSQL keeps it until the table has
been analysed. It does that by itself, once a minute at the most; in its first busy minute a new installation writes
thousands of rows.
"""

import asyncio

from torana.kit.database import Database
from torana.kit.sql import Statement

LOOK_SECONDS = 2.0
FEWEST = 300
LARGEST = 20_000
"""Rows. What reads fewer takes no time; for what is larger PostgreSQL's own minute is soon enough."""

SAMPLE = 10
"""PostgreSQL's statistics target: a sample of 3,000 rows, a tenth of the usual one. How large a table is and how much
of a column is null is known well enough by it, at a tenth of the cost."""

_GROWN = Statement("""
    select format('%I.%I', s.schemaname, s.relname) as name
    from pg_stat_user_tables s join pg_class c on c.oid = s.relid
    where s.schemaname = current_schema() and c.reltuples < :largest
      and s.n_live_tup >= :fewest + 3 * greatest(c.reltuples, 0)
""")


async def analyse_grown(database: Database) -> list[str]:
    """Analyse every small table that has four times the rows that it had, and return their names: what is planned
    afterwards, in any process, knows them as they are now."""
    async with database.transaction() as connection:
        grown = [row["name"] for row in await connection.fetch(*_GROWN(largest=LARGEST, fewest=FEWEST))]
        await connection.execute(f"set local default_statistics_target = {SAMPLE}")
        for name in grown:
            await connection.execute(f"analyze (skip_locked) {name}")
    return grown


async def keep_analysing(database: Database) -> None:
    """A look every few seconds, until cancelled. Any number of workers may do it beside each other."""
    while True:
        await analyse_grown(database)
        await asyncio.sleep(LOOK_SECONDS)
