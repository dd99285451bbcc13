"""The demo's shop, as a person meets it after `torana demo`: page, pop-up, and the proof that it shows."""

import re
from collections.abc import AsyncIterator
from datetime import datetime

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, Route, expect

from tests.cli.running_demo import Demo, running_demo
from tests.journeys.conftest import Begin
from tests.journeys.installation import PATIENCE
from tests.journeys.journey import Journey, Window
from tests.support.axe import WHOLE, violations
from tests.support.brokers import ANY_BROKER, ANY_NAME, OTHER_BROKER, OTHER_NAME
from tests.support.sandbox import Control
from torana.kit.clock import IST
from torana.settings import DEMO_GATEWAY, DEMO_SECRET

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    async with running_demo(tmp_path_factory.mktemp("demo")) as demo:
        await demo.until("Ctrl-C stops everything")
        yield demo


@pytest.fixture
def shop(demo: Demo) -> str:
    """The address of the shop."""
    return demo.shop_url


async def _press(journey: Journey, basket: str) -> Window:
    return await _open(journey, journey.page.locator("article", has_text=basket).get_by_role("button"))


async def _open(journey: Journey, button: Locator) -> Window:
    """The window that this button opens."""
    async with journey.context.expect_page() as opening:
        await button.click()
    return await journey.window(await opening.value)


async def _proven(page: Page, purchases: int) -> None:
    """The page tells an investor of so many purchases, and a developer of their promises and verified webhooks."""
    told = page.locator("#purchases li.purchase").filter(has_text=re.compile("orders? filled"))
    await expect(told).to_have_count(purchases, timeout=PATIENCE * 1000)
    await expect(page.locator("#result")).to_contain_text("filled", timeout=PATIENCE * 1000)
    steps = page.locator("#steps li.good")
    promises = steps.filter(has_text=re.compile('(triggerTransaction|resume).*resolved.*"orderBatches"', re.DOTALL))
    await expect(promises).to_have_count(purchases, timeout=PATIENCE * 1000)
    verified = steps.filter(has_text="batch.completed COMPLETED").filter(has_text="checksum right, signature right")
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

        window = await _open(journey, journey.page.get_by_role("button", name="Show funds"))
        await window.shows("Lantern has seen your available funds", "funds")
        await window.press("Return to Lantern")
        await expect(journey.page.locator("#purchases")).to_contain_text("to spend", timeout=PATIENCE * 1000)
        await expect(journey.page.locator("#steps")).to_contain_text("funds.fetched COMPLETED", timeout=PATIENCE * 1000)
        await journey.camera.take(journey.page, "funds-shown")

        window = await _press(journey, "New leaf")
        await window.reviewing(picture="review-again")
        await window.place()
        await window.page.get_by_role("heading", name=re.compile("orders are filled")).wait_for()
        await window.press("Return to Lantern")
        await _proven(journey.page, 2)
        await journey.camera.take(journey.page, "proof-again")

        window = await _open(journey, journey.page.get_by_role("button", name="Show my orders"))
        await window.shows("Your orders with Lantern", "orders")
        await expect(window.page.locator("[data-stream] li").filter(has_text="Filled")).to_have_count(9)
        await window.press("Return to Lantern")
        await window.shows("You can go back now")
        await window.press("Return to Lantern")
        await window.closed()

        await journey.page.get_by_role("button", name="Log out").click()
        await expect(journey.page.locator("#login")).to_contain_text("Ended.", timeout=PATIENCE * 1000)
        await journey.camera.take(journey.page, "logged-out")


async def test_a_visitor_connects_reads_why_orders_are_stopped_and_cancels_what_waits(
    begin: Begin, demo: Demo, shop: str
) -> None:
    """In the evening, so that orders wait for the next opening. The partner stops new orders for a moment."""
    halts, secret = f"{demo.gateway_url}/v1/{DEMO_GATEWAY}/halts", {"x-gateway-secret": DEMO_SECRET}
    async with aiohttp.ClientSession() as http, begin() as journey:
        exchange, page = Control(http, demo.sandbox_url), journey.page
        now = datetime.fromisoformat((await exchange.tell("GET", "/sandbox/clock"))["now"]).astimezone(IST)
        await exchange.tell("POST", "/sandbox/clock", {"now": now.replace(hour=20, minute=0).isoformat()})
        await page.goto(shop)
        window = await _open(journey, page.get_by_role("button", name="Connect", exact=True))
        await window.choose(ANY_BROKER)
        await window.log_in()
        await window.shows(f"{ANY_NAME} is connected")
        await window.press("Return to Lantern")
        login = page.locator("#login")
        await expect(login).to_contain_text(f"Logged in to {ANY_NAME} since", timeout=PATIENCE * 1000)
        await journey.camera.take(page, "connected")

        async with http.post(halts, json={"reason": "prices look wrong"}, headers=secret) as stopped:
            assert stopped.status == 200
        window = await _press(journey, "Night light")
        await window.shows("New orders are stopped", "stopped")
        assert "prices look wrong" in await window.words()
        await window.press("Return to Lantern")
        await expect(page.locator("#result")).to_contain_text("New orders are stopped", timeout=PATIENCE * 1000)
        await expect(page.locator("#steps")).to_contain_text("rejected: orders_halted 9005", timeout=PATIENCE * 1000)
        async with http.delete(halts, headers=secret) as going_on:
            assert going_on.status == 200

        window = await _press(journey, "Night light")
        await window.reviewing()
        await window.place()
        await window.shows("Your 3 orders are in the queue")
        await window.press("Return to Lantern")
        cancel = page.get_by_role("button", name="Cancel open orders")
        await cancel.wait_for()
        await journey.camera.take(page, "waiting")
        window = await _open(journey, cancel)
        await window.shows("Cancel these 3 orders?")
        await window.press("Cancel 3 orders")
        await window.shows("3 orders cancelled")
        await window.press("Return to Lantern")
        cancelled = page.locator("#purchases li", has_text="Cancelling Night light")
        await expect(cancelled).to_contain_text("cancelled", timeout=PATIENCE * 1000)
        await expect(cancel).to_be_hidden(timeout=PATIENCE * 1000)
        await journey.camera.take(page, "cancelled")
        await exchange.tell("POST", "/sandbox/clock", {"mode": "trading"})


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


