"""What a promise says when the page could not learn the end: an order that may have been placed is told as unknown."""

import pytest
from playwright.async_api import expect

from tests.sdk.fake_gateway import FakeGateway
from tests.sdk.pages import TRX, PartnerPage, eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

RESUME = "window.resumed = gw.resume(); if (resumed) record(resumed);"
UNKNOWN = {"transactionId": TRX, "outcome": "unknown"}
FIRST_CALL_IN_THE_CLICK = """
document.getElementById("pay").onclick = () => {
  new scDK({ gateway: "demo", smallcaseAuthToken: "first-used-in-the-click" });
  buy();
};
"""
# what this tab began before its page was loaded again, with another policy for instance
BEGUN = f"sessionStorage.setItem('torana.flows', JSON.stringify({{{TRX}: {{flow: 'f'.repeat(32)}}}}));"


@pytest.mark.parametrize("csp", ["no connect", "other connect"])
async def test_a_policy_that_forbids_our_calls_is_told_before_a_window_opens(
    csp: str, buyer: PartnerPage, gateway: FakeGateway
) -> None:
    await buyer.visit(csp=csp)
    await buyer.page.evaluate("() => gw.init({smallcaseAuthToken: 'x'}).catch(() => {})")

    await buyer.page.click("#pay")

    outcome = await buyer.outcome()
    assert (outcome["message"], outcome["code"], outcome["data"]) == ("csp_blocked", 9002, None)
    assert f"connect-src {gateway.url}" in outcome["description"]
    assert gateway.opened == []
    assert len(buyer.page.context.pages) == 1


@pytest.mark.parametrize("csp", ["no connect", "other connect"])
async def test_a_click_that_comes_before_the_first_call_has_failed_closes_its_window_again(
    csp: str, buyer: PartnerPage
) -> None:
    await buyer.visit(csp=csp, start=FIRST_CALL_IN_THE_CLICK)

    await buyer.page.click("#pay")

    outcome = await buyer.outcome()
    assert (outcome["message"], outcome["code"]) == ("csp_blocked", 9002)
    await eventually(lambda: len(buyer.page.context.pages) == 1)


