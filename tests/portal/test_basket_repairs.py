"""Orders on baskets that do not end well: what is repaired, what is left, what waits, and what is not ordered."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urljoin

import pytest

from tests.portal.installation import Browser, Flow, Installation
from tests.portal.investing import (
    SCID,
    actions_told,
    asked,
    batch_of,
    bought,
    chosen,
    entered,
    investment,
    opened,
    published,
    shares,
)
from torana.baskets.invariants import violations
from torana.connectors.contract import ExecutionMode
from torana.connectors.registry import BROKERS

BASKET_BROKER = next(name for name, one in BROKERS.items() if one.execution_modes[0] is ExecutionMode.REDIRECT_BASKET)
"""One that takes orders in its own page, unless the installation says otherwise."""
PART, REJECTED = 125, 102
"""Quantities that the simulated exchange fills in part, and rejects."""


@pytest.fixture(autouse=True)
async def worker(installation: Installation) -> AsyncIterator[None]:
    await published(installation)
    async with installation.worker():
        yield
    assert await violations(installation.services.database) == []


async def managed(installation: Installation, browser: Browser, told: dict[str, Any], **changes: int) -> Flow:
    """The investor has edited the shares by so many, and all orders of that have ended."""
    before = await shares(installation, told)
    flow = await asked(installation, "MANAGE", told["smallcaseAuthId"], iscid=told["iscid"])
    page = await opened(installation, browser, flow)
    typed = entered(**{symbol: number + changes.get(symbol, 0) for symbol, number in before.items()})
    await browser.submit(await chosen(browser, page, **typed), "/confirm")
    await installation.settled(flow)
    return flow


async def at_the_broker(
    installation: Installation, browser: Browser, flow: Flow, *, broker: str, **typed: str
) -> dict[str, Any]:
    """Confirmed here and in the broker's own page; what the promise told."""
    page = await opened(installation, browser, flow, broker=broker)
    review = await chosen(browser, page, **typed) if typed else page
    basket = await browser.submit(review, "/confirm")
    form = next(form for form in basket.page.forms if form.action.startswith("http"))
    there = await browser.post(form.action, dict(form.fields))
    form = next(form for form in there.page.forms if form.method == "post")
    pressed = {button.name: button.value for button in form.buttons[:1] if button.name}
    await browser.post(urljoin(there.url, form.action), dict(form.fields) | pressed)
    return dict((await installation.settled(flow))["result"])


async def rejected(installation: Installation, flow: Flow) -> tuple[str, int]:
    error = (await installation.settled(flow))["error"]
    return error["message"], error["code"]


async def test_what_was_filled_in_part_is_repaired(installation: Installation, browser: Browser) -> None:
    """PARTIALLYFILLED, a FIX of the rest, FIXED."""
    _, told = await bought(installation, browser)
    before = await shares(installation, told)
    part = await managed(installation, browser, told, ITC=PART)
    held = await investment(installation, told)
    unfilled = before["ITC"] + PART - (await shares(installation, told))["ITC"]
    fix = await asked(installation, "repair", told["smallcaseAuthId"], iscid=told["iscid"])

    review = await opened(installation, browser, fix)
    await browser.submit(review, "/confirm")
    await installation.settled(fix)

    batch = await batch_of(installation, part)
    assert held.repairs == (batch.batch_id,)
    assert f"Buy {unfilled} ITC" in review.words
    assert (await shares(installation, told))["ITC"] == before["ITC"] + PART
    assert (batch.status, (await investment(installation, told)).repairs) == ("FIXED", ())
    assert await actions_told(installation, told) == ["REPAIR", "REPAIR done"]