async def test_a_tap_sets_how_a_purchase_ends_and_the_result_is_seen_without_scrolling(
    begin: Begin, demo: Demo, shop: str
) -> None:
    async with aiohttp.ClientSession() as http, begin(phone=True) as journey:
        exchange, page = Control(http, demo.sandbox_url), journey.page
        await page.goto(shop)
        await page.get_by_text("Not connected yet").wait_for()
        shifts = "new Promise(r => new PerformanceObserver(l => r(l.getEntries().reduce((s, e) => s + e.value, 0)))"
        shifts += ".observe({type: 'layout-shift', buffered: true}) || setTimeout(r, 200, 0))"
        assert await page.evaluate(shifts) < 0.01
        await page.get_by_role("button", name="Rejected").click()
        await expect(page.locator(".card", has_text="Night light").locator(".shares").first).to_have_text("102 shares")
        window = await _press(journey, "Night light")
        await window.choose(ANY_BROKER)
        await expect(window.page.locator("input[name=user_id]")).to_have_value("asha")
        await window.log_in()
        await window.reviewing()
        await window.place()
        await window.page.get_by_role("heading", name=re.compile("2.*filled")).wait_for()
        await window.press("Return to Lantern")

        await expect(page.locator("#result")).to_contain_text(
            "2 of 3 orders filled, 1 rejected", timeout=PATIENCE * 1000
        )
        await expect(page.locator("#result")).to_be_in_viewport()
        await page.locator("#result").get_by_role("button", name="See how").click()
        webhook = page.locator("#steps li", has_text="batch.completed")
        await webhook.locator("summary").click()
        await expect(webhook).to_contain_text("def check_webhook(")
        await expect(webhook.get_by_label("Request")).to_contain_text("webhook-signature")
        assert "gatewayDemo_secret" not in await page.content()
        assert (await exchange.orders())[-1]["state"] in ("COMPLETE", "REJECTED")
        await journey.camera.take(page, "developers")


PLACES = "[...document.querySelectorAll('.contents a')].map((one) => one.getBoundingClientRect().top)"


async def test_a_newcomer_goes_from_the_front_page_to_a_call_that_is_sent_and_to_the_exchange(
    begin: Begin, demo: Demo
) -> None:
    async with begin() as journey:
        page = journey.page
        journey.expects.append("ERR_FAILED")  # the script that is kept away
        await page.goto(f"{demo.gateway_url}/")
        await expect(page.get_by_text("✓ Ready")).to_be_visible()
        await journey.camera.take(page, "front")
        await page.get_by_role("link", name="API reference").click()
        create = page.locator("#create_transaction")
        await create.get_by_role("button", name="Copy").wait_for()
        with_script = await page.evaluate(PLACES)
        await page.route("**/reference.js*", lambda route: route.abort())
        await page.reload()
        assert await page.evaluate(PLACES) == with_script
        await page.unroute("**/reference.js*")
        await page.reload()
        await page.get_by_text("Python", exact=True).click()
        await expect(create.locator("[data-language=python]")).to_be_visible()
        await expect(create.locator("[data-language=curl]")).to_be_hidden()
        await page.get_by_label("Find a call").fill("look transaction")
        await expect(page.locator(".contents li:visible")).to_have_count(1)
        await create.get_by_role("button", name="Send to the demo gateway").click()
        await create.get_by_role("button", name="Send POST").click()
        await expect(create.get_by_role("status")).to_contain_text("200 in", timeout=PATIENCE * 1000)
        await expect(create.get_by_label("Answer")).to_contain_text('"transactionId": "TRX_')
        await journey.camera.take(page, "sent")
        await page.go_back()
        await page.get_by_role("link", name="Sandbox").click()
        await expect(page.get_by_role("heading", name="Orders")).to_be_visible()


