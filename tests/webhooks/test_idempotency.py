"""Idempotency-Key on the POSTs around webhooks: one effect and one answer, and no secret left behind in clear."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.services import Server
from tests.conftest import HandClock
from tests.kit.test_public_client import Names
from tests.partners.making import CIPHER, KEYS, make_gateway
from tests.webhooks.partner import Api
from tests.webhooks.world import World
from torana.kit.cipher import CannotOpen
from torana.kit.database import Database
from torana.kit.public_client import PublicClient
from torana.webhooks import endpoints

URL = "http://127.0.0.1:9000/in"
SINCE = "2026-11-01T00:00:00Z"

Asked = Callable[[], Awaitable[httpx.Response]]


def replayed(answer: httpx.Response) -> bool:
    return bool(answer.headers.get("idempotency-replayed") == "true")


async def sealed_secret(world: World, endpoint_id: str) -> bytes:
    return bytes(await world.database.value("select secret from endpoints where endpoint_id = $1", endpoint_id))


@pytest.fixture
async def endpoint_id(api: Api) -> str:
    made = await api.make("http://127.0.0.1:9000/made-before")
    return str(made["id"])


@pytest.mark.parametrize("action", ["make", "enable", "rotate", "replay"])
async def test_the_same_post_again_gets_the_same_answer(api: Api, endpoint_id: str, action: str) -> None:
    """D01."""

    async def ask() -> httpx.Response:
        if action == "make":
            return await api.post("/endpoints", "k-1", json={"url": URL})
        params = {"since": SINCE} if action == "replay" else {}
        return await api.post(f"/endpoints/{endpoint_id}/{action}", "k-1", params=params)

    first, again = await ask(), await ask()

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content
    assert (replayed(first), replayed(again)) == (False, True)


async def test_the_same_endpoint_in_another_spelling_is_the_same(api: Api) -> None:
    """D01."""
    json = {"content-type": "application/json"}
    one, other = b'{"url":"%b","eventTypes":null}', b'{ "url": "%b" }'
    api.http.headers.update(json)

    first = await api.post("/endpoints", "k", content=one % URL.encode())
    again = await api.post("/endpoints", "k", content=other % URL.encode())

    assert again.content == first.content


async def test_a_made_endpoint_is_answered_again_when_its_name_leads_nowhere_by_then(world: World) -> None:
    """D01."""
    names = Names(["93.184.216.34"], [])
    api = Api(world, world.gateway, PublicClient(resolver=names))
    body = {"url": "https://hooks.example/in"}

    first = await api.post("/endpoints", "k", json=body)
    again = await api.post("/endpoints", "k", json=body)

    assert (first.status_code, again.content) == (200, first.content)
    assert len(names.asked) == 1


async def test_rotating_twice_with_one_key_rotates_once(api: Api, world: World, endpoint_id: str) -> None:
    """D01: otherwise the secret that the receiver still knows would sign no more."""
    path = f"/endpoints/{endpoint_id}/rotate"
    first = await api.post(path, "k")
    kept = await sealed_secret(world, endpoint_id)

    again = await api.post(path, "k")
    other = await api.post(path, "another")

    assert again.json()["data"]["secret"] == first.json()["data"]["secret"]
    assert other.json()["data"]["secret"] != first.json()["data"]["secret"]
    assert await sealed_secret(world, endpoint_id) != kept


@pytest.mark.parametrize(
    "since", ["0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59Z"]
)
async def test_a_moment_at_the_end_of_all_time_is_no_fault_of_ours(api: Api, endpoint_id: str, since: str) -> None:
    for times in ({"since": since}, {"since": SINCE, "until": since}):
        answer = await api.post(f"/endpoints/{endpoint_id}/replay", "k" + "".join(times), params=times)

        assert answer.status_code in (200, 400)


async def test_replaying_twice_with_one_key_sends_once(api: Api, world: World, endpoint_id: str) -> None:
    """D01."""
    await world.event()
    path, params = f"/endpoints/{endpoint_id}/replay", {"since": SINCE}
    first = await api.post(path, "k", params=params)
    await world.database.execute("update deliveries set state = 'DELIVERED', due_at = null")

    again = await api.post(path, "k", params=params)

    assert first.json() == again.json()
    assert [delivery.state for delivery in await world.deliveries()] == ["DELIVERED"]


async def test_a_key_with_another_body_path_or_query_is_refused(api: Api, world: World, endpoint_id: str) -> None:
    """D02."""
    await api.post("/endpoints", "k-make", json={"url": URL})
    await api.post(f"/endpoints/{endpoint_id}/rotate", "k-rotate")
    await api.post(f"/endpoints/{endpoint_id}/replay", "k-replay", params={"since": SINCE})
    kept = await sealed_secret(world, endpoint_id)

    others = [
        await api.post("/endpoints", "k-make", json={"url": URL, "eventTypes": ["batch.completed"]}),
        await api.post(f"/endpoints/{endpoint_id}/rotate", "k-make"),
        await api.post(f"/endpoints/{endpoint_id}/enable", "k-rotate"),
        await api.post(f"/endpoints/{endpoint_id}/replay", "k-replay", params={"since": SINCE, "undelivered": "true"}),
    ]

    assert [other.status_code for other in others] == [422] * 4
    assert "use a new key" in others[0].json()["message"]
    assert await sealed_secret(world, endpoint_id) == kept
    assert len(await api.call("GET", "/endpoints")) == 2


async def held(monkeypatch: pytest.MonkeyPatch, name: str, first: Asked) -> tuple[asyncio.Task[httpx.Response], Any]:
    """This request, stopped where it calls `endpoints.<name>`, and the event that lets it go on; later ones pass."""
    arrived, go_on = asyncio.Event(), asyncio.Event()
    real = getattr(endpoints, name)

    async def slow(*args: Any, **more: Any) -> Any:
        if not arrived.is_set():
            arrived.set()
            await go_on.wait()
        return await real(*args, **more)

    monkeypatch.setattr(endpoints, name, slow)
    asked = asyncio.ensure_future(first())
    await arrived.wait()
    return asked, go_on


async def test_while_the_first_is_at_work_a_second_waits(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """D03."""

    async def make() -> httpx.Response:
        return await api.post("/endpoints", "k-3", json={"url": URL})

    first, go_on = await held(monkeypatch, "check_url", make)
    second = await make()
    go_on.set()

    assert (second.status_code, second.headers["retry-after"]) == (409, "1")
    assert (await first).status_code == 200
    assert len(await api.call("GET", "/endpoints")) == 1


async def test_many_at_once_make_one_endpoint(api: Api) -> None:
    """D04."""
    answers = await asyncio.gather(*(api.post("/endpoints", "k-4", json={"url": URL}) for _ in range(50)))

    statuses = Counter(answer.status_code for answer in answers)
    done = [answer for answer in answers if answer.status_code == 200]
    assert set(statuses) <= {200, 409}
    assert len({answer.content for answer in done}) == 1
    assert sum(not replayed(answer) for answer in done) == 1
    assert len(await api.call("GET", "/endpoints")) == 1


async def test_a_process_that_slept_through_its_lock_changes_nothing(
    api: Api, world: World, clock: HandClock, endpoint_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D05: it wakes up after another has taken the key over and has answered."""

    async def rotate() -> httpx.Response:
        return await api.post(f"/endpoints/{endpoint_id}/rotate", "k-5")

    first, go_on = await held(monkeypatch, "rotate", rotate)
    clock.advance(61)
    second = await rotate()
    kept = await sealed_secret(world, endpoint_id)
    go_on.set()

    assert (second.status_code, (await first).status_code) == (200, 409)
    assert await sealed_secret(world, endpoint_id) == kept
    assert (await rotate()).content == second.content


