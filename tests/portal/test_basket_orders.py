"""Orders on baskets through the pop-up: an amount becomes whole shares, and what is filled becomes an investment."""

from collections.abc import AsyncIterator

import pytest

from tests.portal.installation import Browser, Installation
from tests.portal.investing import (
    SCID,
    asked,
    batch_of,
    bought,
    chosen,
    investment,
    opened,
    published,
    shares,
    tellings,
)


@pytest.fixture(autouse=True)
async def worker(installation: Installation) -> AsyncIterator[None]:
    await published(installation)
    async with installation.worker():
        yield


async def test_an_amount_becomes_whole_shares_and_an_investment(installation: Installation, browser: Browser) -> None:
    """Promise, look-up and webhook name basket and investment; what is left over is shown before it is confirmed."""
    flow = await asked(installation, "buy", scid=SCID)

    page = await opened(installation, browser, flow)
    review = await chosen(browser, page, amount="20,000")
    await browser.submit(review, "/confirm")
    told = await tellings(installation, flow)

    assert page.heading == "Invest in Night light"
    assert "At least ₹" in page.words
    assert review.heading == "Review your orders"
    assert "of your ₹20,000.00 buys whole shares" in review.words
    held = await investment(installation, told[0])
    batch = await batch_of(installation, flow)
    assert {one.symbol: one.shares for one in held.held} == {o.symbol: o.filled_quantity for o in batch.orders}
    assert sum(one.cost for one in held.held) == sum(o.filled_quantity * o.average_price for o in batch.orders)
    assert (held.scid, held.version, held.open_batch_id) == (SCID, 1, None)
    for one in told:
        assert (one["scid"], one["iscid"]) == (SCID, held.iscid)
    assert told[0]["orderBatches"] == told[1]["orderBatches"]
    assert told[2]["status"] == told[0]["orderBatches"][0]["status"] == "COMPLETED"
