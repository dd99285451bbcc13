"""Pop-ups that are closed, blocked, cut off or forgotten."""

import pytest
from playwright.async_api import Page, expect

from tests.sdk.fake_gateway import FakeGateway
from tests.sdk.pages import TRX, PartnerPage, eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

NO_GESTURE = "setTimeout(() => buy(), 0)"
ALWAYS_BLOCKED = "window.open = () => null;"


@pytest.mark.parametrize(("stage", "code"), [("choosing", 1010), ("at_broker", 1011), ("reviewing", 1012)])
async def test_a_pop_up_closed_before_confirmation_is_a_cancel(
    stage: str, code: int, buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """U02."""
    await buyer.visit()
    popup = await buyer.buy()
    await gateway.reach(TRX, stage)

    await popup.close()

    outcome = await buyer.outcome()
    assert (outcome["message"], outcome["code"]) == ("user_cancelled", code)
    assert len(gateway.closings()) == 1
    assert await buyer.storage() == "{}"


async def test_a_pop_up_closed_while_it_is_still_blank_is_a_cancel(buyer: PartnerPage, gateway: FakeGateway) -> None:
    """U02, on a slow network."""
    gateway.open_delay = 30
    await buyer.visit()
    async with buyer.page.context.expect_page() as opening:
        await buyer.page.click("#pay")

    await (await opening.value).close()

    outcome = await buyer.outcome()
    assert (outcome["message"], outcome["code"]) == ("user_cancelled", 1010)


async def test_a_pop_up_closed_after_confirmation_still_brings_the_result(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """U03."""
    await buyer.visit()
    popup = await buyer.buy()
    await gateway.reach(TRX, "confirmed")

    await popup.close()
    await eventually(lambda: gateway.closings())
    assert await buyer.outcomes() == []
    await gateway.resolve(TRX, broker="alpha")

    assert (await buyer.outcome())["result"]["broker"] == "alpha"
    assert len(gateway.closings()) == 1


async def test_a_click_that_waits_for_the_server_first_still_opens_the_pop_up(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """U10."""
    await buyer.visit(
        start="document.getElementById('pay').onclick = async () => { await fetch('/elsewhere'); await 0; buy(); };"
    )

    await buyer.buy()
    await gateway.resolve(TRX)

    assert "result" in await buyer.outcome()


@pytest.mark.pop_up_blocker
async def test_a_blocked_pop_up_opens_from_the_button_in_the_page(buyer: PartnerPage, gateway: FakeGateway) -> None:
    """U01, U10: the browser's own blocker, because nobody clicked."""
    await buyer.visit(start=NO_GESTURE)
    await expect(buyer.dialog()).to_be_visible()
    assert gateway.opened == []

    async with buyer.page.context.expect_page() as opening:
        await buyer.page.get_by_role("button", name="Open window").click()
    await (await opening.value).wait_for_url(f"{gateway.url}/portal/**")
    await expect(buyer.dialog()).to_have_count(0)
    await gateway.resolve(TRX)

    assert "result" in await buyer.outcome()


async def test_a_second_block_rejects_by_name_when_there_is_no_way_back(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """U01."""
    await buyer.visit(start=ALWAYS_BLOCKED)
    await buyer.page.click("#pay")

    await buyer.page.get_by_role("button", name="Open window").click()

    outcome = await buyer.outcome()
    assert (outcome["message"], outcome["code"]) == ("popup_blocked", 9001)
    assert gateway.opened == []
    await expect(buyer.dialog()).to_have_count(0)


async def test_a_second_block_goes_by_redirect_when_there_is_a_way_back(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """U01."""
    await buyer.visit(start=ALWAYS_BLOCKED, returnUrl="/elsewhere?order=7#top")
    await buyer.page.click("#pay")

    await buyer.page.get_by_role("button", name="Open window").click()
    await buyer.page.wait_for_url(f"{gateway.url}/portal/**")

    assert gateway.opened[0]["returnUrl"] == f"{buyer.partner.url}/elsewhere?order=7#top"


@pytest.mark.parametrize("key", ["Escape", "Cancel"])
async def test_the_blocked_pop_up_can_be_given_up(key: str, buyer: PartnerPage, gateway: FakeGateway) -> None:
    await buyer.visit(start=ALWAYS_BLOCKED)
    await buyer.page.focus("#pay")
    await buyer.page.keyboard.press("Enter")
    await expect(buyer.page.get_by_role("button", name="Open window")).to_be_focused()

    if key == "Escape":
        await buyer.page.keyboard.press("Escape")
    else:
        await buyer.page.get_by_role("button", name="Cancel").click()

    outcome = await buyer.outcome()
    assert (outcome["message"], outcome["code"]) == ("user_cancelled", 1010)
    await expect(buyer.page.locator("#pay")).to_be_focused()


async def to_the_broker(buyer: PartnerPage, gateway: FakeGateway) -> Page:
    """The investor picks a broker whose page cuts `window.opener`."""
    popup = await buyer.buy()
    gateway.visit(TRX).unsure = True
    await gateway.reach(TRX, "at_broker")
    await popup.goto(f"{gateway.url}/broker")
    return popup


async def test_a_handle_cut_by_the_brokers_page_shows_the_bar_and_the_result_still_arrives(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """U05."""
    await buyer.visit()

    popup = await to_the_broker(buyer, gateway)
    await expect(buyer.bar()).to_contain_text("Finish in the other window")
    assert not popup.is_closed()
    assert await buyer.outcomes() == []
    await gateway.resolve(TRX, broker="alpha")

    assert (await buyer.outcome())["result"]["broker"] == "alpha"
    await expect(buyer.bar()).to_have_count(0)


async def test_the_bar_of_a_cut_handle_can_cancel(buyer: PartnerPage, gateway: FakeGateway) -> None:
    await buyer.visit()
    await to_the_broker(buyer, gateway)
    await expect(buyer.bar()).to_contain_text("Finish in the other window")

    await buyer.bar().get_by_role("button", name="Cancel").click()

    outcome = await buyer.outcome()
    assert (outcome["message"], outcome["code"]) == ("user_cancelled", 1011)
    assert gateway.closings()[-1]["sure"] is True
    await expect(buyer.bar()).to_have_count(0)


FOCUS = "window.isLookedAt = false; document.hasFocus = () => window.isLookedAt;"


async def _cut_by_a_later_page(buyer: PartnerPage, gateway: FakeGateway) -> Page:
    gateway.hold = 0.2
    await buyer.page.clock.install()
    await buyer.visit(start=FOCUS)
    popup = await buyer.buy()
    gateway.visit(TRX).unsure = gateway.visit(TRX).ends = True
    await gateway.reach(TRX, "at_broker")
    await buyer.page.clock.run_for(3000)
    await popup.goto(f"{gateway.url}/broker")
    await buyer.page.clock.run_for(1000)
    await expect(buyer.bar()).to_contain_text("Finish in the other window")
    return popup


async def test_a_window_that_looks_closed_ends_nothing_while_the_investor_is_elsewhere(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """U05: they wait for a one-time password, and now and then look at the page behind."""
    await _cut_by_a_later_page(buyer, gateway)
    for _ in range(6):
        await buyer.page.clock.run_for(30_000)
        await buyer.page.evaluate("isLookedAt = true")
        await buyer.page.clock.run_for(30_000)
        await buyer.page.evaluate("isLookedAt = false")
    assert await buyer.outcomes() == []

    await gateway.reach(TRX, "reviewing")
    await gateway.reach(TRX, "confirmed")
    await gateway.resolve(TRX, broker="alpha")

    for _ in range(20):
        await buyer.page.clock.run_for(1000)
    assert (await buyer.outcome())["result"]["broker"] == "alpha"
    assert [body.get("sure") for body in gateway.closings()] == [None]


async def test_a_window_that_looks_closed_ends_the_flow_when_the_page_is_looked_at_long_enough(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    popup = await _cut_by_a_later_page(buyer, gateway)
    await popup.close()

    await buyer.page.evaluate("isLookedAt = true")
    for _ in range(70):
        await buyer.page.clock.run_for(1000)

    outcome = await buyer.outcome()
    assert (outcome["message"], outcome["code"]) == ("user_cancelled", 1011)
    assert [body.get("sure") for body in gateway.closings()] == [None, True]


async def test_a_login_that_came_back_is_not_ended_by_looking_at_the_page(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    await _cut_by_a_later_page(buyer, gateway)
    await gateway.reach(TRX, "reviewing")

    await buyer.page.evaluate("isLookedAt = true")
    for _ in range(70):
        await buyer.page.clock.run_for(1000)

    assert await buyer.outcomes() == []
    await expect(buyer.bar()).to_contain_text("Finish in the other window")


async def test_the_bar_goes_when_the_investor_has_confirmed_in_the_other_window(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    await buyer.visit()
    await to_the_broker(buyer, gateway)
    await expect(buyer.bar()).to_contain_text("Finish in the other window")

    await gateway.reach(TRX, "confirmed")

    await expect(buyer.bar()).to_have_count(0)
    assert await buyer.outcomes() == []


async def test_a_handle_cut_by_a_basket_page_after_the_confirmation_shows_the_bar_too(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """U05, where the confirmed basket goes to the broker in the window."""
    gateway.hold = 0.2
    await buyer.visit()
    popup = await buyer.buy()
    gateway.visit(TRX).unsure = True
    await gateway.reach(TRX, "confirmed")
    watched = gateway.paths().count("watch")
    await eventually(lambda: gateway.paths().count("watch") >= watched + 2)

    await popup.goto(f"{gateway.url}/broker")
    await expect(buyer.bar()).to_contain_text("Finish in the other window")
    watched = gateway.paths().count("watch")
    await eventually(lambda: gateway.paths().count("watch") >= watched + 2)
    await expect(buyer.bar()).to_be_visible()
    await gateway.resolve(TRX, broker="alpha")

    assert (await buyer.outcome())["result"]["broker"] == "alpha"
    await expect(buyer.bar()).to_have_count(0)


@pytest.mark.parametrize("whose", ["partner", "gateway"])
async def test_a_handle_cut_by_the_first_page_is_not_taken_for_a_cancel(
    whose: str, buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """U05: a partner's page, or a proxy before the gateway, that sets Cross-Origin-Opener-Policy."""
    if whose == "gateway":
        gateway.page_headers = {"Cross-Origin-Opener-Policy": "same-origin"}
    await buyer.visit(coop=whose == "partner")

    popup = await buyer.buy()
    await expect(buyer.bar()).to_contain_text("Finish in the other window")
    assert await buyer.outcomes() == []
    await gateway.resolve(TRX)

    assert "result" in await buyer.outcome()
    assert not popup.is_closed()


async def test_a_cut_window_that_is_slow_to_tell_that_it_is_open_is_not_taken_for_a_cancel(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """U05 on a busy machine: the window looks closed long before its page can say that it is not."""
    gateway.tells_after = 0.7
    await buyer.visit(coop=True)

    await buyer.buy()
    await expect(buyer.bar()).to_contain_text("Finish in the other window")

    assert [body.get("sure") for body in gateway.closings()] == [None]
    assert await buyer.outcomes() == []


async def test_a_window_closed_at_its_first_page_is_a_cancel(buyer: PartnerPage, gateway: FakeGateway) -> None:
    """U02, by an investor who is quick: nobody tells that the window is open."""
    await buyer.visit()

    async with buyer.page.context.expect_page() as opening:
        await buyer.page.click("#pay")
    popup = await opening.value
    await popup.wait_for_url(f"{gateway.url}/portal/**")
    await popup.close()

    assert (await buyer.outcome())["code"] == 1010


async def test_a_reload_and_the_same_id_again_find_the_same_flow_and_the_same_window(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """U04."""
    await buyer.visit()
    await buyer.buy()
    await gateway.reach(TRX, "confirmed")
    await buyer.reload()

    await buyer.page.click("#pay")
    await eventually(lambda: len(gateway.opened) == 2)
    await gateway.resolve(TRX, broker="alpha")

    assert (await buyer.outcome())["result"]["broker"] == "alpha"
    assert gateway.opened[0]["flow"] == gateway.opened[1]["flow"]
    assert len(buyer.page.context.pages) == 2


async def test_a_settled_transaction_triggered_again_has_another_flow(buyer: PartnerPage, gateway: FakeGateway) -> None:
    await buyer.visit()
    await buyer.buy()
    await gateway.resolve(TRX)
    await buyer.outcome()

    await buyer.page.click("#pay")

    outcome = await buyer.outcome(1)
    assert (outcome["message"], outcome["code"]) == ("transaction_expired", 3001)


async def test_the_page_says_that_a_window_is_open_and_its_cancel_ends_both(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """Under the documented policy of a strict page."""
    await buyer.visit(csp="strict")
    popup = await buyer.buy()
    await expect(buyer.bar()).to_contain_text("Continue in the other window")
    await buyer.bar().get_by_role("button", name="Show it").click()

    await buyer.bar().get_by_role("button", name="Cancel").click()

    outcome = await buyer.outcome()
    assert (outcome["message"], outcome["code"]) == ("user_cancelled", 1010)
    await expect(buyer.bar()).to_have_count(0)
    await eventually(popup.is_closed)


async def test_after_the_confirmation_the_open_window_can_be_shown_and_not_cancelled(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    await buyer.visit()
    await buyer.buy()

    await gateway.reach(TRX, "confirmed")

    await expect(buyer.bar().get_by_role("button", name="Cancel")).to_have_count(0)
    await expect(buyer.bar().get_by_role("button", name="Show it")).to_be_visible()
