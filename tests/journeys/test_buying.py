"""Investors buy and sell, from the partner's button to the verified webhook. All tell the same story."""

import re
from contextlib import suppress
from typing import Literal

import pytest
from playwright.async_api import Error, Page

from tests.journeys.conftest import Begin
from tests.journeys.journey import Journey
from tests.journeys.partner import buy, sell
from tests.journeys.tellers import all_tell_the_same
from tests.portal.browser import FOCUS
from tests.support.brokers import ANY_BROKER, ANY_NAME, OTHER_BROKER, OTHER_NAME

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_guest_buys_by_the_brokers_api(journey: Journey) -> None:
    offer = await journey.offered(buy("TCS", 2), buy("INFY", 3))
    await journey.camera.take(journey.page, "page")

    window = await journey.pop_up()
    await window.shows("Choose your broker", "chooser")
    await window.choose(ANY_BROKER, picture="hand-over")
    await window.log_in(picture="login")
    await window.reviewing(picture="review")
    await window.place()
    await window.shows("Your 2 orders are filled", "result")

    batch = await all_tell_the_same(journey, offer, window)
    assert (batch["status"], batch["variety"], batch["filled"]) == ("COMPLETED", "regular", 2)
    await window.press("Return to Kuber Wealth")
    await window.closed()
    await journey.shown_by_page("COMPLETED, 2 of 2")


async def test_a_guest_buys_where_the_orders_go_by_the_brokers_own_page(begin: Begin) -> None:
    async with begin(scheme="dark") as journey:
        offer = await journey.offered(buy("TCS", 2), buy("ITC", 5))
        await journey.camera.take(journey.page, "page")

        window = await journey.pop_up()
        await window.shows("Choose your broker", "chooser")
        await window.choose(OTHER_BROKER, picture="hand-over")
        await window.log_in(picture="login")
        await window.reviewing(picture="review")
        await window.place()
        await window.one_more_step(OTHER_NAME, picture="one-more-step")
        await window.look(f"review-at-{OTHER_BROKER}")
        await window.press("Place order")
        await window.page.get_by_role("button", name="Done").wait_for()
        await window.look(f"sent-at-{OTHER_BROKER}")
        await window.press("Done")
        await window.shows("Your 2 orders are filled", "result")

        batch = await all_tell_the_same(journey, offer, window)
        assert (batch["status"], batch["filled"]) == ("COMPLETED", 2)


async def test_a_basket_that_is_cancelled_at_the_broker_is_not_placed(journey: Journey) -> None:
    offer = await journey.offered(buy("TCS", 2), brokers=[OTHER_BROKER])
    window = await journey.pop_up()
    await window.to_review(OTHER_BROKER)
    await window.place()
    await window.one_more_step(OTHER_NAME)

    await window.press("Cancel")
    await window.page.locator("#headline").wait_for()
    await window.look("back")
    await window.shows("Nothing was placed", "result")

    batch = await all_tell_the_same(journey, offer, window)
    assert batch["status"] == "UNPLACED"
    assert [order["tradingsymbol"] for order in batch["unplaced"]] == ["TCS"]


async def test_a_connected_investor_buys_again_without_choosing_or_logging_in(journey: Journey) -> None:
    investor_id = await journey.connected()
    offer = await journey.offered(buy("ITC", 4), investor_id=investor_id)

    window = await journey.pop_up()
    await window.reviewing(picture="first-page")
    await window.place()
    await window.shows("Your order is filled", "result")

    await all_tell_the_same(journey, offer, window)
    assert journey.partner.investor_of((await offer.result())["smallcaseAuthToken"]) == investor_id


async def test_a_connected_investor_whose_login_is_over_goes_to_his_broker_without_choosing(journey: Journey) -> None:
    investor_id = await journey.connected()
    await journey.installation.end_login(investor_id)
    offer = await journey.offered(buy("ITC", 4), investor_id=investor_id)

    window = await journey.pop_up()
    await window.hand_over(ANY_NAME, picture="first-page")
    await window.log_in()
    await window.reviewing()
    await window.place()
    await window.shows("Your order is filled")

    await all_tell_the_same(journey, offer, window)


async def test_a_login_that_ended_at_the_broker_meanwhile_is_asked_for_once_more(journey: Journey) -> None:
    """S04, before anything is placed."""
    investor_id = await journey.connected()
    await journey.installation.tell("POST", "/sessions/end", {"broker": ANY_BROKER, "account": journey.user})
    offer = await journey.offered(buy("ITC", 4), investor_id=investor_id)

    window = await journey.pop_up()
    await window.shows(f"Your {ANY_NAME} login has ended", "login-ended")
    await window.press(f"Log in to {ANY_NAME}")
    await window.hand_over(ANY_NAME)
    await window.log_in()
    await window.reviewing()
    await window.place()
    await window.shows("Your order is filled")

    await all_tell_the_same(journey, offer, window)