@pytest.mark.parametrize(("point", "stored"), [("before_commit", 0), ("after_commit", 1)])
async def test_a_process_killed_at_work_leaves_one_endpoint(
    database: Database, database_url: str, tmp_path: Path, point: str, stored: int
) -> None:
    """D05, with a real kill: what the retry finds is either nothing or everything, the secret included."""
    clock = HandClock(datetime.now(UTC))
    world = await World(database, clock).open()
    with Server(
        database_url,
        "",
        TORANA_HOME=str(tmp_path),
        TORANA_DATABASE_URL=database_url,
        TORANA_ENCRYPTION_KEYS=KEYS,
        TORANA_WEBHOOK_ALLOWED_HOSTS="127.0.0.0/8",
        TORANA_FAULTPOINTS=f"partners.idempotency.{point}=kill",
    ) as dying:
        async with httpx.AsyncClient(base_url=dying.url) as client:
            with pytest.raises(httpx.TransportError):
                await client.post(
                    f"/v1/{world.gateway.name}/webhooks/endpoints",
                    json={"url": URL},
                    headers={"x-gateway-secret": world.gateway.api_secret, "idempotency-key": "k"},
                )
        assert dying.killed

    api = Api(world, world.gateway)
    assert len(await api.call("GET", "/endpoints")) == stored
    clock.advance(180)
    retried = await api.post("/endpoints", "k", json={"url": URL})
    await world.close()

    assert retried.status_code == 200
    assert retried.json()["data"]["secret"].startswith("whsec_")
    assert replayed(retried) == bool(stored)
    assert len(await api.call("GET", "/endpoints")) == 1


