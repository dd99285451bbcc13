"""Orders with a limit price, from the partner's line to the exchange and back: brought by the partner or typed by the
investor, sent as they are, never mended."""

import asyncio
from typing import Any

import msgspec
import pytest

from tests.portal.installation import Browser, Flow, Installation
from tests.portal.steps import TCS, to_review
from tests.support.patience import PATIENCE
from torana.connectors.contract import ExecutionMode
from torana.connectors.registry import BROKERS
from torana.flows.registry import FLOWS
from torana.transactions import details

BY_API = [key for key, one in BROKERS.items() if one.default_mode is ExecutionMode.SERVER_API]
AFTER_MARKET = [key for key in BY_API if BROKERS[key].capabilities.amo]
LIMIT = TCS | {"orderType": "LIMIT", "price": 3190.5}
"""TCS stands at ₹3,200 in these tests."""


async def price(installation: Installation, paise: int = 3_200_00) -> None:
    await installation.tell("POST", "/sandbox/prices", {"symbol": "TCS", "price": paise})


async def sent(installation: Installation) -> dict[str, Any]:
    """The one order that reached the exchange, once it has."""
    async with asyncio.timeout(PATIENCE):
        while not (orders := await installation.orders_at_broker()):
            await asyncio.sleep(0.05)
    (order,) = orders
    return order


async def result_of(installation: Installation, flow: Flow) -> tuple[Any, dict[str, Any]]:
    """Status and order as the partner's look-up tells them."""
    transaction = await installation.transaction(flow)
    services = installation.services
    told = await details.details(
        services.database,
        services.cipher,
        installation.gateway,
        FLOWS.of(transaction),
        transaction,
        services.clock.now(),
    )
    batches = await FLOWS.of(transaction).result(services.database, transaction)
    return told, dict(batches["orderBatches"][0]["orders"][0])


@pytest.mark.parametrize("broker", BY_API)
async def test_a_limit_of_the_partner_is_shown_and_sent_as_it_is(
    installation: Installation, browser: Browser, broker: str
) -> None:
    """I12: the form says another one."""
    await price(installation)
    flow = await installation.create(LIMIT)

    review = await to_review(installation, browser, flow, broker=broker)
    await browser.submit(review, "/confirm", limit_1="1.00")
    async with installation.worker():
        order = await sent(installation)

    assert "limit ₹3,190.50" in review.words
    assert "₹9,571.50" in review.words
    assert "limit-1" not in review.text
    assert (order["orderType"], order["limitPrice"], order["quantity"]) == ("LIMIT", 3190_50, 3)


async def test_a_limit_that_waits_is_in_the_queue_until_its_price_comes(
    installation: Installation, browser: Browser
) -> None:
    """The promise is told `order_in_queue` once, the look-up the end."""
    await price(installation)
    flow = await installation.create(LIMIT)
    review = await to_review(installation, browser, flow)

    await browser.submit(review, "/confirm")
    async with installation.worker():
        await sent(installation)
        async with asyncio.timeout(30):
            while await installation.services.database.value("select state from orders") != "OPEN":
                await asyncio.sleep(0.1)
        installation.advance(60)
        settled = await installation.settled(flow)
        waiting, _ = await result_of(installation, flow)
        await price(installation, 3_185_00)
        async with asyncio.timeout(30):
            while (await installation.transaction(flow)).finished_at is None:
                await asyncio.sleep(0.1)

    done, order = await result_of(installation, flow)
    assert (settled["error"]["message"], settled["error"]["code"]) == ("order_in_queue", 4005)
    assert waiting["status"] == "PROCESSING"
    assert (done["status"], done["error"]["value"]) == ("COMPLETED", False)
    assert (order["orderType"], order["status"], order["filledQuantity"]) == ("LIMIT", "COMPLETE", 3)
    assert order["averagePrice"] <= msgspec.json.decode(b"3190.5")
    assert order["price"] == msgspec.json.decode(b"3190.5")


async def test_a_limit_outside_the_days_band_is_refused_by_the_broker_in_plain_words(
    installation: Installation, browser: Browser
) -> None:
    """We know no bands: the broker decides, and its own text stands beside ours."""
    await price(installation)
    flow = await installation.create(TCS | {"orderType": "LIMIT", "price": 1})
    review = await to_review(installation, browser, flow)

    await browser.submit(review, "/confirm")
    async with installation.worker():
        await installation.settled(flow)
    page = await browser.get(review.path)

    _, order = await result_of(installation, flow)
    assert order["status"] == "REJECTED"
    assert "price" in page.words.lower()
    assert "circuit limits" in page.words
    assert page.heading == "Your order was rejected"


@pytest.mark.parametrize("broker", AFTER_MARKET)
async def test_an_after_market_limit_waits_with_its_price(
    installation: Installation, browser: Browser, broker: str
) -> None:
    await installation.market("2026-11-18T20:00:00+05:30")
    await price(installation)
    flow = await installation.create(LIMIT)

    review = await to_review(installation, browser, flow, broker=broker, amo="true")
    await browser.submit(review, "/confirm")
    async with installation.worker():
        order = await sent(installation)

    assert "Place after-market order" in review.words
    assert (order["orderType"], order["limitPrice"]) == ("LIMIT", 3190_50)
    assert await installation.services.database.value("select variety from batches") == "amo"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("3190.03", "move in steps of ₹0.10"),
        ("0", "above"),
        ("-5", "price"),
        ("3,190.505", "price"),
        ("ten", "price"),
    ],
)
async def test_a_limit_that_cannot_be_is_asked_for_again(
    installation: Installation, browser: Browser, typed: str, says: str
) -> None:
    await price(installation)
    review = await to_review(installation, browser, await installation.create(TCS))

    refused = await browser.submit(review, "/confirm", limit_1=typed)

    assert refused.status == 422
    assert says in refused.words
    assert f'value="{typed}"' in refused.text
    assert await installation.services.database.value("select count(*) from batches") == 0


async def test_a_limit_that_the_investor_typed_is_theirs(installation: Installation, browser: Browser) -> None:
    await price(installation)
    review = await to_review(installation, browser, await installation.create(TCS))

    status = await browser.submit(review, "/confirm", limit_1="3,195.50")
    async with installation.worker():
        order = await sent(installation)

    assert status.heading == "Placing your order"
    assert (order["orderType"], order["limitPrice"]) == ("LIMIT", 3195_50)
