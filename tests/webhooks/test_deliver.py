"""Deliveries: at least once, by the table, and never again to where nobody wants them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from email.utils import format_datetime

import pytest

from tests.support.clock import HandClock
from tests.support.servers import Exchange, Play, certificate, raw_server
from tests.webhooks.world import World, bodies, ids
from torana.kit.http import Answer
from torana.webhooks import endpoints, store
from torana.webhooks.deliver import GAPS, next_gap
from torana.webhooks.models import DeliveryState

DAY = 24 * 3600.0


def answering(status: str, headers: str = "", body: bytes = b"no") -> Play:
    async def play(exchange: Exchange) -> None:
        await exchange.answer(status, body, headers)

    return play


async def reset(exchange: Exchange) -> None:
    exchange.reset()


async def silence(exchange: Exchange) -> None:
    await exchange.reader.read()


async def test_a_delivered_event_is_delivered_once(world: World) -> None:
    async with raw_server() as server:
        await world.endpoint(server)
        await world.event()
        await world.runner.drain()
        await world.runner.drain()

    delivery = await world.delivery()
    assert server.requests == 1
    assert (delivery.state, delivery.next_attempt_at) == (DeliveryState.DELIVERED, None)
    assert delivery.delivered_at == world.clock.now()
    assert [(a.number, a.status_code, a.error, a.response) for a in delivery.attempts] == [(1, 200, None, "{}")]


@pytest.mark.parametrize(
    ("play", "status", "error"),
    [
        (answering("500 Oops"), 500, None),
        (answering("404 Not Found"), 404, None),
        (answering("301 Moved", "Location: http://127.0.0.1:1/\r\n"), 301, None),
        (reset, None, "the connection was closed without an answer"),
        (silence, None, "no answer within 2 seconds"),
    ],
    ids=["500", "404", "redirect", "reset", "time-out"],
)
async def test_a_failed_attempt_is_written_down_and_made_again(
    world: World, clock: HandClock, play: Play, status: int | None, error: str | None
) -> None:
    """W01, W03."""
    async with raw_server(play, Exchange.answer) as server:
        await world.endpoint(server)
        await world.event()
        await world.runner.drain()
        after_first = await world.delivery()
        clock.advance(6)
        await world.runner.drain()

    assert after_first.state is DeliveryState.PENDING
    assert [a.status_code for a in after_first.attempts] == [status]
    assert after_first.attempts[0].error == error
    assert (await world.delivery()).state is DeliveryState.DELIVERED
    assert len(set(ids(server))) == 1
    first, second = bodies(server)
    assert (first["timestamp"], first["checksum"]) == (second["timestamp"], second["checksum"])


async def test_an_untrusted_certificate_is_a_failure(world: World) -> None:
    """W01."""
    server_tls, _ = certificate("127.0.0.1")
    async with raw_server(tls=server_tls) as server:
        await world.endpoint(server)
        await world.event()
        await world.runner.drain()

    delivery = await world.delivery()
    assert delivery.state is DeliveryState.PENDING
    assert "Certificate" in (delivery.attempts[0].error or "")
    assert server.requests == 0


async def through_the_table(world: World, clock: HandClock) -> None:
    """Every attempt at its time, until no delivery has one left."""
    await world.runner.drain()
    while due := [d.next_attempt_at for d in await world.deliveries() if d.next_attempt_at is not None]:
        clock.advance((min(due) - clock.now()).total_seconds())
        await world.runner.drain()


async def test_attempts_follow_the_table_and_then_end_with_an_event(world: World, clock: HandClock) -> None:
    """W06."""
    waits: list[float] = []
    async with raw_server(answering("500 Oops")) as server:
        await world.endpoint(server)
        event_id = await world.event()
        await world.runner.drain()
        while (due := await world.due_at()) is not None:
            waits.append((due - clock.now()).total_seconds())
            clock.advance(waits[-1] - 0.5)
            assert await world.runner.drain() == 0
            clock.advance(0.5)
            assert await world.runner.drain() == 1

    delivery = await world.delivery()
    assert len(waits) == len(GAPS) == 9
    assert all(gap <= wait <= gap * 1.1 for gap, wait in zip(GAPS, waits, strict=True))
    assert server.requests == len(delivery.attempts) == 10
    assert delivery.state is DeliveryState.EXHAUSTED
    (told,) = await world.events("delivery.exhausted")
    assert told["event_id"] == event_id


async def test_a_replay_delivers_all_that_a_receiver_missed_under_the_same_ids(world: World, clock: HandClock) -> None:
    """W06."""
    down = True

    async def play(exchange: Exchange) -> None:
        await exchange.answer("503 Down" if down else "200 OK", b"")

    async with raw_server(play) as server:
        endpoint, _ = await world.endpoint(server)
        began = clock.now()
        sent = [await world.event() for _ in range(3)]
        await through_the_table(world, clock)
        assert {d.state for d in await world.deliveries()} == {DeliveryState.EXHAUSTED}
        down = False
        before = server.requests
        count = await world.replay(endpoint.endpoint_id, began, undelivered_only=True)
        await world.runner.drain()

    assert count == 3
    assert sorted(ids(server)[before:]) == sorted(sent)
    assert {d.state for d in await world.deliveries()} == {DeliveryState.DELIVERED}


async def test_a_replay_begins_the_table_anew(world: World, clock: HandClock) -> None:
    async with raw_server(answering("500 Oops")) as server:
        endpoint, _ = await world.endpoint(server)
        await world.event()
        await through_the_table(world, clock)
        await world.replay(endpoint.endpoint_id, clock.now() - timedelta(days=30))
        await world.runner.drain()

    delivery = await world.delivery()
    assert delivery.next_attempt_at is not None
    assert (delivery.next_attempt_at - clock.now()).total_seconds() <= 5.5
    assert [attempt.number for attempt in delivery.attempts] == list(range(1, 12))


async def test_gone_disables_the_endpoint_tells_the_owner_and_drops_what_waits(world: World, clock: HandClock) -> None:
    """W04."""
    async with raw_server(answering("410 Gone")) as server:
        endpoint, _ = await world.endpoint(server)
        for _ in range(5):
            await world.event()
        await world.runner.drain()
        await world.event()
        clock.advance(DAY)
        await world.runner.drain()

    (told,) = await world.events("endpoint.disabled")
    (listed,) = await store.endpoints(world.database, world.gateway.gateway_id)
    assert server.requests == 1
    assert told["endpoint_id"] == endpoint.endpoint_id
    assert listed.disabled_reason == "it answered 410 Gone"
    assert {d.state for d in await world.deliveries()} == {DeliveryState.DROPPED}
    assert len(await world.deliveries()) == 5


async def test_several_gones_at_once_disable_it_once(patient_world: World) -> None:
    """W04."""
    world = patient_world
    arrived = 0
    together = asyncio.Event()

    async def play(exchange: Exchange) -> None:
        nonlocal arrived
        arrived += 1
        if arrived == 4:
            together.set()
        await together.wait()
        await exchange.answer("410 Gone", b"")

    async with raw_server(play) as server:
        await world.endpoint(server)
        for _ in range(4):
            await world.event()
        runner = world.runner
        running = asyncio.create_task(runner.run())
        await eventually(lambda: all_in(world, DeliveryState.DROPPED))
        runner.stop()
        await running

    assert server.requests == 4
    assert len(await world.events("endpoint.disabled")) == 1


async def all_in(world: World, state: DeliveryState) -> bool:
    return {delivery.state for delivery in await world.deliveries()} == {state}


async def eventually(holds: "Callable[[], Awaitable[bool]]", seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("asked", "waited"),
    [
        *(("120", 120.0), ("1", 5.0), ("999999999999", DAY), ("-5", 5.0), ("soon", 5.0), ("", 5.0), ("1e3", 5.0)),
        *(("Sun, 06 Nov 99999999999999999999 08:49:37 GMT", 5.0), ("Fri, 31 Dec 9999 23:59:59 -2359", DAY)),
        *(("9" * 5000, DAY), ("Sat, 01 Jan 0001 00:00:00 +2359", 5.0), ("\x00\xff", 5.0)),
    ],
)
def test_retry_after_makes_it_later_within_a_day_and_never_sooner(
    clock: HandClock, status: int, asked: str, waited: float
) -> None:
    """W05."""
    gap = next_gap(1, Answer(status, {"retry-after": asked}, b""), clock.now())

    assert gap is not None
    assert waited <= gap <= waited * 1.1


def test_retry_after_may_be_a_date(clock: HandClock) -> None:
    """W05."""
    later = format_datetime(clock.now() + timedelta(minutes=10), usegmt=True)

    assert next_gap(1, Answer(503, {"retry-after": later}, b""), clock.now()) == 600.0


def test_retry_after_of_another_status_is_not_heard(clock: HandClock) -> None:
    gap = next_gap(1, Answer(500, {"retry-after": "7200"}, b""), clock.now())

    assert gap is not None
    assert gap <= 5.5


async def test_retry_after_is_obeyed(world: World, clock: HandClock) -> None:
    """W05."""
    async with raw_server(answering("429 Slow", "Retry-After: 90\r\n"), Exchange.answer) as server:
        await world.endpoint(server)
        await world.event()
        await world.runner.drain()
        clock.advance(89)
        await world.runner.drain()
        early = server.requests
        clock.advance(1)
        await world.runner.drain()

    assert (early, server.requests) == (1, 2)


async def test_a_deleted_endpoint_gets_nothing_more(world: World, clock: HandClock) -> None:
    """W12."""
    async with raw_server(answering("500 Oops")) as server:
        endpoint, _ = await world.endpoint(server)
        await world.event()
        await world.runner.drain()
        await endpoints.delete(world.database, world.gateway.gateway_id, endpoint.endpoint_id)
        await world.event()
        clock.advance(DAY)
        handled = await world.runner.drain()

    assert (server.requests, handled) == (1, 0)
    assert await world.deliveries() == []


async def test_an_endpoint_deleted_while_its_attempt_is_on_the_way_gets_nothing_more(
    world: World, clock: HandClock
) -> None:
    """W12."""
    arrived, answer_now = asyncio.Event(), asyncio.Event()

    async def play(exchange: Exchange) -> None:
        arrived.set()
        await answer_now.wait()
        await exchange.answer("500 Oops", b"")

    async with raw_server(play) as server:
        endpoint, _ = await world.endpoint(server)
        await world.event()
        draining = asyncio.create_task(world.runner.drain())
        await arrived.wait()
        await endpoints.delete(world.database, world.gateway.gateway_id, endpoint.endpoint_id)
        answer_now.set()
        await draining
        clock.advance(DAY)
        await world.runner.drain()

    assert server.requests == 1


async def test_an_event_that_an_endpoint_did_not_ask_for_is_not_sent(world: World) -> None:
    async with raw_server() as server:
        await world.endpoint(server, "/all")
        await world.endpoint(server, "/corrections", ["batch.corrected"])
        await world.event("batch.completed")
        await world.event("batch.corrected")
        await world.runner.drain()

    received = zip(server.exchanges, bodies(server), strict=True)
    assert sorted((exchange.target, body["event"]) for exchange, body in received) == [
        ("/all", "batch.completed"),
        ("/all", "batch.corrected"),
        ("/corrections", "batch.corrected"),
    ]


async def test_the_beginning_of_an_answer_is_kept_whatever_its_bytes(world: World) -> None:
    """W02."""
    async with raw_server(answering("200 OK", body=b"\x00\xff" + b"x" * 5000)) as server:
        await world.endpoint(server)
        await world.event()
        await world.runner.drain()

    kept = (await world.delivery()).attempts[0].response
    assert kept == "\ufffd\ufffd" + "x" * 1022


async def test_no_connection_to_the_database_is_held_while_the_request_is_on_its_way(world: World) -> None:
    held: list[int] = []

    async def play(exchange: Exchange) -> None:
        held.append(world.database.in_use)
        await exchange.answer()

    async with raw_server(play) as server:
        await world.endpoint(server)
        await world.event()
        await world.runner.drain()

    assert held == [0]


async def test_a_slow_receiver_does_not_hold_up_the_others(patient_world: World) -> None:
    """W09."""
    world = patient_world
    release = asyncio.Event()

    async def slow(exchange: Exchange) -> None:
        await release.wait()
        await exchange.answer()

    async with raw_server(slow) as slow_server, raw_server() as quick_server:
        slow_endpoint, _ = await world.endpoint(slow_server, event_types=["batch.corrected"])
        await world.endpoint(quick_server, event_types=["batch.completed"])
        transaction_id = await world.transaction()
        for _ in range(300):
            await world.event("batch.corrected", transaction_id)
        for _ in range(5):
            await world.event("batch.completed", transaction_id)
        runner = world.runner
        running = asyncio.create_task(runner.run())

        async def quick_ones_are_there() -> bool:
            return quick_server.requests == 5

        await eventually(quick_ones_are_there)
        in_flight = slow_server.requests
        release.set()
        runner.stop()
        await running

    assert in_flight <= 4
    waiting = [d for d in await world.deliveries() if d.endpoint_id == slow_endpoint.endpoint_id]
    assert len(waiting) == 300
    assert not any(d.state is DeliveryState.EXHAUSTED for d in waiting)
