"""A partner stops the new orders of their own gateway, and of no other; the operator's halt they cannot end."""

from datetime import UTC, datetime

import msgspec
import pytest
from httpx import AsyncClient

from tests.support.brokers import ANY_BROKER, OTHER_BROKER
from tests.support.gateway import Running
from torana.kit.database import Database
from torana.orders.halt import halt
from torana.orders.models import Halt
from torana.orders.states import HaltedBy


async def test_a_partner_stops_their_orders_and_lets_them_go_on(running: Running) -> None:
    path = f"/v1/{running.gateway.name}/halts"
    async with AsyncClient(base_url=running.url, headers=running.headers()) as client:
        made = (await client.post(path, json={"reason": "wrong prices"})).json()["data"]
        again = (await client.post(path, json={"reason": "another reason"})).json()["data"]
        listed = (await client.get(path)).json()["data"]
        left = (await client.delete(path)).json()["data"]

    assert (made["scope"], made["broker"], made["haltedBy"], made["reason"]) == (
        "gateway", None, "partner", "wrong prices",
    )  # fmt: skip
    assert again == made
    assert [one["reason"] for one in listed] == ["wrong prices"]
    assert left == []


async def test_the_same_key_for_another_broker_is_another_request(running: Running) -> None:
    """What stops one broker is not taken for what stops another."""
    path, key = f"/v1/{running.gateway.name}/halts", {"idempotency-key": "halt-1"}
    async with AsyncClient(base_url=running.url, headers=running.headers() | key) as client:
        made = await client.post(path, json={"reason": "wrong prices", "broker": ANY_BROKER})
        same = await client.post(path, json={"reason": "wrong prices", "broker": ANY_BROKER})
        other = await client.post(path, json={"reason": "wrong prices", "broker": OTHER_BROKER})
        all_of_them = await client.post(path, json={"reason": "wrong prices"})
        listed = (await client.get(path)).json()["data"]
        await client.delete(path, params={"broker": ANY_BROKER})

    assert same.json() == made.json()
    assert [other.status_code, all_of_them.status_code] == [422, 422]
    assert [one["broker"] for one in listed] == [ANY_BROKER]


async def test_what_the_operator_stopped_stays_stopped(running: Running, database_url: str) -> None:
    now = datetime.now(UTC)
    stopped = Halt(running.gateway.gateway_id, "", HaltedBy.OPERATOR, "an audit", now)
    database = Database(database_url, size=1)
    await database.open()
    try:
        async with database.transaction() as connection:
            await halt(connection, stopped, [running.gateway.gateway_id])
    finally:
        await database.close()
    path = f"/v1/{running.gateway.name}/halts"

    async with AsyncClient(base_url=running.url, headers=running.headers()) as client:
        left = (await client.delete(path)).json()["data"]

    assert [(one["haltedBy"], one["reason"]) for one in left] == [("operator", "an audit")]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "reason"),
        ({"reason": " "}, "one line"),
        ({"reason": "two\nlines"}, "one line"),
        ({"reason": "x" * 201}, "200"),
        ({"reason": "ok", "broker": "nobody"}, "broker must be"),
        ([], "JSON"),
    ],
)
async def test_a_halt_without_a_reason_is_refused(running: Running, body: object, said: str) -> None:
    path = f"/v1/{running.gateway.name}/halts"
    async with AsyncClient(base_url=running.url, headers=running.headers()) as client:
        answer = await client.post(path, content=msgspec.json.encode(body))

    assert answer.status_code == 400
    assert said in answer.json()["message"]