async def test_a_repair_comes_before_a_rebalance(installation: Installation, browser: Browser) -> None:
    """ACTION_REQUIRED, until the investor orders what is missing or leaves it out: MARKEDCOMPLETE."""
    _, told = await bought(installation, browser)
    part = await managed(installation, browser, told, ITC=PART)
    await published(installation, constituents=[{"ticker": "TCS", "weight": 0.5}, {"ticker": "ITC", "weight": 0.5}])
    flow = await asked(installation, "REBALANCE", told["smallcaseAuthId"], iscid=told["iscid"])

    page = await opened(installation, browser, flow)
    status = (await installation.transaction(flow)).status
    review = await chosen(browser, page)
    await browser.submit(review, "/confirm")
    await installation.settled(flow)

    assert (page.heading, status) == ("Your last order is incomplete", "ACTION_REQUIRED")
    assert "Night light has changed" in review.words
    assert (await batch_of(installation, part)).status == "MARKEDCOMPLETE"
    assert (await investment(installation, told)).version == 2
    assert await actions_told(installation, told) == ["REPAIR", "REBALANCE", "REPAIR left_out", "REBALANCE done"]


async def test_nothing_is_bought_when_what_was_to_pay_for_it_was_not_sold(
    installation: Installation, browser: Browser
) -> None:
    _, told = await bought(installation, browser, "100000")
    before = await shares(installation, told)
    sent = len(await installation.orders_at_broker())

    flow = await managed(installation, browser, told, ITC=-REJECTED, NTPC=1)

    batch = await batch_of(installation, flow)
    assert [(order.symbol, order.state, order.reason) for order in batch.orders] == [
        ("ITC", "REJECTED", batch.orders[0].reason),
        ("NTPC", "NOT_PLACED", "sells_not_filled"),
    ]
    assert batch.status == "PARTIALLYPLACED"
    assert len(await installation.orders_at_broker()) == sent + 1
    assert await violations(installation.services.database) == []
    assert await shares(installation, told) == before
    assert (await investment(installation, told)).repairs == (batch.batch_id,)


async def test_an_open_order_holds_up_the_next(installation: Installation, browser: Browser) -> None:
    """After-market orders wait for the opening; until then the investment takes no other order."""
    await installation.market("2026-11-18T20:00:00+05:30")
    flow = await asked(installation, "BUY", scid=SCID)
    page = await opened(installation, browser, flow, amo="true")
    await browser.submit(await chosen(browser, page, amount="20000"), "/confirm")
    told = (await installation.settled(flow))["result"]
    more = await asked(installation, "INVESTMORE", told["smallcaseAuthId"], scid=SCID)

    await opened(installation, browser, more, amo="true")

    assert await rejected(installation, more) == ("order_pending", 4006)
    assert told["orderBatches"][0]["variety"] == "amo"
    assert (await investment(installation, told)).open_batch_id is not None


async def test_a_rebalance_takes_no_after_market_order(installation: Installation, browser: Browser) -> None:
    _, told = await bought(installation, browser)
    await published(installation, constituents=[{"ticker": "TCS", "weight": 1}])
    await installation.market("2026-11-18T20:00:00+05:30")
    flow = await asked(installation, "REBALANCE", told["smallcaseAuthId"], iscid=told["iscid"])

    await opened(installation, browser, flow, amo="true")

    assert await rejected(installation, flow) == ("market_closed", 4004)


async def test_what_is_as_it_should_be_is_not_ordered(installation: Installation, browser: Browser) -> None:
    """no_order 9009: the version is held already; nothing is to be repaired."""
    _, told = await bought(installation, browser)
    for kind in ("REBALANCE", "FIX"):
        flow = await asked(installation, kind, told["smallcaseAuthId"], iscid=told["iscid"])
        await opened(installation, browser, flow)

        assert await rejected(installation, flow) == ("no_order", 9009)


async def test_a_version_that_asks_for_no_other_shares_is_held_without_an_order(
    installation: Installation, browser: Browser
) -> None:
    """Otherwise the investment wanted a rebalance for ever."""
    _, told = await bought(installation, browser)
    sent, held = len(await installation.orders_at_broker()), await shares(installation, told)
    slightly = [{"ticker": "NTPC", "weight": 0.500001}, {"ticker": "ITC", "weight": 0.499999}]
    await published(installation, constituents=slightly)
    flow = await asked(installation, "REBALANCE", told["smallcaseAuthId"], iscid=told["iscid"])

    await opened(installation, browser, flow)

    assert await rejected(installation, flow) == ("no_order", 9009)
    assert (await investment(installation, told)).version == 2
    assert (len(await installation.orders_at_broker()), await shares(installation, told)) == (sent, held)


