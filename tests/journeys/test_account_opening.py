"""Opening an account in a browser: the app's page asks by itself, and learns how far it came."""

from typing import Any

import pytest
from playwright.async_api import expect

from tests.journeys.conftest import Begin
from tests.journeys.installation import Installation
from tests.journeys.journey import Journey, Window
from tests.journeys.partner import Partner
from tests.support.brokers import ANY_NAME

pytestmark = pytest.mark.asyncio(loop_scope="session")
SIGN_UP = """([method, details]) => {
  window.said = [];
  console.warn = (...words) => window.said.push(words.join(" "));
  document.getElementById("pay").onclick = (event) => {
    event.stopImmediatePropagation();
    const failed = ({ message, code }) => ({ message, code });
    window.ended = window.gateway[method](details).then((result) => ({ result }), failed);
    window.again = window.gateway.signup().catch(failed);
  };
  const pay = document.getElementById("pay");
  pay.removeEventListener("click", window.buy);
}"""
KNOWN = {"name": "Asha Rao", "email": "nobody", "contact": "98765 43211", "pinCode": "560001"}


async def signing_up(journey: Journey, method: str, details: Any) -> Window:
    """The app's page with a button that opens an account, pressed."""
    await journey.offered()
    await journey.page.evaluate(SIGN_UP, [method, details])
    return await journey.pop_up()


async def typed(window: Window, label: str, text: str) -> None:
    await window.page.get_by_label(label).fill(text)


async def code_of(window: Window) -> str:
    words = await window.words()
    return words.partition("Your OTP is ")[2][:6]


async def test_an_account_is_opened_and_promise_webhook_and_look_up_agree(
    journey: Journey, installation: Installation, partner: Partner
) -> None:
    """Given an app that knows some of its user, when they go all the way in the pop-up, then the promise says what the
    broker said, the webhook and the look-up too, and what the app knew wrongly is said on its console."""
    window = await signing_up(journey, "triggerLeadGenWithStatus", KNOWN)
    await window.shows("Your mobile number", "phone")
    await expect(window.page.get_by_label("Mobile number")).to_have_value("9876543211")
    await window.press("Send OTP")
    await window.shows("Enter the OTP", "code")
    await typed(window, "6-digit OTP", await code_of(window))
    await window.press("Continue")
    await window.shows("About you", "details")
    await typed(window, "E-mail address", "asha@example.in")
    await window.press("Continue")
    await window.shows("Where do you want to open your account?", "brokers")
    await window.press(ANY_NAME)
    await window.shows(f"Open an account at {ANY_NAME}", "agree")
    await window.press(f"Agree and go to {ANY_NAME}")
    await window.page.get_by_role("button", name="Submit it: being checked").click()
    await window.shows(f"{ANY_NAME} is checking your request", "processing")
    await window.press("Return to Kuber Wealth")
    await window.closed()

    result = (await journey.page.evaluate("window.ended"))["result"]
    webhook = await installation.webhook(result["transactionId"], "lead.updated")
    told = await partner.call("GET", f"/v1/{{name}}/engine/leadStatus?leadId={result['leadId']}")
    assert result["status"] == told["status"] == "PROCESSING"
    assert webhook["leadId"] == result["leadId"] == told["leadId"]
    assert webhook["status"] in ("LEAD PENDING BROKER SUBMISSION", "PROCESSING")
    assert await journey.page.evaluate("window.again") == {"message": "transaction_in_process", "code": 3003}
    assert await journey.page.evaluate("window.said") == [
        "scDK: userDetails.email is left out: it is not an e-mail address."
    ]


async def test_whoever_closes_the_window_has_a_status(begin: Begin) -> None:
    async with begin(phone=True, scheme="dark") as journey:
        window = await signing_up(journey, "signup", None)
        await window.shows("Your mobile number", "phone")
        await typed(window, "Mobile number", "98765 43212")
        await window.press("Send OTP")
        await window.shows("Enter the OTP", "code")
        await window.close()

        result = (await journey.page.evaluate("window.ended"))["result"]
        assert (result["leadId"], result["status"]) == (None, "VERIFICATION")
