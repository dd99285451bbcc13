"""The pages in hands that are slow, small windows, large letters: a real browser, with time that the test moves."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import msgspec
from playwright.async_api import Locator, Page, Route, expect

from tests.portal.browser import FOCUS, HOST
from tests.portal.gallery import GALLERY, status
from tests.portal.samples import HOME, REVIEWING, RICH, batch, draft, look, order
from tests.support.brokers import OTHER_BROKER, OTHER_NAME
from tests.support.chromium import chromium
from torana.connectors.contract import Side
from torana.flows.ordering.models import Line
from torana.flows.ordering.review import review_view
from torana.orders.states import OrderState
from torana.pages.assets import ASSETS, PREFIX
from torana.pages.render import View, render, render_live
from torana.pages.texts.languages import BROKER_NAMES
from torana.pages.views import Partner
from torana.portal.page_response import page_headers

OPEN = review_view(
    look(
        drafts=[draft(1, Line("TCS"), limit_open=True), draft(2, Line("INFY", None, Side.BUY), limit_open=True)],
        frame=replace(REVIEWING, expires_in=90),
    )
)
UNPRICED = review_view(look(account=replace(RICH, prices={"TCS": 320_050})))
WORKING = status(batch(order("TCS", 10, OrderState.SENDING)))
FILLED = status(batch(order("TCS", 10, OrderState.COMPLETE), order("INFY", 1, OrderState.SENDING)))


@asynccontextmanager
async def shown(pages: dict[str, View], *, width: int = 360, height: int = 740) -> AsyncIterator[Page]:
    """`/{name}` shows that page, `…/stream` and `…/prices` answer; time stands still unless the test moves it."""
    parts = msgspec.json.encode(render_live(FILLED)).decode()
    prices = {"prices": {"TCS": 330_000}, "pricedAt": "Prices of later"}

    async def answer(route: Route) -> None:
        path = route.request.url.removeprefix(HOST).partition("?")[0]
        asset = ASSETS.find(path.rsplit("/", 1)[-1]) if path.startswith(PREFIX) else None
        if asset is not None:
            await route.fulfill(body=asset.body, content_type=asset.content_type)
        elif path.endswith("/prices"):
            await route.fulfill(json=prices)
        elif path.endswith("/stream"):
            await route.fulfill(body=f"event: parts\ndata: {parts}\n\n", content_type="text/event-stream")
        elif path == HOME:
            await route.fulfill(body=render(GALLERY["error-expired"]), content_type="text/html")
        elif path[1:] in pages:
            await route.fulfill(body=render(pages[path[1:]]), content_type="text/html", headers=page_headers())
        else:
            await route.fulfill(body="<title>elsewhere</title>", content_type="text/html")

    async with chromium() as browser:
        context = await browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
        page = await context.new_page()
        await page.route("**/*", answer)
        await page.clock.install()
        yield page
        await context.close()


async def test_a_countdown_can_be_read_and_stopped() -> None:
    """M11, M12: by key, by mouse over what is read, by the button; not at all after going back."""
    async with shown(GALLERY) as page:
        link, running = page.locator("[data-next]"), page.locator(".countdown.running")
        await page.goto(f"{HOST}/hand-over")
        await link.evaluate("link => { link.href = '/gone'; }")
        await expect(running).to_have_text(re.compile("Continuing in [1-5] s"))
        await page.keyboard.press("Tab")
        await expect(running).to_have_count(0)

        await page.goto(f"{HOST}/hand-over")
        await link.evaluate("link => { link.href = '/gone'; }")
        await page.mouse.move(100, 300)
        await page.mouse.move(110, 300)
        left = await seconds_left(running)
        await page.clock.run_for(20_000)
        assert await seconds_left(running) == left
        await page.mouse.move(100, 2)
        await page.clock.run_for(1_000)
        assert await seconds_left(running) < left
        await page.clock.run_for(5_000)
        await page.wait_for_url(f"{HOST}/gone")

        await page.goto(f"{HOST}/result-return")
        await expect(running).to_have_text(re.compile("Returning in [0-9]+ s"))
        await page.get_by_role("button", name="Stay here").click()
        await page.clock.run_for(20_000)
        await expect(page).to_have_url(f"{HOST}/result-return")
        assert await page.evaluate("document.activeElement.dataset.finish") == ""


async def seconds_left(countdown: Locator) -> int:
    found = re.search("Continuing in ([1-5]) s", await countdown.inner_text())
    assert found is not None
    return int(found[1])


async def test_a_review_says_what_is_wrong_where_it_is_wrong_until_it_is_mended() -> None:
    """M1, M2, M13, M26, and the label of a limit (Low)."""
    async with shown({"review": OPEN}) as page:
        await page.goto(f"{HOST}/review")
        quantity = page.locator("input[name=quantity-1]")
        first, second = page.locator("#problem-1"), page.locator("#problem-2")
        await page.get_by_role("button", name="Place 2 orders").click()
        await expect(first).to_have_text("Choose whether to buy or to sell.")
        await expect(second).to_have_text("Enter how many shares, a whole number of at least 1.")
        assert await page.evaluate("document.activeElement.name") == "side-1"

        await page.locator("input[name=side-1][value=SELL]").check(force=True)
        await expect(first).to_be_hidden()
        await quantity.fill("0")
        await page.locator("input[name=quantity-2]").fill("2,000")
        await page.get_by_role("button", name="Place 2 orders").click()
        await expect(first).to_have_text("Enter how many shares, a whole number of at least 1.")
        await expect(quantity).to_have_attribute("aria-describedby", "problem-1")
        await expect(quantity).to_be_focused()
        await expect(second).to_be_hidden()
        await quantity.fill("1")

        await page.get_by_role("link", name="Set a limit price").click()
        await expect(page.locator("[data-limit-label]").first).to_have_text("Sell at no less than")
        await page.locator("input[name=limit-1]").fill("100")
        await expect(page.locator("[data-far]").first).to_be_visible()
        await expect(page.locator("[data-price]").first).to_have_text("limit ₹100.00")
        await page.locator("input[name=limit-1]").fill("")
        await expect(page.locator("[data-far]").first).to_be_hidden()

        await page.clock.run_for(5_100)
        await expect(page.locator("[data-price]").first).to_have_text("₹3,300.00 each")
        await expect(page.locator("[data-priced-at]")).to_have_text("Prices of later")
        await page.clock.run_for(30_000)
        await expect(page.locator("[data-offline]")).to_have_text("This request expires in less than a minute.")
        await page.clock.run_for(60_000)
        await page.get_by_role("heading", name="This request has expired").wait_for()


async def test_a_price_that_is_still_not_known_is_said_so_after_newer_prices_came() -> None:
    async with shown({"review": UNPRICED}) as page:
        await page.goto(f"{HOST}/review")
        await page.clock.run_for(5_100)

        await expect(page.locator("[data-priced-at]")).to_have_text("Prices of later")
        await expect(page.locator("[data-amount]")).to_have_text(["₹33,000.00", "no price"])


async def test_what_is_read_out_keeps_its_place_and_a_misspelt_broker_is_found() -> None:
    """M14: a live region that is replaced is mostly not read."""
    async with shown({"status": WORKING} | GALLERY) as page:
        await page.goto(f"{HOST}/status")
        await page.evaluate("document.getElementById('said').mark = 1")
        await expect(page.locator("#said")).to_contain_text("1 of 2 done")
        kept = await page.evaluate("document.getElementById('said').mark")
        await page.goto(f"{HOST}/chooser")
        found = []
        for name in (OTHER_NAME, *BROKER_NAMES[OTHER_BROKER]):
            await page.get_by_role("searchbox").fill(f"{name[:-2]}{name[-1]}{name[-2]}")
            found.append(await page.locator("main .item-name:visible").all_inner_texts())

    assert kept == 1
    assert found == [[OTHER_NAME], [OTHER_NAME]]


async def test_in_a_window_of_320_by_256_everything_can_be_read_and_reached_by_key() -> None:
    """M9, 400 %: nothing lies over what has the focus; M10, letters twice as large: nothing is cut off."""
    hidden: list[str] = []
    names = [
        name for name in GALLERY if name in ("chooser", "hand-over", "review-open", "review-limits-asked", "result")
    ]
    async with shown(GALLERY, width=320, height=256) as page:
        for name in names:
            await page.goto(f"{HOST}/{name}")
            for _ in range(await page.locator("a:visible, button:visible, input:visible").count()):
                await page.keyboard.press("Tab")
                focus = await page.evaluate(FOCUS)
                if focus is None:
                    break
                if not focus[2]:
                    hidden.append(f"{name}: {focus[0]}")
        await page.set_viewport_size({"width": 360, "height": 740})
        for name in ("chooser", "review", "review-both", "result", "consent"):
            await page.goto(f"{HOST}/{name}")
            await page.evaluate("document.documentElement.style.fontSize = '200%'")
            if await page.evaluate(CUT):
                hidden.append(f"{name}: {await page.evaluate(CUT)}")

    assert hidden == []


async def test_the_partners_name_is_whole_in_a_narrow_window_with_large_letters() -> None:
    """320 px, and letters twice as large by the browser's own settings."""
    partner = Partner("Shri Lakshmivenkatanarasimha Wealth Advisory and Distribution")
    pages: dict[str, View] = {}
    for name in ("chooser", "review", "result", "module-discovery"):
        view: Any = GALLERY[name]
        pages[name] = replace(view, frame=replace(view.frame, partner=partner))
    cut: list[str] = []

    async with shown(pages, width=320, height=568) as page:
        settings = await page.context.new_cdp_session(page)
        for letters in (16, 32):
            await settings.send("Page.setFontSizes", {"fontSizes": {"standard": letters}})
            for name in pages:
                await page.goto(f"{HOST}/{name}")
                cut += [f"{name}, {letters} px: {one}" for one in await page.evaluate(CUT_IN_HEAD)]

    assert cut == []


CUT = """
[...document.querySelectorAll('.sum dd, .sum dt, .money, h1, .primary')]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 1)
  .map((one) => one.textContent).join(' | ')
"""
CUT_IN_HEAD = """
[...document.querySelectorAll('.head, .head-partner, .tabs')].filter((one) =>
    one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth || one.scrollWidth > innerWidth)
  .map((one) => `${one.className} ${one.scrollWidth} x ${one.scrollHeight} in ${one.clientWidth} x ${one.clientHeight}`)
"""
