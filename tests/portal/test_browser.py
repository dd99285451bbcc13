"""The way through the pop-up in a real browser, with script, on a phone: what moves, what is asked, where it ends."""

import asyncio
import html
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from playwright.async_api import Page, Route, expect

from tests.portal.installation import SITE, Flow, Installation
from tests.portal.steps import INFY, TCS
from tests.portal.test_gallery import SCREENS
from tests.support.brokers import ANY_NAME, OTHER_NAME
from tests.support.chromium import chromium
from torana.pages.frames import COUNTDOWN_SECONDS

SHIFTS = """
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (!entry.hadRecentInput) sessionStorage.shift = Number(sessionStorage.shift ?? 0) + entry.value;
  }
}).observe({ type: "layout-shift", buffered: true });
"""
WINDOW = """
() => {
  window.popup = window.open("", "torana", "popup,width=480,height=760");
  document.querySelector("form").target = "torana";
  document.querySelector("form").submit();
}
"""


@asynccontextmanager
async def phone(installation: Installation, flow: Flow, complaints: list[str], **more: str) -> AsyncIterator[Page]:
    """A tab with the partner's page, whose form leads to the pop-up."""
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(value)}">'
        for name, value in installation.fields(flow, **more).items()
    )
    form = f'<form method="post" action="{installation.url}/portal/open">{fields}<button>Invest</button></form>'

    async def partner(route: Route) -> None:
        await route.fulfill(body=f"<!doctype html><title>Acme</title>{form}", content_type="text/html")

    async with chromium() as browser:
        context = await browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
        context.set_default_timeout(20_000)
        await context.add_init_script(SHIFTS)
        await context.route(f"{SITE}/**", partner)
        page = await context.new_page()
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        await page.goto(f"{SITE}/")
        yield page
        await context.close()


async def log_in(page: Page, installation: Installation, user: str = "asha") -> None:
    """From our last page, which goes on by itself after a while, on the simulated broker's."""
    await page.locator("[data-continue]").click()
    await page.wait_for_url(f"{installation.sandbox_url}/**")
    await page.locator("input:visible").first.fill(user)
    await page.get_by_role("button").first.click()


async def test_the_redirect_way_on_a_phone(installation: Installation) -> None:
    """U08."""
    flow = await installation.create(TCS, INFY)
    complaints: list[str] = []
    addresses: list[str] = []

    async with (
        installation.worker(),
        phone(installation, flow, complaints, returnUrl=f"{SITE}/done?order=7") as page,
    ):
        page.on("framenavigated", lambda frame: addresses.append(frame.url))
        await page.get_by_role("button", name="Invest").click()
        await page.get_by_role("button", name=ANY_NAME).first.click()
        await log_in(page, installation)
        await page.get_by_role("button", name="Place 2 orders").wait_for()
        await page.screenshot(path=SCREENS / "journey-review.png")
        await page.clock.install()
        await page.get_by_role("button", name="Place 2 orders").click()
        await page.get_by_role("heading", name="Your 2 orders are filled").wait_for()
        await page.screenshot(path=SCREENS / "journey-result.png")
        shift = await page.evaluate("Number(sessionStorage.shift ?? 0)")
        await page.clock.fast_forward(COUNTDOWN_SECONDS * 1000)
        await page.wait_for_url(f"{SITE}/**")
        ended_at = page.url

    state = await installation.settled(flow)
    assert ended_at == f"{SITE}/done?order=7&torana_transaction={flow.transaction_id}"
    assert state["result"]["orderBatches"][0]["status"] == "COMPLETED"
    assert complaints == []
    assert shift < 0.05
    ours = [urlsplit(address) for address in addresses if address.startswith(installation.url)]
    assert all("request_token" not in address.query for address in ours)


async def test_the_pop_up_way_closes_itself_in_the_end(installation: Installation) -> None:
    flow = await installation.create(TCS)
    complaints: list[str] = []

    async with installation.worker(), phone(installation, flow, complaints) as page:
        async with page.expect_popup() as opening:
            await page.evaluate(WINDOW)
        popup = await opening.value
        await popup.get_by_role("button", name=ANY_NAME).first.click()
        await log_in(popup, installation)
        await popup.clock.install()
        await popup.get_by_role("button", name="Place order").click()
        await popup.get_by_role("heading", name="Your order is filled").wait_for()
        async with popup.expect_event("close"):
            await popup.clock.fast_forward(COUNTDOWN_SECONDS * 1000)

    assert complaints == []


async def test_a_basket_goes_to_the_broker_and_comes_back(installation: Installation) -> None:
    flow = await installation.create(TCS)
    complaints: list[str] = []

    async with installation.worker(), phone(installation, flow, complaints) as page:
        await page.get_by_role("button", name="Invest").click()
        await page.get_by_role("button", name=OTHER_NAME).first.click()
        await log_in(page, installation)
        await page.get_by_role("button", name=f"Continue to {OTHER_NAME}").click()
        await page.wait_for_url(f"{installation.sandbox_url}/**")
        await page.get_by_role("button", name="Place order").click()
        await page.get_by_role("button", name="Done").click()
        await page.get_by_role("heading", name="Your order is filled").wait_for()

    assert complaints == []
    assert len(await installation.orders_at_broker()) == 1


