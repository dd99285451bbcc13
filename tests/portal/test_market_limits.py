"""Market orders at a broker that takes limits only: the investor sees the limit, and that one is sent."""

import asyncio
from typing import Any

import pytest

from tests.portal.installation import Answer, Browser, Flow, Installation
from tests.portal.steps import INFY, to_review
from tests.support.brokers import LIMIT_BROKER, LIMIT_NAME
from tests.support.patience import PATIENCE

SELL = INFY | {"type": "SELL"}
QUOTES = {"broker": LIMIT_BROKER, "operation": "quotes", "kind": "status", "status": 503, "times": None}


async def price(installation: Installation, paise: int) -> None:
    await installation.tell("POST", "/sandbox/prices", {"symbol": "INFY", "price": paise})


async def reviewed(installation: Installation, browser: Browser, flow: Flow) -> Answer:
    return await to_review(installation, browser, flow, broker=LIMIT_BROKER)


@pytest.mark.parametrize(
    ("given", "says", "limit"),
    [
        (INFY, f"{LIMIT_NAME} places it with a limit: you pay at most ₹3,015.00 a share.", 3015_00),
        (SELL, f"{LIMIT_NAME} places it with a limit: you get at least ₹2,985.00 a share.", 2985_00),
        (INFY | {"orderType": "MARKET"}, "you pay at most ₹3,015.00 a share.", 3015_00),
    ],
)
async def test_the_limit_that_is_shown_is_sent_wherever_the_price_went(
    installation: Installation, browser: Browser, given: dict[str, object], says: str, limit: int
) -> None:
    """I12: the price rises by a tenth between the review and the sending."""
    await price(installation, 3000_00)
    flow = await installation.create(given)

    review = await reviewed(installation, browser, flow)
    await price(installation, 3300_00)
    status = await browser.submit(review, "/confirm")
    async with installation.worker():
        (order,) = await sent(installation)

    assert says in review.words
    assert status.heading == "Placing your order"
    assert (order["orderType"], order["limitPrice"]) == ("LIMIT", limit)


async def sent(installation: Installation) -> list[dict[str, Any]]:
    """The orders that reached the broker, once there are some."""
    async with asyncio.timeout(PATIENCE):
        while not (orders := await installation.orders_at_broker()):
            await asyncio.sleep(0.05)
    return orders


async def test_a_side_that_is_open_is_told_how_far_it_goes(installation: Installation, browser: Browser) -> None:
    await price(installation, 3000_00)
    flow = await installation.create({"ticker": "INFY"})

    review = await reviewed(installation, browser, flow)
    told = await browser.submit(review, "/confirm", side_1="BUY", quantity_1="2", check="1")

    assert f"{LIMIT_NAME} places it with a limit, at most 0.5% from ₹3,000.00." in review.words
    assert "you pay at most ₹3,015.00 a share." in told.words


async def test_another_price_than_the_one_shown_is_shown_first(installation: Installation, browser: Browser) -> None:
    """D13: a form that somebody changed."""
    await price(installation, 3000_00)
    flow = await installation.create(INFY)
    review = await reviewed(installation, browser, flow)

    for changed in ("999999", "", "x", "-1"):
        told = await browser.submit(review, "/confirm", price_1=changed)
        assert told.status == 422
        assert "Something changed" in told.words
        review = told

    assert await installation.services.database.value("select count(*) from batches") == 0


async def test_it_is_shown_beside_what_stands_against_the_order(installation: Installation, browser: Browser) -> None:
    await price(installation, 3000_00)
    flow = await installation.create(INFY | {"quantity": 100_000})

    review = await reviewed(installation, browser, flow)

    assert "Place anyway" in review.words
    assert "you pay at most ₹3,015.00 a share." in review.words


async def test_without_a_price_a_limit_is_asked_for(installation: Installation, browser: Browser) -> None:
    await price(installation, 3000_00)
    await installation.tell("POST", "/sandbox/faults", QUOTES)
    flow = await installation.create(INFY)

    review = await reviewed(installation, browser, flow)
    told = await browser.submit(review, "/confirm")
    status = await browser.submit(told, "/confirm", limit_1="3,001.00")

    assert "Enter a limit price, or check again." in review.words
    assert told.status == 422
    assert "this broker takes market orders only with a limit" in told.words
    assert status.heading == "Placing your order"
    row = await installation.services.database.value("select order_type || ' ' || limit_price from orders")
    assert row == "LIMIT 300100"


async def test_a_limit_of_the_investors_own_is_sent_as_it_is(installation: Installation, browser: Browser) -> None:
    await price(installation, 3000_00)
    flow = await installation.create(INFY)

    review = await reviewed(installation, browser, flow)
    await browser.submit(review, "/confirm", limit_1="2,990.00")

    row = await installation.services.database.value("select limit_price::text || coalesce(worst_price, 0) from orders")
    assert row == "2990000"


async def test_a_broker_that_protects_market_orders_itself_is_left_to_it(
    installation: Installation, browser: Browser
) -> None:
    await price(installation, 3000_00)

    review = await to_review(installation, browser, await installation.create(INFY))

    assert "places it with a limit" not in review.words
    assert "price-1" not in dict(review.form("/confirm").fields)
