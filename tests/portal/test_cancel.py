"""Cancelling orders through the pop-up: one question, and then what the broker's book says became of them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.portal.installation import Browser, Flow, Installation
from tests.portal.steps import connected, to_review
from tests.support.brokers import ANY_BROKER, ANY_NAME
from tests.support.patience import PATIENCE
from torana.flows.registry import FLOWS
from torana.kit.errors import ApiError, NotFound
from torana.orders import store
from torana.orders.models import Batch
from torana.partners.access import Access
from torana.transactions.details import details
from torana.transactions.reading import Faults

RESTS, FILLS_DESPITE, PART = 118, 122, 109


@pytest.fixture(autouse=True)
async def worker(installation: Installation) -> AsyncIterator[None]:
    async with installation.worker():
        yield


async def open_orders(
    installation: Installation, browser: Browser, *lines: tuple[str, int], state: str = "OPEN"
) -> Batch:
    """Orders that the investor has confirmed and that are in this state by now."""
    wanted = [{"ticker": ticker, "quantity": quantity, "type": "BUY"} for ticker, quantity in lines]
    flow = await installation.create(*wanted)
    review = await to_review(installation, browser, flow, user="asha", amo="true")
    await browser.submit(review, "/confirm")
    async with asyncio.timeout(PATIENCE):
        while True:
            (batch,) = await store.of_transactions(
                installation.services.database, installation.gateway.gateway_id, [flow.transaction_id], []
            )
            if all(order.state == state for order in batch.orders):
                return batch
            await asyncio.sleep(0.05)


async def asked(installation: Installation, batch: Batch, intent: str = "CANCEL_ORDER", **more: Any) -> Flow:
    body = {"intent": intent, "orderConfig": {"batchId": batch.batch_id, "ticker": "INFY", **more}}
    return await installation.ask_for(body, batch.investor_id)


async def until(installation: Installation, holds: str) -> None:
    """Wait until this is so in the database."""
    async with asyncio.timeout(PATIENCE):
        while not await installation.services.database.value(holds):
            await asyncio.sleep(0.05)


async def told(installation: Installation, flow: Flow) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """What promise, look-up and event tell of it."""
    promise = (await installation.settled(flow))["result"]
    transaction = await installation.transaction(flow)
    looked = await details(
        installation.services.database,
        installation.services.cipher,
        installation.gateway,
        FLOWS.of(transaction),
        transaction,
        installation.services.clock.now(),
    )
    data = await installation.services.database.value(
        "select data from events where transaction_id = $1 and type = 'cancellation.completed'", flow.transaction_id
    )
    return promise, looked["success"], FLOWS.of(transaction).events[0].wire(data)


async def test_an_open_order_is_cancelled_after_one_question(installation: Installation, browser: Browser) -> None:
    """Promise, look-up and webhook tell the same, and the orders' own transaction ends with it."""
    batch = await open_orders(installation, browser, ("INFY", RESTS), ("TCS", RESTS))
    flow = await asked(installation, batch, ticker="infy")

    question = await installation.open(browser, flow)
    working = await browser.submit(question, "/confirm")
    promise, looked, event = await told(installation, flow)
    done = await browser.get(working.url)

    assert question.heading == "Cancel this order?"
    assert "Buy 118 INFY" in question.words
    assert "TCS" not in question.words
    assert done.heading == "Order cancelled"
    for one in (promise, looked, event):
        assert (one["cancelled"], one["cancelStatus"]) == (True, "CANCELLED")
        assert [order["status"] for order in one["orderBatches"][0]["orders"]] == ["CANCELLED", "PLACED"]
    assert event["transactionId"] == flow.transaction_id
    assert event["intent"] == "CANCEL_ORDER"
    states = {order["symbol"]: order["state"] for order in await installation.orders_at_broker()}
    assert (states["INFY"], states["TCS"]) == ("CANCELLED", "OPEN")


async def test_a_cancellation_that_loses_against_a_fill_tells_the_fill(
    installation: Installation, browser: Browser
) -> None:
    """B06: the broker takes the cancellation, and the order is filled all the same."""
    batch = await open_orders(installation, browser, ("INFY", FILLS_DESPITE))
    flow = await asked(installation, batch)

    working = await browser.submit(await installation.open(browser, flow), "/confirm")
    promise, looked, event = await told(installation, flow)
    done = await browser.get(working.url)

    assert done.heading == "The order was filled first"
    for one in (promise, looked, event):
        assert (one["cancelled"], one["cancelStatus"]) == (False, "FILLED")
        (order,) = one["orderBatches"][0]["orders"]
        assert (order["status"], order["filledQuantity"]) == ("COMPLETE", FILLS_DESPITE)


