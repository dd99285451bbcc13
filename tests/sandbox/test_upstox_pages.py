"""The pages of the simulated Upstox in a real browser, on a desk and on a phone."""

import html
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Page, ViewportSize, expect

from tests.sandbox.upstox_desk import INFY, MULTI, Desk, encode, open_desk, order
from tests.support.chromium import chromium
from tests.support.clock import HandClock

DESK = ViewportSize(width=1024, height=768)
PHONE = ViewportSize(width=360, height=640)
PICTURES = os.environ.get("TORANA_TEST_PICTURES")
"""A folder for pictures of the pages, if somebody wants to look at them."""


@pytest.fixture
async def desk(clock: HandClock) -> AsyncIterator[Desk]:
    async with open_desk(clock) as desk:
        yield desk


@pytest.fixture
async def app() -> AsyncIterator[str]:
    """An app's page that the browser comes back to."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="<!doctype html><title>App</title>back", content_type="text/html")

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    async with TestServer(application) as server:
        yield str(server.make_url("/")).rstrip("/")


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
async def page(request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """A tab that must not complain about anything but an HTTP status: no blocked style, no script error."""
    complaints: list[str] = []
    async with chromium() as browser:
        page = await browser.new_page(viewport=request.param)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
    assert [text for text in complaints if not text.startswith("Failed to load resource")] == []


async def look(page: Page, name: str) -> None:
    """The page fits its window and says what it is."""
    await expect(page.get_by_role("note")).to_contain_text("Simulated")
    assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert await page.evaluate("[...document.querySelectorAll('button')].every(b => b.offsetHeight >= 44)")
    if PICTURES:
        width = await page.evaluate("window.innerWidth")
        await page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)


async def bring(page: Page, app: str, url: str, **fields: str) -> None:
    """Post an app's form with the browser."""
    inputs = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(value)}">' for name, value in fields.items()
    )
    await page.goto(app)
    await page.evaluate(
        "form => { document.body.innerHTML = form; document.forms[0].submit() }",
        f'<form method="post" action="{url}">{inputs}</form>',
    )


async def test_an_investor_logs_in(desk: Desk, page: Page, app: str) -> None:
    known = desk.running.world.apps["upstox"][MULTI]
    known.redirect_url = f"{app}/callback?broker=upstox"
    query = f"response_type=code&client_id={MULTI}&redirect_uri={app}/callback%3Fbroker%3Dupstox&state=s-1"

    await page.goto(f"{desk.api}/v2/login/authorization/dialog?{query}")
    await page.get_by_text("User names that decide how this login ends").click()
    await look(page, "login")
    await page.get_by_label("User name").fill("asha")
    await page.keyboard.press("Enter")

    await page.wait_for_url(f"{app}/callback?broker=upstox&code=*&state=s-1")


async def test_an_investor_reviews_authorises_and_places(desk: Desk, page: Page, app: str) -> None:
    token = await desk.log_in("needs-edis", MULTI)
    lines = [
        order(instrument_token=INFY, quantity=12, order_type="LIMIT", price=1450.5, tag="482913370415921"),
        order(transaction_type="SELL", tag="482913370415922"),
        order(quantity=5, instrument_token="NSE_EQ|INE101A01026", is_amo=True, tag="482913370415923"),
    ]

    await bring(
        page,
        app,
        f"{desk.api}/v2/uplink/order/place",
        access_token=token,
        redirect_url=f"{app}/back",
        data=encode(lines).decode(),
        is_editable="false",
    )
    await expect(page.get_by_role("heading", level=1)).to_have_text("Review orders")
    await look(page, "review")
    await page.get_by_role("button", name="Authorise and place order").click()
    await look(page, "tpin")
    await page.get_by_label("TPIN").fill("000000")
    await page.get_by_role("button", name="Verify").click()
    await look(page, "tpin-wrong")
    await page.get_by_label("TPIN").fill("246813")
    await page.get_by_role("button", name="Verify").click()
    await page.get_by_label("One-time password").fill("135790")
    await page.get_by_role("button", name="Verify").click()
    await look(page, "review-authorised")
    await page.get_by_role("button", name="Place order").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("2 of 3 orders sent")
    await look(page, "result")
    await page.reload()
    await page.get_by_role("button", name="Done").click()

    await page.wait_for_url(f"{app}/back")
    assert [placed.asked.tag for placed in desk.running.ledger.orders] == ["482913370415921", "482913370415922"]


async def test_an_investor_changes_a_quantity_then_cancels_the_order(desk: Desk, page: Page, app: str) -> None:
    token = await desk.log_in(app=MULTI)
    back = f"{app}/back"

    await bring(
        page,
        app,
        f"{desk.api}/v2/uplink/order/place",
        access_token=token,
        redirect_url=back,
        data=encode([order(instrument_token=INFY)]).decode(),
    )
    await look(page, "review-editable")
    await page.get_by_label("Buy INFY").fill("118")
    await page.get_by_role("button", name="Place order").click()
    await page.get_by_role("button", name="Done").click()
    await page.wait_for_url(back)
    (placed,) = desk.running.ledger.orders
    form = {"access_token": token, "redirect_url": back, "order_id": placed.order_id}
    await bring(page, app, f"{desk.api}/v2/uplink/order/cancel", **form)
    await look(page, "cancel")
    await page.get_by_role("button", name="Yes, cancel").click()
    await look(page, "cancelled")
    await page.get_by_role("button", name="Done").click()

    await page.wait_for_url(back)
    assert (placed.quantity, placed.state) == (118, "CANCELLED")


async def test_a_refusal_is_told_as_a_page(desk: Desk, page: Page, app: str) -> None:
    fields = {"access_token": "no-such-token", "redirect_url": f"{app}/back", "data": "[]"}

    await bring(page, app, f"{desk.api}/v2/uplink/order/place", **fields)

    await expect(page.get_by_text("UDAPI100050")).to_be_visible()
    await look(page, "refused")
