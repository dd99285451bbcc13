"""Webhooks, served by the partner themselves over HTTP."""

import pytest

from tests.conftest import HandClock
from tests.kit.servers import Exchange, raw_server
from tests.kit.test_public_client import LOOPBACK_IN_DISGUISE, ODD_URLS, PRIVATE, Names
from tests.partners.making import make_gateway
from tests.webhooks.partner import Api
from tests.webhooks.world import World, ids
from torana.kit.public_client import PublicClient


async def test_an_endpoint_is_made_listed_and_deleted(api: Api) -> None:
    made = await api.make("http://127.0.0.1:9000/in", eventTypes=["batch.completed"])
    listed = await api.call("GET", "/endpoints")
    await api.call("DELETE", f"/endpoints/{made['id']}")

    assert made.pop("secret").startswith("whsec_")
    assert listed == [made]
    assert (made["url"], made["eventTypes"], made["enabled"]) == ("http://127.0.0.1:9000/in", ["batch.completed"], True)
    assert await api.call("GET", "/endpoints") == []
    await api.call("DELETE", f"/endpoints/{made['id']}", 404)


async def test_urls_that_we_must_not_call_are_refused_when_they_are_given(world: World) -> None:
    """F01."""
    api = Api(world, world.gateway, PublicClient(resolver=Names(["10.0.0.1"])))
    urls = [*ODD_URLS, *(f"https://{host}/in" for host in (*LOOPBACK_IN_DISGUISE, *PRIVATE))]

    for url in urls:
        refused = await api.make(url, 400)
        assert refused["errorType"] == "InputException", url

    assert "public internet" in (await api.make("https://10.0.0.1/in", 400))["message"]
    assert await world.database.value("select count(*) from endpoints") == 0


async def test_a_public_url_is_taken(world: World) -> None:
    public = PublicClient(resolver=Names(["93.184.216.34"]))

    made = await Api(world, world.gateway, public).make("https://hooks.example/in?who=me")

    assert made["url"] == "https://hooks.example/in?who=me"


async def test_a_url_has_one_endpoint_so_that_a_request_may_be_repeated(api: Api) -> None:
    await api.make("http://127.0.0.1:9000/in")
    refused = await api.make("http://127.0.0.1:9000/in", 409)

    assert "rotate" in refused["message"]
    assert len(await api.call("GET", "/endpoints")) == 1


async def test_a_gateway_has_at_most_thirty_endpoints(api: Api) -> None:
    for number in range(30):
        await api.make(f"http://127.0.0.1:9000/{number}")
    await api.make("http://127.0.0.1:9000/one-more", 409)


@pytest.mark.parametrize("types", [["order.sending"], ["batch.completed", "nonsense"], []])
async def test_an_unknown_event_type_is_refused(api: Api, types: list[str]) -> None:
    refused = await api.make("http://127.0.0.1:9000/in", 400, eventTypes=types)

    assert "batch.completed" in refused["message"]


@pytest.mark.parametrize("body", ['{"url": 5}', "{}", "[]", "nonsense", ""])
async def test_a_body_that_cannot_be_read_is_a_400(api: Api, body: str) -> None:
    await api.call("POST", "/endpoints", 400, content=body, headers={"content-type": "application/json"})


@pytest.mark.parametrize("path", ["/endpoints", "/deliveries"])
@pytest.mark.parametrize("secret", ["", "wrong"])
async def test_without_the_secret_of_the_gateway_nothing_is_told(api: Api, path: str, secret: str) -> None:
    refused = await api.call("GET", path, 401, headers={"x-gateway-secret": secret})

    assert refused["errorType"] == "AccessDenied"


async def test_another_gateways_endpoint_is_not_found(api: Api, world: World) -> None:
    """X01."""
    made = await api.make("http://127.0.0.1:9000/in")
    stranger = Api(world, await make_gateway(world.database, world.clock))

    await stranger.call("DELETE", f"/endpoints/{made['id']}", 404)
    await stranger.call("POST", f"/endpoints/{made['id']}/rotate", 404)
    await stranger.call("POST", f"/endpoints/{made['id']}/enable", 404)
    await stranger.call("POST", f"/endpoints/{made['id']}/replay", 404, params={"since": "2026-11-01T00:00:00Z"})
    assert await stranger.call("GET", "/endpoints") == []
    assert len(await api.call("GET", "/endpoints")) == 1


