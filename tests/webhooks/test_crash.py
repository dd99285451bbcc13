"""A worker dies at the worst moment: the event is delivered twice at most and never not at all."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.partner import KEYS
from tests.support.processes import Process, end, start
from tests.support.servers import raw_server
from tests.webhooks.world import World, bodies, ids
from torana.webhooks.models import DeliveryState


@asynccontextmanager
async def worker(world: World, faults: str = "", log: Path = Path(os.devnull)) -> AsyncIterator[Process]:
    with log.open("wb") as lines:
        process = start(
            "tests.webhooks.worker_process",
            world.database.url,
            KEYS,
            environment={"TORANA_FAULTPOINTS": faults},
            output=lines,
        )
    try:
        yield process
    finally:
        await end([process])


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(40):
        while not holds():
            await asyncio.sleep(0.02)


async def death_of(process: Process) -> int:
    async with asyncio.timeout(40):
        return await process.wait()


async def test_killed_after_the_answer_it_is_delivered_again_under_the_same_id(patient_world: World) -> None:
    """W07."""
    async with raw_server() as server:
        await patient_world.endpoint(server)
        event_id = await patient_world.event()
        async with worker(patient_world, "webhooks.deliver.after_answer=kill") as doomed:
            code = await death_of(doomed)
        after_crash = await patient_world.delivery()
        async with worker(patient_world):
            await until(lambda: server.requests == 2)
            await settled(patient_world)

    assert code == -signal.SIGKILL
    assert (after_crash.state, after_crash.attempts) == (DeliveryState.PENDING, [])
    assert ids(server) == [event_id, event_id]
    first, second = bodies(server)
    assert first == second


async def test_killed_before_it_is_sent_it_is_delivered_by_the_next(patient_world: World) -> None:
    """W07."""
    async with raw_server() as server:
        await patient_world.endpoint(server)
        event_id = await patient_world.event()
        async with worker(patient_world, "webhooks.deliver.before_post=kill") as doomed:
            code = await death_of(doomed)
        sent_before = server.requests
        async with worker(patient_world):
            await settled(patient_world)

    assert (code, sent_before) == (-signal.SIGKILL, 0)
    assert ids(server) == [event_id]


async def test_stopped_past_its_lease_it_writes_nothing_when_it_goes_on(patient_world: World, tmp_path: Path) -> None:
    """W07, P08."""
    log = tmp_path / "stopped.log"
    async with raw_server() as server:
        await patient_world.endpoint(server)
        await patient_world.event()
        async with worker(patient_world, "webhooks.deliver.after_answer@1=stop", log) as stopped:
            await until(lambda: server.requests == 1)
            async with worker(patient_world):
                await settled(patient_world)
            before = await patient_world.delivery()
            stopped.send_signal(signal.SIGCONT)
            await until(lambda: "due.lease_lost" in log.read_text())

    assert server.requests == 2
    assert await patient_world.delivery() == before


async def settled(world: World) -> None:
    async with asyncio.timeout(40):
        while any(d.state is DeliveryState.PENDING for d in await world.deliveries()):
            await asyncio.sleep(0.02)
