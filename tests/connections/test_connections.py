"""The connection of an investor with their broker: its end is told once, and a partner can look at it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from tests.support.brokers import ANY_BROKER
from tests.support.clock import HandClock
from tests.support.gateway import Caller, api_services_of, application, calling
from tests.support.partner import CIPHER, log_in, make_gateway
from torana.connections.models import Connection
from torana.connections.routes import connections_router
from torana.connections.schemas import CONNECTION_ENDED, CONNECTION_RESTORED
from torana.connections.tell import LOGINS, tell, what_to_tell
from torana.events.types import EventType
from torana.flows.registry import EVENT_TYPES
from torana.investors.models import EndedBy
from torana.investors.sessions import Sessions
from torana.kit.database import Database
from torana.kit.due import LostLease, claim
from torana.partners.models import Gateway

LIFE = 8 * 3600
"""Seconds that a login of these tests lives."""


class World:
    """One gateway, its investors' logins, and the worker who tells of them."""

    def __init__(self, database: Database, clock: HandClock, gateway: Gateway) -> None:
        self.database = database
        self.clock = clock
        self.gateway = gateway
        self.sessions = Sessions(database, CIPHER, clock)

    async def log_in(self, user: str = "AB1234") -> tuple[str, str]:
        """The investor, and their login."""
        return await log_in(self.database, self.gateway, self.clock.now(), user=user)

    async def end(self, session_id: str, by: EndedBy = EndedBy.BROKER) -> None:
        await self.sessions.end(self.gateway.gateway_id, session_id, self.clock.now(), by)

    async def work(self) -> None:
        """Everything that is due, all of it at once as several workers would."""
        claims = await claim(self.database, LOGINS, self.gateway.gateway_id, self.clock.now(), 16)
        await asyncio.gather(*(tell(self.database, self.clock, one) for one in claims))

    async def told(self) -> list[dict[str, Any]]:
        """The webhooks so far."""
        async with self.database.connection() as connection:
            rows = await connection.fetch(
                "select type, data from events where gateway_id = $1 and type like 'connection.%' order by created_at",
                self.gateway.gateway_id,
            )
        return [{"event": row["type"], **EVENT_TYPES[row["type"]].wire(row["data"])} for row in rows]

    async def events(self) -> list[str]:
        return [one["event"] for one in await self.told()]


@pytest.fixture
async def world(database: Database, clock: HandClock) -> World:
    return World(database, clock, await make_gateway(database, clock))


async def test_a_login_that_the_broker_refuses_is_told_once(world: World) -> None:
    """S04."""
    investor_id, session_id = await world.log_in()
    began = world.clock.now()
    world.clock.advance(60)

    await world.end(session_id)
    await world.end(session_id)
    await world.work()
    await world.work()

    (told,) = await world.told()
    assert (told["event"], told["smallcaseAuthId"], told["broker"]) == ("connection.ended", investor_id, ANY_BROKER)
    assert (told["connected"], told["reason"], told["needed"]) == (False, "refused_by_broker", "login")
    assert told["since"] == began.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert told["endedAt"] == world.clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert (told["transactionId"], told["intent"]) == (None, None)


async def test_a_login_that_runs_out_is_told_when_it_does(world: World) -> None:
    """T03."""
    await world.log_in()

    world.clock.advance(LIFE - 1)
    await world.work()
    before = await world.events()
    world.clock.advance(1)
    await world.work()

    (told,) = await world.told()
    assert before == []
    assert (told["reason"], told["endedAt"]) == ("expired", told["until"])


async def test_an_investor_with_another_login_is_still_connected(world: World) -> None:
    _, first = await world.log_in()
    world.clock.advance(60)
    _, second = await world.log_in()

    await world.end(first)
    await world.work()
    still = await world.events()
    await world.end(second, EndedBy.LOGOUT)
    await world.work()

    assert still == []
    assert [one["reason"] for one in await world.told()] == ["logged_out"]


async def test_two_logins_that_end_together_are_one_end(world: World) -> None:
    _, first = await world.log_in()
    _, second = await world.log_in()

    await asyncio.gather(world.end(first), world.end(second))
    await world.work()
    await world.work()

    assert set(await world.events()) == {"connection.ended"}


async def test_the_first_login_after_a_told_end_is_told(world: World) -> None:
    _, session_id = await world.log_in()
    await world.end(session_id)
    await world.work()
    world.clock.advance(60)

    await world.log_in()
    await world.work()
    await world.log_in()
    await world.work()

    *_, told = await world.told()
    assert await world.events() == ["connection.ended", "connection.restored"]
    assert (told["connected"], told["reason"], told["needed"]) == (True, None, None)


