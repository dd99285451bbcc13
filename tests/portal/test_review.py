"""What the investor sees before he confirms: the market, his money, his shares, and what nobody told us."""

import asyncio

import msgspec
import pytest

from tests.portal.installation import Browser, Installation
from tests.portal.steps import INFY, TCS, connected, to_hand_over, to_review
from tests.support.brokers import ANY_BROKER, ANY_NAME
from tests.support.patience import PATIENCE

PRICE = {"symbol": "TCS", "price": 300_000}


async def pinned(
    installation: Installation, *, cash: int | None = None, holdings: dict[str, int] | None = None
) -> None:
    """TCS stands at ₹3,000.00; the account of asha at the broker holds this."""
    await installation.tell("POST", "/sandbox/prices", PRICE)
    if cash is not None or holdings is not None:
        body = {"broker": ANY_BROKER, "account": "asha", "cash": cash, "holdings": holdings}
        await installation.tell(
            "POST", "/sandbox/accounts", {key: value for key, value in body.items() if value is not None}
        )


async def account_known(installation: Installation, browser: Browser) -> None:
    """The simulated broker makes an account at its first login."""
    await connected(installation, browser, logged_in=False)


async def test_the_sum_and_the_funds_it_needs_are_in_one_line(installation: Installation, browser: Browser) -> None:
    await account_known(installation, browser)
    await pinned(installation, cash=1_20_000_00)
    flow = await installation.create(TCS)

    review = await to_review(installation, browser, flow)

    assert "Estimate before charges ₹9,000.00" in review.words
    assert f"Funds at {ANY_NAME} ₹1,20,000.00" in review.words
    assert "₹3,000.00 each" in review.words
    account = await installation.services.database.value("select broker_user_id from investors")
    assert f"{ANY_NAME} {account}" in review.words


async def test_too_little_money_is_said_before_the_broker_says_it(installation: Installation, browser: Browser) -> None:
    await account_known(installation, browser)
    await pinned(installation, cash=1_000_00)
    flow = await installation.create(TCS)

    review = await to_review(installation, browser, flow)
    await pinned(installation, cash=1_20_000_00)
    again = await browser.load(await browser.get(review.page.main_link or ""))

    assert "Not enough funds" in review.words
    assert f"About ₹9,000.00 is needed and {ANY_NAME} shows ₹1,000.00." in review.words
    assert "Place anyway" in review.words
    assert "Not enough funds" not in again.words


async def test_a_sell_above_what_is_held_ends_without_an_order(installation: Installation, browser: Browser) -> None:
    """1004."""
    await account_known(installation, browser)
    await pinned(installation, holdings={"TCS": 2})
    flow = await installation.create(TCS | {"type": "SELL"})

    review = await to_review(installation, browser, flow)
    over = await browser.submit(review, "/cancel", reason="insufficient_holdings")
    state = await installation.settled(flow)

    assert "Not enough shares" in review.words
    assert "You can sell 2 of these shares." in review.words
    assert "Place order" not in review.words
    assert over.heading == "Not enough shares to sell"
    assert (state["error"]["message"], state["error"]["code"]) == ("insufficient_holdings", 1004)


async def test_two_sells_of_one_share_count_together(installation: Installation, browser: Browser) -> None:
    await account_known(installation, browser)
    await pinned(installation, holdings={"TCS": 5})
    sell = TCS | {"type": "SELL"}
    flow = await installation.create(sell, sell)

    review = await to_review(installation, browser, flow)

    assert "Not enough shares" in review.words


async def test_a_sell_that_is_held_shows_how_much_can_be_sold(installation: Installation, browser: Browser) -> None:
    await account_known(installation, browser)
    await pinned(installation, holdings={"TCS": 1200})
    flow = await installation.create(TCS | {"type": "SELL"})

    review = await to_review(installation, browser, flow)

    assert "You can sell up to 1,200" in review.words
    assert "You get, before charges ₹9,000.00" in review.words
    assert "No funds needed" in review.words


