"""What the investor types is looked at before it is placed, as what the partner fixed is."""

from typing import Any

import pytest

from tests.portal.installation import Answer, Browser, Flow, Installation
from tests.portal.steps import TCS, to_review
from tests.portal.test_review import account_known, pinned
from tests.portal.test_selling import anyway, can_go_on_anyway


@pytest.fixture
async def funds(installation: Installation, browser: Browser) -> None:
    """One lakh rupees, and TCS at ₹3,000."""
    await account_known(installation, browser)
    await pinned(installation, cash=1_00_000_00)


async def planned(installation: Installation) -> int:
    return int(await installation.services.database.value("select count(*) from batches"))


OPEN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "quantity": ({"ticker": "TCS", "type": "BUY"}, {"quantity_1": "99,999"}),
    "side": ({"ticker": "TCS", "quantity": 99_999}, {"side_1": "BUY"}),
    "both": ({"ticker": "TCS"}, {"side_1": "BUY", "quantity_1": "99999"}),
    "limit": (TCS | {"quantity": 30}, {"limit_1": "3,400"}),
}


@pytest.mark.usefixtures("funds")
@pytest.mark.parametrize("part", OPEN)
async def test_more_than_there_is_money_for_is_said_before_it_is_placed(
    installation: Installation, browser: Browser, part: str
) -> None:
    asked, typed = OPEN[part]
    flow = await installation.create(asked)
    review = await to_review(installation, browser, flow)

    again = await browser.submit(review, "/confirm", **typed)
    checked = await browser.submit(again, "/confirm", check="1")
    before = await planned(installation)
    placed = await browser.submit(again, "/confirm", anyway=anyway(again))

    assert "Not enough funds" not in review.words
    assert again.status == 422
    assert "Not enough funds" in again.words
    assert "Check again" in again.words
    assert "Not enough funds" in checked.words
    assert before == 0
    assert placed.heading.startswith("Placing your order")


@pytest.mark.usefixtures("funds")
async def test_anyway_counts_for_what_was_shown_and_for_nothing_else(
    installation: Installation, browser: Browser
) -> None:
    flow = await installation.create({"ticker": "TCS", "type": "BUY"})
    review = await to_review(installation, browser, flow)
    short = await browser.submit(review, "/confirm", quantity_1="40")

    more = await browser.submit(short, "/confirm", quantity_1="4000", anyway=anyway(short))
    less = await browser.submit(short, "/confirm", quantity_1="4", anyway=anyway(short))

    assert "About ₹1,20,00,000.00 is needed" in more.words
    assert less.heading == "Placing your order"


@pytest.mark.usefixtures("funds")
async def test_enough_money_later_is_seen_by_checking_again_with_what_was_typed(
    installation: Installation, browser: Browser
) -> None:
    flow = await installation.create({"ticker": "TCS"})
    review = await to_review(installation, browser, flow)
    short = await browser.submit(review, "/confirm", side_1="BUY", quantity_1="40")
    await pinned(installation, cash=5_00_000_00)

    checked = await browser.submit(short, "/confirm", check="1")

    assert not can_go_on_anyway(checked)
    assert "Estimate before charges ₹1,20,000.00" in checked.words
    assert "Place order" in checked.words
    assert await planned(installation) == 0
    assert (await browser.submit(checked, "/confirm")).heading == "Placing your order"


@pytest.mark.usefixtures("funds")
async def test_after_a_refused_field_the_total_is_that_of_what_was_typed(
    installation: Installation, browser: Browser
) -> None:
    """Without script the server adds up; with script only what the partner fixed may be fixed (test_browser)."""
    flow = await installation.create({"ticker": "TCS"}, {"ticker": "ITC"})
    await installation.tell("POST", "/sandbox/prices", {"symbol": "ITC", "price": 400_00})
    review = await to_review(installation, browser, flow)

    refused = await browser.submit(
        review, "/confirm", side_1="BUY", quantity_1="1,0", limit_1="3000.03", side_2="SELL", quantity_2="5"
    )

    assert refused.status == 422
    assert "Prices of this share move in steps" in refused.words
    assert "Net to pay (buys minus sells) ₹28,000.30" in refused.words
    assert "data-side" not in refused.text
    assert "data-quantity" not in refused.text


