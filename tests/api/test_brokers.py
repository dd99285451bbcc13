"""A partner reads what the brokers of their gateway can do."""

from httpx import AsyncClient

from tests.support.brokers import ANY_BROKER, OTHER_BROKER
from tests.support.gateway import Running
from torana.connectors.registry import BROKERS, offered


async def test_every_broker_tells_what_it_can_do_in_the_order_of_the_chooser(running: Running) -> None:
    async with AsyncClient(base_url=running.url, headers=running.headers()) as client:
        answer = await client.get(f"/v1/{running.gateway.name}/engine/brokers")

    told = answer.json()["data"]["brokers"]
    declared = offered([broker.capabilities for broker in BROKERS.values()], None)
    assert [one["broker"] for one in told] == [known.broker for known in declared]
    assert [(one["amo"], one["cancel"], one["costs"], one["accountOpening"]) for one in told] == [
        (known.amo, known.cancel, known.costs, known.account_opening) for known in declared
    ]
    assert [one["guess"] or "" for one in told] == [BROKERS[known.broker].guess for known in declared]
    assert [one["verified"] for one in told] == [dict(BROKERS[known.broker].verified) for known in declared]


async def test_a_gateway_that_names_its_brokers_is_told_of_them_alone_in_its_order(running: Running) -> None:
    async with AsyncClient(base_url=running.url, headers=running.headers(running.stranger)) as client:
        answer = await client.get(f"/v1/{running.stranger.name}/engine/brokers")

    assert [one["broker"] for one in answer.json()["data"]["brokers"]] == [OTHER_BROKER, ANY_BROKER]


async def test_a_stranger_is_told_nothing(running: Running) -> None:
    async with AsyncClient(base_url=running.url, headers={"x-gateway-secret": "wrong"}) as client:
        answer = await client.get(f"/v1/{running.gateway.name}/engine/brokers")

    assert answer.status_code == 401
    assert ANY_BROKER not in answer.text
