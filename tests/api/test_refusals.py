"""Everything that goes wrong is told in one form."""

from typing import Any

import asyncpg
import pytest
from httpx import Response
from litestar import get, post
from structlog.testing import capture_logs

from tests.support.clock import HandClock
from tests.support.gateway import GUIDE, Caller, application, calling
from tests.support.partner import make_gateway
from torana.kit.database import Database
from torana.kit.errors import AccessDenied, ApiError, ConfigurationError, NotFound


@get("/stumble", sync_to_thread=False)
def stumble() -> None:
    raise ZeroDivisionError("the cause, with a secret inside")


@get("/refuse/{how:str}", sync_to_thread=False)
def refuse(how: str) -> None:
    refusals: dict[str, Exception] = {
        "input": ApiError("Send less."),
        "missing": NotFound("Not here."),
        "stranger": AccessDenied("Not you.", status=403, errors=("Forbidden",)),
        "refused": ConnectionRefusedError(111, "refused"),
        "pool": TimeoutError(),
        "closed": asyncpg.ConnectionDoesNotExistError("gone"),
        "shutdown": asyncpg.AdminShutdownError("terminating"),
        "starting": asyncpg.CannotConnectNowError("starting up"),
        "full": asyncpg.DiskFullError("no space"),
        "many": asyncpg.TooManyConnectionsError("too many"),
        "standby": asyncpg.ReadOnlySQLTransactionError("read-only"),
        "nul": asyncpg.CharacterNotInRepertoireError("invalid byte sequence"),
        "settings": ConfigurationError("set it up"),
        "fault": asyncpg.UndefinedColumnError("no such column"),
    }
    raise refusals[how]


@post("/typed", sync_to_thread=False)
def typed(data: dict[str, int], page: int) -> None:
    return None


@pytest.fixture
async def client(database: Database, clock: HandClock) -> Any:
    async with calling(application(database, clock, more=[stumble, refuse, typed])) as client:
        yield client


def told(answer: Response, status: int, anchor: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body: dict[str, Any] = answer.json()
    assert set(body) == {"success", "errors", "error", "errorType", "message", "data", "requestId", "docUrl"}
    assert (body["success"], body["data"]) == (False, None)
    assert body["errors"] == body["error"]
    assert all(isinstance(error, str) and error for error in body["errors"])
    assert body["requestId"] == answer.headers["x-request-id"]
    assert body["docUrl"] == f"{GUIDE}#{anchor}"
    return body


async def test_a_refusal_of_ours(client: Any) -> None:
    body = told(await client.get("/refuse/input"), 400, "input")

    assert (body["errors"], body["message"], body["errorType"]) == (["Send less."], "Send less.", "InputException")
    told(await client.get("/refuse/missing"), 404, "not-found")
    assert told(await client.get("/refuse/stranger"), 403, "access")["errorType"] == "AccessDenied"


@pytest.mark.parametrize("path", ["/nothing-here", "/", "/v1/x", "/gateway", "/%00", "/gateway/a/b/c/transaction"])
async def test_a_path_that_is_not_there(client: Any, path: str) -> None:
    assert told(await client.get(path), 404, "not-found")["errors"] == ["Not Found"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
async def test_a_method_that_a_path_does_not_take(client: Any, method: str) -> None:
    answer = await client.request(method, "/gateway/kiran/transaction")

    assert answer.headers["allow"] == "OPTIONS, POST"
    if method != "HEAD":
        assert told(answer, 405, "method")["errors"] == ["Method Not Allowed"]


async def test_what_the_framework_refuses_names_every_fault(client: Any) -> None:
    no_json = await client.post("/typed?page=1", content=b"{", headers={"content-type": "application/json"})
    wrong = await client.post("/typed?page=one", json={"a": "b"})

    told(no_json, 400, "input")
    body = told(wrong, 400, "input")
    assert len(body["errors"]) == 2
    assert body["message"].endswith("(and 1 more, see errors)")
    assert any(error.startswith("page: ") for error in body["errors"])


async def test_a_fault_of_ours_shows_no_trace_and_is_logged_with_its_id(client: Any) -> None:
    with capture_logs() as logs:
        answer = await client.get("/stumble", headers={"x-request-id": "from-the-caller-1"})

    body = told(answer, 500, "internal")
    assert body["errors"] == ["Internal Error"]
    assert "secret" not in answer.text
    assert "ZeroDivision" not in answer.text
    [entry] = [entry for entry in logs if entry["event"] == "api.failed"]
    assert isinstance(entry["exc_info"], ZeroDivisionError)
    assert body["requestId"] == "from-the-caller-1"


async def test_a_text_that_no_database_takes_is_refused(client: Any) -> None:
    assert "U+0000" in told(await client.get("/refuse/nul"), 400, "input")["message"]


@pytest.mark.parametrize("how", ["settings", "fault"])
async def test_what_nobody_foresaw_is_a_fault_of_ours(client: Any, how: str) -> None:
    told(await client.get(f"/refuse/{how}"), 500, "internal")


@pytest.mark.parametrize("how", ["refused", "pool", "closed", "shutdown", "starting", "full", "many", "standby"])
async def test_a_database_that_is_away_is_a_503(client: Any, how: str) -> None:
    """Q04, Q06."""
    answer = await client.get(f"/refuse/{how}")

    assert told(answer, 503, "unavailable")["errorType"] == "InternalError"
    assert answer.headers["retry-after"] == "2"


async def test_without_a_database_the_routes_answer_503(database_url: str, clock: HandClock) -> None:
    """Q04."""
    database = Database(database_url)
    await database.open()
    gateway = await make_gateway(database, clock)
    async with calling(application(database, clock)) as client:
        partner = Caller(client, gateway, clock)
        assert (await partner.create({"intent": "CONNECT"})).status_code == 200
        database.url = "postgresql://nobody@127.0.0.1:1/nothing"
        async with database.connection() as connection:
            connection.terminate()

        answer = await partner.create({"intent": "CONNECT"})

    told(answer, 503, "unavailable")
