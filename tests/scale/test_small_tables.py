"""A plan is made once, often while a table is nearly empty: it must be the one that is right when it is full."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from torana.events.log import News, Update, change_and_record
from torana.kit.database import Database
from torana.transactions import life_cycle

MOVES = {name: found for name, found in vars(life_cycle).items() if isinstance(found, Update)}


class Listener:
    """Takes a statement where a connection would run it."""

    def __init__(self) -> None:
        self.sent = ""

    async def fetchval(self, sql: str, *_: object) -> Any:
        self.sent = sql


@pytest.mark.parametrize("move", MOVES)
async def test_a_move_finds_its_transaction_by_the_key_in_an_empty_database(own_database_url: str, move: str) -> None:
    connection: Any = Listener()
    names = ("investor_id", "session_id", "broker", "error_name", "error_code", "status", "finishes", "result")
    wanted = {name: None for name in names if f":{name}" in MOVES[move].sets + MOVES[move].when}
    await change_and_record(
        connection,
        MOVES[move].given(**wanted),
        [News("x", {})],
        gateway_id="g",
        transaction_id="t",
        now=datetime.now(UTC),
    )
    database = Database(own_database_url)
    await database.open()
    async with database.connection() as real:
        await real.execute(f"prepare move as {connection.sent}")
        count = max(int(number) for number in re.findall(r"\$(\d+)", connection.sent))
        plan = [row[0] for row in await real.fetch(f"explain execute move({', '.join(['null'] * count)})")]
    await database.close()

    scans = [line for line in plan if " on transactions" in line and "Scan" in line]
    assert scans
    assert all("transactions_pkey" in line for line in scans), plan