async def test_a_sell_that_the_investor_types_must_be_held(installation: Installation, browser: Browser) -> None:
    await account_known(installation, browser)
    await pinned(installation, holdings={"TCS": 5})
    flow = await installation.create({"ticker": "TCS", "type": "SELL"})
    review = await to_review(installation, browser, flow)

    too_many = await browser.submit(review, "/confirm", quantity_1="6")
    enough = await browser.submit(too_many, "/confirm", quantity_1="5")

    assert too_many.status == 422
    assert "You can sell up to 5 of these shares." in too_many.words
    assert enough.heading == "Placing your order"


async def test_buys_and_sells_are_added_up_against_each_other(installation: Installation, browser: Browser) -> None:
    await account_known(installation, browser)
    await pinned(installation, cash=5_000_00, holdings={"TCS": 10})
    await installation.tell("POST", "/sandbox/prices", {"symbol": "INFY", "price": 500_000})
    flow = await installation.create(INFY, TCS | {"type": "SELL"})

    review = await to_review(installation, browser, flow)

    assert "Net to pay (buys minus sells) ₹1,000.00" in review.words
    assert "Not enough funds" not in review.words


async def test_what_the_broker_does_not_tell_is_said_and_hides_nothing(
    installation: Installation, browser: Browser
) -> None:
    flow = await installation.create(TCS)

    review = await to_review(installation, browser, flow, user="quotes-down")
    status = await browser.submit(review, "/confirm")

    assert "Some figures are missing" in review.words
    assert f"{ANY_NAME} did not share the prices in time." in review.words
    assert "Estimate before charges not known" in review.words
    assert status.heading == "Placing your order"


async def test_prices_follow_the_market(installation: Installation, browser: Browser) -> None:
    await pinned(installation)
    flow = await installation.create(TCS)
    review = await to_review(installation, browser, flow)
    await installation.tell("POST", "/sandbox/prices", {"symbol": "TCS", "price": 300_050})

    async with asyncio.timeout(PATIENCE):
        while not (prices := msgspec.json.decode((await browser.get(f"{review.path}/prices")).text))["prices"]:
            await asyncio.sleep(0.2)  # the broker allows one look at prices a second

    assert prices["prices"] == {"TCS": 300_050}
    assert prices["pricedAt"].startswith(f"Prices from {ANY_NAME} at ")


async def test_a_closed_market_is_said_before_the_login(installation: Installation, browser: Browser) -> None:
    """4004, S08."""
    await installation.market("2026-11-18T20:00:00+05:30")
    flow = await installation.create(TCS)

    page = await to_hand_over(installation, browser, flow)
    state = await installation.settled(flow)

    assert page.heading == "The market is closed"
    assert "It opens on Thursday 19 November at 09:15." in page.words
    assert (state["error"]["message"], state["error"]["code"]) == ("market_closed", 4004)


async def test_a_market_that_closes_during_the_review_takes_no_order(
    installation: Installation, browser: Browser
) -> None:
    """T02."""
    await installation.market("2026-11-18T15:29:00+05:30")
    flow = await installation.create(TCS)
    review = await to_review(installation, browser, flow)
    await installation.market("2026-11-18T15:30:01+05:30")

    late = await browser.submit(review, "/confirm")

    assert review.heading == "Review your order"
    assert late.heading == "The market is closed"
    assert await installation.orders_at_broker() == []


async def test_a_regular_order_does_not_silently_become_an_after_market_order(
    installation: Installation, browser: Browser
) -> None:
    """D14."""
    await installation.market("2026-11-18T15:29:00+05:30")
    flow = await installation.create(TCS)
    review = await to_review(installation, browser, flow, amo="true")
    await installation.market("2026-11-18T16:30:00+05:30")

    again = await browser.submit(review, "/confirm")
    placed = await browser.submit(again, "/confirm")

    assert again.status == 422
    assert "Something changed" in again.words
    assert "The market has closed in the meantime: placed now, these are after-market orders." in again.words
    assert "Place after-market order" in again.words
    assert placed.heading == "Placing your order"
    assert await installation.services.database.value("select variety from batches") == "amo"


async def test_between_close_and_the_after_market_window_nothing_can_be_placed(
    installation: Installation, browser: Browser
) -> None:
    await installation.market("2026-11-18T15:45:00+05:30")
    flow = await installation.create(TCS)

    page = await to_hand_over(installation, browser, flow, amo="true")

    assert page.heading == "The market is closed"


