"""Sells that the broker takes are taken here: bought today, pledged, in several rows; and what nobody can know."""

from pathlib import Path
from typing import Any

import pytest

from tests.portal.installation import Answer, Browser, Flow, Installation, installed
from tests.portal.steps import TCS, to_review
from tests.portal.test_review import account_known, pinned
from tests.support.brokers import ANY_BROKER, ANY_NAME, LIMIT_BROKER, OTHER_BROKER
from torana.sandbox.accounts import STARTER_HOLDINGS

SELL = TCS | {"type": "SELL"}


def anyway(review: Answer) -> str:
    """What the button "Place anyway" sends under its name, `anyway`."""
    (button,) = [one for one in review.form("/confirm").buttons if one.name == "anyway"]
    return button.value


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

    assert "You do not hold this share." in review.words
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


@pytest.mark.parametrize("broker", [ANY_BROKER, OTHER_BROKER])
async def test_one_share_in_two_rows_is_one_share(installation: Installation, browser: Browser, broker: str) -> None:
    """300 of the NSE and 200 of the BSE are 500."""
    flow = await installation.create({"ticker": "ITC", "quantity": 500, "type": "SELL"})
    more = await installation.create({"ticker": "ITC", "quantity": 501, "type": "SELL"})

    review = await to_review(installation, browser, flow, broker=broker, user="two-rows")
    over = await to_review(installation, browser, more, broker=broker, user="two-rows")

    assert "Not enough shares" not in review.words
    assert "You can sell up to 500" in review.words
    assert "You can sell 500 of these shares." in over.words


@pytest.mark.parametrize("operation", ["positions", "holdings"])
async def test_where_the_broker_does_not_say_what_is_there_the_investor_may_go_on(
    installation: Installation, browser: Browser, operation: str
) -> None:
    await account_known(installation, browser)
    await pinned(installation, holdings={"TCS": 2})
    await installation.tell(
        "POST",
        "/sandbox/faults",
        {"broker": ANY_BROKER, "operation": operation, "kind": "status", "status": 503, "times": None},
    )
    flow = await installation.create(SELL)

    review = await to_review(installation, browser, flow)
    status = await browser.submit(review, "/confirm", anyway=anyway(review) if can_go_on_anyway(review) else "")

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
    assert await installation.services.database.value("select count(*) from batches") == 0


async def test_a_basket_at_the_broker_takes_its_slices_too_and_no_more_than_it_holds(
    own_database_url: str, tmp_path: Path
) -> None:
    """A basket of this broker holds ten orders: a line of eleven slices is refused before anything leaves."""
    async with (
        installed(own_database_url, tmp_path, test_modes={ANY_BROKER: "redirect_basket"}) as installation,
        installation.browser() as browser,
    ):
        await installation.tell("POST", "/sandbox/prices", {"symbol": "ITC", "price": 400_00})
        asked = {"ticker": "ITC", "type": "BUY"}
        flow = await installation.create(asked | {"quantity": 500_000})
        too_many = await installation.create(asked | {"quantity": 1_100_000})
        both = await installation.create(asked)

        review = await to_review(installation, browser, flow, user="no-holdings")
        refused = await to_review(installation, browser, too_many, user="no-holdings")
        typed = await to_review(installation, browser, both, user="no-holdings")
        told = await browser.submit(typed, "/confirm", quantity_1="1,100,000")

    assert "Sent as 5 orders of 1,00,000 shares." in review.words
    for page in (refused, told):
        assert f"{ANY_NAME} takes at most 10 orders in one go, and this would be 11." in page.words


@pytest.mark.parametrize(
    ("broker", "fields"),
    [
        (ANY_BROKER, "quantity"),
        (ANY_BROKER, "quantity,isin"),
        (OTHER_BROKER, "quantity,trading_symbol,tradingsymbol"),
        (LIMIT_BROKER, "quantity"),
    ],
)
async def test_a_row_that_cannot_be_read_leaves_the_other_shares_known(
    installation: Installation, browser: Browser, broker: str, fields: str
) -> None:
    """X04: the row of RELIANCE is broken; INFY is guarded as ever, and of RELIANCE it is said that we do not know."""
    spoilt = {"broker": broker, "operation": "holdings", "kind": "bad_row", "times": None, "text": fields}
    await installation.tell("POST", "/sandbox/faults", spoilt | {"count": list(STARTER_HOLDINGS).index("RELIANCE")})
    certain = await installation.create({"ticker": "INFY", "quantity": 100_000, "type": "SELL"})
    unread = await installation.create({"ticker": "RELIANCE", "quantity": 100_000, "type": "SELL"})

    guarded = await to_review(installation, browser, certain, broker=broker)
    unknown = await to_review(installation, browser, unread, broker=broker)

    assert "Not enough shares" in guarded.words
    assert "of these shares" in guarded.words
    assert not can_go_on_anyway(guarded)
    assert "Not enough shares" not in unknown.words
    assert "shared of your holding of RELIANCE. You can continue without." in unknown.words


async def test_a_row_that_names_no_security_leaves_none_known(installation: Installation, browser: Browser) -> None:
    fields = "quantity,isin,tradingsymbol"
    spoilt = {"broker": ANY_BROKER, "operation": "holdings", "kind": "bad_row", "times": None, "text": fields}
    await installation.tell("POST", "/sandbox/faults", spoilt)
    flow = await installation.create({"ticker": "INFY", "quantity": 100_000, "type": "SELL"})

    review = await to_review(installation, browser, flow)

    assert "Not enough shares" not in review.words
    assert "shared of your holding of INFY. You can continue without." in review.words


async def test_a_trade_that_cannot_be_read_leaves_its_share_uncertain(
    installation: Installation, browser: Browser
) -> None:
    await account_known(installation, browser)
    await pinned(installation, holdings={"ITC": 1})
    await bought_today(installation, browser, 2)
    spoilt = {"broker": ANY_BROKER, "operation": "positions", "kind": "bad_row", "times": None}
    await installation.tell("POST", "/sandbox/faults", spoilt | {"text": "day_buy_quantity,quantity"})

    its = await to_review(installation, browser, await installation.create(SELL | {"quantity": 5}))
    other = await to_review(
        installation, browser, await installation.create({"ticker": "ITC", "quantity": 5, "type": "SELL"})
    )

    assert can_go_on_anyway(its)
    assert "You can sell 1 of these shares." in other.words
    assert not can_go_on_anyway(other)
