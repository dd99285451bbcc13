"""Windows that are closed, held back or cut off. What the partner's page is told comes from the server in any case."""

import pytest
from playwright.async_api import expect

from tests.journeys.conftest import Begin
from tests.journeys.journey import Journey, Window
from tests.journeys.partner import Offer, buy
from tests.journeys.tellers import all_tell_the_same
from tests.support.brokers import ANY_BROKER, ANY_NAME, OTHER_BROKER, OTHER_NAME

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _at(journey: Journey, step: str) -> Window:
    """A pop-up that has come so far."""
    window = await journey.pop_up()
    await window.shows("Choose your broker")
    if step == "chooser":
        return window
    if step == "hand-over":
        await journey.stays_before_the_broker()
        await window.page.get_by_role("button", name=ANY_NAME).first.click()
        await window.shows(f"Log in to {ANY_NAME}")
        return window
    await window.choose(ANY_BROKER)
    if step == "broker":
        await journey.installation.left_long_ago(journey.offers[-1].transaction_id)
        return window
    await window.log_in()
    await window.reviewing()
    return window


@pytest.mark.parametrize(("step", "code"), [("chooser", 1010), ("hand-over", 1011), ("broker", 1011), ("review", 1012)])
async def test_a_pop_up_closed_before_the_confirmation_is_a_cancel(journey: Journey, step: str, code: int) -> None:
    """U02."""
    offer = await journey.offered(buy("TCS"))
    window = await _at(journey, step)

    await window.close()
    if step == "broker":
        await journey.shown_by_page("Finish in the other window")
        await journey.notice("Cancel").click()

    assert await offer.error() == ("user_cancelled", code)
    await _nothing_was_placed(journey, offer)
    await journey.shown_by_page("user_cancelled")


async def test_the_cross_of_the_chooser_ends_it_at_once(journey: Journey) -> None:
    offer = await journey.offered(buy("TCS"))
    window = await _at(journey, "chooser")

    await window.press("Close")
    await window.shows("Cancelled", "cancelled")

    assert await offer.error() == ("user_cancelled", 1010)
    await window.press("Return to Kuber Wealth")
    await window.closed()


async def test_the_cross_of_the_review_asks_first(journey: Journey) -> None:
    offer = await journey.offered(buy("TCS"))
    window = await _at(journey, "review")

    await window.press("Close")
    await expect(window.page.get_by_role("dialog")).to_be_visible()
    await window.look("asked")
    await window.press("Go back")
    await window.reviewing()
    await window.press("Close")
    await window.press("Stop and leave")
    await window.shows("Cancelled", "cancelled")

    assert await offer.error() == ("user_cancelled", 1012)
    await _nothing_was_placed(journey, offer)


async def test_an_investor_whose_broker_is_missing_says_so(journey: Journey) -> None:
    offer = await journey.offered(buy("TCS"))
    window = await _at(journey, "chooser")

    await window.press("My broker is not listed")
    await window.shows("Your broker is not here yet", "no-broker")

    assert await offer.error() == ("no_broker", 1006)


async def test_a_pop_up_closed_right_after_the_confirmation_still_brings_the_result(journey: Journey) -> None:
    """U03."""
    offer = await journey.offered(buy("TCS", 101), buy("INFY", 2))
    window = await _at(journey, "review")
    await window.place()
    await journey.installation.placed(journey.user, 1)

    await window.close()

    batch = await all_tell_the_same(journey, offer, None)
    assert (batch["status"], batch["filled"]) == ("COMPLETED", 2)
    await journey.shown_by_page("COMPLETED, 2 of 2")


async def test_a_window_closed_before_its_basket_reached_the_broker_ends_the_basket(journey: Journey) -> None:
    """U03, where the orders go by the investor's browser: no window, no orders."""
    offer = await journey.offered(buy("TCS", 2), brokers=[OTHER_BROKER])
    window = await journey.pop_up()
    await window.to_review(OTHER_BROKER)
    await window.page.route("**/left", lambda route: route.abort())
    journey.expects.append("ERR_FAILED")
    await journey.stays_before_the_broker()
    await window.place()
    await window.shows(f"One more step at {OTHER_NAME}")

    await window.close()

    batch = await all_tell_the_same(journey, offer, None)
    assert batch["status"] == "UNPLACED"


async def test_a_window_closed_at_the_brokers_basket_is_asked_about(journey: Journey) -> None:
    """U03: it may have been cut off, and the basket may still be confirmed. Only the investor knows."""
    offer = await journey.offered(buy("TCS", 2), brokers=[OTHER_BROKER])
    window = await journey.pop_up()
    await window.to_review(OTHER_BROKER)
    await window.place()
    await window.one_more_step(OTHER_NAME)

    await window.close()
    await journey.shown_by_page("Finish in the other window", "asked")
    await journey.notice("Cancel").click()

    batch = await all_tell_the_same(journey, offer, None)
    assert batch["status"] == "UNPLACED"


async def test_a_window_closed_after_the_basket_was_confirmed_at_the_broker_brings_the_result(journey: Journey) -> None:
    """U03: the investor does not come back to our page, and the order book knows."""
    offer = await journey.offered(buy("TCS", 2), brokers=[OTHER_BROKER])
    window = await journey.pop_up()
    await window.to_review(OTHER_BROKER)
    await window.place()
    await window.one_more_step(OTHER_NAME)
    await window.press("Place order")
    await window.page.get_by_role("button", name="Done").wait_for()

    await window.close()

    batch = await all_tell_the_same(journey, offer, None)
    assert batch["status"] == "COMPLETED"
    await expect(journey.notice("Cancel")).to_have_count(0)