async def test_a_login_that_restored_a_connection_ends_like_any_other(world: World) -> None:
    _, session_id = await world.log_in()
    await world.end(session_id)
    await world.work()
    world.clock.advance(60)
    await world.log_in()
    await world.work()

    world.clock.advance(LIFE)
    await world.work()

    assert await world.events() == ["connection.ended", "connection.restored", "connection.ended"]


async def test_of_a_person_who_was_erased_nothing_is_told(world: World) -> None:
    investor_id, _ = await world.log_in()
    erased = "update investors set broker_user_id = 'erased:' || investor_id where investor_id = $1"
    await world.database.execute(erased, investor_id)

    world.clock.advance(LIFE)
    await world.work()

    assert await world.events() == []


async def test_who_lost_the_lease_tells_nothing(world: World) -> None:
    _, session_id = await world.log_in()
    await world.end(session_id)
    (held,) = await claim(world.database, LOGINS, world.gateway.gateway_id, world.clock.now(), 1)
    await world.database.execute("update broker_sessions set lease_token = lease_token + 1")

    with pytest.raises(LostLease):
        await tell(world.database, world.clock, held)

    assert await world.events() == []


@pytest.mark.parametrize(
    ("lives", "restores", "others", "event"),
    [
        (True, False, False, None),
        (True, True, False, CONNECTION_RESTORED),
        (True, True, True, CONNECTION_RESTORED),
        (False, False, False, CONNECTION_ENDED),
        (False, True, False, CONNECTION_ENDED),
        (False, False, True, None),
    ],
)
def test_what_is_told_of_a_login(
    clock: HandClock, event: EventType | None, *, lives: bool, restores: bool, others: bool
) -> None:
    now = clock.now()
    ended = None if lives else now
    connection = Connection("65f0", ANY_BROKER, now, now + timedelta(hours=1), ended, None)

    assert what_to_tell(connection, restores=restores, others=others) is event


# the partner's look


@pytest.fixture
async def caller(world: World) -> AsyncIterator[Caller]:
    services = api_services_of(world.database, world.clock)
    async with calling(application(world.database, world.clock, more=[connections_router(services)])) as client:
        yield Caller(client, world.gateway, world.clock)


async def look(caller: Caller, investor_id: str | None) -> tuple[int, Any]:
    path = f"/v1/{caller.gateway.name}/engine/user/connection"
    answer = await caller.client.get(path, headers=caller.headers(investor_id))
    return answer.status_code, answer.json()


async def test_a_partner_sees_since_when_and_until_when(world: World, caller: Caller) -> None:
    investor_id, _ = await world.log_in()

    status, told = await look(caller, investor_id)

    assert status == 200
    assert told["data"] == {
        "smallcaseAuthId": investor_id,
        "broker": ANY_BROKER,
        "connected": True,
        "since": "2026-11-18T05:00:00.000Z",
        "until": "2026-11-18T13:00:00.000Z",
        "endedAt": None,
        "reason": None,
        "needed": None,
    }


async def test_a_partner_sees_what_ended_it_before_any_worker_did(world: World, caller: Caller) -> None:
    investor_id, first = await world.log_in()
    world.clock.advance(60)
    _, second = await world.log_in()

    await world.end(first, EndedBy.LOGOUT)
    _, living = await look(caller, investor_id)
    await world.end(second)
    _, over = await look(caller, investor_id)
    world.clock.advance(60)
    await world.log_in()
    world.clock.advance(LIFE)
    _, expired = await look(caller, investor_id)

    assert (living["data"]["connected"], living["data"]["since"]) == (True, "2026-11-18T05:01:00.000Z")
    assert (over["data"]["reason"], over["data"]["needed"]) == ("refused_by_broker", "login")
    assert (expired["data"]["reason"], expired["data"]["endedAt"]) == ("expired", "2026-11-18T13:02:00.000Z")


async def test_an_investor_whose_logins_are_no_longer_kept_is_known_and_needs_one(world: World, caller: Caller) -> None:
    investor_id, _ = await world.log_in()
    await world.database.execute("delete from broker_sessions where investor_id = $1", investor_id)

    status, told = await look(caller, investor_id)

    assert (status, told["data"]["connected"], told["data"]["since"], told["data"]["needed"]) == (
        200, False, None, "login",
    )  # fmt: skip


async def test_a_guest_has_no_connection_and_another_gateways_investor_is_not_known(
    world: World, caller: Caller
) -> None:
    elsewhere, _ = await log_in(
        world.database, await make_gateway(world.database, world.clock), world.clock.now(), user="ZZ9999"
    )

    guest, refused = await look(caller, None)
    foreign, _ = await look(caller, elsewhere)

    assert (guest, foreign) == (400, 404)
    assert refused["docUrl"].endswith("#connected-only")