async def test_two_partners_may_use_the_same_key(api: Api, world: World) -> None:
    """D06."""
    stranger = Api(world, await make_gateway(world.database, world.clock))

    ours = await api.post("/endpoints", "k-6", json={"url": URL})
    theirs = await stranger.post("/endpoints", "k-6", json={"url": "http://127.0.0.1:9000/theirs"})

    assert (ours.status_code, theirs.status_code) == (200, 200)
    assert not replayed(theirs)


async def test_after_a_day_a_key_is_new(api: Api, clock: HandClock, endpoint_id: str) -> None:
    """D07."""
    path = f"/endpoints/{endpoint_id}/rotate"
    first = await api.post(path, "k-7")
    clock.advance(24 * 3600 - 1)
    same = await api.post(path, "k-7")
    clock.advance(1)
    other = await api.post(path, "k-7")

    assert same.content == first.content
    assert other.json()["data"]["secret"] != first.json()["data"]["secret"]


async def test_a_refused_request_does_not_use_its_key_up(api: Api, endpoint_id: str) -> None:
    refused = [
        await api.post("/endpoints", "k", json={"url": "ftp://127.0.0.1/in"}),
        await api.post("/endpoints", "k", json={"url": URL, "eventTypes": ["nonsense"]}),
        await api.post("/endpoints", "k", json={"url": "http://127.0.0.1:9000/made-before"}),
        await api.post("/endpoints/ep_none/rotate", "k"),
        await api.post("/endpoints/%00/enable", "k"),
        await api.post(f"/endpoints/{endpoint_id}/replay", "k", params={"since": "yesterday"}),
    ]

    mended = await api.post("/endpoints", "k", json={"url": URL})

    assert [answer.status_code for answer in refused] == [400, 400, 409, 404, 400, 400]
    assert mended.status_code == 200
    assert not replayed(mended)


async def test_a_secret_in_a_kept_answer_is_not_in_the_database_in_clear(
    api: Api, world: World, endpoint_id: str
) -> None:
    """X04."""
    made = await api.post("/endpoints", "k-made", json={"url": URL})
    rotated = await api.post(f"/endpoints/{endpoint_id}/rotate", "k-rotated")
    secrets = [answer.json()["data"]["secret"] for answer in (made, rotated)]

    rows = await world.database.value(
        "select string_agg(k::text || encode(body, 'escape'), '') from idempotency_keys k"
    )

    assert "k-made" in rows
    assert "whsec_" not in rows
    assert not any(secret.removeprefix("whsec_") in rows for secret in secrets)


async def test_a_kept_answer_opens_under_its_own_key_only(api: Api, world: World, endpoint_id: str) -> None:
    """X04: somebody who can write rows does not get at a secret by copying one."""
    await api.post(f"/endpoints/{endpoint_id}/rotate", "theirs")

    body = await world.database.value("select body from idempotency_keys")

    place = f"{world.gateway.gateway_id}|idempotency_keys|"
    assert "whsec_" in CIPHER.open(body, bound_to=f"{place}theirs|body")
    with pytest.raises(CannotOpen):
        CIPHER.open(body, bound_to=f"{place}mine|body")
