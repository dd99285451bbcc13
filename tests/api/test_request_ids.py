"""Every answer has an id."""

import asyncio
from typing import Any

import pytest
import structlog
from litestar import get

from tests.support.clock import HandClock
from tests.support.gateway import Caller, application, calling
from torana.api.request_ids import request_id
from torana.kit.database import Database


@get("/who", sync_to_thread=False)
def who() -> dict[str, Any]:
    return {"id": request_id(), "logged": structlog.contextvars.get_contextvars().get("request_id")}


@pytest.fixture
async def client(database: Database, clock: HandClock) -> Any:
    async with calling(application(database, clock, more=[who])) as client:
        yield client


async def test_an_id_is_made_and_known_to_logs(client: Any) -> None:
    one, two = await client.get("/who"), await client.get("/who")

    assert one.json() == {"id": one.headers["x-request-id"], "logged": one.headers["x-request-id"]}
    assert one.headers["x-request-id"].startswith("req_")
    assert one.headers["x-request-id"] != two.headers["x-request-id"]


@pytest.mark.parametrize("given", ["a", "abc-123", "1f0e:2.b_c", "x" * 100])
async def test_a_sane_id_of_the_caller_is_kept(client: Any, given: str) -> None:
    answer = await client.get("/who", headers={"x-request-id": given})

    assert answer.headers.get_list("x-request-id") == [given]
    assert answer.json()["id"] == given


@pytest.mark.parametrize("given", ["", " ", "a b", "x" * 101, "<script>", "a,b", "é"])
async def test_any_other_id_is_replaced(client: Any, given: str) -> None:
    answer = await client.get("/who", headers={"x-request-id": given.encode()})

    assert answer.headers["x-request-id"].startswith("req_")
    assert answer.json()["id"] == answer.headers["x-request-id"]


async def test_requests_at_the_same_time_keep_their_ids_apart(client: Any) -> None:
    answers = await asyncio.gather(*(client.get("/who", headers={"x-request-id": f"r{n}"}) for n in range(20)))

    assert [answer.json()["id"] for answer in answers] == [f"r{n}" for n in range(20)]


async def test_outside_of_a_request_there_is_no_id(client: Any) -> None:
    await client.get("/who")

    assert request_id() is None
    assert "request_id" not in structlog.contextvars.get_contextvars()


async def test_every_answer_carries_one(partner: Caller) -> None:
    answers = [
        await partner.create({"intent": "CONNECT"}),
        await partner.create({}),
        await partner.client.get("/nothing"),
        await partner.client.put(f"/gateway/{partner.gateway.name}/transaction"),
        await partner.client.options(f"/gateway/{partner.gateway.name}/transaction"),
    ]

    assert [answer.status_code for answer in answers] == [200, 400, 404, 405, 204]
    assert all(len(answer.headers.get_list("x-request-id")) == 1 for answer in answers)
