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
    entered,
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
    assert "Minimum ₹" in page.words
    assert review.heading.startswith("Review your ")
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


async def test_more_money_is_spread_as_it_is_held(installation: Installation, browser: Browser) -> None:
    """By the basket alone: the investor has one investment in it."""
    _, told = await bought(installation, browser)
    before = await shares(installation, told)
    flow = await asked(installation, "INVESTMORE", told["smallcaseAuthId"], scid=SCID, amount=10000)

    page = await opened(installation, browser, flow)
    review = await chosen(browser, page)
    await browser.submit(review, "/confirm")
    more = await tellings(installation, flow)

    assert page.heading == "Add to Night light"
    assert 'value="10000"' in page.text
    assert {one["iscid"] for one in more} == {told["iscid"]}
    after = await shares(installation, told)
    assert all(after[symbol] > number for symbol, number in before.items())


async def test_the_investor_edits_the_shares(installation: Installation, browser: Browser) -> None:
    """What is too much is sold, then what is missing is bought."""
    _, told = await bought(installation, browser)
    before = await shares(installation, told)
    flow = await asked(installation, "manage", told["smallcaseAuthId"], iscid=told["iscid"])

    page = await opened(installation, browser, flow)
    same = await chosen(browser, page)
    letters = await chosen(browser, page, **entered(ITC="many"))
    review = await chosen(browser, page, **entered(ITC=before["ITC"] - 2, NTPC=before["NTPC"] + 1))
    await browser.submit(review, "/confirm")
    await installation.settled(flow)

    assert "Nothing would change" in same.words
    assert "Enter a whole number of shares" in letters.words
    assert "First the sells, then the buys" in review.words
    assert await shares(installation, told) == {"ITC": before["ITC"] - 2, "NTPC": before["NTPC"] + 1}


async def test_what_is_entered_stays_with_its_share_when_the_page_has_changed(
    installation: Installation, browser: Browser
) -> None:
    """Given a page on which one share of TCS is wanted, when the basket has SBIN in its place before that is sent, then
    no SBIN is bought: the page comes again, with what is held as it was typed and nothing for SBIN."""
    _, told = await bought(installation, browser)
    held = await shares(installation, told)
    halves = {
        symbol: [{"ticker": symbol, "weight": 0.5}, {"ticker": "ITC", "weight": 0.5}] for symbol in ("TCS", "SBIN")
    }
    await published(installation, constituents=halves["TCS"])
    flow = await asked(installation, "manage", told["smallcaseAuthId"], iscid=told["iscid"])
    page = await opened(installation, browser, flow)
    await published(installation, constituents=halves["SBIN"])

    again = await chosen(browser, page, **entered(ITC=held["ITC"] + 1, TCS=1))
    review = await chosen(browser, again)

    assert "Your shares have changed in the meantime" in again.words
    fields = dict(again.form("/confirm").fields)
    assert entered(ITC=held["ITC"] + 1, SBIN=0).items() <= fields.items()
    assert not entered(TCS=1).keys() & fields.keys()
    assert review.heading.startswith("Review your")
    assert "ITC" in review.words
    assert "SBIN" not in review.words


async def test_a_part_is_sold_and_then_everything(installation: Installation, browser: Browser) -> None:
    _, told = await bought(installation, browser)
    before = await shares(installation, told)
    part = await asked(installation, "PARTIALEXIT", told["smallcaseAuthId"], iscid=told["iscid"])

    page = await opened(installation, browser, part)
    more_than_held = await chosen(browser, page, **entered(ITC=before["ITC"] + 1))
    await browser.submit(await chosen(browser, page, **entered(ITC=1)), "/confirm")
    await installation.settled(part)
    kept = await shares(installation, told)
    whole = await asked(installation, "Exit", told["smallcaseAuthId"], iscid=told["iscid"])
    review = await opened(installation, browser, whole)
    await browser.submit(review, "/confirm")
    await installation.settled(whole)

    assert f"You hold {before['ITC']} in this investment" in more_than_held.words
    assert kept == {"ITC": before["ITC"] - 1, "NTPC": before["NTPC"]}
    assert "Sell all of Night light" in review.words
    after = await investment(installation, told)
    assert (after.held, after.exited_at is None) == ((), False)
    assert {one.symbol: one.sold for one in after.positions} == before


async def test_a_rebalance_sells_first_and_takes_the_new_version(installation: Installation, browser: Browser) -> None:
    _, told = await bought(installation, browser)
    await published(installation, constituents=[{"ticker": "TCS", "weight": 0.5}, {"ticker": "ITC", "weight": 0.5}])
    flow = await asked(installation, "rebalance", told["smallcaseAuthId"], iscid=told["iscid"])

    review = await opened(installation, browser, flow)
    await browser.submit(review, "/confirm")
    await installation.settled(flow)

    assert "Night light has changed" in review.words
    assert set(await shares(installation, told)) == {"TCS", "ITC"}
    assert (await investment(installation, told)).version == 2
    sent = [order["symbol"] for order in await installation.orders_at_broker()]
    assert sent.index("TCS") > max(at for at, symbol in enumerate(sent) if symbol == "NTPC")
