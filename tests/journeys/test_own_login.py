"""Whose login: a connected investor's transaction in another browser and in the same one; the reference."""

import pytest
from playwright.async_api import Browser

from tests.journeys.conftest import Begin
from tests.journeys.installation import Installation
from tests.journeys.journey import Journey
from tests.journeys.partner import buy
from tests.support.brokers import ANY_NAME

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_another_browser_meets_the_login_and_no_funds_the_same_one_the_review(
    journey: Journey, begin: Begin
) -> None:
    investor_id = await journey.connected()

    async with begin() as elsewhere:
        await elsewhere.stays_before_the_broker()
        await elsewhere.offered(buy("TCS"), investor_id=investor_id)
        stranger = await elsewhere.pop_up()
        await stranger.shows(f"Log in to {ANY_NAME}", "another-browser")
        words = await stranger.words()
        await stranger.close()
    await journey.offered(buy("TCS"), investor_id=investor_id)
    window = await journey.pop_up()
    await window.reviewing(picture="same-browser")
    own = await window.words()
    await window.close()

    assert "₹" not in words
    assert "₹" in own


async def test_the_reference_and_the_error_guide_complain_of_nothing(
    browser: Browser, installation: Installation
) -> None:
    """Under their Content-Security-Policy."""
    complaints: list[str] = []
    page = await browser.new_page()
    page.on("console", lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    policies = []
    for path in ("/", "/docs", "/docs/webhooks", "/docs/errors"):
        answer = await page.goto(f"{installation.url}{path}", wait_until="networkidle")
        assert answer is not None
        policies.append(answer.headers.get("content-security-policy"))
    await page.close()

    assert all(policies)
    assert complaints == []
