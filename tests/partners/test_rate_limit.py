"""How many requests a gateway may send a minute."""

import pytest
from httpx import AsyncClient, Response

from tests.support.clock import HandClock
from tests.support.gateway import GUIDE, Caller, application, calling
from tests.support.partner import make_gateway
from torana.api.request_ids import RequestIds
from torana.kit.database import Database
from torana.partners.rate_limit import RateLimit


def limited(database: Database, clock: HandClock, per_minute: int) -> RequestIds:
    return RequestIds(RateLimit(application(database, clock), clock=clock, per_minute=per_minute, guide_url=GUIDE))


async def connect(caller: Caller) -> Response:
    return await caller.create({"intent": "CONNECT"})


async def test_every_answer_says_what_is_left(database: Database, clock: HandClock) -> None:
    async with calling(limited(database, clock, 3)) as client:
        partner = Caller(client, await make_gateway(database, clock), clock)

        answers = [await connect(partner) for _ in range(2)]

    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["2", "1"]
    assert {answer.headers["ratelimit-limit"] for answer in answers} == {"3"}
    assert {answer.headers["ratelimit-reset"] for answer in answers} == {"60"}


async def test_one_request_too_many_waits_for_the_next_minute(database: Database, clock: HandClock) -> None:
    async with calling(limited(database, clock, 3)) as client:
        partner = Caller(client, await make_gateway(database, clock), clock)
        clock.advance(20)
        statuses = [(await connect(partner)).status_code for _ in range(3)]
        refused = await connect(partner)
        clock.advance(40)
        after = await connect(partner)

    assert statuses == [200, 200, 200]
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == refused.headers["ratelimit-reset"] == "40"
    assert refused.json()["errors"] == ["Too Many Requests"]
    assert refused.json()["requestId"] == refused.headers["x-request-id"]
    assert after.status_code == 200


async def test_gateways_have_their_own_minute(database: Database, clock: HandClock) -> None:
    async with calling(limited(database, clock, 1)) as client:
        one = Caller(client, await make_gateway(database, clock), clock)
        two = Caller(client, await make_gateway(database, clock), clock)

        statuses = [(await connect(caller)).status_code for caller in (one, one, two)]

    assert statuses == [200, 429, 200]


async def test_who_does_not_know_the_secret_cannot_use_the_minute_up(database: Database, clock: HandClock) -> None:
    async with calling(limited(database, clock, 2)) as client:
        partner = Caller(client, await make_gateway(database, clock), clock)

        guesses = [await guess(client, partner, f"guess-{number}") for number in range(5)]
        same_guess = [await guess(client, partner, "guess") for _ in range(3)]

        assert guesses == [401] * 5
        assert same_guess == [401, 401, 429]
        assert (await connect(partner)).status_code == 200


async def guess(client: AsyncClient, partner: Caller, secret: str) -> int:
    answer = await client.post(
        f"/gateway/{partner.gateway.name}/transaction",
        json={"intent": "CONNECT"},
        headers={**partner.headers(), "x-gateway-secret": secret},
    )
    return answer.status_code


@pytest.mark.parametrize("path", ["/elsewhere", "/", "/portal/open"])
async def test_only_the_partners_api_is_counted(database: Database, clock: HandClock, path: str) -> None:
    async with calling(limited(database, clock, 1)) as client:
        answers = [await client.get(path) for _ in range(3)]

    assert {answer.status_code for answer in answers} == {404}
    assert all("ratelimit-limit" not in answer.headers for answer in answers)


async def test_zero_switches_it_off(database: Database, clock: HandClock) -> None:
    async with calling(limited(database, clock, 0)) as client:
        partner = Caller(client, await make_gateway(database, clock), clock)

        answer = await connect(partner)

    assert answer.status_code == 200
    assert "ratelimit-limit" not in answer.headers


async def test_a_path_without_a_name_does_no_harm(database: Database, clock: HandClock) -> None:
    async with calling(limited(database, clock, 5)) as client:
        assert {(await client.get(path)).status_code for path in ("/gateway/", "/v1/", "/v1//x")} == {404}
