"""The redirect way, and pages that come back."""

from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.async_api import Browser, expect

from tests.sdk.fake_gateway import FakeGateway, Partner
from tests.sdk.pages import TRX, PartnerPage, eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

RESUME = "window.resumed = gw.resume(); if (resumed) record(resumed);"


PHONE: Any = {
    "viewport": {"width": 390, "height": 760},
    "screen": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}


async def go(buyer: PartnerPage, gateway: FakeGateway) -> None:
    await buyer.page.click("#pay")
    await buyer.page.wait_for_url(f"{gateway.url}/portal/**")


async def come_back(buyer: PartnerPage, gateway: FakeGateway) -> None:
    address = gateway.opened[-1]["returnUrl"]
    await buyer.page.goto(f"{address}&{urlencode({'torana_transaction': TRX})}")
    await buyer.page.wait_for_function("window.ready")


async def test_a_redirect_comes_back_with_the_result(buyer: PartnerPage, gateway: FakeGateway) -> None:
    """U08."""
    await buyer.visit(start=RESUME, redirect=True)
    assert await buyer.page.evaluate("resumed") is None
    home = buyer.page.url

    await go(buyer, gateway)
    await gateway.resolve(TRX, broker="alpha")
    await come_back(buyer, gateway)

    assert (await buyer.outcome())["result"]["broker"] == "alpha"
    assert gateway.opened[0]["returnUrl"] == buyer.page.url == home
    assert await buyer.storage() == "{}"
    assert len(buyer.page.context.pages) == 1


async def test_a_redirect_comes_back_with_the_refusal(buyer: PartnerPage, gateway: FakeGateway) -> None:
    await buyer.visit(start=RESUME, redirect=True)

    await go(buyer, gateway)
    await gateway.reject(TRX, "market_closed", 4004)
    await come_back(buyer, gateway)

    outcome = await buyer.outcome()
    assert (outcome["message"], outcome["code"]) == ("market_closed", 4004)