async def test_going_back_from_the_broker_does_not_send_the_investor_away_again(installation: Installation) -> None:
    flow = await installation.create(TCS)

    async with phone(installation, flow, []) as page:
        await page.get_by_role("button", name="Invest").click()
        await page.get_by_role("button", name=ANY_NAME).first.click()
        await page.locator("[data-continue]").click()
        await page.wait_for_url(f"{installation.sandbox_url}/**")

        await page.go_back()
        await page.get_by_role("link", name=f"Continue to {ANY_NAME}").wait_for()
        await expect(page.locator(".countdown.running")).to_have_count(0)
        stayed = page.url
        await page.get_by_role("button", name="Choose another broker").click()
        await page.get_by_role("heading", name="Choose your broker").wait_for()

    assert stayed.startswith(installation.url)


async def test_a_second_press_while_the_first_is_on_its_way_sends_nothing(installation: Installation) -> None:
    """D08."""
    flow = await installation.create(TCS)

    async with phone(installation, flow, []) as page:
        await page.get_by_role("button", name="Invest").click()
        await page.get_by_role("button", name=ANY_NAME).first.click()
        await log_in(page, installation)
        await page.get_by_role("button", name="Place order").dblclick()
        await page.get_by_role("heading", name="Placing your order").wait_for()

    assert await installation.services.database.value("select count(*) from batches") == 1


async def test_a_visit_in_the_middle_of_which_time_runs_out_says_so(installation: Installation) -> None:
    flow = await installation.create(TCS)

    async with phone(installation, flow, []) as page:
        await page.get_by_role("button", name="Invest").click()
        await page.get_by_role("button", name=ANY_NAME).first.click()
        await log_in(page, installation)
        await page.get_by_role("button", name="Place order").wait_for()
        installation.advance(16 * 60)
        await page.get_by_role("button", name="Place order").click()
        await page.get_by_role("heading", name="This request has expired").wait_for()


PROXY_PAGE = "502 Bad Gateway"
AWAY = "We cannot connect right now."


async def to_review(page: Page, installation: Installation) -> None:
    await page.get_by_role("button", name="Invest").click()
    await page.get_by_role("button", name=ANY_NAME).first.click()
    await log_in(page, installation)


async def refused(installation: Installation, times: int) -> None:
    """Wait until the proxy has answered 502 so many times more."""
    before = len(installation.proxy.refused)
    async with asyncio.timeout(60):
        while len(installation.proxy.refused) < before + times:
            await asyncio.sleep(0.05)


async def test_the_status_outlives_a_proxy_that_answers_502(installation: Installation) -> None:
    """The page stays, says that we cannot be reached, and goes on to the result when we can."""
    flow = await installation.create(TCS)

    async with phone(installation, flow, []) as page:
        await to_review(page, installation)
        await page.get_by_role("button", name="Place order").click()
        await page.get_by_role("heading", name="Placing your order").wait_for()
        banner = page.locator("[data-offline]")
        assert await banner.is_hidden()

        installation.proxy.break_down()
        await page.get_by_text(f"{AWAY} What you confirmed continues").wait_for()
        await page.screenshot(path=SCREENS / "unreached-status.390x844.light.png")
        await refused(installation, 6)
        assert await page.get_by_text(PROXY_PAGE).count() == 0
        installation.proxy.come_back()
        await banner.wait_for(state="hidden")
        async with installation.worker():
            await page.get_by_role("heading", name="Your order is filled").wait_for()

    assert len(await installation.orders_at_broker()) == 1


async def test_the_end_that_comes_while_a_proxy_answers_502_is_shown_when_we_are_back(
    installation: Installation,
) -> None:
    flow = await installation.create(TCS)

    async with phone(installation, flow, []) as page:
        await to_review(page, installation)
        await page.get_by_role("button", name="Place order").click()
        await page.get_by_role("heading", name="Placing your order").wait_for()
        installation.proxy.break_down()
        async with installation.worker():
            async with asyncio.timeout(30):
                while (await installation.transaction(flow)).settled_at is None:
                    await asyncio.sleep(0.05)
        await refused(installation, 1)

        installation.proxy.come_back()

        await page.get_by_role("heading", name="Your order is filled").wait_for()


async def test_a_review_that_is_still_loading_outlives_a_proxy_that_answers_502(installation: Installation) -> None:
    flow = await installation.create(TCS)

    async def break_first(route: Route) -> None:
        installation.proxy.break_down()
        await route.continue_()

    async with phone(installation, flow, []) as page:
        await page.context.route("**/portal/**part=review", break_first, times=1)
        await to_review(page, installation)

        await page.get_by_text(f"{AWAY} Nothing was sent").wait_for()
        await page.screenshot(path=SCREENS / "unreached-review.390x844.light.png")
        await refused(installation, 3)
        assert await page.get_by_text(PROXY_PAGE).count() == 0
        installation.proxy.come_back()

        await page.get_by_role("button", name="Place order").wait_for()
        await page.locator("[data-offline]").wait_for(state="hidden")


async def test_a_review_whose_prices_do_not_come_sends_nothing_into_a_proxys_502(installation: Installation) -> None:
    """What is pressed meanwhile is not sent, and the page is still there when we are."""
    flow = await installation.create(TCS)

    async with installation.worker(), phone(installation, flow, []) as page:
        await to_review(page, installation)
        await page.get_by_role("button", name="Place order").wait_for()
        installation.proxy.break_down()
        await page.get_by_text(AWAY).wait_for()

        await page.get_by_role("button", name="Place order").click()
        await page.get_by_text("Nothing was sent").wait_for()
        assert [line for line in installation.proxy.refused if line.startswith("POST")] == []
        installation.proxy.come_back()
        await page.locator("[data-offline]").wait_for(state="hidden")
        await page.get_by_role("button", name="Place order").click()

        await page.get_by_role("heading", name="Your order is filled").wait_for()

    assert len(await installation.orders_at_broker()) == 1
