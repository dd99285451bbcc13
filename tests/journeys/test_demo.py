"""The demo's shop, as a person meets it after `torana demo`: page, pop-up, and the proof that it shows."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.cli.running_demo import running_demo
from tests.journeys.conftest import Begin
from tests.journeys.installation import PATIENCE
from tests.journeys.journey import Journey, Window
from tests.support.brokers import ANY_NAME, OTHER_BROKER, OTHER_NAME

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of the shop."""
    async with running_demo(tmp_path_factory.mktemp("demo")) as demo:
        await demo.until("Ctrl-C ends everything")
        yield f"http://localhost:{demo.ports['--shop-port']}"


async def _press(journey: Journey, basket: str) -> Window:
    card = journey.page.locator("article", has_text=basket)
    async with journey.context.expect_page() as opening:
        await card.get_by_role("button").click()
    return await journey.window(await opening.value)


async def _proven(page: Page, purchases: int) -> None:
    """The page shows so many purchases, each resolved and with its verified webhook."""
    row = page.locator("#purchases li.purchase").filter(has_not_text="Your funds")
    await expect(row.filter(has_text="Promise resolved")).to_have_count(purchases, timeout=PATIENCE * 1000)
    verified = row.filter(has_text=re.compile("Webhook received and verified.*batch.completed COMPLETED"))
    await expect(verified).to_have_count(purchases, timeout=PATIENCE * 1000)


async def test_a_visitor_of_the_demo_buys_sees_the_proof_and_buys_again_without_choosing(
    begin: Begin, shop: str
) -> None:
    async with begin() as journey:
        await journey.page.goto(shop)
        await journey.page.get_by_text("Not connected yet").wait_for()
        await journey.camera.take(journey.page, "shop")

        window = await _press(journey, "Kitchen shelf")
        await window.to_review()
        await window.look("review")
        await window.place()
        await window.shows("Your 4 orders are filled", "result")
        await window.press("Return to Lantern")
        await _proven(journey.page, 1)
        await expect(journey.page.get_by_text(f"Connected with {ANY_NAME}")).to_be_visible()
        await journey.camera.take(journey.page, "proof")

        async with journey.context.expect_page() as opening:
            await journey.page.get_by_role("button", name="Show funds").click()
        window = await journey.window(await opening.value)
        await window.shows("Lantern knows your funds", "funds")
        await window.press("Return to Lantern")
        await expect(journey.page.locator("#purchases")).to_contain_text("to spend", timeout=PATIENCE * 1000)
        await expect(journey.page.locator("#purchases")).to_contain_text(
            "funds.fetched COMPLETED", timeout=PATIENCE * 1000
        )
        await journey.camera.take(journey.page, "funds-shown")

        window = await _press(journey, "New leaf")
        await window.reviewing(picture="review-again")
        await window.place()
        await window.page.get_by_role("heading", name=re.compile("orders are filled")).wait_for()
        await window.press("Return to Lantern")
        await _proven(journey.page, 2)
        await journey.camera.take(journey.page, "proof-again")


async def test_a_visitor_on_a_phone_who_reloads_the_shop_keeps_his_purchase(begin: Begin, shop: str) -> None:
    async with begin(phone=True, scheme="dark") as journey:
        await journey.page.goto(shop)
        await journey.page.get_by_text("Not connected yet").wait_for()
        await journey.camera.take(journey.page, "shop")
        window = await _press(journey, "Night light")
        await window.choose(OTHER_BROKER)
        await window.log_in()
        await window.reviewing()

        await journey.page.reload()
        await journey.notice("Continue").wait_for()
        await journey.camera.take(journey.page, "reloaded")
        await window.place()
        await window.one_more_step(OTHER_NAME, picture="one-more-step")
        await window.press("Place order")
        await window.press("Done")
        await window.shows("Your 3 orders are filled", "result")
        await window.press("Return to Lantern")

        await _proven(journey.page, 1)
        await journey.camera.take(journey.page, "proof")