async def test_before_the_opening_it_is_said_when_trading_begins(installation: Installation, browser: Browser) -> None:
    await installation.market("2026-11-18T09:05:00+05:30")
    flow = await installation.create(TCS)

    review = await to_review(installation, browser, flow)

    assert "Trading begins at 09:15." in review.words
    assert "Place order" in review.words


async def test_beyond_the_calendar_weekdays_are_trading_days_and_it_is_said_that_nobody_knows(
    installation: Installation, browser: Browser
) -> None:
    await installation.market("2028-11-17T11:00:00+05:30")
    flow = await installation.create(TCS)

    review = await to_review(installation, browser, flow)

    assert "We do not know today’s market hours." in review.words
    assert "Place order" in review.words


@pytest.mark.parametrize("at", ["2027-01-01T20:00:00+05:30", "2027-01-02T11:00:00+05:30", "2026-11-08T11:00:00+05:30"])
async def test_on_days_that_the_calendar_does_not_know_an_after_market_order_is_one(
    installation: Installation, browser: Browser, at: str
) -> None:
    await installation.market(at)
    flow = await installation.create(TCS)

    review = await to_review(installation, browser, flow, amo="true")

    assert "Place after-market order" in review.words


@pytest.mark.parametrize(
    ("at", "amo", "said"),
    [
        ("2026-11-18T15:35:00+05:30", "true", "The market has closed. After-market orders are accepted from 16:00."),
        ("2026-11-18T15:45:00+05:30", "true", "The market has closed. After-market orders are accepted from 16:00."),
        ("2026-11-18T15:45:00+05:30", "false", "The market has closed. It opens on"),
        ("2026-11-18T08:58:00+05:30", "true", "The market has closed. It opens on"),
        ("2026-11-08T11:00:00+05:30", "false", "The market has closed. It opens on"),
    ],
)
async def test_that_nothing_can_be_placed_now_is_said_before_a_broker_is_chosen(
    installation: Installation, browser: Browser, at: str, amo: str, said: str
) -> None:
    """S08."""
    await installation.market(at)
    flow = await installation.create(TCS)

    chooser = await installation.open(browser, flow, amo=amo)

    assert chooser.heading == "Choose your broker"
    assert said in chooser.words


@pytest.mark.parametrize(
    ("at", "amo"),
    [
        ("2026-11-18T15:29:00+05:30", "false"),
        ("2026-11-18T16:00:00+05:30", "true"),
        ("2027-01-01T11:00:00+05:30", "false"),
    ],
)
async def test_while_orders_can_be_placed_the_chooser_says_nothing_of_the_market(
    installation: Installation, browser: Browser, at: str, amo: str
) -> None:
    await installation.market(at)
    flow = await installation.create(TCS)

    chooser = await installation.open(browser, flow, amo=amo)

    assert "The market" not in chooser.words


@pytest.mark.parametrize("call", ["part=review", "login=1"])
async def test_a_dead_login_is_noticed_and_can_be_renewed(
    installation: Installation, browser: Browser, call: str
) -> None:
    """S04 before the confirmation."""
    flow = await installation.create(TCS)
    review = await to_review(installation, browser, flow)
    await installation.tell("POST", "/sandbox/sessions/end", {"broker": ANY_BROKER})

    over = await browser.get(f"{review.path}?{call}")
    hand_over = over if call == "login=1" else await browser.submit(over, "/broker")
    waiting = await browser.log_in(hand_over, "asha")
    renewed = await browser.load(waiting)

    if call == "part=review":
        assert over.heading == f"Your {ANY_NAME} login has ended"
    assert hand_over.heading == f"Log in to {ANY_NAME}"
    assert renewed.heading == "Review your order"
    assert "Place order" in renewed.words


async def test_leaving_asks_first_without_script_too(installation: Installation, browser: Browser) -> None:
    flow = await installation.create(TCS)
    review = await to_review(installation, browser, flow)

    question = await browser.get(f"{review.path}?leave=1")
    back = await browser.load(await browser.get(question.page.main_link or ""))
    over = await browser.submit(question, "/cancel")

    assert question.heading == "Stop here?"
    assert back.heading == "Review your order"
    assert over.heading == "Cancelled"
