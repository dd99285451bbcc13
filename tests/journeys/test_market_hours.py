"""The market is closed: refused, or kept by the broker until it opens."""

import pytest

from tests.journeys.conftest import Begin
from tests.journeys.journey import Journey
from tests.journeys.partner import buy
from tests.support.brokers import ANY_NAME

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_closed_market_without_after_market_orders_ends_before_the_login(journey: Journey) -> None:
    async with journey.installation.closed_market():
        offer = await journey.offered(buy("TCS", 2))
        window = await journey.pop_up()
        await window.page.get_by_role("button", name=ANY_NAME, exact=True).first.click()
        await window.shows("The market is closed", "market-closed")

        assert await offer.error() == ("market_closed", 4004)
        assert "It opens on" in await window.words()
        assert await journey.installation.ledger(journey.user) == []
        await journey.shown_by_page("market_closed 4004")


async def test_after_market_orders_wait_at_the_broker_and_are_filled_when_the_market_opens(begin: Begin) -> None:
    async with begin(phone=True, scheme="dark") as journey, journey.installation.closed_market() as open_market:
        offer = await journey.offered(buy("TCS", 2), buy("ITC", 1), amo=True)
        window = await journey.pop_up()
        await window.to_review()
        await window.look("review")
        assert await window.page.get_by_role("button", name="Place 2 after-market orders").count() == 1
        await window.place()
        await window.shows("Your 2 orders are in the queue", "queued")

        (batch,) = (await offer.result())["orderBatches"]
        assert batch["variety"] == "amo"
        assert {order["status"] for order in batch["orders"]} == {"PLACED"}
        assert (await journey.partner.details(offer))["status"] == "PROCESSING"
        placed = await journey.installation.webhook(offer.transaction_id, "batch.placed")
        assert placed["completedDate"] is None

        await open_market()
        completed = await journey.installation.webhook(offer.transaction_id)
        assert (completed["variety"], completed["status"], completed["filled"]) == ("amo", "COMPLETED", 2)
        assert (await journey.partner.details(offer))["status"] == "COMPLETED"
        assert len(await journey.installation.ledger(journey.user)) == 2
        assert len(offer.settled) == 1


async def test_a_market_that_closes_during_the_review_places_nothing(journey: Journey) -> None:
    """T02."""
    offer = await journey.offered(buy("TCS", 2))
    window = await journey.pop_up()
    await window.to_review()

    async with journey.installation.closed_market(after_logins=True):
        await window.place()
        await window.shows("The market is closed", "market-closed")

        assert await offer.error() == ("market_closed", 4004)
        assert await journey.installation.ledger(journey.user) == []


async def test_a_market_that_closes_during_the_review_asks_again_where_orders_may_wait(journey: Journey) -> None:
    """T02, D14: what would be placed now is not what was seen."""
    journey.expects.append("422")
    offer = await journey.offered(buy("TCS", 2), amo=True)
    window = await journey.pop_up()
    await window.to_review()

    async with journey.installation.closed_market(after_logins=True):
        await window.place()
        await window.page.get_by_text("Something changed").wait_for()
        await window.look("review-changed")
        assert await journey.installation.ledger(journey.user) == []
        await window.place()
        await window.shows("Your order is in the queue", "queued")

        assert (await offer.result())["orderBatches"][0]["variety"] == "amo"
        assert len(await journey.installation.ledger(journey.user)) == 1
