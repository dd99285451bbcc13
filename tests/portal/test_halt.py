"""The kill switch: new orders stop, what was sent is followed, and the investor reads why."""

import asyncio
from datetime import timedelta

import pytest

from tests.portal.installation import Browser, Flow, Installation
from tests.portal.steps import INFY, TCS, connected, to_hand_over, to_review
from tests.support.brokers import ANY_BROKER, ANY_NAME, OTHER_BROKER
from tests.support.patience import PATIENCE
from torana.connectors.registry import Connectors
from torana.orders import halt as switch
from torana.orders import store
from torana.orders.models import Batch, Halt
from torana.orders.states import HaltedBy

WHY = "prices look wrong"


async def halted(installation: Installation, *, gateway: bool = False, broker: str = "", ends: bool = False) -> bool:
    """The operator stops new orders, or lets them go on."""
    now, gateway_id = installation.services.clock.now(), installation.gateway.gateway_id
    one = Halt(gateway_id if gateway else "", broker, HaltedBy.OPERATOR, WHY, now)
    async with installation.services.database.transaction() as connection:
        if ends:
            return await switch.resume(connection, one, [gateway_id], now)
        return await switch.halt(connection, one, [gateway_id])


async def batch_of(installation: Installation, flow: Flow) -> Batch:
    (batch,) = await store.of_transactions(
        installation.services.database, installation.gateway.gateway_id, [flow.transaction_id], []
    )
    return batch


async def events(installation: Installation, flow: Flow | None = None) -> list[str]:
    async with installation.services.database.connection() as connection:
        rows = await connection.fetch(
            "select type from events where transaction_id is not distinct from $1 order by created_at, sequence",
            None if flow is None else flow.transaction_id,
        )
    return [row["type"] for row in rows]


async def until_held(installation: Installation, flow: Flow) -> None:
    async with asyncio.timeout(PATIENCE):
        while (await batch_of(installation, flow)).held_for is None:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    "scope", [{}, {"gateway": True}, {"broker": ANY_BROKER}, {"gateway": True, "broker": ANY_BROKER}]
)
async def test_an_investor_who_comes_to_order_reads_why_they_cannot(
    installation: Installation, browser: Browser, scope: dict[str, bool | str]
) -> None:
    await halted(installation, **scope)  # type: ignore[arg-type]
    flow = await installation.create(INFY)

    page = await to_hand_over(installation, browser, flow)

    assert page.heading == "New orders are stopped"
    assert WHY in page.words
    assert (await installation.settled(flow))["error"] | {"data": None} == {
        "message": "orders_halted",
        "code": 9005,
        "data": None,
    }
    assert await events(installation) == ["orders.halted"]


async def test_what_stops_another_broker_stops_nothing_here(installation: Installation, browser: Browser) -> None:
    await halted(installation, broker=OTHER_BROKER)

    review = await to_review(installation, browser, await installation.create(INFY))

    assert review.heading == "Review your order"


async def test_a_review_that_is_open_confirms_nothing(installation: Installation, browser: Browser) -> None:
    flow = await installation.create(INFY)
    review = await to_review(installation, browser, flow)
    await halted(installation, broker=ANY_BROKER)

    page = await browser.submit(review, "/confirm")

    assert page.heading == "New orders are stopped"
    assert f"No new orders go to {ANY_NAME} at the moment: {WHY}" in page.words
    assert (await installation.settled(flow))["error"]["message"] == "orders_halted"


async def test_what_is_confirmed_and_not_sent_waits_and_is_sent_when_it_ends(
    installation: Installation, browser: Browser
) -> None:
    """Halted between the confirmation and the sending: nothing leaves, the page and an event say so."""
    flow = await installation.create(INFY, TCS)
    status = await browser.submit(await to_review(installation, browser, flow), "/confirm")
    await halted(installation)
    async with installation.worker():
        await until_held(installation, flow)
        waiting = await browser.get(status.url)
        at_broker = await installation.orders_at_broker()
        await halted(installation, ends=True)
        settled = await installation.settled(flow)

    assert waiting.heading == "New orders are stopped"
    assert WHY in waiting.words
    assert waiting.form("/again")
    assert at_broker == []
    assert settled["result"]["orderBatches"][0]["status"] == "COMPLETED"
    told = await events(installation, flow)
    assert told.index("batch.held") < told.index("batch.released") < told.index("batch.placed")
    assert await events(installation) == ["orders.halted", "orders.resumed"]


async def test_what_waits_too_long_is_asked_again(installation: Installation, browser: Browser) -> None:
    flow = await installation.create(INFY)
    status = await browser.submit(await to_review(installation, browser, flow), "/confirm")
    await halted(installation)
    async with installation.worker():
        await until_held(installation, flow)
        installation.advance(timedelta(minutes=6).total_seconds())
        async with asyncio.timeout(30):
            while (await batch_of(installation, flow)).orders[0].state != "STALE":
                await asyncio.sleep(0.1)
        asked = await browser.get(status.url)

    assert asked.heading == "We need your answer"
    assert await installation.orders_at_broker() == []


async def test_the_investor_cancels_what_waits(installation: Installation, browser: Browser) -> None:
    flow = await installation.create(INFY)
    status = await browser.submit(await to_review(installation, browser, flow), "/confirm")
    await halted(installation)
    async with installation.worker():
        await until_held(installation, flow)
        page = await browser.get(status.url)
        form = next(form for form in page.page.forms if form.action.endswith("/again"))
        await browser.post(form.action, {**dict(form.fields), "decision": "cancel"}, origin=browser.base)
        settled = await installation.settled(flow)

    assert settled["result"]["orderBatches"][0]["status"] == "UNPLACED"
    assert await installation.orders_at_broker() == []


async def test_the_investor_cancels_what_waits_at_a_broker_that_is_not_offered_any_more(
    installation: Installation, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is asked for it: a broker whose keys were taken out holds back no decision."""
    flow = await installation.create(INFY)
    status = await browser.submit(await to_review(installation, browser, flow), "/confirm")
    await halted(installation)
    async with installation.worker():
        await until_held(installation, flow)
        page = await browser.get(status.url)
    form = next(form for form in page.page.forms if form.action.endswith("/again"))

    monkeypatch.setattr(Connectors, "find", lambda *_: None)
    await browser.post(form.action, {**dict(form.fields), "decision": "cancel"}, origin=browser.base)

    (order,) = (await batch_of(installation, flow)).orders
    assert (order.state, order.reason) == ("NOT_PLACED", "cancelled")


async def test_connecting_goes_on(installation: Installation, browser: Browser) -> None:
    await halted(installation)

    assert await connected(installation, browser, logged_in=True)
