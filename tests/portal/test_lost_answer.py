"""A confirmation whose answer never comes, in a real browser: the page says so, sends it again, and it counts once."""

from playwright.async_api import Page

from tests.portal.installation import Installation
from tests.portal.steps import TCS
from tests.portal.test_browser import AWAY, PROXY_PAGE, phone, refused, to_review
from tests.portal.test_gallery import SCREENS

TRYING = f"{AWAY} We are trying again; your confirmation counts only once."


async def _reviewed(page: Page, installation: Installation) -> None:
    await to_review(page, installation)
    await page.get_by_role("button", name="Place order").wait_for()


async def _planned_once(installation: Installation) -> None:
    assert await installation.services.database.value("select count(*) from batches") == 1
    assert len(await installation.orders_at_broker()) == 1


async def test_an_answer_that_is_cut_off_is_asked_for_again(installation: Installation) -> None:
    """D08: Given a confirmation that was taken and whose answer was lost, when the page sends it again, then the
    investor is in front of the status, and there is one order."""
    flow = await installation.create(TCS)

    async with installation.worker(), phone(installation, flow, []) as page:
        await _reviewed(page, installation)
        installation.proxy.lose_answer("POST", "/confirm")
        await page.get_by_role("button", name="Place order").click()
        await page.get_by_role("heading", name="Your order is filled").wait_for()

    assert len(installation.proxy.lost) == 1
    await _planned_once(installation)


async def test_a_gateway_that_goes_away_with_the_answer_is_waited_for(installation: Installation) -> None:
    """Given the same and a gateway that stays away, then the page says that it tries again, and nothing else is shown
    in its place."""
    flow = await installation.create(TCS)

    async with installation.worker(), phone(installation, flow, []) as page:
        await _reviewed(page, installation)
        installation.proxy.lose_answer("POST", "/confirm")
        page.on("requestfailed", lambda request: installation.proxy.break_down())
        await page.get_by_role("button", name="Place order").click()
        await page.get_by_text(TRYING).wait_for()
        await page.screenshot(path=SCREENS / "unreached-confirm.390x844.light.png")
        await refused(installation, 2)
        assert await page.get_by_text(PROXY_PAGE).count() == 0
        installation.proxy.come_back()
        await page.get_by_role("heading", name="Your order is filled").wait_for()

    assert len(installation.proxy.lost) == 1
    await _planned_once(installation)


async def test_a_confirmation_that_never_arrived_is_sent_when_we_are_back(installation: Installation) -> None:
    flow = await installation.create(TCS)

    async with installation.worker(), phone(installation, flow, []) as page:
        await _reviewed(page, installation)
        installation.proxy.break_down()
        await page.get_by_role("button", name="Place order").click()
        await page.get_by_text(TRYING).wait_for()
        await refused(installation, 1)
        assert await installation.services.database.value("select count(*) from batches") == 0
        installation.proxy.come_back()
        await page.get_by_role("heading", name="Your order is filled").wait_for()

    await _planned_once(installation)


async def test_a_confirmation_that_has_become_old_is_not_sent_again(installation: Installation) -> None:
    """Given that we stay away for longer than a confirmation is good for, when we are back, then the page looks what
    became of it, and the investor is asked anew."""
    flow = await installation.create(TCS)

    async with phone(installation, flow, []) as page:
        await _reviewed(page, installation)
        installation.proxy.break_down()
        await page.evaluate("() => { const now = Date.now(); Date.now = () => now + 1000 * performance.now() }")
        await page.get_by_role("button", name="Place order").click()
        await refused(installation, 3)
        sent = [line for line in installation.proxy.refused if line.startswith("POST")]
        installation.proxy.come_back()
        await page.locator("[data-offline]").wait_for(state="hidden")
        await page.get_by_role("button", name="Place order").wait_for()

    assert len(sent) <= 2
    assert await installation.services.database.value("select count(*) from batches") == 0
