"""The bar in the partner's page: small, at the edge, reachable; kept as pictures under `artefacts/sdk`."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, expect

from tests.sdk.fake_gateway import FakeGateway, Partner
from tests.sdk.pages import OPEN_SHADOWS, TRX, PartnerPage
from tests.support.axe import violations

pytestmark = pytest.mark.asyncio(loop_scope="session")

PICTURES = Path(__file__).parents[2] / "artefacts/sdk"
SHIFTS = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
BEGUN = f"sessionStorage.setItem('torana.flows', JSON.stringify({{{TRX}: {{flow: 'f'.repeat(32)}}}}));"
RESUME = "window.resumed = gw.resume(); if (resumed) record(resumed);"
SIZES = [(320, 568), (390, 844), (1280, 900)]


async def _shown(buyer: PartnerPage, gateway: FakeGateway, state: str) -> None:
    if state == "continue":
        await gateway.reach(TRX, "reviewing")
        await buyer.visit(start=BEGUN + RESUME)
    else:
        await buyer.visit()
        popup = await buyer.buy()
        if state == "finish":
            gateway.visit(TRX).unsure = True
            await gateway.reach(TRX, "at_broker")
            await popup.goto(f"{gateway.url}/broker")
            await buyer.page.get_by_text("Finish in the other window").wait_for()
        elif state == "confirmed":
            await gateway.reach(TRX, "confirmed")
            await expect(buyer.bar().get_by_role("button")).to_have_count(1)
    await buyer.page.bring_to_front()
    await buyer.bar().get_by_role("heading").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("state", ["open", "finish", "continue", "confirmed"])
async def test_the_bar_is_small_and_moves_nothing(
    state: str,
    size: tuple[int, int],
    scheme: Literal["light", "dark"],
    browser: Browser,
    partner: Partner,
    gateway: FakeGateway,
) -> None:
    width, height = size
    context = await browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    await context.add_init_script(OPEN_SHADOWS + SHIFTS)
    buyer = PartnerPage(await context.new_page(), partner, gateway)

    await _shown(buyer, gateway, state)
    await buyer.page.screenshot(path=PICTURES / f"bar-{state}.{width}x{height}.{scheme}.png", animations="disabled")

    bar = await buyer.bar().bounding_box()
    assert bar is not None
    assert bar["width"] <= min(width, 640)
    assert bar["height"] <= (130 if width < 600 else 80), "it hides the page"
    assert bar["y"] + bar["height"] <= height
    for button in await buyer.bar().get_by_role("button").all():
        box = await button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["width"] >= 44
    assert await buyer.page.evaluate("shift") == 0
    assert await buyer.bar().get_by_role("status").inner_text() != ""
    await context.close()


async def test_the_end_of_the_page_can_be_scrolled_out_from_under_the_bar(buyer: PartnerPage) -> None:
    await buyer.page.set_viewport_size({"width": 390, "height": 600})
    await buyer.visit()
    await buyer.page.evaluate(
        """() => {
            document.body.insertAdjacentHTML("beforeend", "<div></div><button id=last>Last of the page</button>");
            document.querySelector("div").style.height = "1200px";
        }"""
    )
    await buyer.buy()
    await buyer.bar().get_by_role("heading").wait_for()

    await buyer.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")

    last, bar = await buyer.page.locator("#last").bounding_box(), await buyer.bar().bounding_box()
    assert last is not None
    assert bar is not None
    assert last["y"] + last["height"] <= bar["y"]


async def test_the_keyboard_reaches_the_bar_and_shows_where_it_is(buyer: PartnerPage) -> None:
    await buyer.visit()
    await buyer.buy()
    await buyer.page.bring_to_front()
    await buyer.page.focus("#pay")

    assert await violations(buyer.page, within=".bar") == []
    for name in ("Show it", "Cancel"):
        await buyer.page.keyboard.press("Tab")
        button = buyer.bar().get_by_role("button", name=name)
        await expect(button).to_be_focused()
        outline = await button.evaluate(
            "e => { const s = getComputedStyle(e); return [s.outlineStyle, s.outlineWidth] }"
        )
        assert outline == ["solid", "2px"]


async def test_the_bar_speaks_the_language_that_the_gateway_tells(buyer: PartnerPage, gateway: FakeGateway) -> None:
    """Given `config.language`, when the gateway answers with words of it, then the bar says these, and is marked as of
    that language; a word that it lacks stays English, and what the developer is warned of is on the console."""
    gateway.words = {"en": "hi", "Continue in the other window": "दूसरी विंडो में आगे बढ़ें", "Cancel": "रद्द करें"}
    gateway.warns = ["there is no such language"]
    warned: list[str] = []
    buyer.page.on("console", lambda line: warned.append(line.text) if line.type == "warning" else None)
    await buyer.visit(language="hi-IN")
    await buyer.page.wait_for_function("gw.init().then((session) => !('words' in session) && !('warnings' in session))")

    await buyer.buy()

    await expect(buyer.bar().get_by_role("heading")).to_have_text("दूसरी विंडो में आगे बढ़ें")
    assert await buyer.bar().get_by_role("button").all_inner_texts() == ["Show it", "रद्द करें"]
    assert await buyer.page.locator(".bar").get_attribute("lang") == "hi"
    assert {body["language"] for path, body in gateway.calls if path == "session"} == {"hi-IN"}
    assert gateway.opened[0]["language"] == "hi-IN"
    assert set(warned) == {"scDK: there is no such language"}