async def test_deliveries_are_shown_with_every_attempt(api: Api, world: World, clock: HandClock) -> None:
    async def oops(exchange: Exchange) -> None:
        await exchange.answer("500 Oops", b"out of paper")

    async with raw_server(oops, Exchange.answer) as server:
        made = await api.make(f"{server.url}/in")
        transaction_id = await world.transaction()
        event_id = await world.event(transaction_id=transaction_id)
        await world.event()
        await world.runner.drain()
        clock.advance(6)
        await world.runner.drain()

    (shown,) = await api.call("GET", "/deliveries", params={"transactionId": transaction_id})
    assert (shown["eventId"], shown["endpointId"], shown["event"]) == (event_id, made["id"], "batch.completed")
    assert shown["state"] == "DELIVERED"
    assert [attempt["number"] for attempt in shown["attempts"]] == list(range(1, len(shown["attempts"]) + 1))
    assert len(await api.call("GET", "/deliveries")) == 2
    assert len(await api.call("GET", "/deliveries", params={"endpointId": made["id"]})) == 2
    assert await api.call("GET", "/deliveries", params={"transactionId": "TRX_none"}) == []
    first = [each["attempts"][0] for each in await api.call("GET", "/deliveries")]
    assert {"statusCode": 500, "response": "out of paper", "error": None}.items() <= next(
        attempt for attempt in first if attempt["statusCode"] == 500
    ).items()


async def test_another_gateways_deliveries_are_not_shown(api: Api, world: World) -> None:
    """X01."""
    async with raw_server() as server:
        await api.make(f"{server.url}/in")
        await world.event()
        await world.runner.drain()
    stranger = Api(world, await make_gateway(world.database, world.clock))

    assert await stranger.call("GET", "/deliveries") == []


async def test_a_replay_of_a_range_sends_what_happened_in_it(api: Api, world: World, clock: HandClock) -> None:
    """W06."""
    async with raw_server() as server:
        made = await api.make(f"{server.url}/in")
        await world.event()
        clock.advance(3600)
        since = clock.now().isoformat()
        wanted = [await world.event(), await world.event()]
        await world.runner.drain()
        before = server.requests
        told = await api.call("POST", f"/endpoints/{made['id']}/replay", params={"since": since})
        nothing = await api.call(
            "POST", f"/endpoints/{made['id']}/replay", params={"since": since, "undelivered": "true"}
        )
        await world.runner.drain()

    assert (told, nothing) == ({"deliveries": 2}, {"deliveries": 0})
    assert sorted(ids(server)[before:]) == sorted(wanted)


async def test_a_replay_reaches_back_before_the_endpoint_was_made(api: Api, world: World) -> None:
    event_id = await world.event()
    async with raw_server() as server:
        made = await api.make(f"{server.url}/in")
        await api.call("POST", f"/endpoints/{made['id']}/replay", params={"since": "2026-11-01T00:00:00Z"})
        await world.runner.drain()

    assert ids(server) == [event_id]


@pytest.mark.parametrize("since", ["", "yesterday", "2026-11-18T05:15:00", "1763442900"])
async def test_a_replay_needs_a_moment_with_its_zone(api: Api, since: str) -> None:
    made = await api.make("http://127.0.0.1:9000/in")

    await api.call("POST", f"/endpoints/{made['id']}/replay", 400, params={"since": since})


async def test_a_disabled_endpoint_is_shown_as_such_and_can_be_enabled(api: Api, world: World) -> None:
    """W04."""

    async def gone(exchange: Exchange) -> None:
        await exchange.answer("410 Gone", b"")

    async with raw_server(gone, Exchange.answer) as server:
        made = await api.make(f"{server.url}/in")
        first = await world.event()
        await world.runner.drain()
        (disabled,) = await api.call("GET", "/endpoints")
        since = {"since": "2026-11-01T00:00:00Z"}
        await api.call("POST", f"/endpoints/{made['id']}/replay", 409, params=since)
        enabled = await api.call("POST", f"/endpoints/{made['id']}/enable")
        await api.call("POST", f"/endpoints/{made['id']}/replay", params=since)
        await world.runner.drain()

    assert (disabled["enabled"], disabled["disabledReason"]) == (False, "it answered 410 Gone")
    assert (enabled["enabled"], enabled["disabledReason"]) == (True, None)
    assert ids(server) == [first, first]


async def test_a_new_secret_is_shown_when_it_is_made_and_never_again(api: Api) -> None:
    """W08."""
    made = await api.make("http://127.0.0.1:9000/in")
    rotated = await api.call("POST", f"/endpoints/{made['id']}/rotate")

    assert rotated["secret"].startswith("whsec_")
    assert rotated["secret"] != made["secret"]
    assert "whsec_" not in str(await api.call("GET", "/endpoints"))
