"""Purchases that do not end as wished: rejected, in part, not found, another account, no money."""

import pytest
from playwright.async_api import expect

from tests.journeys.conftest import Begin
from tests.journeys.journey import Journey, Window
from tests.journeys.partner import buy, sell
from tests.journeys.tellers import all_tell_the_same
from tests.support.brokers import ANY_BROKER, ANY_NAME, OTHER_BROKER, OTHER_NAME

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _to_review(journey: Journey, user: str | None = None) -> Window:
    window = await journey.pop_up()
    await window.to_review(user=user)
    return window


async def test_a_rejected_order_is_shown_with_the_brokers_words(begin: Begin) -> None:
    """A13."""
    async with begin(scheme="dark") as journey:
        offer = await journey.offered(buy("TCS", 2), buy("INFY", 102))
        window = await _to_review(journey)
        await window.place()
        await window.shows("1 filled and 1 not filled", "result")

        batch = await all_tell_the_same(journey, offer, window)
        refused = next(order for order in batch["orders"] if order["tradingsymbol"] == "INFY")
        words = await window.words()
        assert (batch["status"], batch["filled"], refused["status"]) == ("PARTIALLYFILLED", 1, "REJECTED")
        assert f"There is not enough money in your {ANY_NAME} account for this order." in words
        assert refused["statusMessage"] in words


async def test_an_order_that_is_filled_in_part_says_how_much(journey: Journey) -> None:
    offer = await journey.offered(buy("TCS", 125))
    window = await _to_review(journey)
    await window.place()
    await window.page.get_by_role("heading", name="of 125 bought").wait_for()
    await window.look("result")

    batch = await all_tell_the_same(journey, offer, window)
    assert batch["status"] == "PARTIALLYFILLED"
    assert 0 < batch["orders"][0]["filledQuantity"] < 125


async def test_an_order_that_never_arrived_is_placed_again_when_the_investor_says_so(journey: Journey) -> None:
    """The connection broke while it was sent, and the settle window shows that it is not there. Nothing is sent again
    by itself; what the investor sends again is sent once."""
    offer = await journey.offered(buy("TCS", 2), buy("ITC", 7))
    window = await _to_review(journey)
    await journey.installation.fault("reset_before", journey.user)

    await window.place()
    await window.shows("We need your answer", "question")
    assert len(await journey.installation.ledger(journey.user)) == 1
    await window.press("Place again")
    await window.shows("Your 2 orders are filled", "result")

    batch = await all_tell_the_same(journey, offer, window)
    assert batch["filled"] == 2


async def test_an_order_that_never_arrives_can_be_left(begin: Begin) -> None:
    """The broker never answers and never has it."""
    async with begin(phone=True) as journey:
        offer = await journey.offered(buy("TCS", 2), buy("ITC", 114))
        window = await _to_review(journey)

        await window.place()
        await window.page.get_by_text(f"Checking with {ANY_NAME}").first.wait_for()
        await window.look("checking")
        await window.shows("We need your answer", "question")
        await window.press("Finish without it")
        await window.shows("1 filled and 1 not filled", "result")

        batch = await all_tell_the_same(journey, offer, window)
        assert [order["tradingsymbol"] for order in batch["unplaced"]] == ["ITC"]


async def test_another_account_is_refused_and_the_right_one_goes_on(journey: Journey) -> None:
    """S02."""
    investor_id = await journey.connected()
    await journey.installation.end_login(investor_id)
    offer = await journey.offered(buy("TCS", 2), investor_id=investor_id)
    window = await journey.pop_up()
    await window.hand_over(ANY_NAME)

    await window.log_in(f"wrong-user.{journey.user}")
    await window.shows(f"That is a different {ANY_NAME} account", "another-account")
    link = window.page.get_by_role("link", name="Log in as")
    await link.click()
    await window.hand_over(ANY_NAME)
    await window.log_in()
    await window.reviewing()
    await window.place()
    await window.shows("Your order is filled")

    await all_tell_the_same(journey, offer, window)
    assert await journey.installation.ledger(f"wrong-user.{journey.user}") == []


async def test_an_investor_who_has_only_another_account_goes_back_with_a_mismatch(journey: Journey) -> None:
    """S02."""
    investor_id = await journey.connected()
    await journey.installation.end_login(investor_id)
    offer = await journey.offered(buy("TCS", 2), investor_id=investor_id)
    window = await journey.pop_up()
    await window.hand_over(ANY_NAME)
    await window.log_in(f"wrong-user.{journey.user}")
    await window.shows(f"That is a different {ANY_NAME} account")

    await window.press("Return to Kuber Wealth")
    await window.shows("That was a different account", "over")

    assert await offer.error() == ("user_mismatch", 1001)
    await journey.shown_by_page("user_mismatch 1001")


async def test_a_login_that_is_cancelled_can_be_tried_again_or_another_broker_chosen(journey: Journey) -> None:
    offer = await journey.offered(buy("TCS", 2))
    window = await journey.pop_up()
    await window.choose(ANY_BROKER)
    await window.page.get_by_role("button", name="Cancel").click()
    await window.shows("You are not logged in", "not-logged-in")

    await window.press("Choose another broker")
    await window.shows("Choose your broker")
    await window.choose(OTHER_BROKER)
    await window.page.get_by_role("button", name="Cancel").click()
    await window.shows("You are not logged in")
    await window.press("Try again")
    await window.hand_over(OTHER_NAME)
    await window.log_in()
    await window.reviewing()
    await window.press("Close")
    await window.press("Stop and leave")

    assert await offer.error() == ("user_cancelled", 1012)
    assert await journey.installation.ledger(journey.user) == []


async def test_an_investor_without_money_is_told_before_he_places(begin: Begin) -> None:
    async with begin(phone=True) as journey:
        user = f"no-funds.{journey.user}"
        offer = await journey.offered(buy("TCS", 2))
        window = await _to_review(journey, user)
        await window.page.get_by_text("Not enough funds").wait_for()
        await window.look("not-enough-funds")

        await window.press("Place anyway")
        await window.shows("Your order was rejected", "rejected")

        await all_tell_the_same(journey, offer, window, user=user)


async def test_an_investor_who_sells_more_than_he_has_cannot(journey: Journey) -> None:
    offer = await journey.offered(sell("RELIANCE", 151))
    window = await _to_review(journey)
    await window.page.get_by_text("Not enough shares").wait_for()
    await window.look("not-enough-shares")

    await window.press("Return to Kuber Wealth")
    await window.shows("Not enough shares to sell", "over")

    assert await offer.error() == ("insufficient_holdings", 1004)
    assert await journey.installation.ledger(journey.user) == []


async def test_a_broker_that_tells_no_prices_can_still_be_bought_at(journey: Journey) -> None:
    offer = await journey.offered(buy("TCS", 2))
    user = f"quotes-down.{journey.user}"
    window = await _to_review(journey, user)
    await window.look("review-without-prices")

    await window.place()
    await window.shows("Your order is filled")

    await all_tell_the_same(journey, offer, window, user=user)


async def test_a_request_that_expires_while_it_is_looked_at_is_over(journey: Journey) -> None:
    offer = await journey.offered(buy("TCS", 2))
    window = await _to_review(journey)
    await journey.installation.expire(offer.transaction_id)

    await window.place()
    await window.shows("This request has expired", "expired")

    assert await offer.error() == ("transaction_expired", 1005)
    assert await journey.installation.ledger(journey.user) == []
    await expect(journey.page.get_by_text("transaction_expired 1005")).to_be_visible()
