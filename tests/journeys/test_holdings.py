"""Holdings shared in a browser: promise, webhook, look-up and the investor's consent tell one story."""

import pytest

from tests.journeys.conftest import Begin
from tests.journeys.installation import Installation
from tests.journeys.journey import Journey
from tests.journeys.partner import Partner
from tests.support.brokers import ANY_BROKER

pytestmark = pytest.mark.asyncio(loop_scope="session")
ASKING = "Share your holdings with Kuber Wealth?"


async def test_an_investor_agrees_and_the_partner_sees_what_they_hold(
    journey: Journey, installation: Installation, partner: Partner
) -> None:
    offer = await journey.offered(body={"intent": "HOLDINGS_IMPORT"})
    window = await journey.pop_up()
    await window.choose(ANY_BROKER)
    await window.log_in()
    await window.shows(ASKING, "consent")
    await window.press("Share my holdings")
    await window.shows("Kuber Wealth can see your holdings", "shared")
    result = await offer.result()
    await window.press("Return to Kuber Wealth")
    await window.closed()

    webhook = await installation.webhook(offer.transaction_id, "holdings.imported")
    details = await partner.details(offer)
    assert result["success"] is details["success"]["success"] is True
    assert result["snapshotDate"] == details["success"]["snapshotDate"] == webhook["snapshotDate"]
    assert {one["ticker"] for one in webhook["securities"]["holdings"]} >= {"RELIANCE", "TCS"}
    assert (details["status"], webhook["status"], webhook["version"]) == ("COMPLETED", "COMPLETED", "v1")


async def test_on_a_phone_an_investor_does_not_want_to(begin: Begin) -> None:
    async with begin(phone=True, scheme="dark") as journey:
        offer = await journey.offered(body={"intent": "HOLDINGS_IMPORT"})
        window = await journey.pop_up()
        await window.choose(ANY_BROKER)
        await window.log_in()
        await window.shows(ASKING, "consent")
        await window.press("Do not share")

        assert await offer.error() == ("consent_denied", 1003)