async def test_a_basket_sells_before_it_buys(journey: Journey) -> None:
    """B02."""
    offer = await journey.offered(buy("TCS", 2), sell("RELIANCE", 10), buy("INFY", 1))

    window = await journey.pop_up()
    await window.to_review()
    await window.look("review")
    await window.place()
    await window.shows("Your 3 orders are filled", "result")

    await all_tell_the_same(journey, offer, window)
    ledger = await journey.installation.ledger(journey.user)
    assert ledger[0]["side"] == "SELL"


async def test_an_investor_fills_in_what_the_partner_left_open(journey: Journey) -> None:
    offer = await journey.offered({"ticker": "TCS"}, {"ticker": "ITC"})

    window = await journey.pop_up()
    await window.to_review()
    await window.look("review-open")
    await window.place()
    await window.look("review-missing")
    first, second = await window.page.locator("[data-line]").all()
    await first.get_by_role("radio", name="Buy").check()
    await first.get_by_label("Number of shares").fill("3")
    await second.get_by_role("radio", name="Sell").check()
    await second.get_by_label("Number of shares").fill("20")
    await window.look("review-filled-in")
    await window.place()
    await window.shows("Your 2 orders are filled", "result")

    batch = await all_tell_the_same(journey, offer, window)
    assert {(order["transactionType"], order["quantity"]) for order in batch["orders"]} == {("BUY", 3), ("SELL", 20)}


@pytest.mark.parametrize("size", [None, (320, 256)], ids=["desk", "400-per-cent"])
async def test_a_purchase_without_a_mouse(journey: Journey, size: tuple[int, int] | None) -> None:
    """In the pop-up as it opens, and in what a zoom of 400 % leaves of it: what has the focus is always in sight."""
    offer = await journey.offered(buy("TCS", 2))

    await journey.page.locator("#pay").focus()
    async with journey.context.expect_page() as opening:
        await journey.page.keyboard.press("Enter")
    page = await opening.value
    if size is not None:
        await page.set_viewport_size({"width": size[0], "height": size[1]})
    await page.get_by_role("heading", name="Choose your broker").wait_for()
    await _tab_to(page, ANY_NAME)
    await journey.camera.take(page, "chooser-focus")
    await page.keyboard.press("Enter")
    await _tab_to(page, f"Continue to {ANY_NAME}", "link")
    await page.keyboard.press("Enter")
    await page.get_by_label("User name").wait_for()
    await page.keyboard.type(journey.user)
    await page.keyboard.press("Enter")
    await page.locator("form#confirm").wait_for()
    await _tab_to(page, "Place order")
    await journey.camera.take(page, "review-focus")
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Your order is filled").wait_for()
    await _tab_to(page, "Return to Kuber Wealth")
    await journey.camera.take(page, "result-focus")
    async with page.expect_event("close"):
        with suppress(Error):  # the window is gone before the key is up
            await page.keyboard.press("Enter")

    assert (await offer.result())["orderBatches"][0]["status"] == "COMPLETED"


async def test_a_page_with_a_strict_policy_of_its_own_can_sell(journey: Journey) -> None:
    offer = await journey.offered(buy("TCS", 2), strict=True)

    window = await journey.pop_up()
    await window.to_review()
    await window.place()
    await window.shows("Your order is filled")

    await all_tell_the_same(journey, offer, window)


async def test_the_window_closes_itself_once_the_end_was_shown(begin: Begin) -> None:
    async with begin(stays=False) as journey:
        offer = await journey.offered(buy("TCS", 2))
        window = await journey.pop_up()
        await window.to_review()

        await window.place()
        await window.closed()

        assert (await offer.result())["orderBatches"][0]["status"] == "COMPLETED"
        assert len(offer.settled) == 1


async def _tab_to(page: Page, name: str, role: Literal["button", "link"] = "button") -> None:
    """Press Tab until the control of this name has the focus: whatever can be pressed must get it."""
    button = page.get_by_role(role, name=re.compile(rf"^{re.escape(name)}( · ₹[0-9,.]+)?$")).first
    await button.wait_for()
    for _ in range(40):
        await page.keyboard.press("Tab")
        focus = await page.evaluate(FOCUS)
        assert focus is None or focus[1:] == [True, True], focus
        if await button.evaluate("button => button === document.activeElement"):
            return
    raise AssertionError(f"{name} cannot be reached with the Tab key")
