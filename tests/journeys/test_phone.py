"""On a phone the whole tab goes to the gateway and comes back: no pop-up, the result from the server."""

import pytest

from tests.journeys.conftest import Begin
from tests.journeys.journey import Journey, Scheme
from tests.journeys.partner import Offer, buy
from tests.journeys.tellers import all_tell_the_same
from tests.support.brokers import ANY_BROKER, OTHER_BROKER, OTHER_NAME

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _offered(journey: Journey, *lines: dict[str, object], **how: object) -> Offer:
    return await journey.offered(*lines, config={"redirect": "phone"}, come_back=True, **how)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_guest_buys_by_redirect_and_comes_back_to_the_result(begin: Begin, scheme: Scheme) -> None:
    """U08."""
    async with begin(phone=True, scheme=scheme) as journey:
        offer = await _offered(journey, buy("TCS", 2), buy("INFY", 3))
        await journey.camera.take(journey.page, "page")

        window = await journey.redirected()
        await window.shows("Choose your broker", "chooser")
        await window.choose(ANY_BROKER, picture="hand-over")
        await window.log_in(picture="login")
        await window.reviewing(picture="review")
        await window.place()
        await window.shows("Your 2 orders are filled", "result")
        await window.press("Return to Kuber Wealth")
        await journey.loaded()

        await journey.shown_by_page("COMPLETED, 2 of 2", "page-afterwards")
        assert len(journey.context.pages) == 1
        assert "torana_transaction" not in journey.page.url
        assert [outcome["by"] for outcome in offer.settled] == ["resume"]
        await window.page.go_back()
        await window.shows("Your 2 orders are filled")
        await all_tell_the_same(journey, offer, window)


async def test_a_basket_by_redirect(begin: Begin) -> None:
    """U08."""
    async with begin(phone=True) as journey:
        offer = await _offered(journey, buy("TCS", 2), brokers=[OTHER_BROKER])
        window = await journey.redirected()
        await window.to_review(OTHER_BROKER)
        await window.look("review")
        await window.place()
        await window.one_more_step(OTHER_NAME, picture="one-more-step")
        await window.look(f"review-at-{OTHER_BROKER}")
        await window.press("Place order")
        await window.press("Done")
        await window.shows("Your order is filled", "result")

        await journey.returned(window, "Your order is filled")
        await all_tell_the_same(journey, offer, window)


async def test_the_tab_returns_by_itself_once_the_end_was_shown(begin: Begin) -> None:
    async with begin(phone=True, stays=False) as journey:
        offer = await _offered(journey, buy("TCS", 2))
        window = await journey.redirected()
        await window.to_review()
        await window.place()

        await journey.page.wait_for_url(f"{journey.partner.url}/**")

        assert (await offer.result())["orderBatches"][0]["status"] == "COMPLETED"


async def test_an_investor_who_turns_back_on_the_phone_has_cancelled(begin: Begin) -> None:
    async with begin(phone=True, scheme="dark") as journey:
        offer = await _offered(journey, buy("TCS", 2))
        window = await journey.redirected()
        await window.to_review()

        await window.press("Close")
        await window.look("asked")
        await window.press("Stop and leave")
        await window.shows("Cancelled", "cancelled")
        await window.press("Return to Kuber Wealth")
        await journey.loaded()

        assert await offer.error() == ("user_cancelled", 1012)
        await journey.shown_by_page("user_cancelled 1012", "page-afterwards")


async def test_a_phone_that_goes_back_to_the_page_can_go_on(begin: Begin) -> None:
    async with begin(phone=True) as journey:
        offer = await _offered(journey, buy("TCS", 2))
        window = await journey.redirected()
        await window.to_review()

        await journey.visit(offer)
        await journey.shown_by_page("Your transaction is still open", "page-meanwhile")
        await journey.notice("Continue").click()
        await window.reviewing()
        await window.place()
        await window.shows("Your order is filled")

        await journey.returned(window, "Your order is filled")
        await all_tell_the_same(journey, offer, window)


async def test_a_phone_that_closes_the_tab_after_confirming_finds_the_result_on_the_page(begin: Begin) -> None:
    """U09: the orders go on without it, and the webhook comes."""
    async with begin(phone=True) as journey:
        offer = await _offered(journey, buy("TCS", 101))
        window = await journey.redirected()
        await window.to_review()
        await window.place()
        await journey.installation.placed(journey.user, 1)

        await journey.page.close()

        assert (await journey.installation.webhook(offer.transaction_id))["status"] == "COMPLETED"
        assert (await journey.partner.details(offer))["status"] == "COMPLETED"