async def test_a_visitor_invests_in_a_model_basket_edits_it_and_sells_it(begin: Begin, shop: str) -> None:
    async with begin() as journey:
        page = journey.page
        journey.expects.append("422")  # an amount that is too little
        await page.goto(shop)
        invest = page.get_by_role("button", name="Invest: Night light")
        await expect(invest).to_be_visible(timeout=PATIENCE * 1000)
        await journey.camera.take(page, "models")

        window = await _open(journey, invest)
        await window.choose(ANY_BROKER)
        await window.log_in()
        await window.shows("Invest in Night light", "amount")
        await window.page.get_by_label("Amount").fill("10")
        await window.press("Review the orders")
        await window.page.get_by_text("₹10.00 is too little.").wait_for()
        await window.look("too-little")
        await window.page.get_by_label("Amount").fill("15,000")
        await window.press("Review the orders")
        await window.reviewing(picture="review")
        await expect(window.page.get_by_text("of your ₹15,000.00 buys whole shares")).to_be_visible()
        await window.place()
        await window.shows("Your 3 orders are filled", "bought")
        await window.press("Return to Lantern")
        held = page.locator("#investments li", has_text="Night light")
        await expect(held).to_contain_text("invested", timeout=PATIENCE * 1000)
        await journey.camera.take(page, "invested")

        window = await _open(journey, page.get_by_role("button", name="Edit shares: Night light"))
        await window.shows("Your shares of Night light", "shares")
        first = window.page.get_by_label("Shares wanted: COALINDIA")
        await first.fill(str(int(await first.input_value()) - 1))
        await window.press("Review the orders")
        await window.reviewing(picture="edited")
        await window.place()
        await window.shows("Your order is filled")
        await window.press("Return to Lantern")

        window = await _open(journey, page.get_by_role("button", name="Plan instalments: Night light"))
        await window.shows("Instalments for Night light", "plan")
        await window.page.get_by_label("Amount each time").fill("5,000")
        await window.page.get_by_label("Weekly").check()
        await window.press("Review the plan")
        await window.page.get_by_text("Nothing is bought without you.").wait_for()
        await window.look("plan-review")
        await window.press("Start the instalments")
        await window.shows("Your instalments are planned", "planned")
        await window.press("Return to Lantern")
        await expect(held).to_contain_text("An instalment of ₹5,000 is due on", timeout=PATIENCE * 1000)

        sell = page.get_by_role("button", name="Sell all: Night light")
        await expect(sell).to_be_enabled(timeout=PATIENCE * 1000)
        window = await _open(journey, sell)
        await window.reviewing(picture="sold")
        await window.place()
        await window.shows("Your 3 orders are filled")
        await window.press("Return to Lantern")
        await expect(held).to_have_count(0, timeout=PATIENCE * 1000)


async def test_axe_finds_nothing_on_the_pages_of_the_demo(begin: Begin, demo: Demo, shop: str) -> None:
    """The front door, the shop and the exchange with what the visitors before have left there, the reference."""
    found: list[str] = []
    docs = [f"{demo.gateway_url}/docs{page}" for page in ("", "/webhooks", "/sdk", "/errors")]
    for phone, scheme in ((True, "light"), (False, "dark")) if WHOLE else ((True, "light"),):
        async with begin(phone=phone, scheme=scheme) as journey:
            page = journey.page
            urls = [f"{demo.gateway_url}/", shop, f"{demo.sandbox_url}/sandbox/", docs[2]]
            for url in [*urls, *docs, f"{demo.sandbox_url}/sandbox/inputs"] if WHOLE else urls:
                await page.goto(url)
                if url == shop:
                    await page.get_by_text("Not connected yet").wait_for()
                    await page.locator("#models .row").first.wait_for()
                found += [f"{url} {scheme}: {one}" for one in await violations(page)]

    assert found == []


async def test_a_call_is_sent_from_the_reference_and_its_sample_copied_over_plain_http(
    begin: Begin, demo: Demo
) -> None:
    """Under the page's own policy. Where the page did not come from this machine or by https, there is neither a
    clipboard nor a way to sign: the sample is copied all the same, and why nothing is sent is said."""
    async with begin() as journey:
        page, elsewhere = journey.page, "http://gateway.example"

        async def forward(route: Route) -> None:
            answer = await route.fetch(url=route.request.url.replace(elsewhere, demo.gateway_url))
            await route.fulfill(response=answer)

        await journey.context.route(f"{elsewhere}/**", forward)
        for url in (demo.gateway_url, elsewhere):
            await page.goto(f"{url}/docs")
            create = page.locator("#create_transaction")
            await create.get_by_role("button", name="Send to the demo gateway").click()
            await create.get_by_role("button", name="Send POST").click()
            said = create.get_by_role("status")
            if url == elsewhere:
                await expect(said).to_contain_text("on https and on localhost only")
            else:
                await expect(said).to_have_text(re.compile("^200 in [0-9]+ ms$"))
                await expect(create.get_by_label("Answer")).to_contain_text("TRX_")
        copy = create.locator(".tools button").first
        await copy.click()
        await expect(copy).to_have_text("Copied")
        await expect(copy).to_be_focused()
        await create.get_by_label("Path").press("Control+v")
        await expect(create.get_by_label("Path")).to_have_value(re.compile("curl"))
