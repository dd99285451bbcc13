"""What the SDK does to the partner's page: as little as possible."""

import pytest
from playwright.async_api import Page, expect

from tests.sdk.fake_gateway import FakeGateway
from tests.sdk.pages import TRX, PartnerPage

pytestmark = pytest.mark.asyncio(loop_scope="session")

BLOCKED_ONCE = "const open = window.open; window.open = () => { window.open = open; return null };"


def complaints(page: Page) -> list[str]:
    """Everything that the browser says against the page from now on."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


@pytest.mark.parametrize("kind", ["script", "module"])
async def test_the_documented_policy_is_enough(kind: str, buyer: PartnerPage, gateway: FakeGateway) -> None:
    errors = complaints(buyer.page)
    await buyer.visit(kind, csp="strict", start=BLOCKED_ONCE)

    await buyer.page.click("#pay")
    assert await buyer.dialog().evaluate("dialog => getComputedStyle(dialog).textAlign") == "center"
    async with buyer.page.context.expect_page():
        await buyer.page.get_by_role("button", name="Open window").click()
    await gateway.resolve(TRX)

    assert "result" in await buyer.outcome()
    assert errors == []


async def test_a_policy_without_form_action_is_told_instead_of_a_blank_window(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    await buyer.visit(csp="no form")

    await buyer.page.click("#pay")

    outcome = await buyer.outcome()
    assert (outcome["message"], outcome["code"]) == ("csp_blocked", 9002)
    assert gateway.url in outcome["description"]
    await buyer.page.wait_for_function("() => true")
    assert len(buyer.page.context.pages) == 1


async def test_nothing_is_loaded_from_elsewhere_and_no_cookie_is_set(buyer: PartnerPage, gateway: FakeGateway) -> None:
    asked: list[str] = []
    buyer.page.context.on("request", lambda request: asked.append(request.url))
    await buyer.visit(start=BLOCKED_ONCE)

    await buyer.page.click("#pay")
    await buyer.page.get_by_role("button", name="Open window").click()
    await gateway.resolve(TRX)
    await buyer.outcome()

    assert asked
    assert all(url.startswith((buyer.partner.url, gateway.url, "data:")) for url in asked)
    assert await buyer.page.context.cookies() == []
    assert await buyer.page.evaluate("() => Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 1


async def test_the_page_cannot_look_into_the_notice_nor_bend_it(buyer: PartnerPage) -> None:
    await buyer.visit(start=BLOCKED_ONCE)
    await buyer.page.evaluate(
        """() => {
            const sheet = new CSSStyleSheet();
            sheet.replaceSync("div, dialog { display: none; color: red; font-size: 60px; pointer-events: none }");
            document.adoptedStyleSheets = [sheet];
        }"""
    )

    await buyer.page.click("#pay")

    await expect(buyer.dialog()).to_be_visible()
    assert await buyer.page.evaluate("shadows") == ["closed"]
    assert await buyer.dialog().locator("h2").evaluate("e => getComputedStyle(e).fontSize") == "20px"
    await buyer.page.get_by_role("button", name="Open window").click()


async def test_the_dialog_has_a_name_and_holds_the_focus(buyer: PartnerPage) -> None:
    await buyer.visit(start=BLOCKED_ONCE)
    await buyer.page.click("#pay")

    dialog = buyer.page.get_by_role("dialog", name="Open the secure window")
    await expect(dialog).to_be_visible()
    await expect(dialog.get_by_role("button", name="Open window")).to_be_focused()
    for _ in range(6):
        await buyer.page.keyboard.press("Tab")
        assert await buyer.page.evaluate("document.activeElement.id") != "pay"
    for button in await dialog.get_by_role("button").all():
        box = await button.bounding_box()
        assert box is not None
        assert box["height"] >= 44


async def test_the_bar_can_be_reached_above_a_dialog_of_the_page(buyer: PartnerPage, gateway: FakeGateway) -> None:
    gateway.page_headers = {"Cross-Origin-Opener-Policy": "same-origin"}
    await buyer.visit()
    await buyer.page.evaluate(
        """() => {
            const dialog = document.createElement("dialog");
            dialog.append(document.getElementById("pay"));
            document.body.append(dialog);
            dialog.showModal();
        }"""
    )
    await buyer.buy()

    await buyer.bar().get_by_role("button", name="Cancel").click()

    assert (await buyer.outcome())["message"] == "user_cancelled"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_words_can_be_read_in_both_schemes(scheme: str, buyer: PartnerPage) -> None:
    await buyer.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await buyer.visit(start=BLOCKED_ONCE)
    await buyer.page.click("#pay")

    contrasts = await buyer.dialog().evaluate(
        """(dialog) => {
            const channels = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((c) => c / 255);
            const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
            const weights = [0.2126, 0.7152, 0.0722];
            const light = (colour) => channels(colour).reduce((sum, c, i) => sum + linear(c) * weights[i], 0);
            const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
            const style = getComputedStyle;
            const of = (element, paper) => contrast(style(element).color, style(paper).backgroundColor);
            const [main, quiet] = dialog.querySelectorAll("button");
            return [...dialog.querySelectorAll("h2, p"), quiet].map((e) => of(e, dialog)).concat(of(main, main));
        }"""
    )

    assert len(contrasts) == 4
    assert min(contrasts) >= 4.5


async def test_the_page_can_lend_its_accent(buyer: PartnerPage) -> None:
    await buyer.visit(start=BLOCKED_ONCE)
    await buyer.page.evaluate("() => document.documentElement.style.setProperty('--scdk-accent', 'rgb(1, 2, 3)')")

    await buyer.page.click("#pay")

    main = buyer.page.get_by_role("button", name="Open window")
    assert await main.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(1, 2, 3)"


async def test_without_constructed_sheets_the_notice_still_has_its_looks(buyer: PartnerPage) -> None:
    await buyer.visit(start=BLOCKED_ONCE + "delete window.CSSStyleSheet;")

    await buyer.page.click("#pay")

    assert await buyer.dialog().evaluate("dialog => getComputedStyle(dialog).textAlign") == "center"


async def test_without_storage_a_transaction_still_runs(buyer: PartnerPage, gateway: FakeGateway) -> None:
    await buyer.page.add_init_script(
        "Object.defineProperty(window, 'sessionStorage', {get() { throw new DOMException('no', 'SecurityError') }})"
    )
    await buyer.visit()

    await buyer.buy()
    await gateway.resolve(TRX)

    assert "result" in await buyer.outcome()
