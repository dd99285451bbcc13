"""What the simulated Nuvama asks of a call beside its body: the vendor's session, an AppIdKey, whose it is."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from tests.sandbox.test_edelweiss_official_client import APP, APP_ID, KEY, PASSWORD, request_id
from tests.support.clock import HandClock
from torana.sandbox.edelweiss.errors import APP as APP_KEY
from torana.sandbox.edelweiss.errors import VENDOR, issued, owner_of
from torana.sandbox.exchange import Tempo
from torana.sandbox.server import RunningSandbox, running_sandbox

LIMITS = "edelmw-eq/eq/limits/rmssublimits"
VENDOR_LOGIN, TOKEN = "edelmw-login/login/accounts/loginvendor", "edelmw-login/login/accounts/logindata"


@pytest.fixture
async def sandbox(clock: HandClock) -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(clock=clock, tempo=Tempo(0, 0), gateway_url=APP, rate_limits=False) as one:
        yield one


async def asked(
    sandbox: RunningSandbox, method: str, path: str, headers: dict[str, str], body: object = None
) -> tuple[int, Any, dict[str, str]]:
    url = f"{sandbox.url}/edelweiss/api/{path}"
    async with (
        aiohttp.ClientSession() as http,
        http.request(method, url, headers=headers, json=body) as answer,
    ):
        return answer.status, await answer.json(), {name.lower(): value for name, value in answer.headers.items()}


async def logged_in(sandbox: RunningSandbox) -> tuple[str, dict[str, str]]:
    """The client, and the headers of its next call."""
    source = {"Source": KEY, "AppIdKey": APP_ID}
    _, vendor, keys = await asked(sandbox, "POST", f"{VENDOR_LOGIN}/{KEY}", source, {"pwd": PASSWORD})
    with_vendor = {"SourceToken": vendor["msg"], "AppIdKey": keys["appidkey"]}
    _, told, keys = await asked(sandbox, "POST", TOKEN, with_vendor, {"reqId": await request_id(sandbox)})
    session = {"Authorization": told["data"]["auth"], "Source": KEY}
    return told["data"]["lgnData"]["accs"]["eqAccID"], {**with_vendor, **session, "AppIdKey": keys["appidkey"]}


async def test_every_answer_brings_another_key_and_another_session_and_the_earlier_ones_stay_good(
    sandbox: RunningSandbox,
) -> None:
    client, headers = await logged_in(sandbox)

    _, _, first = await asked(sandbox, "GET", f"{LIMITS}/{client}", headers)
    renewed = {**headers, "Authorization": first["authorization"], "AppIdKey": first["appidkey"]}
    later, _, second = await asked(sandbox, "GET", f"{LIMITS}/{client}/", renewed)
    earlier, _, _ = await asked(sandbox, "GET", f"{LIMITS}/{client}", headers)

    assert len({headers["AppIdKey"], first["appidkey"], second["appidkey"]}) == 3
    assert len({headers["Authorization"], first["authorization"], second["authorization"]}) == 3
    assert (later, earlier) == (200, 200)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"SourceToken": ""}, "ETRD00036"),
        ({"SourceToken": "made-up"}, "ETRD00036"),
        ({"Source": "another"}, "ETRD00036"),
        ({"AppIdKey": ""}, "EGN0011"),
        ({"AppIdKey": APP_ID}, "EGN0011"),
        ({"Authorization": "made-up"}, "EGN0011"),
        ({"Authorization": ""}, "EGN0011"),
    ],
)
async def test_a_call_without_one_of_its_secrets_is_refused(
    sandbox: RunningSandbox, changed: dict[str, str], code: str
) -> None:
    client, headers = await logged_in(sandbox)

    status, told, _ = await asked(sandbox, "GET", f"{LIMITS}/{client}", headers | changed)

    assert (status, told["error"]["errCd"]) == (401, code)


async def test_a_vendors_session_is_over_after_a_day(sandbox: RunningSandbox, clock: HandClock) -> None:
    client, headers = await logged_in(sandbox)
    clock.advance(timedelta(hours=24).total_seconds())

    status, told, _ = await asked(sandbox, "GET", f"{LIMITS}/{client}", headers)

    assert (status, told["error"]["errCd"]) == (401, "ETRD00036")


async def test_the_path_of_another_client_is_refused(sandbox: RunningSandbox) -> None:
    _, headers = await logged_in(sandbox)

    status, told, _ = await asked(sandbox, "GET", f"{LIMITS}/60009999", headers)

    assert (status, told["error"]["errCd"]) == (401, "EGN0011")


@pytest.mark.parametrize(
    ("vendor", "headers", "password"),
    [
        ("another", {"Source": KEY, "AppIdKey": APP_ID}, PASSWORD),
        ("another", {"Source": "another", "AppIdKey": APP_ID}, PASSWORD),
        (KEY, {"Source": KEY, "AppIdKey": APP_ID}, "wrong"),
        (KEY, {"Source": KEY, "AppIdKey": ""}, PASSWORD),
        (KEY, {"AppIdKey": APP_ID}, PASSWORD),
    ],
)
async def test_a_vendor_is_told_what_is_wrong_with_its_login(
    sandbox: RunningSandbox, vendor: str, headers: dict[str, str], password: str
) -> None:
    status, told, _ = await asked(sandbox, "POST", f"{VENDOR_LOGIN}/{vendor}", headers, {"pwd": password})

    assert (status, told["error"]["errCd"]) == (401, "EGN0009")


def test_a_key_is_good_for_its_kind_its_app_and_its_time(clock: HandClock) -> None:
    until = clock.now() + timedelta(hours=1)
    key = issued(APP_KEY, KEY, until)

    assert owner_of(APP_KEY, key, clock.now()) == KEY
    assert [owner_of(VENDOR, key, clock.now()), owner_of(APP_KEY, key, until)] == [None, None]
    assert owner_of(APP_KEY, key.replace(KEY, "another"), clock.now()) is None
    assert owner_of(APP_KEY, "", clock.now()) is None
