"""Sells that the broker takes are taken here: bought today, pledged, in several rows; and what nobody can know."""

from typing import Any

import pytest

from tests.portal.installation import Answer, Browser, Flow, Installation
from tests.portal.steps import TCS, to_review
from tests.portal.test_review import account_known, pinned

SELL = TCS | {"type": "SELL"}
ANYWAY = {"anyway": "1"}


def anyway(review: Answer) -> dict[str, str]:
    """What the button "Place anyway" adds to the form."""
    (button,) = [one for one in review.form("/confirm").buttons if one.name == "anyway"]
    return {button.name: button.value}


def can_go_on_anyway(review: Answer) -> bool:
    return any(one.name == "anyway" for one in review.form("/confirm").buttons)


async def bought_today(installation: Installation, browser: Browser, quantity: int) -> None:
    flow = await installation.create(TCS | {"quantity": quantity})
    await browser.submit(await to_review(installation, browser, flow), "/confirm")
    async with installation.worker():
        assert (await installation.settled(flow))["result"]["orderBatches"][0]["status"] == "COMPLETED"


async def sold(installation: Installation, flow: Flow) -> dict[str, Any]:
    async with installation.worker():
        return dict((await installation.settled(flow))["result"]["orderBatches"][0]["orders"][0])


@pytest.mark.parametrize("given", [SELL | {"quantity": 2}, {"ticker": "TCS"}])
async def test_what_was_bought_today_can_be_sold_today(
    installation: Installation, browser: Browser, given: dict[str, Any]
) -> None:
    """Bought 2, sold 2 on the same day: no holding shows them yet."""
    await account_known(installation, browser)
    await pinned(installation, holdings={"ITC": 1})
    await bought_today(installation, browser, 2)
    flow = await installation.create(given)

    review = await to_review(installation, browser, flow)
    status = await browser.submit(review, "/confirm", side_1="SELL", quantity_1="2")

    assert "Not enough shares" not in review.words
    assert status.heading == "Placing your order"
    order = await sold(installation, flow)
    assert (order["status"], order["filledQuantity"], order["transactionType"]) == ("COMPLETE", 2, "SELL")


async def test_what_was_bought_and_sold_again_is_gone(installation: Installation, browser: Browser) -> None:
    await account_known(installation, browser)
    await pinned(installation, holdings={"ITC": 1})
    await bought_today(installation, browser, 2)
    first = await installation.create(SELL | {"quantity": 2})
    await browser.submit(await to_review(installation, browser, first), "/confirm")
    await sold(installation, first)

    review = await to_review(installation, browser, await installation.create(SELL | {"quantity": 2}))

    assert "Zerodha shows none of these shares." in review.words
    assert not can_go_on_anyway(review)


async def test_pledged_shares_can_be_sold_where_the_broker_sells_them(
    installation: Installation, browser: Browser
) -> None:
    """50 free, 100 pledged, 150 sold."""
    flow = await installation.create({"ticker": "RELIANCE", "quantity": 150, "type": "SELL"})

    review = await to_review(installation, browser, flow, user="pledged")
    await browser.submit(review, "/confirm")
    async with installation.worker():
        await installation.settled(flow)

    assert "Not enough shares" not in review.words
    assert "Some of these shares are pledged" in review.words
    assert "You hold 150, 100 of them pledged" in review.words
    (order,) = await installation.orders_at_broker()
    assert (order["symbol"], order["side"], order["quantity"]) == ("RELIANCE", "SELL", 150)


@pytest.mark.parametrize("operation", ["positions", "holdings"])
async def test_where_the_broker_does_not_say_what_is_there_the_investor_may_go_on(
    installation: Installation, browser: Browser, operation: str
) -> None:
    await account_known(installation, browser)
    await pinned(installation, holdings={"TCS": 2})
    await installation.tell(
        "POST",
        "/sandbox/faults",
        {"broker": "kite", "operation": operation, "kind": "status", "status": 503, "times": None},
    )
    flow = await installation.create(SELL)

    review = await to_review(installation, browser, flow)
    more = anyway(review) if can_go_on_anyway(review) else {}
    status = await browser.submit(review, "/confirm", **more)

    assert can_go_on_anyway(review) == (operation == "positions")
    assert ("Not enough shares" in review.words) == (operation == "positions")
    assert status.heading == "Placing your order"


async def test_a_sell_that_is_not_held_is_not_placed_by_a_form_without_its_button(
    installation: Installation, browser: Browser
) -> None:
    """Enter in a field, or a form that somebody else wrote."""
    await account_known(installation, browser)
    await pinned(installation, holdings={"TCS": 2})
    flow = await installation.create(SELL)
    review = await to_review(installation, browser, flow)

    again = await browser.submit(review, "/confirm")

    assert again.status == 422
    assert "You can sell 2 of these shares." in again.words
    assert await installation.house.database.value("select count(*) from batches") == 0
