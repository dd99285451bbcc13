"""The login at the simulated Zerodha, to the letter of Kite Connect v3."""

import aiohttp
import pytest

from tests.sandbox.conftest import KITE_KEY, KiteClient, LogIn, fetch, kite_redirect, kite_token
from tests.support.clock import HandClock
from torana.sandbox.server import RunningSandbox


async def test_the_login_page_says_simulated_and_lists_the_magic_names(
    sandbox: RunningSandbox, http: aiohttp.ClientSession
) -> None:
    got = await fetch(http, "GET", f"{sandbox.url}/kite/web/connect/login?v=3&api_key={KITE_KEY}")

    page = got.body.decode()
    assert got.status == 200
    assert "Simulated" in page
    assert "no-funds" in page
    assert "<script" not in page


@pytest.mark.parametrize("query", ["v=3", "v=3&api_key=unknown", f"api_key={KITE_KEY}", f"v=2&api_key={KITE_KEY}"])
async def test_an_unknown_app_gets_no_login_page(
    sandbox: RunningSandbox, http: aiohttp.ClientSession, query: str
) -> None:
    got = await fetch(http, "GET", f"{sandbox.url}/kite/web/connect/login?{query}")

    assert got.status == 400


async def test_the_browser_comes_back_with_a_token_and_the_decoded_redirect_params(
    sandbox: RunningSandbox, http: aiohttp.ClientSession
) -> None:
    back = await kite_redirect(sandbox, http, "asha", redirect_params="state=a%2Bb&visit=7")

    assert back.pop("request_token")
    assert back == {"action": "login", "type": "login", "status": "success", "state": "a+b", "visit": "7"}


@pytest.mark.parametrize(
    "form",
    [
        {"user_id": "", "password": "x", "totp": "123456"},
        {"user_id": "asha", "password": "", "totp": "123456"},
        {"user_id": "asha", "password": "x", "totp": "12345"},
    ],
)
async def test_an_incomplete_login_form_is_shown_again_with_the_problem(
    sandbox: RunningSandbox, http: aiohttp.ClientSession, form: dict[str, str]
) -> None:
    got = await fetch(http, "POST", f"{sandbox.url}/kite/web/connect/login?v=3&api_key={KITE_KEY}", data=form)

    assert got.status == 200
    assert 'role="alert"' in got.body.decode()


async def test_a_cancelled_login_brings_no_token(sandbox: RunningSandbox, http: aiohttp.ClientSession) -> None:
    back = await kite_redirect(sandbox, http, "cancel", redirect_params="state=s")

    assert back == {"action": "login", "type": "login", "status": "cancelled", "state": "s"}


async def test_a_login_that_fails_comes_back_as_an_error(sandbox: RunningSandbox, http: aiohttp.ClientSession) -> None:
    assert (await kite_redirect(sandbox, http, "error"))["status"] == "error"


async def test_a_login_may_never_come_back(sandbox: RunningSandbox, http: aiohttp.ClientSession) -> None:
    got = await fetch(
        http,
        "POST",
        f"{sandbox.url}/kite/web/connect/login?v=3&api_key={KITE_KEY}",
        data={"user_id": "stuck", "password": "x", "totp": "123456"},
    )

    assert (got.status, "location" in got.headers) == (200, False)


@pytest.mark.parametrize(("name", "state"), [("wrong-state", "terces x"), ("no-state", None)])
async def test_a_login_may_bring_another_state_or_none(
    sandbox: RunningSandbox, http: aiohttp.ClientSession, name: str, state: str | None
) -> None:
    """S01."""
    back = await kite_redirect(sandbox, http, name, redirect_params="state=secret")

    assert back["status"] == "success"
    assert back.get("state") == (state and state.replace(" ", ""))


async def test_the_token_exchange_names_the_client_and_what_he_may_do(
    sandbox: RunningSandbox, http: aiohttp.ClientSession
) -> None:
    back = await kite_redirect(sandbox, http, "asha")

    got = await kite_token(sandbox, http, back["request_token"])

    data = got.json["data"]
    assert got.status == 200
    assert got.json["status"] == "success"
    assert len(data["user_id"]) == 6
    assert data["access_token"]
    assert data["api_key"] == KITE_KEY
    assert data["broker"] == "ZERODHA"
    assert data["login_time"] == "2026-11-18 10:30:00"
    assert data["meta"] == {"demat_consent": "consent"}


