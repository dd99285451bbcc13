"""Funds of a connected investor, in a browser: promise, webhook and look-up tell one amount."""

import pytest

from tests.journeys.conftest import Begin
from tests.journeys.installation import Installation
from tests.journeys.journey import Journey, Scheme
from tests.journeys.partner import Partner
from tests.support.brokers import ANY_BROKER, ANY_NAME

pytestmark = pytest.mark.asyncio(loop_scope="session")
KEYS = ("funds", "fundsAt")


async def test_promise_webhook_and_details_tell_one_amount(
    journey: Journey, installation: Installation, partner: Partner
) -> None:
    investor_id = await journey.connected()

    offer = await journey.offered(investor_id=investor_id, body={"intent": "FETCH_FUNDS"})
    window = await journey.pop_up()
    await window.shows("Kuber Wealth has seen your available funds", "funds")
    words = await window.words()
    result = await offer.result()
    await window.press("Return to Kuber Wealth")
    await window.closed()

    webhook = await installation.webhook(offer.transaction_id, "funds.fetched")
    details = await partner.details(offer)
    assert [[told[key] for key in KEYS] for told in (result, webhook, details["success"])] == [
        [result["funds"], result["fundsAt"]]
    ] * 3
    assert result["funds"] > 0
    assert f"{result['funds']:.2f}" in words.replace(",", "")
    assert (details["status"], webhook["status"], webhook["intent"]) == ("COMPLETED", "COMPLETED", "FETCH_FUNDS")
    assert webhook["smallcaseAuthId"] == investor_id


async def test_after_the_login_has_ended_the_investor_logs_in_and_a_broker_that_is_silent_tells_nothing(
    journey: Journey, installation: Installation
) -> None:
    investor_id = await journey.connected()
    await installation.end_login(investor_id)
    await installation.fault("status", journey.user, operation="funds", status=503, times=None)

    offer = await journey.offered(investor_id=investor_id, body={"intent": "FETCH_FUNDS"})
    window = await journey.pop_up()
    await window.choose(ANY_BROKER)
    await window.log_in()
    await window.shows(f"{ANY_NAME} did not show your funds", "unavailable")
    await installation.heal()
    await window.press("Try again")
    await window.shows("Kuber Wealth has seen your available funds")

    assert (await offer.result())["funds"] > 0


async def test_a_window_that_is_closed_ends_it(journey: Journey, installation: Installation) -> None:
    investor_id = await journey.connected()
    await installation.end_login(investor_id)
    await journey.stays_before_the_broker()

    offer = await journey.offered(investor_id=investor_id, body={"intent": "FETCH_FUNDS"})
    window = await journey.pop_up()
    await window.shows(f"Log in to {ANY_NAME}")
    await window.close()

    assert await offer.error() == ("user_cancelled", 1011)


@pytest.mark.parametrize(("phone", "scheme"), [(True, "light"), (True, "dark"), (False, "dark")])
async def test_on_a_phone_and_in_the_dark(begin: Begin, scheme: Scheme, *, phone: bool) -> None:
    async with begin(phone=phone, scheme=scheme) as journey:
        investor_id = await journey.connected()
        offer = await journey.offered(investor_id=investor_id, body={"intent": "FETCH_FUNDS"})
        window = await journey.pop_up()
        await window.shows("Kuber Wealth has seen your available funds", "funds")

        assert (await offer.result())["funds"] > 0