async def test_what_was_filled_in_part_stays(installation: Installation, browser: Browser) -> None:
    batch = await open_orders(installation, browser, ("INFY", PART), state="PARTIAL")
    flow = await asked(installation, batch)

    working = await browser.submit(await installation.open(browser, flow), "/confirm")
    promise, *_ = await told(installation, flow)
    done = await browser.get(working.url)

    assert done.heading == "Partly filled, the rest cancelled"
    assert (promise["cancelled"], promise["cancelStatus"]) == (False, "PARTIALLYFILLED")


async def test_an_order_that_has_ended_needs_no_question(installation: Installation, browser: Browser) -> None:
    batch = await open_orders(installation, browser, ("INFY", 2), state="COMPLETE")
    flow = await asked(installation, batch)

    page = await installation.open(browser, flow)
    promise, looked, event = await told(installation, flow)

    assert page.heading == "The order was filled first"
    assert [one["cancelStatus"] for one in (promise, looked, event)] == ["FILLED"] * 3


async def test_kept_is_cancelled_by_nobody(installation: Installation, browser: Browser) -> None:
    batch = await open_orders(installation, browser, ("INFY", RESTS))
    flow = await asked(installation, batch)

    await browser.submit(await installation.open(browser, flow), "/cancel")

    assert (await installation.settled(flow))["error"]["code"] == 1012
    (order,) = await installation.orders_at_broker()
    assert order["state"] == "OPEN"


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "hang", "seconds": 1, "times": 1},
        {"kind": "status", "status": 503, "placed": False, "times": 1},
        {"kind": "empty", "times": 1},
        {"kind": "rate_limited", "placed": False, "times": 1},
    ],
)
async def test_an_answer_that_is_lost_is_asked_for_again(
    installation: Installation, browser: Browser, fault: dict[str, Any]
) -> None:
    """A cancellation does the same once: it may go out twice, and the book has the last word."""
    batch = await open_orders(installation, browser, ("INFY", RESTS))
    flow = await asked(installation, batch)
    await installation.tell("POST", "/sandbox/faults", {"operation": "cancel"} | fault)

    await browser.submit(await installation.open(browser, flow), "/confirm")
    promise, *_ = await told(installation, flow)

    assert promise["cancelStatus"] == "CANCELLED"


async def test_an_order_whose_cancellation_is_confirmed_while_it_is_sent_is_not_sent_again(
    installation: Installation, browser: Browser
) -> None:
    """The broker was asked too fast: it has nothing, and the same tag could go once more."""
    for fault in ({"kind": "rate_limited", "placed": False}, {"kind": "latency", "seconds": 1.5}):
        await installation.tell("POST", "/sandbox/faults", {"operation": "place"} | fault)
    batch = await open_orders(installation, browser, ("INFY", RESTS), state="SENDING")
    flow = await asked(installation, batch)

    await browser.submit(await installation.open(browser, flow), "/confirm")
    promise, looked, event = await told(installation, flow)

    for one in (promise, looked, event):
        assert (one["cancelled"], one["cancelStatus"]) == (True, "CANCELLED")
    assert await installation.orders_at_broker() == []


async def test_a_cancellation_whose_login_ended_goes_on_with_the_next(
    installation: Installation, browser: Browser
) -> None:
    """S04: the broker takes the login no more, and minutes pass before there is another."""
    batch = await open_orders(installation, browser, ("INFY", RESTS))
    flow = await asked(installation, batch)
    question = await installation.open(browser, flow)
    await installation.tell("POST", "/sandbox/faults", {"operation": "cancel", "kind": "token_dies"})

    working = await browser.submit(question, "/confirm")
    await until(installation, "select attention = 'LOGIN_NEEDED' from orders")
    waiting = await browser.get(working.url)
    installation.advance(150)
    settled = await installation.settled(flow)
    still_open = await installation.orders_at_broker()
    await connected(installation, browser)
    installation.advance(60)
    await until(installation, "select exists (select from events where type = 'cancellation.completed')")
    _, looked, event = await told(installation, flow)

    assert f"Log in to {ANY_NAME}" in waiting.words
    assert settled["error"]["message"] == "order_in_queue"
    assert [order["state"] for order in still_open] == ["OPEN"]
    for one in (looked, event):
        assert (one["cancelled"], one["cancelStatus"]) == (True, "CANCELLED")