async def test_a_withdrawn_basket_is_only_sold(installation: Installation, browser: Browser) -> None:
    """smallcase_archived 9007 for whoever wants to buy of it."""
    _, told = await bought(installation, browser)
    await published(installation, active=False)
    for kind, named in (("BUY", {"scid": SCID}), ("INVESTMORE", {"iscid": told["iscid"]})):
        flow = await asked(installation, kind, told["smallcaseAuthId"], **named)
        await opened(installation, browser, flow)

        assert await rejected(installation, flow) == ("smallcase_archived", 9007)
    leave = await asked(installation, "EXIT", told["smallcaseAuthId"], iscid=told["iscid"])
    await browser.submit(await opened(installation, browser, leave), "/confirm")
    await installation.settled(leave)

    assert await shares(installation, told) == {}


async def test_a_basket_that_is_withdrawn_while_it_is_reviewed_is_not_bought(
    installation: Installation, browser: Browser
) -> None:
    flow = await asked(installation, "BUY", scid=SCID)
    review = await chosen(browser, await opened(installation, browser, flow), amount="20000")
    await published(installation, active=False)

    await browser.submit(review, "/confirm")

    assert await rejected(installation, flow) == ("smallcase_archived", 9007)
    assert await installation.orders_at_broker() == []


async def test_of_two_orders_on_one_investment_one_is_placed(installation: Installation, browser: Browser) -> None:
    _, told = await bought(installation, browser)
    before = await shares(installation, told)
    flows = [await asked(installation, "EXIT", told["smallcaseAuthId"], iscid=told["iscid"]) for _ in range(2)]
    reviews = [await opened(installation, browser, flow) for flow in flows]

    for review in reviews:
        await browser.submit(review, "/confirm")

    assert (await installation.settled(flows[0]))["error"] is None
    again = await browser.get(reviews[1].url)
    if again.page.main_link:
        await browser.load(again)
    assert (await rejected(installation, flows[1]))[0] in ("order_pending", "no_order")
    (position,) = {one.sold for one in (await investment(installation, told)).positions if one.symbol == "ITC"}
    assert position == before["ITC"]


@pytest.mark.parametrize("typed", ["", "a lot", "1", "0", "-5", "1e12", "1000000000000", "10.001"])
async def test_an_amount_that_buys_nothing_is_asked_for_again(
    installation: Installation, browser: Browser, typed: str
) -> None:
    flow = await asked(installation, "BUY", scid=SCID)
    page = await opened(installation, browser, flow)

    again = await browser.submit(page, "/confirm", amount=typed)

    assert (again.status, again.heading) == (422, "Invest in Night light")
    assert "is too little" in again.words or "Enter an amount in rupees" in again.words


async def test_a_basket_with_a_share_that_is_listed_no_more_is_not_bought(
    installation: Installation, browser: Browser
) -> None:
    """constituent_not_tradable 9008, also where the amount was entered before it went."""
    flow = await asked(installation, "BUY", scid=SCID)
    review = await chosen(browser, await opened(installation, browser, flow), amount="20000")
    await installation.services.database.execute("""
        update basket_versions set constituents = jsonb_set(constituents, '{0,isin}', '"INE000A00000"')
    """)
    await installation.services.database.execute("""
        update visits set answers = jsonb_set(answers, '{basket,parts,0,isin}', '"INE000A00000"')
    """)

    await browser.submit(review, "/confirm")

    assert await rejected(installation, flow) == ("constituent_not_tradable", 9008)
    assert await installation.orders_at_broker() == []


async def test_an_after_market_order_is_cancelled_by_its_investment(
    installation: Installation, browser: Browser
) -> None:
    """CANCEL_AMO by iscid; nothing was bought, and the investment is none."""
    await installation.market("2026-11-18T20:00:00+05:30")
    flow = await asked(installation, "BUY", scid=SCID)
    page = await opened(installation, browser, flow, amo="true")
    await browser.submit(await chosen(browser, page, amount="20000"), "/confirm")
    told = (await installation.settled(flow))["result"]
    body = {"intent": "CANCEL_AMO", "orderConfig": {"iscid": told["iscid"]}}
    cancel = await installation.ask_for(body, told["smallcaseAuthId"])

    question = await installation.open(browser, cancel)
    await browser.submit(question, "/confirm")
    result = (await installation.settled(cancel))["result"]

    assert (result["cancelled"], result["cancelStatus"]) == (True, "CANCELLED")
    assert [batch["status"] for batch in result["orderBatches"]] == ["CANCELLED"]
    after = await investment(installation, told)
    assert (after.open_batch_id, after.is_there, after.repairs) == (None, False, ())