@pytest.mark.usefixtures("funds")
async def test_a_total_of_a_limit_that_cannot_be_read_is_not_made_up(
    installation: Installation, browser: Browser
) -> None:
    flow = await installation.create(TCS)
    review = await to_review(installation, browser, flow)

    refused = await browser.submit(review, "/confirm", limit_1="three")

    assert "Enter the limit price in rupees" in refused.words
    assert "Estimate before charges —" in refused.words


async def test_the_forms_first_button_does_nothing(installation: Installation, browser: Browser) -> None:
    """Enter in a field presses the first submit button of its form: HTML, implicit submission. A disabled one does
    nothing, also where no script runs."""
    review = await to_review(installation, browser, await installation.create({"ticker": "TCS"}))

    form = review.text[review.text.index('<form id="confirm"') :]
    first = form[form.index("<button") :]
    assert first.startswith("<button disabled hidden>")


RICH = 50_00_00_000_00


async def confirmed(
    installation: Installation, browser: Browser, asked: dict[str, Any], **typed: Any
) -> tuple[Flow, Answer, Answer]:
    await account_known(installation, browser)
    await pinned(installation, cash=RICH)
    await installation.tell("POST", "/sandbox/prices", {"symbol": "ITC", "price": 400_00})
    flow = await installation.create(asked)
    review = await to_review(installation, browser, flow)
    return flow, review, await browser.submit(review, "/confirm", **typed)


async def test_a_line_above_the_freeze_quantity_is_sent_in_slices(installation: Installation, browser: Browser) -> None:
    """One line confirmed once, three orders with tags of their own; every telling shows the three."""
    asked = {"ticker": "ITC", "quantity": 250_000, "type": "BUY"}
    flow, review, status = await confirmed(installation, browser, asked)
    async with installation.worker():
        state = await installation.settled(flow)

    assert "Sent as 3 orders of up to 83,334 shares." in review.words
    assert "Place 3 orders" in review.words
    assert status.heading == "Placing your orders"
    (batch,) = state["result"]["orderBatches"]
    assert (batch["status"], batch["quantity"], batch["filled"]) == ("COMPLETED", 3, 3)
    assert [order["filledQuantity"] for order in batch["orders"]] == [83_334, 83_333, 83_333]
    ledger = await installation.orders_at_broker()
    assert sorted(order["quantity"] for order in ledger) == [83_333, 83_333, 83_334]
    assert len({order["askedTag"] for order in ledger}) == 3
    end = await browser.get(review.path)
    assert end.heading == "Your 3 orders are filled"
    assert "Buy 83,334 ITC" in end.words


async def test_a_typed_line_that_becomes_several_orders_is_shown_once_more(
    installation: Installation, browser: Browser
) -> None:
    """The investor has not seen the slices yet; then one confirmation places them."""
    asked = {"ticker": "ITC", "type": "BUY"}
    _, _, shown = await confirmed(installation, browser, asked, quantity_1="250000")
    before = await planned(installation)

    placed = await browser.submit(shown, "/confirm")

    assert "Sent as 3 orders of up to 83,334 shares." in shown.words
    assert before == 0
    assert placed.heading == "Placing your orders"


@pytest.mark.parametrize(
    "asked", [{"ticker": "ITC", "type": "BUY"}, {"ticker": "ITC", "type": "BUY", "quantity": 9_000_000}]
)
async def test_what_is_too_large_even_in_slices_is_refused_before_anything_is_placed(
    installation: Installation, browser: Browser, asked: dict[str, Any]
) -> None:
    _, _, refused = await confirmed(installation, browser, asked, quantity_1="9000000")
    forced = await browser.submit(refused, "/confirm", anyway="0" * 64)

    assert "At most 25,00,000 of these shares can be ordered in one go." in refused.words
    assert not can_go_on_anyway(refused)
    assert forced.status == 422
    assert await planned(installation) == 0
