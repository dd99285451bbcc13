"""A suspended gateway opens and confirms nothing; what was confirmed goes on. Guests end nothing of an investor's."""

from dataclasses import replace

import pytest

from tests.portal.installation import Browser, Flow, Installation
from tests.portal.steps import TCS, connected, to_review
from tests.support.brokers import ANY_BROKER
from torana.kit.ids import new_transaction_id
from torana.partners import change
from torana.partners.tokens import issue_token

HEADING = "No new requests right now"


@pytest.fixture(autouse=True)
def no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request sees the gateway as it is."""
    monkeypatch.setattr("torana.partners.gateways.CACHE_SECONDS", -1.0)


async def suspend(installation: Installation) -> None:
    await change.suspend(installation.services.database, installation.gateway.name, installation.services.clock.now())


async def test_nothing_is_opened_and_the_page_is_told_why(installation: Installation, browser: Browser) -> None:
    flow = await installation.create(TCS)
    await suspend(installation)

    page = await installation.open(browser, flow)
    status, refused = await installation.ask("session", flow)
    _, state = await installation.ask("watch", flow)
    asked = Flow(new_transaction_id(), flow.token)
    made, own = await installation.ask("create", asked, wanted={"intent": "CONNECT"})

    assert (made, own["errors"]) == (403, ["gateway_suspended"])
    assert page.heading == HEADING
    assert (status, refused["errors"]) == (403, ["gateway_suspended"])
    assert refused["docUrl"] == f"{installation.url}/docs/errors#gateway-suspended"
    assert state["error"] == {"message": "gateway_suspended", "code": 9003, "data": None}


async def test_a_review_that_is_open_places_nothing(installation: Installation, browser: Browser) -> None:
    flow = await installation.create(TCS)
    review = await to_review(installation, browser, flow)
    await suspend(installation)

    page = await browser.submit(review, "/confirm")
    state = await installation.settled(flow)

    assert page.heading == HEADING
    assert state["error"]["message"] == "gateway_suspended"
    assert await installation.orders_at_broker() == []
    assert (await installation.transaction(flow)).confirmed_at is None


async def test_a_login_on_its_way_connects_nobody(installation: Installation, browser: Browser) -> None:
    flow = await installation.create()
    page = await installation.open(browser, flow)
    page = await browser.submit(page, "/broker", broker=ANY_BROKER)
    back = await browser.callback(page, "asha")
    await suspend(installation)

    page = await browser.get(back)

    assert page.heading == HEADING
    assert (await installation.transaction(flow)).investor_id is None


async def test_orders_that_were_confirmed_are_followed_and_told(installation: Installation, browser: Browser) -> None:
    flow = await installation.create(TCS)
    review = await to_review(installation, browser, flow)
    await browser.submit(review, "/confirm")
    await suspend(installation)

    async with installation.worker():
        state = await installation.settled(flow)
    page = await browser.get((await browser.get(review.path)).path)

    assert state["result"]["orderBatches"][0]["status"] == "COMPLETED"
    assert page.heading == "Your order is filled"


async def test_after_it_is_resumed_the_investor_is_known_and_goes_on(
    installation: Installation, browser: Browser
) -> None:
    investor_id = await connected(installation, browser, logged_in=True)
    flow = await installation.create(TCS, investor_id=investor_id)
    await suspend(installation)
    refused = await installation.open(browser, flow)
    await change.resume(installation.services.database, installation.gateway.name)

    page = await installation.open(browser, flow)

    assert refused.heading == HEADING
    assert page.heading == "Review your order"


async def as_guest(installation: Installation, flow: Flow) -> Flow:
    return replace(
        flow, token=issue_token(installation.gateway, None, installation.services.clock.now()), flow="f" * 32
    )


async def test_a_guest_cannot_cancel_what_was_made_for_an_investor(
    installation: Installation, browser: Browser
) -> None:
    investor_id = await connected(installation, browser, logged_in=True)
    flow = await installation.create(TCS, investor_id=investor_id)
    guest = await as_guest(installation, flow)

    _, closed = await installation.ask("close", guest, sure=True)
    page = await installation.open(browser, flow)
    _, watched = await installation.ask("watch", guest)

    assert closed["error"]["code"] == 3002
    assert page.heading == "Review your order"
    assert watched["result"] is None
    assert watched["error"]["code"] in (3002, 3003)


async def test_a_suspension_does_not_make_a_guest_end_it_either(installation: Installation, browser: Browser) -> None:
    investor_id = await connected(installation, browser, logged_in=True)
    flow = await installation.create(TCS, investor_id=investor_id)
    await suspend(installation)

    status, refused = await installation.ask("watch", await as_guest(installation, flow))

    assert (status, refused["errors"]) == (403, ["gateway_suspended"])
    assert (await installation.transaction(flow)).settled_at is None
