"""The pages in every state, in a real browser: measured, and by `make pictures` kept under `artefacts/screens`. `make
campaign` takes all of them, `make test` a part."""

from pathlib import Path
from zlib import crc32

from tests.portal.browser import FOCUS, HOST, PALE_TEXTS, SMALL_TARGETS, Scheme, opened
from tests.portal.gallery import GALLERY
from tests.support.axe import WHOLE
from tests.support.brokers import OTHER_NAME
from tests.support.chromium import chromium
from tests.support.pictures import PICTURES
from torana.pages.render import render, render_live
from torana.pages.views import Status

SCREENS = Path(__file__).parents[2] / "artefacts" / "screens"
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def _looked_at() -> list[str]:
    """All pages, or the first of each kind and a third of the others, always the same."""
    if WHOLE or PICTURES:
        return list(GALLERY)
    first = {type(view): name for name, view in reversed(GALLERY.items())}.values()
    return [name for name in GALLERY if name in first or crc32(name.encode()) % 3 == 0]


LOOKED_AT = _looked_at()
SIZES: list[tuple[int, int, Scheme]] = [
    (390, 844, "light"),
    (390, 844, "dark"),
    (1280, 800, "dark"),
    (1280, 800, "light"),
    (320, 568, "light"),
]


async def test_every_page_fits_reads_and_can_be_touched() -> None:
    """Each page is loaded once; the window changes its size and its scheme around it, and no colour changes slowly."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    complaints: list[str] = []

    async with chromium() as browser, opened(
        browser, GALLERY, width=390, height=844, scheme="light", complaints=complaints
    ) as page:  # fmt: skip
        for name in LOOKED_AT:
            await page.set_viewport_size({"width": 390, "height": 844})
            await page.emulate_media(color_scheme="light", reduced_motion="reduce")
            await page.goto(f"{HOST}/{name}")
            for width, height, scheme in SIZES:
                await page.set_viewport_size({"width": width, "height": height})
                await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                how = f"{name} ({width} x {height}, {scheme})"
                if PICTURES:
                    await page.screenshot(path=SCREENS / f"{name}.{width}x{height}.{scheme}.png")
                if await page.evaluate(SIDEWAYS):
                    complaints.append(f"{how} scrolls sideways")
                complaints += [f"{how}: too small: {small}" for small in await page.evaluate(SMALL_TARGETS)]
                complaints += [f"{how}: too pale: {pale}" for pale in await page.evaluate(PALE_TEXTS)]

    assert complaints == []


async def test_the_keyboard_reaches_every_control_and_shows_where_it_is() -> None:
    unseen: list[str] = []
    stops: dict[str, int] = {}

    async with chromium() as browser, opened(
        browser, GALLERY, width=390, height=844, scheme="light", complaints=[]
    ) as page:  # fmt: skip
        for name in LOOKED_AT:
            await page.goto(f"{HOST}/{name}")
            # A field that has to be mended has the focus: all are reached from the beginning of the page.
            while await page.evaluate(FOCUS) is not None:
                await page.keyboard.press("Shift+Tab")
            controls = await page.locator(
                "a:visible, button:visible:not([data-stay]), input:visible:not([type=radio])"
            ).count()
            for _ in range(controls):
                await page.keyboard.press("Tab")
                focus = await page.evaluate(FOCUS)
                if focus is None:
                    break
                stops[name] = stops.get(name, 0) + 1
                if not focus[1]:
                    unseen.append(f"{name}: {focus[0]}")
                if not focus[2]:
                    unseen.append(f"{name}: something lies over {focus[0]}")
            if stops.get(name, 0) < controls:
                unseen.append(f"{name}: {stops.get(name, 0)} stops for {controls} controls")

    assert unseen == []


async def test_the_phone_keeps_the_main_button_in_sight_however_long_the_basket() -> None:
    async with chromium() as browser, opened(
        browser, GALLERY, width=390, height=844, scheme="light", complaints=[]
    ) as page:  # fmt: skip
        await page.goto(f"{HOST}/review-long")

        button = await page.locator(".foot .primary").bounding_box()
        cross = await page.locator("header .cross").bounding_box()

    assert button is not None
    assert button["y"] + button["height"] <= 844
    assert cross is not None
    assert cross["y"] >= 0


async def test_closing_asks_first_where_something_would_be_lost() -> None:
    async with chromium() as browser, opened(
        browser, GALLERY, width=390, height=844, scheme="light", complaints=[]
    ) as page:  # fmt: skip
        await page.goto(f"{HOST}/review")

        await page.get_by_role("link", name="Close").click()
        await page.get_by_role("dialog").get_by_role("heading", name="Stop here?").wait_for()
        await page.screenshot(path=SCREENS / "leave-dialog.390x844.light.png")
        await page.get_by_role("button", name="Go back").click()

        assert await page.get_by_role("dialog").count() == 0
        assert await page.get_by_role("button", name="Place 2 orders").is_visible()


async def test_the_estimate_follows_what_the_investor_types() -> None:
    async with chromium() as browser, opened(
        browser, GALLERY, width=390, height=844, scheme="light", complaints=[]
    ) as page:  # fmt: skip
        await page.goto(f"{HOST}/review-open")
        total = page.locator("[data-total]")

        await page.get_by_label("Buy", exact=True).check(force=True)
        await page.get_by_label("Number of shares of TCS").fill("10")
        await page.get_by_role("button", name="One more INFY").click()
        await page.get_by_role("button", name="One more INFY").click()
        after_quantities = await total.inner_text()
        await page.get_by_role("link", name="Set a limit price").click()
        await page.get_by_label("Limit price of TCS in rupees").fill("3000.50")
        after_limit = await total.inner_text()
        await page.get_by_label("Number of shares of TCS").fill("1000")
        short = await page.locator("[data-funds].short").count()

    assert after_quantities == "₹34,979.70"
    assert after_limit == "₹32,979.70"
    assert short == 1


async def test_a_form_with_something_missing_is_not_sent_and_says_where() -> None:
    complaints: list[str] = []
    async with chromium() as browser, opened(
        browser, GALLERY, width=390, height=844, scheme="light", complaints=complaints
    ) as page:  # fmt: skip
        await page.goto(f"{HOST}/review-open")

        await page.get_by_label("Buy", exact=True).check(force=True)
        await page.get_by_label("Number of shares of TCS").fill("10")
        await page.get_by_role("button", name="Place 2 orders").click()

        assert await page.locator("[data-line]:has([aria-invalid])").get_attribute("data-symbol") == "INFY"
        assert await page.evaluate("document.activeElement.name") == "quantity-2"
    assert complaints == []


async def test_offline_the_page_says_so_and_sends_nothing() -> None:
    """U11."""
    complaints: list[str] = []
    async with chromium() as browser, opened(
        browser, GALLERY, width=390, height=844, scheme="light", complaints=complaints
    ) as page:  # fmt: skip
        await page.goto(f"{HOST}/review")
        await page.context.set_offline(True)

        await page.get_by_role("button", name="Place 2 orders").click()
        banner = page.locator("[data-offline]")
        said = await banner.inner_text()
        await page.screenshot(path=SCREENS / "offline.390x844.light.png")
        await page.context.set_offline(False)

        assert "Nothing was sent" in said
        await banner.wait_for(state="hidden")
        assert page.url == f"{HOST}/review"
    assert complaints == []


async def test_the_search_filters_and_offers_a_way_out_of_an_empty_result() -> None:
    async with chromium() as browser, opened(
        browser, GALLERY, width=390, height=844, scheme="light", complaints=[]
    ) as page:  # fmt: skip
        await page.goto(f"{HOST}/chooser")

        await page.get_by_role("searchbox").fill("upst")
        found = await page.locator("main .item-name:visible").all_inner_texts()
        await page.get_by_role("searchbox").fill("nobody")
        empty = await page.get_by_text("No broker found for “nobody”").is_visible()
        await page.get_by_role("link", name="Show all brokers").click()
        again = await page.locator("main .item:visible").count()

    assert found == [OTHER_NAME]
    assert empty
    assert again == 13


def test_a_live_part_is_the_same_as_on_the_page() -> None:
    view = GALLERY["status-mixed"]
    assert isinstance(view, Status)

    live = render_live(view)
    page = render(view).decode()

    lines = [line for line in live.splitlines() if line.strip()]
    assert len(lines) > 20
    assert set(lines) <= set(page.splitlines())