async def test_a_broker_that_takes_all_at_once_gets_the_sells_first(
    installation: Installation, browser: Browser
) -> None:
    """In the broker's own page nothing can wait: the buys come with a FIX, which the investor confirms."""
    how = {"broker": BASKET_BROKER}
    told = await at_the_broker(
        installation, browser, await asked(installation, "BUY", scid=SCID), amount="20000", **how
    )
    await published(installation, constituents=[{"ticker": "TCS", "weight": 0.5}, {"ticker": "ITC", "weight": 0.5}])
    flow = await asked(installation, "REBALANCE", told["smallcaseAuthId"], iscid=told["iscid"])
    sold = await at_the_broker(installation, browser, flow, **how)
    between = await shares(installation, told)
    fix = await asked(installation, "FIX", told["smallcaseAuthId"], iscid=told["iscid"])

    await at_the_broker(installation, browser, fix, **how)

    sides = {order["transactionType"] for order in sold["orderBatches"][0]["orders"]}
    assert (sold["orderBatches"][0]["status"], sides) == ("PARTIALLYPLACED", {"SELL"})
    assert "NTPC" not in between
    assert "TCS" not in between
    assert set(await shares(installation, told)) == {"TCS", "ITC"}
    assert (await batch_of(installation, flow)).status == "FIXED"


async def test_the_doctor_sees_an_investment_that_is_not_what_was_filled(
    installation: Installation, browser: Browser
) -> None:
    _, told = await bought(installation, browser)
    database = installation.services.database
    kept = await database.value("select positions from investments")
    for wrong in (
        "update investments set positions = jsonb_set(positions, '{0,shares}', '1')",
        "update investments set positions = jsonb_set(positions, '{1,cost}', '1')",
        "update investments set positions = '[]'",
        "update investments set open_batch_id = 'gone'",
    ):
        await database.execute(wrong)
        of_investors = {"B5"}  # their shares as a whole then differ as well
        found = {one.subject for one in await violations(database) if one.invariant not in of_investors}
        assert found == {told["iscid"]}, wrong
        await database.execute("update investments set positions = $1, open_batch_id = null", kept)


async def test_the_doctor_knows_whether_an_investment_waits_for_something(
    installation: Installation, browser: Browser
) -> None:
    """After its end a batch is waited for only while an order that was called absent has landed and is open."""
    await bought(installation, browser)
    database = installation.services.database
    await database.execute("update investments set open_batch_id = (select batch_id from batches)")
    over = await violations(database)
    await database.execute("update orders set state = 'OPEN' where line = 1")
    landed = await violations(database)
    await database.execute("update orders set state = 'COMPLETE'; update investments set open_batch_id = null")

    assert ([one.invariant for one in over], landed) == (["B2"], [])


async def test_what_lacks_is_left_out_by_the_partners_page(installation: Installation, browser: Browser) -> None:
    """archiveSmallcase of the SDK: MARKEDCOMPLETE, once; a guest and a stranger change nothing."""
    flow, told = await bought(installation, browser)
    part = await managed(installation, browser, told, ITC=PART)
    mine = Flow("", told["smallcaseAuthToken"])

    guest, _ = await installation.ask("archive", Flow("", flow.token), iscid=told["iscid"])
    unknown, _ = await installation.ask("archive", mine, iscid="a" * 24)
    before = await investment(installation, told)
    status, answer = await installation.ask("archive", mine, iscid=told["iscid"])

    assert (guest, unknown, len(before.repairs)) == (400, 404, 1)
    assert (status, answer) == (200, {"success": True, "archived": True})
    assert (await investment(installation, told)).repairs == ()
    assert (await batch_of(installation, part)).status == "MARKEDCOMPLETE"
