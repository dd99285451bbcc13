"""A partner stops the new orders of their own gateway, and of no other; the operator's halt they cannot end."""

from datetime import UTC, datetime

import msgspec
import pytest
from httpx import AsyncClient

from tests.support.gateway import Running
from torana.kit.database import Database
from torana.orders.halt import halt
from torana.orders.models import Halt, HaltedBy


async def test_a_partner_stops_their_orders_and_lets_them_go_on(running: Running) -> None:
    path = f"/v1/{running.gateway.name}/halts"
    async with AsyncClient(base_url=running.url, headers=running.headers()) as client:
        made = (await client.post(path, json={"reason": "wrong prices"})).json()["data"]
        again = (await client.post(path, json={"reason": "another reason"})).json()["success"]
        listed = (await client.get(path)).json()["data"]
        left = (await client.delete(path)).json()["data"]

    assert (made["scope"], made["broker"], made["haltedBy"], made["reason"]) == (
        "gateway", None, "partner", "wrong prices",
    )  # fmt: skip
    assert again
    assert [one["reason"] for one in listed] == ["wrong prices"]
    assert left == []


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
