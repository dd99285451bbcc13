"""Funds of a connected account: no confirmation, and an amount that nobody told is no amount."""

from typing import Any

import pytest

from tests.portal.installation import Answer, Browser, Flow, Installation
from tests.portal.steps import connected
from tests.support.brokers import ANY_BROKER, ANY_NAME

BODY = {"intent": "FETCH_FUNDS"}


async def asked(installation: Installation, browser: Browser, *, logged_in: bool = True, user: str = "asha") -> Flow:
    """A partner asks for the funds of an investor who has connected before."""
    investor_id = await connected(installation, browser, user=user, logged_in=logged_in)
    return await installation.ask_for(BODY, investor_id)


async def reading(installation: Installation, browser: Browser, flow: Flow) -> Answer:
    """The pop-up is open and has loaded what its skeleton loads."""
    return await browser.load(await installation.open(browser, flow))


async def error_of(installation: Installation, flow: Flow) -> tuple[Any, Any]:
    transaction = await installation.transaction(flow)
    return transaction.error_name, transaction.error_code


async def test_funds_are_told_without_a_question(installation: Installation, browser: Browser) -> None:
    """The page, the promise and the stored result tell one amount."""
    flow = await asked(installation, browser)

    waiting = await installation.open(browser, flow)
    told = await browser.load(waiting)

    settled = await installation.settled(flow)
    transaction = await installation.transaction(flow)
    assert transaction.result is not None
    assert waiting.heading == "Reading your funds"
    assert told.heading == "Acme Invest has seen your available funds"
    assert settled["result"]["funds"] * 100 == transaction.result["funds"] > 0
    assert settled["result"]["fundsAt"]
    assert settled["result"]["broker"] == ANY_BROKER
    assert f"{settled['result']['funds']:.2f}" in told.words.replace(",", "")
    assert (transaction.status, transaction.confirmed_at) == ("COMPLETED", None)


async def test_after_a_login_that_has_ended_the_investor_logs_in_first(
    installation: Installation, browser: Browser
) -> None:
    flow = await asked(installation, browser, logged_in=False)

    hand_over = await installation.open(browser, flow)
    told = await browser.load(await browser.log_in(hand_over, "asha"))

    assert hand_over.heading == f"Log in to {ANY_NAME}"
    assert told.heading == "Acme Invest has seen your available funds"
    assert (await installation.settled(flow))["result"]["funds"] > 0


async def test_an_account_without_money_has_no_money(installation: Installation, browser: Browser) -> None:
    """Nothing is a number, too."""
    flow = await asked(installation, browser, user="no-funds")

    told = await reading(installation, browser, flow)

    assert (await installation.settled(flow))["result"]["funds"] == 0
    assert "₹0.00" in told.words


@pytest.mark.parametrize(
    "fault", [{"kind": "status", "status": 503}, {"kind": "hang", "seconds": 30}, {"kind": "html"}]
)
async def test_what_the_broker_does_not_tell_is_not_passed_on(
    installation: Installation, browser: Browser, fault: dict[str, Any]
) -> None:
    """Unavailable is never zero; another try is the investor's."""
    flow = await asked(installation, browser)
    await installation.tell("POST", "/sandbox/faults", {"operation": "funds", "times": None} | fault)

    page = await reading(installation, browser, flow)
    open_still = (await installation.transaction(flow)).settled_at is None
    await installation.tell("DELETE", "/sandbox/faults")
    told = await reading(installation, browser, flow)

    assert page.heading == f"{ANY_NAME} did not show your funds"
    assert "₹" not in page.words
    assert open_still
    assert told.heading == "Acme Invest has seen your available funds"


async def test_a_session_that_the_broker_has_ended_asks_for_a_login(
    installation: Installation, browser: Browser
) -> None:
    flow = await asked(installation, browser)
    await installation.tell("POST", "/sandbox/sessions/end", {"broker": ANY_BROKER})

    page = await reading(installation, browser, flow)
    hand_over = await browser.submit(page, "/broker")

    assert page.heading == f"Your {ANY_NAME} login has ended"
    assert hand_over.heading == f"Log in to {ANY_NAME}"


async def test_another_account_than_the_connected_one_is_a_mismatch(
    installation: Installation, browser: Browser
) -> None:
    """S02."""
    flow = await asked(installation, browser, logged_in=False)

    page = await browser.log_in(await installation.open(browser, flow), "bharat")
    await browser.submit(page, "/cancel")

    assert page.heading == f"That is a different {ANY_NAME} account"
    assert await error_of(installation, flow) == ("user_mismatch", 1001)


@pytest.mark.parametrize(("logged_in", "code"), [(True, 1012), (False, 1011)])
async def test_a_pop_up_that_is_closed_ends_it(
    installation: Installation, browser: Browser, code: int, *, logged_in: bool
) -> None:
    """U02."""
    flow = await asked(installation, browser, logged_in=logged_in)
    await installation.open(browser, flow)

    status, closing = await installation.ask("close", flow, sure=True)

    assert status == 200
    assert (closing["error"]["message"], closing["error"]["code"]) == ("user_cancelled", code)


async def test_time_runs_out_in_front_of_the_broker(installation: Installation, browser: Browser) -> None:
    flow = await asked(installation, browser, logged_in=False)
    hand_over = await installation.open(browser, flow)
    installation.advance(5 * 60 + 1)

    page = await browser.get(hand_over.url)

    assert page.heading == "This request has expired"
    assert await error_of(installation, flow) == ("transaction_expired", 1005)


async def test_another_browser_sees_no_amount(installation: Installation, browser: Browser) -> None:
    flow = await asked(installation, browser)
    await reading(installation, browser, flow)

    async with installation.browser() as stranger:
        page = await installation.open(stranger, flow)

    assert page.heading == "Acme Invest has seen your available funds"
    assert "₹" not in page.words