async def test_a_click_before_the_first_call_has_failed_does_not_send_the_tab_away(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    gateway.open_delay = 1
    await buyer.visit(csp="no connect", start=FIRST_CALL_IN_THE_CLICK, redirect=True)

    await buyer.page.evaluate("() => document.getElementById('pay').click()")

    outcome = await buyer.outcome()
    assert (outcome["message"], outcome["code"]) == ("csp_blocked", 9002)
    assert buyer.page.url.startswith(buyer.partner.url)


@pytest.mark.parametrize("start", [RESUME, "setTimeout(() => { window.resumed = gw.resume(); record(resumed) }, 500);"])
async def test_a_page_that_may_not_ask_says_that_the_outcome_of_what_it_began_is_unknown(
    start: str, buyer: PartnerPage
) -> None:
    """Before and after the first call has failed."""
    await buyer.visit(csp="no connect", start=BEGUN + start)

    outcome = await buyer.outcome()

    assert (outcome["message"], outcome["data"]) == ("csp_blocked", UNKNOWN)


async def test_a_violation_by_another_address_of_the_page_is_none_of_ours(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """Another port of the same name begins with the same letters."""
    await buyer.visit(csp="strict", start=f"fetch('{gateway.url}0/').catch(() => {{}});")

    await buyer.buy()
    await gateway.resolve(TRX)

    assert "result" in await buyer.outcome()


async def test_a_token_that_is_refused_after_a_reload_leaves_the_outcome_unknown(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    gateway.refusal = (401, "invalid_jwt")

    await buyer.visit(start=BEGUN + RESUME)

    outcome = await buyer.outcome()
    assert (outcome["message"], outcome["data"]) == ("invalid_jwt", UNKNOWN)


async def _gone_after_confirmation(buyer: PartnerPage, gateway: FakeGateway) -> None:
    gateway.hold = 0.2
    await buyer.page.clock.install()
    await buyer.visit()
    popup = await buyer.buy()
    await buyer.page.clock.run_for(2000)
    await gateway.reach(TRX, "confirmed")
    await popup.close()
    await buyer.page.clock.run_for(1000)
    await eventually(gateway.closings)


def _away(gateway: FakeGateway, how: str) -> None:
    if how == "no answer":
        gateway.down = True
    else:
        gateway.refusal = (int(how), "internal_error")


@pytest.mark.parametrize("how", ["no answer", "500", "502"])
async def test_a_gateway_that_stays_away_after_the_confirmation_leaves_the_outcome_unknown(
    how: str, buyer: PartnerPage, gateway: FakeGateway
) -> None:
    await _gone_after_confirmation(buyer, gateway)

    _away(gateway, how)
    for _ in range(100):
        await buyer.page.clock.run_for(10_000)
        if await buyer.outcomes():
            break

    outcome = await buyer.outcome()
    assert (outcome["message"], outcome["code"], outcome["data"]) == ("timed_out", 4003, UNKNOWN)
    assert TRX in (await buyer.storage() or ""), "a later resume() can still learn it"


@pytest.mark.parametrize("how", ["no answer", "500", "502"])
async def test_a_gateway_that_is_back_before_the_end_has_the_word(
    how: str, buyer: PartnerPage, gateway: FakeGateway
) -> None:
    await _gone_after_confirmation(buyer, gateway)
    _away(gateway, how)
    for _ in range(120):
        await buyer.page.clock.run_for(1000)
    assert await buyer.outcomes() == []

    await gateway.resolve(TRX, broker="alpha")
    gateway.down, gateway.refusal = False, None
    for _ in range(60):
        await buyer.page.clock.run_for(1000)
        if await buyer.outcomes():
            break

    assert (await buyer.outcome())["result"]["broker"] == "alpha"


async def _taken_up(buyer: PartnerPage, gateway: FakeGateway) -> None:
    await gateway.reach(TRX, "reviewing")
    await buyer.visit(start=BEGUN + RESUME)
    await expect(buyer.bar()).to_contain_text("still open")


@pytest.mark.parametrize(
    "switch",
    [
        "() => { new scDK({gateway: 'demo', smallcaseAuthToken: 'second'}) }",
        "() => { gw.init({smallcaseAuthToken: 'second'}) }",
    ],
)
async def test_what_was_taken_up_is_not_continued_by_another_user(
    switch: str, buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """Nobody reloads between one user's log-out and the next one's log-in."""
    gateway.strangers = {"second"}
    await _taken_up(buyer, gateway)

    await buyer.page.evaluate(switch)

    assert (await buyer.outcome())["message"] == "invalid_transactionId"
    await expect(buyer.bar()).to_have_count(0)
    assert gateway.opened == []


async def test_what_was_taken_up_is_continued_with_the_token_of_now(buyer: PartnerPage, gateway: FakeGateway) -> None:
    await _taken_up(buyer, gateway)
    await buyer.page.evaluate("() => { new scDK({gateway: 'demo', smallcaseAuthToken: 'second'}) }")

    await buyer.bar().get_by_role("button", name="Continue").click()

    await eventually(lambda: gateway.opened)
    assert gateway.opened[0]["authToken"] == "second"


async def test_after_a_log_out_what_was_taken_up_is_not_continued(buyer: PartnerPage, gateway: FakeGateway) -> None:
    await _taken_up(buyer, gateway)

    await buyer.page.evaluate("() => { new scDK({gateway: 'demo', smallcaseAuthToken: null}) }")

    outcome = await buyer.outcome()
    assert (outcome["message"], outcome["data"]) == ("invalid_user_data", UNKNOWN)
    await expect(buyer.bar()).to_have_count(0)
    assert gateway.opened == []


async def test_what_was_confirmed_keeps_the_token_it_began_with(buyer: PartnerPage, gateway: FakeGateway) -> None:
    gateway.strangers = {"second"}
    gateway.hold = 0.2
    await gateway.reach(TRX, "confirmed")
    await buyer.visit(start=BEGUN + RESUME)
    await eventually(lambda: gateway.paths().count("watch") >= 2)

    await buyer.page.evaluate("() => { new scDK({gateway: 'demo', smallcaseAuthToken: 'second'}) }")
    await gateway.resolve(TRX, broker="alpha")

    assert (await buyer.outcome())["result"]["broker"] == "alpha"
