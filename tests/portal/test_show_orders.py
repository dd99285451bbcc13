"""The investor's orders of one app, live, with a way to cancel what is open; and the end of their login."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.portal.installation import ORIGIN, Browser, Flow, Installation
from tests.portal.steps import connected, to_review
from tests.portal.test_cancel import RESTS, open_orders
from tests.support.brokers import ANY_NAME
from tests.support.patience import PATIENCE
from torana.connections import store as connections
from torana.orders import store
from torana.partners.tokens import issue_token


@pytest.fixture(autouse=True)
async def worker(installation: Installation) -> AsyncIterator[None]:
    async with installation.worker():
        yield


async def orders_page(installation: Installation, investor_id: str) -> Flow:
    return await installation.ask_for({"intent": "SHOW_ORDERS"}, investor_id)


async def until_shows(installation: Installation, browser: Browser, url: str, words: str) -> str:
    async with asyncio.timeout(PATIENCE):
        while words not in (page := await browser.get(url)).words:
            await asyncio.sleep(0.05)
    return page.words


async def test_an_open_order_is_cancelled_from_the_list(installation: Installation, browser: Browser) -> None:
    """Newest first; one question; then the list shows the order's end, and the promise resolves when they leave."""
    batch = await open_orders(installation, browser, ("INFY", RESTS))
    await open_orders(installation, browser, ("TCS", 2), state="COMPLETE")
    flow = await orders_page(installation, batch.investor_id)

    page = await installation.open(browser, flow)
    question = await browser.get(f"{page.url}?cancel={batch.orders[0].order_id}")
    after = await browser.submit(question, "/confirm")
    await until_shows(installation, browser, page.url, "Cancelled")
    left = await browser.submit(await browser.get(page.url), "/cancel")

    assert page.heading == "Your orders with Acme Invest"
    assert page.words.index("TCS") < page.words.index("INFY")
    assert page.text.count("?cancel=") == 1
    assert question.heading == "Cancel this order?"
    assert after.heading == page.heading
    assert left.heading == "You can go back now"
    assert (await installation.settled(flow))["error"] is None
    states = {order["symbol"]: order["state"] for order in await installation.orders_at_broker()}
    assert states["INFY"] == "CANCELLED"


async def test_of_more_than_are_shown_the_open_ones_come_first(installation: Installation, browser: Browser) -> None:
    """However many newer ones have ended since."""
    resting = await open_orders(installation, browser, ("INFY", RESTS))
    await open_orders(installation, browser, ("TCS", 2), state="COMPLETE")
    database, since = installation.services.database, installation.services.clock.now() - timedelta(days=7)

    shown = await store.recent(database, resting.gateway_id, resting.investor_id, since, 1)

    assert [batch.batch_id for batch in shown] == [resting.batch_id]


async def test_the_stream_tells_what_happens_to_the_orders(installation: Installation, browser: Browser) -> None:
    batch = await open_orders(installation, browser, ("INFY", RESTS))
    flow = await orders_page(installation, batch.investor_id)
    page = await installation.open(browser, flow)

    async with browser.http.get(f"{page.url}/stream") as stream:
        await stream.content.readuntil(b"parts")
        await installation.tell(
            "POST", f"/sandbox/orders/{batch.orders[0].broker_order_id}/advance", {"action": "fill"}
        )
        async with asyncio.timeout(PATIENCE):
            told = b""
            while b"Filled" not in told:
                told += await stream.content.readany()


async def test_nobody_sees_or_cancels_another_investors_orders(installation: Installation, browser: Browser) -> None:
    batch = await open_orders(installation, browser, ("INFY", RESTS))
    async with installation.browser() as other:
        await to_review(installation, other, made := await installation.create(), user="bela")
        stranger = (await installation.transaction(made)).investor_id
        assert stranger
        page = await installation.open(other, await orders_page(installation, stranger))
        asked = await other.get(f"{page.url}?cancel={batch.orders[0].order_id}")

    assert "INFY" not in page.words
    assert asked.heading == page.heading
    assert "INFY" not in asked.words
    (order,) = await installation.orders_at_broker()
    assert order["state"] == "OPEN"


async def test_closing_the_window_is_no_cancel(installation: Installation, browser: Browser) -> None:
    investor_id = await connected(installation, browser, logged_in=True)
    flow = await orders_page(installation, investor_id)
    await installation.open(browser, flow)

    await installation.ask("close", flow, sure=True)

    settled = await installation.settled(flow)
    assert (settled["error"], settled["result"]["transactionId"]) == (None, flow.transaction_id)


async def reason(installation: Installation, investor_id: str) -> str | None:
    """What the partner is told of the end of the investor's last login."""
    services, gateway_id = installation.services, installation.gateway.gateway_id
    found = await connections.of_investor(services.database, gateway_id, investor_id, services.clock.now())
    assert found is not None
    return found.ended_by


async def test_a_login_ends_at_the_broker_and_here(installation: Installation, browser: Browser) -> None:
    investor_id = await connected(installation, browser, logged_in=True)
    token = issue_token(installation.gateway, investor_id, installation.services.clock.now())

    told = await installation.ask("logout", Flow("", token))
    again = await installation.ask("logout", Flow("", token))
    page = await installation.open(browser, await orders_page(installation, investor_id))

    assert [one[1]["endedAt"] for one in (told, again)] == ["broker", "nowhere"]
    assert await reason(installation, investor_id) == "logged_out"
    assert page.heading == f"Log in to {ANY_NAME}"


async def test_a_broker_that_does_not_answer_leaves_nobody_logged_in_here(
    installation: Installation, browser: Browser
) -> None:
    investor_id = await connected(installation, browser, logged_in=True)
    token = issue_token(installation.gateway, investor_id, installation.services.clock.now())
    await installation.tell(
        "POST", "/sandbox/faults", {"operation": "logout", "kind": "status", "status": 503, "times": None}
    )

    _, told = await installation.ask("logout", Flow("", token))
    page = await installation.open(browser, await orders_page(installation, investor_id))

    assert told["endedAt"] == "here"
    assert await reason(installation, investor_id) == "logged_out"
    assert page.heading == f"Log in to {ANY_NAME}"


async def test_a_guest_has_no_login_to_end(installation: Installation) -> None:
    token = issue_token(installation.gateway, None, installation.services.clock.now())

    status, told = await installation.ask("logout", Flow("", token), origin=ORIGIN)

    assert (status, told["errors"]) == (400, ["invalid_user_data"])
    assert told["docUrl"].endswith("/docs/errors#connected-only")
