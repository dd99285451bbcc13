"""An investor buys in Hindi, from the partner's button to the result; what developers read stays English."""

from contextlib import suppress

import pytest
from playwright.async_api import Error

from tests.journeys.journey import Journey
from tests.journeys.partner import buy
from tests.journeys.tellers import all_tell_the_same
from tests.support.brokers import ANY_BROKER, ANY_NAME
from torana.pages.texts.languages import ENGLISH, LANGUAGES

pytestmark = pytest.mark.asyncio(loop_scope="session")
HINDI = LANGUAGES["hi"]


async def test_an_investor_buys_in_hindi(journey: Journey) -> None:
    offer = await journey.offered(buy("TCS", 2), buy("INFY", 3), config={"language": "hi-IN"})
    window = await journey.pop_up()
    page = window.page

    await window.shows(HINDI.chooser.title, "chooser")
    await journey.page.get_by_role("heading", name=HINDI.sdk.open_title).wait_for()
    await page.get_by_role("button", name=ANY_NAME, exact=True).first.click()
    with suppress(Error):  # it goes on by itself
        await page.get_by_role("link", name=HINDI.page.continue_to(broker=ANY_NAME)).click(timeout=1000)
    await page.get_by_label("User name").wait_for()
    await window.log_in()
    await window.reviewing(picture="review")
    await page.get_by_role("button", name="English").click()
    await window.shows(ENGLISH.review.title(count=2), "review-in-english")
    await page.get_by_role("button", name="हिन्दी").click()
    await window.shows(HINDI.review.title(count=2))
    await window.place()
    await window.shows(HINDI.result.filled_title(count=2), "result")

    words = await window.words()
    assert await page.locator("html").get_attribute("lang") == "hi"
    assert f"{HINDI.orders.buy} 2 TCS" in words
    batch = await all_tell_the_same(journey, offer, None)
    assert (batch["status"], batch["filled"], batch["broker"]) == ("COMPLETED", 2, ANY_BROKER)
    await window.press(HINDI.page.back_to(app="Kuber Wealth"))
    await window.closed()
