"""The live stream: nobody who waits misses what happens, not even a loss of the connection."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest
from structlog.testing import capture_logs

from tests.support.patience import PATIENCE
from torana.events.stream import EventStream
from torana.kit.database import Database


@pytest.fixture
async def stream(database_url: str) -> AsyncIterator[EventStream]:
    stream = EventStream(database_url)
    running = asyncio.create_task(stream.run())
    await asyncio.wait_for(stream.listening(), 10)
    yield stream
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def notify(database: Database, transaction_id: str) -> None:
    await database.execute("select pg_notify('torana_events', $1)", transaction_id)


async def heard(event: asyncio.Event) -> None:
    await asyncio.wait_for(event.wait(), 10)


async def test_a_waiter_is_woken_by_its_transaction(stream: EventStream, database: Database) -> None:
    with stream.waiter("TRX_a") as one, stream.waiter("TRX_a") as two, stream.waiter("TRX_b") as other:
        await notify(database, "TRX_a")
        await heard(one)
        await heard(two)
        assert not other.is_set()

        await notify(database, "TRX_b")
        await heard(other)


async def test_a_waiter_may_wait_again(stream: EventStream, database: Database) -> None:
    with stream.waiter("TRX_c") as event:
        for _ in range(3):
            event.clear()
            await notify(database, "TRX_c")
            await heard(event)


async def test_who_has_left_is_forgotten(stream: EventStream, database: Database) -> None:
    with stream.waiter("TRX_d") as gone:
        pass
    with stream.waiter("TRX_e") as still_here:
        await notify(database, "TRX_d")
        await notify(database, "TRX_e")
        await heard(still_here)

    assert not gone.is_set()
    assert stream.waiting == 0


async def test_a_lost_connection_comes_back_and_wakes_everybody(stream: EventStream, database: Database) -> None:
    """Q02, Q11."""
    with stream.waiter("TRX_f") as event, stream.waiter("TRX_g") as unconcerned:
        await database.execute(
            """
            select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid() and query ilike '%listen%'
            """
        )
        await heard(event)
        await heard(unconcerned)

        event.clear()
        await notify(database, "TRX_f")
        await heard(event)


async def test_a_database_that_is_not_there_yet_is_waited_for(
    database_url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect: Any = asyncpg.connect
    refused = iter([ConnectionRefusedError(), TimeoutError()])

    async def connect_at_last(*args: Any, **options: Any) -> Any:
        if error := next(refused, None):
            raise error
        return await connect(*args, **options)

    monkeypatch.setattr(asyncpg, "connect", connect_at_last)
    stream = EventStream(database_url)
    running = asyncio.create_task(stream.run())

    await asyncio.wait_for(stream.listening(), 10)
    with stream.waiter("TRX_h") as event:
        await notify(database, "TRX_h")
        await heard(event)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_server_without_a_place_for_us_is_asked_again(own_database_url: str, database: Database) -> None:
    """Q06: "too many clients" at the connection of the live updates; once there is a place, they arrive."""
    name, listener = urlsplit(own_database_url).path[1:], f"listener_{uuid4().hex[:8]}"
    await database.execute(f"alter database {name} connection limit 0")
    await database.execute(f"create role {listener} login")
    stream = EventStream(re.sub("//[^@]*@", f"//{listener}@", own_database_url))
    running = asyncio.create_task(stream.run())
    try:
        with capture_logs() as logs:
            async with asyncio.timeout(PATIENCE):
                while not any("TooManyConnections" in entry.get("error", "") for entry in logs):
                    await asyncio.sleep(0.02)
        assert not running.done()
        assert not stream.is_listening

        await database.execute(f"alter database {name} connection limit -1")
        await asyncio.wait_for(stream.listening(), 10)

        assert stream.is_listening
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await database.execute(f"drop role {listener}")
