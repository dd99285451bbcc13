"""Shares that the depository releases, in a browser: a window of its own, and a page that follows by itself."""

import secrets

import pytest

from tests.journeys.conftest import Begin
from tests.journeys.installation import Installation
from tests.journeys.journey import Journey, Window
from tests.journeys.partner import Partner, sell
from tests.support.brokers import ANY_BROKER

pytestmark = pytest.mark.asyncio(loop_scope="session")
GO = "Continue to the depository"


def without_authorisation(journey: Journey) -> None:
    """An investor without a standing authorisation."""
    journey.user = f"needs-edis.{secrets.token_hex(4)}"


async def released(window: Window, picture: str) -> None:
    """In the window of its own, which leads on by itself and is closed in the end."""
    async with window.journey.context.expect_page() as opening:
        await window.press(GO)
    apart = Window(await opening.value, window.journey)
    await apart.page.get_by_label("TPIN").wait_for()
    await apart.look(f"{picture}-depository")
    await window.look(f"{picture}-meanwhile")
    await apart.press("Authorise")
    await apart.shows("Holdings authorised")
    await apart.close()


async def test_promise_webhook_and_details_tell_that_the_shares_are_released(
    journey: Journey, installation: Installation, partner: Partner
) -> None:
    without_authorisation(journey)
    investor_id = await journey.connected()

    offer = await journey.offered(investor_id=investor_id, body={"intent": "AUTHORISE_HOLDINGS"})
    window = await journey.pop_up()
    await window.shows("Authorise your shares", "release")
    await released(window, "release")
    await window.shows("Your shares are authorised", "released")
    result = await offer.result()
    await window.press("Return to Kuber Wealth")
    await window.closed()

    webhook = await installation.webhook(offer.transaction_id, "holdings.authorised")
    details = await partner.details(offer)
    assert result["status"] is details["success"]["status"] is webhook["authorised"] is True
    assert (details["status"], webhook["status"]) == ("COMPLETED", "COMPLETED")
    assert (webhook["intent"], webhook["smallcaseAuthId"]) == ("AUTHORISE_HOLDINGS", investor_id)


async def test_a_sell_goes_by_way_of_the_depository_on_a_phone_in_the_dark(begin: Begin) -> None:
    async with begin(phone=True, scheme="dark") as journey:
        without_authorisation(journey)
        offer = await journey.offered(sell("TCS", 3), brokers=[ANY_BROKER])
        window = await journey.pop_up()
        await window.to_review()
        await window.look("review")
        await window.press("Authorise the sale")
        await window.shows("Authorise your shares", "release")
        await released(window, "release")
        await window.reviewing(picture="review-again")
        await window.place()
        await window.shows("Your order is filled", "result")

        (batch,) = (await offer.result())["orderBatches"]
        assert (batch["status"], batch["orders"][0]["filledQuantity"]) == ("COMPLETED", 3)