async def test_a_refusal_is_told_with_the_brokers_words(installation: Installation, browser: Browser) -> None:
    batch = await open_orders(installation, browser, ("INFY", RESTS))
    flow = await asked(installation, batch)
    await installation.tell(
        "POST",
        "/sandbox/faults",
        {"operation": "cancel", "kind": "reject", "reason": "final", "placed": False, "times": None},
    )

    working = await browser.submit(await installation.open(browser, flow), "/confirm")
    promise, looked, event = await told(installation, flow)
    done = await browser.get(working.url)

    assert done.heading == f"{ANY_NAME} did not cancel"
    for one in (promise, looked, event):
        assert one["cancelStatus"] == "REFUSED"
        (order,) = one["orderBatches"][0]["orders"]
        assert order["status"] == "PLACED"
        assert order["statusMessage"] in done.words


async def test_after_market_orders_are_cancelled_all_at_once(installation: Installation, browser: Browser) -> None:
    await installation.market("2026-11-18T20:00:00+05:30")
    batch = await open_orders(installation, browser, ("INFY", RESTS), ("TCS", RESTS), state="AMO_QUEUED")
    flow = await installation.ask_for(
        {"intent": "CANCEL_AMO", "orderConfig": {"batchId": batch.batch_id}}, batch.investor_id
    )

    question = await installation.open(browser, flow)
    await browser.submit(question, "/confirm")
    promise, *_ = await told(installation, flow)

    assert question.heading == "Cancel these 2 orders?"
    assert promise["cancelled"] is True
    assert {order["status"] for order in promise["orderBatches"][0]["orders"]} == {"CANCELLED AMO"}


async def test_another_investors_order_is_not_there(installation: Installation, browser: Browser) -> None:
    """The create says so, and nothing is changed; nor does a transaction that got around it show or change anything."""
    batch = await open_orders(installation, browser, ("INFY", RESTS))
    config = FLOWS.registered("CANCEL_ORDER", None)
    body = {"orderConfig": {"batchId": batch.batch_id, "ticker": "INFY"}}
    async with installation.browser() as other:
        review = await to_review(installation, other, made := await installation.create(), user="bela")
        stranger = (await installation.transaction(made)).investor_id
        assert review.status == 200
        assert stranger
        with pytest.raises(NotFound, match="OrderNotFound"):
            await config.check_subject(
                installation.services.database,
                installation.services.connectors,
                Access(installation.gateway, stranger),
                config.read(body, Faults(), {}),
                installation.services.clock.now(),
            )
        flow = await installation.ask_for({"intent": "CANCEL_ORDER", **body}, stranger)
        page = await installation.open(other, flow)

    assert page.heading == "Order not found"
    assert "INFY" not in page.words
    assert (await installation.settled(flow))["error"]["message"] == "no_order"
    (order,) = await installation.orders_at_broker()
    assert (order["state"], order["broker"]) == ("OPEN", ANY_BROKER)


@pytest.mark.parametrize(
    ("intent", "config", "said"),
    [
        ("CANCEL_ORDER", {}, "batchId"),
        ("CANCEL_ORDER", {"batchId": "65f0c0ffee65f0c0ffee65f1"}, "ticker is missing"),
        ("CANCEL_ORDER", {"batchId": "x", "ticker": "INFY"}, "24 hexadecimal"),
        ("CANCEL_ORDER", {"batchId": "65f0c0ffee65f0c0ffee65f1", "ticker": 5}, "ticker must be"),
        ("CANCEL_ORDER", {"batchId": "65f0c0ffee65f0c0ffee65f1", "ticker": "A", "exchange": "NYSE"}, "NSE or BSE"),
        ("CANCEL_ORDER", None, "orderConfig is missing"),
    ],
)
async def test_a_body_that_names_no_order_is_refused(
    installation: Installation, intent: str, config: Any, said: str
) -> None:
    with pytest.raises(ApiError, match=said):
        await installation.ask_for({"intent": intent, "orderConfig": config}, "65f0c0ffee65f0c0ffee65f0")
