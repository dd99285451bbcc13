"""Investors and their broker sessions."""

import asyncio
from datetime import timedelta

import pytest

from tests.support.brokers import ANY_BROKER, OTHER_BROKER
from tests.support.clock import HandClock
from tests.support.partner import CIPHER, log_in, make_gateway
from torana.investors import accounts
from torana.investors.sessions import Sessions
from torana.kit.cipher import CannotOpen
from torana.kit.database import Database


async def test_the_same_account_is_the_same_investor_for_ever(database: Database, clock: HandClock) -> None:
    gateway = await make_gateway(database, clock)

    first, _ = await log_in(database, gateway, clock.now())
    clock.advance(86400)
    again, _ = await log_in(database, gateway, clock.now())

    assert first == again
    assert len(first) == 24
    found = await accounts.find(database, gateway.gateway_id, first)
    assert found is not None
    assert (found.broker, found.broker_user_id) == (ANY_BROKER, "AB1234")


async def test_two_gateways_know_one_account_under_two_ids(database: Database, clock: HandClock) -> None:
    one, two = await make_gateway(database, clock), await make_gateway(database, clock)

    at_one, _ = await log_in(database, one, clock.now())
    at_two, _ = await log_in(database, two, clock.now())

    assert at_one != at_two
    assert await accounts.find(database, two.gateway_id, at_one) is None


async def test_the_same_user_name_at_two_brokers_is_two_investors(database: Database, clock: HandClock) -> None:
    gateway = await make_gateway(database, clock)

    here, _ = await log_in(database, gateway, clock.now(), broker=ANY_BROKER)
    there, _ = await log_in(database, gateway, clock.now(), broker=OTHER_BROKER)

    assert here != there


async def test_first_logins_at_the_same_moment_agree_on_one_id(database: Database, clock: HandClock) -> None:
    gateway = await make_gateway(database, clock)

    made = await asyncio.gather(*(log_in(database, gateway, clock.now()) for _ in range(8)))

    assert len({investor_id for investor_id, _ in made}) == 1


async def test_the_newest_session_is_the_live_one(database: Database, clock: HandClock) -> None:
    gateway = await make_gateway(database, clock)
    investor_id, _ = await log_in(database, gateway, clock.now())
    clock.advance(60)
    _, newer = await log_in(database, gateway, clock.now())

    live = await Sessions(database, CIPHER, clock).live(gateway.gateway_id, investor_id, clock.now())

    assert live is not None
    assert live.session_id == newer
    assert live.as_session().secrets == {"token": "token-of-AB1234"}
    assert live.as_session().broker_user_id == "AB1234"


async def test_a_session_dies_at_its_hour_or_when_it_is_ended(database: Database, clock: HandClock) -> None:
    gateway = await make_gateway(database, clock)
    sessions = Sessions(database, CIPHER, clock)
    investor_id, first = await log_in(database, gateway, clock.now())

    later = clock.now() + timedelta(hours=8)
    assert await sessions.live(gateway.gateway_id, investor_id, later) is None
    await sessions.end(gateway.gateway_id, first, clock.now())

    assert await sessions.live(gateway.gateway_id, investor_id, clock.now()) is None
    ended = await sessions.by_id(gateway.gateway_id, first)
    assert ended is not None
    assert ended.ended_at == clock.now()


async def test_a_session_ends_once(database: Database, clock: HandClock) -> None:
    gateway = await make_gateway(database, clock)
    sessions = Sessions(database, CIPHER, clock)
    _, session_id = await log_in(database, gateway, clock.now())
    at_first = clock.now()
    await sessions.end(gateway.gateway_id, session_id, at_first)
    clock.advance(60)

    await sessions.end(gateway.gateway_id, session_id, clock.now())

    ended = await sessions.by_id(gateway.gateway_id, session_id)
    assert ended is not None
    assert ended.ended_at == at_first


async def test_another_gateway_finds_no_foreign_session(database: Database, clock: HandClock) -> None:
    one, two = await make_gateway(database, clock), await make_gateway(database, clock)
    sessions = Sessions(database, CIPHER, clock)
    investor_id, session_id = await log_in(database, one, clock.now())

    assert await sessions.by_id(two.gateway_id, session_id) is None
    assert await sessions.live(two.gateway_id, investor_id, clock.now()) is None
    await sessions.end(two.gateway_id, session_id, clock.now())

    assert await sessions.live(one.gateway_id, investor_id, clock.now()) is not None


async def test_a_brokers_token_is_sealed_and_bound_to_its_session(database: Database, clock: HandClock) -> None:
    gateway = await make_gateway(database, clock)
    _, first = await log_in(database, gateway, clock.now(), user="AB1234")
    _, second = await log_in(database, gateway, clock.now(), user="CD5678")

    stored = await database.value("select token from broker_sessions where session_id = $1", first)
    assert b"token-of" not in stored
    await database.execute("update broker_sessions set token = $1 where session_id = $2", stored, second)
    with pytest.raises(CannotOpen):
        await Sessions(database, CIPHER, clock).by_id(gateway.gateway_id, second)


async def test_a_session_shows_no_token(database: Database, clock: HandClock) -> None:
    gateway = await make_gateway(database, clock)
    _, session_id = await log_in(database, gateway, clock.now())

    session = await Sessions(database, CIPHER, clock).by_id(gateway.gateway_id, session_id)

    assert session is not None
    assert "token" not in repr(session)
    assert "token" not in repr(session.as_session())