async def test_a_used_request_token_is_refused(sandbox: RunningSandbox, http: aiohttp.ClientSession) -> None:
    """S03."""
    back = await kite_redirect(sandbox, http, "asha")
    await kite_token(sandbox, http, back["request_token"])

    got = await kite_token(sandbox, http, back["request_token"])

    assert (got.status, got.json["error_type"]) == (403, "TokenException")


@pytest.mark.parametrize("name", ["expired-code", "used-code", "unknown-code"])
async def test_a_login_may_bring_a_token_that_is_not_good(
    sandbox: RunningSandbox, http: aiohttp.ClientSession, name: str
) -> None:
    """S03."""
    back = await kite_redirect(sandbox, http, name)

    got = await kite_token(sandbox, http, back["request_token"])

    assert (got.status, got.json["error_type"]) == (403, "TokenException")


async def test_a_request_token_dies_after_a_few_minutes(
    sandbox: RunningSandbox, http: aiohttp.ClientSession, clock: HandClock
) -> None:
    back = await kite_redirect(sandbox, http, "asha")

    clock.advance(181)

    assert (await kite_token(sandbox, http, back["request_token"])).status == 403


@pytest.mark.parametrize("changes", [{"checksum": "0" * 64}, {"checksum": "\u2713"}, {"api_key": "other"}])
async def test_a_wrong_checksum_or_key_is_refused_and_does_not_use_the_token(
    sandbox: RunningSandbox, http: aiohttp.ClientSession, changes: dict[str, str]
) -> None:
    back = await kite_redirect(sandbox, http, "asha")

    refused = await kite_token(sandbox, http, back["request_token"], **changes)

    assert (refused.status, refused.json["error_type"]) == (403, "TokenException")
    assert (await kite_token(sandbox, http, back["request_token"])).status == 200


async def test_the_access_token_dies_at_six_in_the_morning(kite: KiteClient, clock: HandClock) -> None:
    """T03."""
    clock.advance(19.5 * 3600 - 1)
    before = await kite.call("GET", "/user/profile")
    clock.advance(1)
    after = await kite.call("GET", "/user/profile")

    assert before.status == 200
    assert (after.status, after.json["error_type"]) == (403, "TokenException")


async def test_a_new_login_ends_the_earlier_token_of_the_same_app(log_in: LogIn) -> None:
    first = await log_in("asha")
    second = await log_in("asha")

    assert (await first.call("GET", "/user/profile")).status == 403
    assert (await second.call("GET", "/user/profile")).status == 200


async def test_logging_out_ends_the_token(kite: KiteClient) -> None:
    got = await kite.call("DELETE", "/session/token", params={"api_key": KITE_KEY, "access_token": kite.token})

    assert got.json == {"status": "success", "data": True}
    assert (await kite.call("GET", "/user/profile")).status == 403


@pytest.mark.parametrize(
    "authorization", ["", "token", "token sandboxkite:nonsense", "Bearer {token}", "token other:{token}"]
)
async def test_a_wrong_authorization_header_is_refused(kite: KiteClient, authorization: str) -> None:
    headers = {"Authorization": authorization.format(token=kite.token)}

    got = await kite.call("GET", "/user/profile", headers=headers)

    assert (got.status, got.json["error_type"]) == (403, "TokenException")


async def test_a_missing_version_header_is_refused(kite: KiteClient) -> None:
    got = await kite.call("GET", "/user/profile", headers={"X-Kite-Version": "2"})

    assert (got.status, got.json["error_type"]) == (400, "InputException")


async def test_the_same_name_is_the_same_client_at_every_login_and_another_name_another(log_in: LogIn) -> None:
    asha, again, ravi = await log_in("asha"), await log_in("Asha "), await log_in("ravi")

    assert asha.user_id == again.user_id != ravi.user_id
