"""Mutual funds in a browser: from the form over the code to promise, webhook and look-up."""

import pytest

from tests.journeys.conftest import Begin
from tests.journeys.installation import Installation
from tests.journeys.partner import Partner

pytestmark = pytest.mark.asyncio(loop_scope="session")
KEYS = ("casSummary", "casDetail", "updating", "snapshotDate")
BOTH = {"intent": "MF_HOLDINGS_IMPORT", "responseConfig": {"casSummary": True, "casDetail": True}}


async def test_promise_webhook_and_details_tell_the_same_funds(
    begin: Begin, installation: Installation, partner: Partner
) -> None:
    """On a phone: a mistyped PAN, a wrong code, then the right ones."""
    async with begin(phone=True) as journey:
        journey.expects.append("422")
        offer = await journey.offered(body=BOTH)
        window = await journey.pop_up()
        await window.shows("Share your mutual fund holdings", "details")
        await window.page.get_by_label("PAN").fill("abcpe1234")
        await window.page.get_by_label("Mobile number").fill("98765 43210")
        await window.press("Agree and get OTP")
        await window.page.get_by_text("Enter your PAN").wait_for()
        await window.page.get_by_label("PAN").fill("abcpe1234f")
        await window.press("Agree and get OTP")
        await window.shows("Enter the OTP", "code")
        await window.page.get_by_label("6-digit OTP").fill("111111")
        await window.press("Share with Kuber Wealth")
        await window.page.get_by_text("4 attempts left").wait_for()
        await window.page.get_by_label("6-digit OTP").fill("123456")
        await window.press("Share with Kuber Wealth")
        await window.shows("Kuber Wealth can see your mutual funds", "done")
        words = await window.words()
        result = await offer.result()
        await window.press("Return to Kuber Wealth")
        await window.closed()

        webhook = await installation.webhook(offer.transaction_id, "mf_holdings.imported")
        details = await partner.details(offer)
        assert [[told[key] for key in KEYS] for told in (result, webhook, details["success"])] == [
            [result[key] for key in KEYS]
        ] * 3
        assert (len(result["casDetail"]["holdings"]), "4 schemes worth ₹" in words) == (4, True)
        assert (details["status"], webhook["status"], "smallcaseAuthId" in webhook) == ("COMPLETED", "COMPLETED", False)
