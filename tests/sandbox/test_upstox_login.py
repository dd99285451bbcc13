"""Login at the simulated Upstox: the dialog, its code, the token and its end."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.sandbox.upstox_desk import CALLBACK, MULTI, SINGLE, Desk, open_desk
from tests.support.clock import HandClock
from torana.sandbox.magic import NAMES

DIALOG = "/v2/login/authorization/dialog"


@pytest.fixture
async def desk(clock: HandClock) -> AsyncIterator[Desk]:
    async with open_desk(clock) as desk:
        yield desk


def returned(location: str) -> dict[str, str]:
    assert location.startswith(f"{CALLBACK}?")
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


async def test_a_login_brings_code_and_state_back(desk: Desk) -> None:
    page = await desk.get(DIALOG, response_type="code", client_id=SINGLE, redirect_uri=CALLBACK, state="s 1&2")
    back = await desk.dialog("asha", state="s 1&2")

    assert page.status == 200
    assert "Simulated" in page.text
    assert all(f"<code>{name}</code>" in page.text for name in NAMES)
    assert back.status == 303
    assert returned(back.location).keys() == {"code", "state"}
    assert returned(back.location)["state"] == "s 1&2"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"client_id": "nobody"}, "UDAPI100068"),
        ({"redirect_uri": f"{CALLBACK}/"}, "UDAPI100068"),
        ({"redirect_uri": ""}, "UDAPI100068"),
        ({"response_type": "token"}, "UDAPI100036"),
    ],
)
async def test_a_dialog_for_an_unknown_app_or_address_is_refused(desk: Desk, query: dict[str, str], code: str) -> None:
    good = {"response_type": "code", "client_id": SINGLE, "redirect_uri": CALLBACK, "state": "s"}

    shown = await desk.get(DIALOG, **good | query)
    used = await desk.send("POST", DIALOG, params=good | query, data={"user_id": "asha", "pin": "111111"})

    assert (shown.status, shown.code) == (used.status, used.code) == (400, code)


@pytest.mark.parametrize("form", [{"user_id": " "}, {"user_id": "a" * 61}, {"user_id": "asha", "pin": "12345"}])
async def test_a_wrongly_filled_dialog_stays(desk: Desk, form: dict[str, str]) -> None:
    query = {"response_type": "code", "client_id": SINGLE, "redirect_uri": CALLBACK}

    page = await desk.send("POST", DIALOG, params=query, data={"pin": "111111", "action": "login"} | form)

    assert page.status == 200
    assert 'role="alert"' in page.text


async def test_the_token_answer_is_flat_and_tells_who_logged_in(desk: Desk) -> None:
    reply = await desk.exchange_code(await desk.code("asha"))
    again = await desk.exchange_code(await desk.code("Asha"))

    assert reply.status == 200
    assert "data" not in reply.json
    assert reply.json["user_id"] == again.json["user_id"] == desk.account().user_id
    assert reply.json["access_token"] != again.json["access_token"]
    assert reply.json["broker"] == "UPSTOX"
    assert reply.json["is_active"] is True


async def test_a_used_code_is_refused(desk: Desk) -> None:
    """S03."""
    code = await desk.code("asha")

    first, second = await desk.exchange_code(code), await desk.exchange_code(code)

    assert first.status == 200
    assert (second.status, second.code) == (401, "UDAPI100057")


async def test_a_code_lives_a_minute(desk: Desk) -> None:
    """S03."""
    early, late = await desk.code("asha"), await desk.code("asha")

    desk.clock.advance(59)
    in_time = await desk.exchange_code(early)
    desk.clock.advance(1)
    too_late = await desk.exchange_code(late)

    assert in_time.status == 200
    assert too_late.code == "UDAPI100057"


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"client_secret": "guess"}, 401, "UDAPI100069"),
        ({"client_id": "nobody"}, 401, "UDAPI100069"),
        ({"redirect_uri": "http://127.0.0.1:9/other"}, 400, "UDAPI100070"),
        ({"grant_type": "password"}, 400, "UDAPI100036"),
    ],
)
async def test_a_wrong_exchange_is_refused(desk: Desk, changed: dict[str, str], status: int, code: str) -> None:
    reply = await desk.exchange_code(await desk.code("asha"), **changed)

    assert (reply.status, reply.code) == (status, code)


async def test_a_code_is_good_for_its_own_app_only_and_only_as_a_form(desk: Desk) -> None:
    code = await desk.code("asha", MULTI)

    as_other_app = await desk.exchange_code(code, SINGLE)
    as_json = await desk.send("POST", "/v2/login/authorization/token", json={"code": code})
    as_it_should_be = await desk.exchange_code(code, MULTI)

    assert as_other_app.code == "UDAPI100057"
    assert as_json.code == "UDAPI100038"
    assert as_it_should_be.status == 200


async def test_a_token_dies_at_half_past_three_in_the_night(desk: Desk) -> None:
    token = await desk.log_in()

    desk.clock.advance(16 * 3600 + 59 * 60)
    in_the_night = await desk.get("/v2/user/profile", token)
    desk.clock.advance(60)
    at_its_end = await desk.get("/v2/user/profile", token)

    assert in_the_night.status == 200
    assert (at_its_end.status, at_its_end.code) == (401, "UDAPI100050")


async def test_log_out_ends_the_token(desk: Desk) -> None:
    token = await desk.log_in()

    gone = await desk.send("DELETE", "/v2/logout", token)

    assert gone.json == {"status": "success", "data": True}
    assert (await desk.get("/v2/user/profile", token)).code == "UDAPI100050"
    assert (await desk.send("DELETE", "/v2/logout", token)).status == 401


async def test_a_request_without_a_bearer_token_is_refused(desk: Desk) -> None:
    token = await desk.log_in()

    bare = await desk.get("/v2/user/profile")
    other_scheme = await desk.send("GET", "/v2/user/profile", headers={"Authorization": f"token {token}"})

    assert bare.code == other_scheme.code == "UDAPI100050"


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ("cancel", {"error": "access_denied", "state": "s-1"}),
        ("error", {"error": "server_error", "state": "s-1"}),
    ],
)
async def test_a_login_that_did_not_happen_brings_no_code(desk: Desk, user: str, expected: dict[str, str]) -> None:
    by_name = await desk.dialog(user)
    by_button = await desk.dialog("", action="cancel")

    assert returned(by_name.location) == expected
    assert returned(by_button.location) == {"error": "access_denied", "state": "s-1"}


async def test_magic_names_spoil_state_and_code(desk: Desk) -> None:
    """S01."""
    stuck = await desk.dialog("stuck")
    wrong = returned((await desk.dialog("wrong-state")).location)
    none = returned((await desk.dialog("no-state.asha")).location)

    assert stuck.status == 200
    assert wrong["state"] != "s-1"
    assert none.keys() == {"code"}
    for user in ("expired-code", "used-code", "unknown-code"):
        assert (await desk.exchange_code(await desk.code(user))).code == "UDAPI100057"


async def test_an_exchange_fails_for_the_names_that_ask_for_it(desk: Desk) -> None:
    reply = await desk.exchange_code(await desk.code("token-error"))

    assert (reply.status, reply.code) == (500, "UDAPI100500")