async def test_a_brokers_page_that_cuts_the_opener_changes_nothing(journey: Journey) -> None:
    """U05. The page cannot see the window any more, says so, and still gets the result."""
    await journey.installation.fault("coop", None, operation="login", times=None)
    offer = await journey.offered(buy("TCS", 2))
    window = await journey.pop_up()
    await window.choose(ANY_BROKER)
    await journey.shown_by_page("Finish in the other window", "page-meanwhile")

    await window.log_in()
    await window.reviewing()
    assert await window.page.evaluate("window.opener") is None
    await window.place()
    await window.shows("Your order is filled", "result")

    await all_tell_the_same(journey, offer, window)
    await expect(journey.notice("Cancel")).to_have_count(0)
    await journey.shown_by_page("COMPLETED, 1 of 1")


async def _cut_off_by_the_second_page(journey: Journey) -> Window:
    """The broker's second page cuts the window off, long after our page gave way to its first."""
    await journey.installation.fault("coop", None, operation="login", after=1, times=None)
    window = await journey.pop_up()
    await window.choose(ANY_BROKER)
    await journey.installation.left_long_ago(journey.offers[-1].transaction_id)
    await window.log_in(f"stuck.{journey.user}")
    await journey.shown_by_page("Finish in the other window", "page-meanwhile")
    return window


async def test_a_login_whose_second_page_cuts_the_opener_comes_back_and_wins(journey: Journey) -> None:
    """U05."""
    offer = await journey.offered(buy("TCS", 2))
    window = await _cut_off_by_the_second_page(journey)
    assert offer.settled == []

    await window.page.go_back()
    await window.log_in()
    await window.reviewing()
    await window.place()
    await window.shows("Your order is filled", "result")

    await all_tell_the_same(journey, offer, window)


async def test_a_login_whose_second_page_cut_the_opener_ends_by_cancel(journey: Journey) -> None:
    """U05."""
    offer = await journey.offered(buy("TCS", 2))
    await _cut_off_by_the_second_page(journey)

    await journey.notice("Cancel").click()

    assert await offer.error() == ("user_cancelled", 1011)
    await _nothing_was_placed(journey, offer)


async def test_a_window_that_was_cut_off_can_be_given_up_in_the_page(journey: Journey) -> None:
    """U05."""
    await journey.installation.fault("coop", None, operation="login", times=None)
    offer = await journey.offered(buy("TCS", 2))
    window = await journey.pop_up()
    await window.choose(ANY_BROKER)

    await journey.notice("Cancel").click()

    assert await offer.error() == ("user_cancelled", 1011)
    await window.log_in()
    await window.shows("Cancelled", "window-afterwards")
    await _nothing_was_placed(journey, offer)


async def test_a_window_closed_the_moment_the_brokers_page_came_is_asked_about(journey: Journey) -> None:
    """It may have been cut off as well as closed: only the investor knows."""
    offer = await journey.offered(buy("TCS", 2))
    window = await journey.pop_up()
    await window.choose(ANY_BROKER)
    await journey.installation.services.database.execute(
        "update visits set left_at = now() + interval '20 seconds' where transaction_id = $1", offer.transaction_id
    )

    await window.close()
    await journey.shown_by_page("Finish in the other window", "asked")
    await journey.notice("Cancel").click()

    assert await offer.error() == ("user_cancelled", 1011)
    await _nothing_was_placed(journey, offer)


@pytest.mark.pop_up_blocker
async def test_a_pop_up_that_was_held_back_opens_from_a_button_in_the_page(begin: Begin) -> None:
    """U01, U10."""
    async with begin(scheme="dark") as journey:
        offer = await journey.offered(buy("TCS", 2), hasty=True)
        await journey.shown_by_page("Open the secure window", "held-back")

        async with journey.context.expect_page() as opening:
            await journey.notice("Open window").click()
        window = Window(await opening.value, journey)
        await window.to_review()
        await window.place()
        await window.shows("Your order is filled")

        await all_tell_the_same(journey, offer, window)


async def test_an_investor_who_does_not_want_the_held_back_window_has_cancelled(journey: Journey) -> None:
    offer = await journey.offered(buy("TCS", 2), hasty=True)

    await journey.notice("Cancel").click()

    assert await offer.error() == ("user_cancelled", 1010)


async def test_a_browser_that_opens_no_windows_goes_by_redirect(journey: Journey) -> None:
    """U01."""
    await journey.context.add_init_script("window.open = () => null")
    offer = await journey.offered(buy("TCS", 2), come_back=True)
    await journey.page.click("#pay")

    await journey.notice("Open window").click()
    window = Window(journey.page, journey)
    await window.to_review()
    await window.place()
    await window.shows("Your order is filled")
    await window.press("Return to Kuber Wealth")
    await journey.loaded()

    assert (await offer.outcome())["by"] == "resume"
    assert (await offer.result())["orderBatches"][0]["status"] == "COMPLETED"


async def _nothing_was_placed(journey: Journey, offer: Offer) -> None:
    assert await journey.installation.ledger(journey.user) == []
    assert (await journey.partner.details(offer))["status"] == "ERRORED"
    assert journey.installation.webhooks[offer.transaction_id] == []
    assert len(offer.settled) == 1


async def test_a_page_whose_policy_cuts_the_window_off_gets_the_result_all_the_same(journey: Journey) -> None:
    """U05: the window looks closed to that page at once, and says itself that it is open."""
    offer = await journey.offered(buy("TCS", 2), apart=True)
    window = await journey.pop_up()
    await journey.shown_by_page("Finish in the other window")

    await window.to_review()
    await window.place()
    await window.shows("Your order is filled")

    await all_tell_the_same(journey, offer, window)