async def test_the_same_id_triggered_again_after_a_redirect_settles_without_a_second_trip(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """U04."""
    await buyer.visit(start=RESUME, redirect=True)
    await go(buyer, gateway)
    await gateway.resolve(TRX, broker="alpha")

    await come_back(buyer, gateway)
    await buyer.outcome()
    again = await buyer.page.evaluate("gw.resume()")

    assert again is None
    assert len(gateway.opened) == 1


async def test_back_before_confirmation_offers_to_continue(buyer: PartnerPage, gateway: FakeGateway) -> None:
    await buyer.visit(start=RESUME, redirect=True)
    await go(buyer, gateway)

    await buyer.page.go_back()
    await expect(buyer.bar()).to_contain_text("still open")
    await buyer.bar().get_by_role("button", name="Continue").click()
    await buyer.page.wait_for_url(f"{gateway.url}/portal/**")

    assert gateway.opened[0] == gateway.opened[1]


async def test_back_before_confirmation_can_cancel(buyer: PartnerPage, gateway: FakeGateway) -> None:
    await buyer.visit(start=RESUME, redirect=True)
    await go(buyer, gateway)

    await buyer.page.go_back()
    await buyer.bar().get_by_role("button", name="Cancel").click()

    outcome = await buyer.outcome()
    assert (outcome["message"], outcome["code"]) == ("user_cancelled", 1010)


async def test_a_page_out_of_the_back_forward_cache_takes_its_own_promise_up(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    await buyer.visit(redirect=True)
    await buyer.page.evaluate("() => { HTMLFormElement.prototype.submit = () => {} }")
    await buyer.page.click("#pay")
    gateway.visit(TRX).stage = "reviewing"

    await buyer.page.evaluate("() => { dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true})) }")
    await expect(buyer.bar()).to_contain_text("still open")
    await gateway.resolve(TRX)

    assert "result" in await buyer.outcome()


async def test_on_a_phone_the_phone_way_is_the_redirect(
    browser: Browser, partner: Partner, gateway: FakeGateway
) -> None:
    context = await browser.new_context(**PHONE)
    buyer = PartnerPage(await context.new_page(), partner, gateway)
    await buyer.visit(redirect="phone")

    await go(buyer, gateway)

    assert len(context.pages) == 1
    await context.close()


INSTAGRAM = (
    "Mozilla/5.0 (Linux; Android 15; wv) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36 Instagram 350.0"
)


async def test_in_an_app_without_a_second_window_the_tab_goes_at_once(
    browser: Browser, partner: Partner, gateway: FakeGateway
) -> None:
    """The page has a way back, and did not say that it wants a window all the same."""
    context = await browser.new_context(**PHONE, user_agent=INSTAGRAM)
    buyer = PartnerPage(await context.new_page(), partner, gateway)
    await buyer.visit(returnUrl="/elsewhere", redirect=False)
    await buyer.buy()
    await gateway.resolve(TRX)
    await buyer.visit(returnUrl="/elsewhere")
    await buyer.page.evaluate("window.transactionId = 'TRX_' + 'b'.repeat(32)")

    await go(buyer, gateway)

    assert [form["returnUrl"] for form in gateway.opened] == ["", f"{partner.url}/elsewhere"]
    await context.close()


async def test_on_a_desktop_the_phone_way_is_a_pop_up(buyer: PartnerPage, gateway: FakeGateway) -> None:
    await buyer.visit(redirect="phone")

    await buyer.buy()

    assert len(buyer.page.context.pages) == 2


async def test_a_reload_resumes_what_ended_meanwhile(buyer: PartnerPage, gateway: FakeGateway) -> None:
    """U04."""
    await buyer.visit(start=RESUME)
    await buyer.buy()
    home = buyer.page.url
    await buyer.page.goto(f"{buyer.partner.url}/elsewhere")
    await gateway.resolve(TRX, broker="alpha")

    await buyer.page.goto(home)

    assert (await buyer.outcome())["result"]["broker"] == "alpha"


async def test_a_reload_in_the_middle_offers_to_continue_in_the_window_that_is_there(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """U04."""
    await buyer.visit(start=RESUME)
    await buyer.buy()
    await gateway.reach(TRX, "at_broker")

    await buyer.reload()
    await buyer.bar().get_by_role("button", name="Continue").click()
    await eventually(lambda: len(gateway.opened) == 2)
    await gateway.resolve(TRX)

    assert "result" in await buyer.outcome()
    assert len(buyer.page.context.pages) == 2
    await expect(buyer.bar()).to_have_count(0)


async def test_a_click_with_the_same_id_joins_what_was_resumed(buyer: PartnerPage, gateway: FakeGateway) -> None:
    await buyer.visit(start=RESUME)
    await buyer.buy()
    await gateway.reach(TRX, "at_broker")
    await buyer.reload()
    await expect(buyer.bar()).to_be_visible()

    await buyer.page.click("#pay")
    await eventually(lambda: len(gateway.opened) == 2)
    await gateway.resolve(TRX, broker="alpha")

    assert await buyer.outcome(1) == await buyer.outcome(0) == {"result": {"transactionId": TRX, "broker": "alpha"}}


async def test_resuming_twice_is_one_promise(buyer: PartnerPage, gateway: FakeGateway) -> None:
    await buyer.visit()
    await buyer.buy()
    await gateway.reach(TRX, "confirmed")
    await buyer.reload()

    assert await buyer.page.evaluate(
        "() => { const first = gw.resume(); return first !== null && first === gw.resume() }"
    )


async def test_a_link_with_an_id_that_this_tab_never_began_opens_nothing(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """A stranger's link must not make an investor continue a stranger's transaction."""
    await gateway.reach(TRX, "reviewing")

    await buyer.page.goto(buyer.partner.page(start=RESUME) + f"&torana_transaction={TRX}")

    outcome = await buyer.outcome()
    assert (outcome["message"], outcome["code"]) == ("transaction_in_process", 3003)
    assert await buyer.bar().count() == 0
    assert gateway.opened == []
    assert await buyer.storage() == "{}"


async def test_a_parameter_that_is_no_id_is_not_ours(buyer: PartnerPage) -> None:
    await buyer.page.goto(buyer.partner.page(start=RESUME) + "&torana_transaction=__proto__")
    await buyer.page.wait_for_function("window.ready")

    assert await buyer.page.evaluate("resumed") is None
    assert "torana_transaction" in buyer.page.url
