"""What a page asks the gateway for by itself, without a transaction of the partner's server."""

import secrets
from pathlib import Path
from typing import Any

from tests.portal.installation import Browser, Flow, Installation, installed
from tests.portal.steps import TCS, connected, to_hand_over
from tests.support.brokers import ANY_BROKER
from torana.kit.ids import new_transaction_id
from torana.partners.tokens import issue_token, read_token

CONNECT = {"intent": "CONNECT"}


def page(installation: Installation, investor_id: str | None = None) -> Flow:
    """A page of the partner's that chooses an id."""
    now = installation.services.clock.now()
    return Flow(new_transaction_id(), issue_token(installation.gateway, investor_id, now))


async def test_a_page_connects_an_investor_by_itself(installation: Installation, browser: Browser) -> None:
    asked = page(installation)

    status, state = await installation.ask("create", asked, wanted=CONNECT)
    await browser.log_in(await to_hand_over(installation, browser, asked), "asha")
    settled = await installation.settled(asked)

    assert (status, state["stage"], state["settled"]) == (200, "opening", False)
    assert (settled["result"]["transactionId"], settled["result"]["broker"]) == (asked.transaction_id, ANY_BROKER)
    token = read_token(installation.gateway, settled["result"]["smallcaseAuthToken"], installation.services.clock.now())
    assert token.investor_id == settled["result"]["smallcaseAuthId"]


async def test_the_same_request_again_finds_what_the_first_one_made(
    installation: Installation, browser: Browser
) -> None:
    """Its answer was lost, or the page was slow."""
    asked = page(installation)
    await installation.ask("create", asked, wanted=CONNECT)
    await installation.open(browser, asked)

    status, state = await installation.ask("create", asked, wanted=CONNECT)

    assert (status, state["stage"]) == (200, "choosing")
    assert await installation.services.database.value("select count(*) from transactions") == 1
    kept = await installation.services.database.value("select extra::text from transactions")
    assert asked.token not in kept


async def test_what_a_page_asks_for_lives_as_long_as_the_operator_says(own_database_url: str, tmp_path: Path) -> None:
    """As what the partner's server asks for does."""
    async with installed(own_database_url, tmp_path, lifetimes={"connect": 1200}) as installation:
        asked = page(installation)
        await installation.ask("create", asked, wanted=CONNECT)
        made = await installation.transaction(asked)

    assert (made.expires_at - made.created_at).total_seconds() == 1200


async def test_another_page_with_the_same_id_gets_nothing_of_it(installation: Installation, browser: Browser) -> None:
    asked = page(installation)
    await installation.ask("create", asked, wanted=CONNECT)
    await installation.open(browser, asked)
    stranger = Flow(asked.transaction_id, asked.token, secrets.token_hex(16))

    _, state = await installation.ask("create", stranger, wanted=CONNECT)

    assert (state["settled"], state["error"]["message"]) == (True, "transaction_in_process")


REFUSED: list[tuple[Any, str]] = [
    ({"intent": "TRANSACTION", "orderConfig": {"type": "SECURITIES", "securities": [TCS]}}, "not_supported"),
    ({"intent": "SUBSCRIPTION"}, "not_supported"),
    ({"intent": "NOTHING"}, "invalid_request"),
    ({"intent": "CONNECT", "notes": 7}, "invalid_request"),
    ({}, "invalid_request"),
    (None, "invalid_request"),
    ("CONNECT", "invalid_request"),
]


async def test_what_a_page_may_not_ask_for_is_refused_by_name(installation: Installation) -> None:
    for wanted, name in REFUSED:
        got, body = await installation.ask("create", page(installation), wanted=wanted)
        assert (got, body["errors"]) == (400, [name]), wanted
        assert body["message"]
    for chosen in ("", "TRX_1", "TRX_" + "A" * 32, "TRX_" + "a" * 33):
        asked = Flow(chosen, page(installation).token)
        _, state = await installation.ask("create", asked, wanted=CONNECT)
        assert (state["settled"], state["error"]["message"]) == (True, "invalid_transactionId"), chosen
    got, body = await installation.ask("create", page(installation), wanted=CONNECT, origin="https://evil.test")
    assert (got, body["errors"]) == (403, ["invalid_gateway"])

    assert await installation.services.database.value("select count(*) from transactions") == 0


async def test_a_connected_investor_is_not_connected_again(installation: Installation, browser: Browser) -> None:
    investor_id = await connected(installation, browser, logged_in=False)

    status, body = await installation.ask("create", page(installation, investor_id), wanted=CONNECT)

    assert (status, body["errors"]) == (400, ["invalid_user_data"])
    assert "guest token" in body["message"]
    assert body["docUrl"] == f"{installation.url}/docs/errors#already-connected"


async def test_pages_ask_for_so_many_transactions_a_minute_from_one_address(installation: Installation) -> None:
    """Given as many creates as the operator allows, when one more comes, then it makes nothing in that minute."""
    asked = page(installation)
    for _ in range(installation.services.settings.page_creates_per_minute):
        await installation.ask("create", Flow("", asked.token), wanted=CONNECT)

    status, body = await installation.ask("create", asked, wanted=CONNECT)
    watched, _ = await installation.ask("session", asked)
    made = await installation.services.database.value("select count(*) from transactions")
    installation.advance(60)
    later, _ = await installation.ask("create", asked, wanted=CONNECT)

    assert (status, body["errors"], body["errorType"]) == (429, ["Too Many Requests"], "AccessDenied")
    assert body["docUrl"].endswith("/docs/errors#rate-limit")
    assert (watched, made, later) == (200, 0, 200)
