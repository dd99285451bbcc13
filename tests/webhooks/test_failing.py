"""An endpoint that fails for days: it is disabled, its owner is told, and one success is enough to prevent it."""

import asyncio
from datetime import datetime

import pytest

from tests.support.clock import HandClock
from tests.support.patience import PATIENCE
from tests.support.servers import Exchange, Play, RawServer, raw_server
from tests.webhooks.partner import Api
from tests.webhooks.world import World, ids
from torana.webhooks import store
from torana.webhooks.deliver import FAILING_FOR
from torana.webhooks.endpoints import disable
from torana.webhooks.models import DeliveryState, Endpoint

HOUR = 3600.0
DAY = 24 * HOUR


class Receiver:
    """Answers what a test last said."""

    def __init__(self) -> None:
        self.status = "500 Oops"

    @property
    def play(self) -> Play:
        async def play(exchange: Exchange) -> None:
            if self.status == "reset":
                exchange.reset()
            else:
                await exchange.answer(self.status, b"")

        return play


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


async def happens(world: World, times: int = 1) -> None:
    """An event, and an attempt to deliver it."""
    for _ in range(times):
        await world.event()
        await world.runner.drain()


async def shown(world: World) -> Endpoint:
    (only,) = await store.endpoints(world.database, world.gateway.gateway_id)
    return only


async def failing_since(world: World) -> datetime | None:
    since: datetime | None = await world.database.value("select failing_since from endpoints")
    return since


@pytest.mark.parametrize("status", ["500 Oops", "404 Not Found", "301 Moved", "429 Slow", "reset"])
async def test_after_five_days_of_nothing_but_failure_it_is_disabled_and_its_owner_told(
    world: World, clock: HandClock, receiver: Receiver, status: str
) -> None:
    receiver.status = status
    async with raw_server(receiver.play) as server:
        endpoint, _ = await world.endpoint(server)
        await happens(world)
        clock.advance(5 * DAY - 1)
        await happens(world)
        before = await shown(world)
        clock.advance(1)
        await happens(world)
        asked = server.requests
        clock.advance(DAY)
        await happens(world)

    after = await shown(world)
    assert (before.disabled_at, after.disabled_reason) == (None, "every attempt failed for 5 days")
    assert await world.events("endpoint.disabled") == [
        {"endpoint_id": endpoint.endpoint_id, "url": endpoint.url, "reason": "every attempt failed for 5 days"}
    ]
    assert server.requests == asked
    assert {delivery.state for delivery in await world.deliveries()} == {DeliveryState.DROPPED}
    assert len(await world.deliveries()) == 3


async def test_the_attempt_that_disables_it_is_written_down(world: World, clock: HandClock, receiver: Receiver) -> None:
    async with raw_server(receiver.play) as server:
        await world.endpoint(server)
        await happens(world)
        clock.advance(5 * DAY)
        await world.runner.drain()

    delivery = await world.delivery()
    assert [attempt.status_code for attempt in delivery.attempts] == [500, 500]
    assert (delivery.state, delivery.next_attempt_at) == (DeliveryState.DROPPED, None)


async def test_one_success_begins_the_days_anew(world: World, clock: HandClock, receiver: Receiver) -> None:
    async with raw_server(receiver.play) as server:
        await world.endpoint(server)
        await happens(world)
        clock.advance(4 * DAY)
        receiver.status = "200 OK"
        await happens(world)
        mended = await failing_since(world)
        receiver.status = "500 Oops"
        clock.advance(DAY)
        await happens(world)
        again = await failing_since(world)
        clock.advance(5 * DAY - 1)
        await happens(world)

    assert mended is None
    assert again is not None
    assert clock.now() - again < FAILING_FOR
    assert (await shown(world)).disabled_at is None


async def test_further_failures_do_not_move_the_first(world: World, clock: HandClock, receiver: Receiver) -> None:
    async with raw_server(receiver.play) as server:
        await world.endpoint(server)
        first = clock.now()
        for _ in range(4):
            await happens(world)
            clock.advance(DAY)

    assert await failing_since(world) == first


async def test_failures_of_one_endpoint_say_nothing_about_another(
    world: World, clock: HandClock, receiver: Receiver
) -> None:
    async with raw_server(receiver.play) as bad, raw_server() as good:
        failing, _ = await world.endpoint(bad)
        await world.endpoint(good)
        for _ in range(3):
            await happens(world)
            clock.advance(3 * DAY)

    (told,) = await world.events("endpoint.disabled")
    assert told["endpoint_id"] == failing.endpoint_id
    assert [e.url for e in await store.endpoints(world.database, world.gateway.gateway_id) if not e.disabled_at] == [
        f"{good.url}/in"
    ]


async def test_when_it_is_enabled_it_has_five_days_again_and_a_replay_brings_what_was_dropped(
    api: Api, world: World, clock: HandClock, receiver: Receiver
) -> None:
    async with raw_server(receiver.play) as server:
        endpoint_id = await worn_out(world, clock, server)
        dropped = [delivery.event_id for delivery in await world.deliveries()]
        await api.call("POST", f"/endpoints/{endpoint_id}/enable")
        await happens(world)
        still_enabled = (await shown(world)).disabled_at is None
        receiver.status = "200 OK"
        before = server.requests
        await api.call("POST", f"/endpoints/{endpoint_id}/replay", params={"since": "2026-11-01T00:00:00Z"})
        await world.runner.drain()

    assert still_enabled
    assert set(dropped) <= set(ids(server)[before:])
    assert {delivery.state for delivery in await world.deliveries()} == {DeliveryState.DELIVERED}


async def worn_out(world: World, clock: HandClock, server: RawServer) -> str:
    """An endpoint that was disabled because it failed."""
    endpoint, _ = await world.endpoint(server)
    await happens(world)
    clock.advance(5 * DAY)
    await happens(world)
    assert (await shown(world)).disabled_at is not None
    return endpoint.endpoint_id


async def test_a_success_that_comes_in_while_another_attempt_fails_keeps_it_enabled(
    world: World, clock: HandClock
) -> None:
    """The failing attempt began when the endpoint had been failing for days, and ends after the success."""
    arrived, answer_now = asyncio.Event(), asyncio.Event()
    failing = True

    async def play(exchange: Exchange) -> None:
        if failing:
            await exchange.answer("500 Oops", b"")
        elif not arrived.is_set():
            arrived.set()
            await answer_now.wait()
            await exchange.answer("500 Oops", b"")
        else:
            await exchange.answer()

    async with raw_server(play) as server:
        await world.endpoint(server)
        await happens(world)
        clock.advance(5 * DAY)
        failing = False
        slow = asyncio.create_task(world.runner.drain())
        await arrived.wait()
        await happens(world)
        answer_now.set()
        await slow

    assert (await shown(world)).disabled_at is None
    assert await failing_since(world) == clock.now()


async def test_a_first_failure_waits_for_those_who_disable_it(world: World) -> None:
    """Both want endpoint and delivery. Who took the delivery first would be in a deadlock with the other."""
    arrived, answer_now = asyncio.Event(), asyncio.Event()
    waiting_for_a_lock = """
        select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')
    """

    async def play(exchange: Exchange) -> None:
        arrived.set()
        await answer_now.wait()
        await exchange.answer("500 Oops", b"")

    async with raw_server(play) as server:
        endpoint, _ = await world.endpoint(server)
        await world.event()
        attempt = asyncio.create_task(world.runner.drain())
        await arrived.wait()
        where = (world.gateway.gateway_id, endpoint.endpoint_id)
        async with world.database.transaction() as connection:
            await store.lock_endpoint(connection, *where)
            answer_now.set()
            async with asyncio.timeout(PATIENCE):
                while not await world.database.value(waiting_for_a_lock):
                    await asyncio.sleep(0.01)
            await disable(connection, *where, "its owner wants it so", world.clock.now())
        await attempt

    delivery = await world.delivery()
    assert delivery.state is DeliveryState.DROPPED
    assert [attempt.status_code for attempt in delivery.attempts] == [500]
