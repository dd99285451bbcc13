"""The import of holdings, from the consent to promise, look-up, webhook and the partner's own look."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.holdings.world import BODY, World
from tests.portal.installation import Browser
from tests.portal.steps import to_review
from tests.support.brokers import ANY_BROKER, ANY_NAME
from torana.market import securities as listing
from torana.market.listing import Origin, build
from torana.market.packaged import packaged_securities
from torana.market.securities import all_securities, current

RELIANCE = "INE002A01018"


PAGE = (Path(__file__).parents[2] / "docs" / "holdings.md").read_text()


async def test_the_example_of_the_documentation_is_what_happens(world: World, browser: Browser) -> None:
    """The body of its create, and every key of its two answers; the account is the one that it shows."""
    (body,) = re.findall(r"-d '(.*?)'", PAGE)
    looked, sent = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))

    investor_id = await world.imported(browser, json.loads(body), user="pledged")
    told = (await world.holdings(investor_id, version="v2", mfHoldings="true")).json()["data"]
    async with world.installation.worker():
        webhook = await world.event("holdings.imported")

    (reliance,) = [one for one in told["securities"] if one["nseTicker"] == "RELIANCE"]
    assert told.keys() == looked.keys()
    assert reliance == looked["securities"][0]
    assert told["mutualFunds"].keys() == looked["mutualFunds"].keys()
    assert webhook.keys() == sent.keys()


async def test_promise_details_webhook_and_the_partners_look_tell_one_story(world: World, browser: Browser) -> None:
    """Given a guest, when they log in and agree, then everything that the partner is told agrees."""
    flow, asking = await world.asked(browser, {**BODY, "notes": "first look"})

    done = await world.agreed(browser, asking)
    settled = await world.installation.settled(flow)
    async with world.installation.worker():
        webhook = await world.event("holdings.imported")
    result, details = settled["result"], (await world.partner.details(flow.transaction_id)).json()["data"]
    investor_id = result["smallcaseAuthId"]
    told = (await world.holdings(investor_id, version="v2")).json()["data"]

    assert asking.heading == "Share your holdings with Acme Invest?"
    assert done.heading == "Acme Invest can see your holdings"
    assert (result["success"], result["broker"], result["notes"]) == (True, ANY_BROKER, "first look")
    assert {key: details["success"][key] for key in ("success", "snapshotDate", "broker", "smallcaseAuthId")} == {
        key: result[key] for key in ("success", "snapshotDate", "broker", "smallcaseAuthId")
    }
    assert details["status"] == webhook["status"] == "COMPLETED"
    assert (webhook["intent"], webhook["version"], webhook["notes"]) == ("HOLDINGS_IMPORT", "v2", "first look")
    shared = ("securities", "smallcases", "snapshotDate", "smallcaseAuthId", "broker", "updating")
    assert {key: webhook[key] for key in shared} == {key: told[key] for key in shared}
    assert told["snapshotDate"] == result["snapshotDate"]
    assert {one["nseTicker"] for one in told["securities"]} >= {"RELIANCE", "TCS", "M&M"}
    assert all(one["transactableQuantity"] == one["holdings"]["quantity"] > 0 for one in told["securities"])
    assert "mutualFunds" not in told


@pytest.mark.parametrize("version", [None, "v1"])
async def test_without_a_version_holdings_come_in_the_first(
    world: World, browser: Browser, version: str | None
) -> None:
    investor_id = await world.imported(
        browser, {"intent": "HOLDINGS_IMPORT"} | ({"version": version} if version else {})
    )

    query = {"version": version} if version else {}
    told = (await world.holdings(investor_id, **query)).json()["data"]
    older = await world.partner.client.get(
        f"/gateway/{world.partner.gateway.name}/user/holdings", headers=world.partner.headers(investor_id)
    )
    async with world.installation.worker():
        webhook = await world.event("holdings.imported")

    (reliance,) = [one for one in told["securities"]["holdings"] if one["isin"] == RELIANCE]
    assert reliance == {
        "name": reliance["name"], "exchange": "NSE", "ticker": "RELIANCE", "isin": RELIANCE, "averagePrice": 1288.4,
        "shares": 150,
    }  # fmt: skip
    assert told["smallcases"] == {"public": [], "private": {"stats": {"currentValue": 0, "totalReturns": 0}}}
    assert older.json()["data"] == told
    assert (webhook["version"], webhook["securities"]) == ("v1", told["securities"])


async def test_pledged_and_undelivered_shares_and_the_days_trades(world: World, browser: Browser) -> None:
    """H04."""
    flow, asking = await world.asked(browser, user="pledged")
    await world.installation.tell(
        "POST", "/sandbox/faults", {"operation": "positions", "kind": "status", "status": 503, "times": 1}
    )

    failed = await world.agreed(browser, asking)
    told_nothing = await world.stored()
    done = await browser.load(await browser.get(failed.url.partition("?")[0]))
    investor_id = (await world.installation.transaction(flow)).investor_id
    told = (await world.holdings(investor_id, version="v2")).json()["data"]
    held = {one["nseTicker"]: one for one in told["securities"]}

    assert failed.heading == f"{ANY_NAME} did not share your holdings"
    assert told_nothing == 0
    assert done.heading == "Acme Invest can see your holdings"
    assert [held["RELIANCE"][key] for key in ("transactableQuantity", "collateralQuantity")] == [50, 100]
    assert [held["INFY"][key] for key in ("transactableQuantity", "collateralQuantity", "t1Quantity")] == [20, 180, 20]
    assert held["TCS"]["holdings"]["quantity"] == 150
    assert held["TCS"]["t1Quantity"] == 50


async def test_two_rows_of_one_share_are_one_security(world: World, browser: Browser) -> None:
    investor_id = await world.imported(browser, user="two-rows")

    told = (await world.holdings(investor_id, version="v2")).json()["data"]

    (itc,) = [one for one in told["securities"] if one["nseTicker"] == "ITC"]
    assert itc["holdings"]["quantity"] == itc["transactableQuantity"] == 500


async def test_a_share_of_the_bse_alone_is_carried_through(world: World, browser: Browser) -> None:
    """H04: at the broker, not only in rows."""
    today = current()
    alone = next(one for one in today.by_symbols["BSE"].values() if today.by_isin(one.isin) is None)
    flow, asking = await world.asked(browser)
    await world.account(holdings={f"BSE:{alone.symbol}": 5})
    await world.agreed(browser, asking)
    investor_id = (await world.installation.transaction(flow)).investor_id

    (v2,) = (await world.holdings(investor_id, version="v2")).json()["data"]["securities"]
    (v1,) = (await world.holdings(investor_id)).json()["data"]["securities"]["holdings"]

    assert (v2["isin"], v2["nseTicker"], v2["bseTicker"]) == (alone.isin, None, str(alone.exchange_token))
    assert (v2["holdings"]["quantity"], v2["transactableQuantity"]) == (5, 0)
    assert (v1["exchange"], v1["ticker"], v1["shares"]) == ("BSE", alone.symbol, 5)


@contextmanager
def no_longer_listed(*gone: tuple[str, str]) -> Iterator[None]:
    """The exchanges' lists of today are without these, by exchange and ISIN; the broker still has them."""
    kept = [one for one in packaged_securities() if (one.exchange, one.isin) not in gone]
    listing.use(build(kept, [], dates=current().dates, origin=Origin.REFRESHED))
    try:
        yield
    finally:
        listing.use(None)


async def test_what_is_suspended_or_delisted_is_carried_through(world: World, browser: Browser) -> None:
    """H04: TCS is off both exchanges, Infosys off the NSE, one share of the BSE off that. Nothing is dropped, nothing
    of it is called sellable, and webhook and look agree."""
    packaged = current()
    tcs, infy = packaged.by_symbols["NSE"]["TCS"], packaged.by_symbols["NSE"]["INFY"]
    alone = next(one for one in packaged.by_symbols["BSE"].values() if packaged.by_isin(one.isin) is None)
    flow, asking = await world.asked(browser)
    await world.account(holdings={"TCS": 5, "INFY": 7, f"BSE:{alone.symbol}": 3, "ITC": 9})
    gone = [("NSE", tcs.isin), ("BSE", tcs.isin), ("NSE", infy.isin), ("BSE", alone.isin)]

    with no_longer_listed(*gone):
        done = await world.agreed(browser, asking)
        investor_id = (await world.installation.transaction(flow)).investor_id
        v2 = (await world.holdings(investor_id, version="v2")).json()["data"]["securities"]
        v1 = (await world.holdings(investor_id)).json()["data"]["securities"]["holdings"]
        async with world.installation.worker():
            webhook = await world.event("holdings.imported")

    assert done.heading == "Acme Invest can see your holdings"
    bse_code = str(packaged.by_symbols["BSE"]["INFY"].exchange_token)
    keys = ("nseTicker", "bseTicker", "isSuspendedOrDelistedOnNSE", "isSuspendedOrDelistedOnBSE")
    assert {
        one["isin"]: (one["holdings"]["quantity"], one["transactableQuantity"], *(one[key] for key in keys))
        for one in v2
    } == {
        tcs.isin: (5, 0, None, None, True, False),
        infy.isin: (7, 0, None, bse_code, True, False),
        alone.isin: (3, 0, None, None, False, True),
        packaged.by_symbols["NSE"]["ITC"].isin: (9, 9, "ITC", "500875", False, False),
    }
    assert webhook["securities"] == v2
    named = {one["isin"]: (one["exchange"], one["ticker"], one["shares"]) for one in v1}
    assert named[tcs.isin] == ("NSE", "TCS", 5)
    assert named[infy.isin] == ("BSE", "INFY", 7)
    assert named[alone.isin] == ("BSE", alone.symbol, 3)


async def test_what_was_bought_today_stands_among_the_positions(world: World, browser: Browser) -> None:
    """Bought by a gateway's order, filled at the exchange, not yet in the demat account."""
    buying = await world.installation.create({"ticker": "WIPRO", "quantity": 4, "type": "BUY"})
    await browser.submit(await to_review(world.installation, browser, buying), "/confirm")
    async with world.installation.worker():
        await world.installation.settled(buying)
    investor_id = await world.imported(browser)

    told = (await world.holdings(investor_id, version="v2")).json()["data"]
    first = (await world.holdings(investor_id)).json()["data"]

    (wipro,) = [one for one in told["securities"] if one["nseTicker"] == "WIPRO"]
    (in_v1,) = [one for one in first["securities"]["holdings"] if one["ticker"] == "WIPRO"]
    assert wipro["holdings"]["quantity"] == 0
    assert (wipro["positions"]["nse"]["quantity"], wipro["transactableQuantity"]) == (4, 4)
    assert wipro["positions"]["nse"]["averagePrice"] > 0
    assert (in_v1["shares"], in_v1["averagePrice"]) == (4, wipro["positions"]["nse"]["averagePrice"])


async def test_an_empty_account_is_empty_and_says_so(world: World, browser: Browser) -> None:
    investor_id = await world.imported(browser, user="no-holdings")

    told = (await world.holdings(investor_id, version="v2")).json()["data"]

    assert told["securities"] == []
    assert told["snapshotDate"]


@pytest.mark.parametrize("asked", [True, "true"])
async def test_mutual_funds_that_were_not_read_are_no_empty_list(world: World, browser: Browser, asked: Any) -> None:
    """Unavailable is never empty: not in the webhook and not in the partner's look."""
    flow, asking = await world.asked(browser, BODY | {"assetConfig": {"mfHoldings": asked}})
    await world.agreed(browser, asking)
    investor_id = (await world.installation.transaction(flow)).investor_id

    told = (await world.holdings(investor_id, version="v2", mfHoldings="true")).json()["data"]
    async with world.installation.worker():
        webhook = await world.event("holdings.imported")

    assert "Your mutual funds, too." in asking.words
    assert told["mutualFunds"]["holdings"] is None
    assert told["mutualFunds"]["unavailable"]["code"] == "NOT_READ"
    assert webhook["mutualFunds"] == told["mutualFunds"]


async def test_five_hundred_holdings_in_one_import(world: World, browser: Browser) -> None:
    symbols = [symbol for symbol, one in all_securities().items() if one.series == "EQ"][:500]
    flow, asking = await world.asked(browser)
    await world.account(holdings=dict.fromkeys(symbols, 7))

    await world.agreed(browser, asking)
    investor_id = (await world.installation.transaction(flow)).investor_id
    told = (await world.holdings(investor_id, version="v2")).json()["data"]

    assert len({one["isin"] for one in told["securities"]}) == 500
    assert {one["holdings"]["quantity"] for one in told["securities"]} == {7}


async def test_what_the_broker_does_not_tell_is_not_passed_on(world: World, browser: Browser) -> None:
    """H01: nothing is kept, the partner learns why it ended."""
    flow, asking = await world.asked(browser)
    await world.installation.tell("POST", "/sandbox/faults", {"operation": "holdings", "kind": "html"})

    page = await world.agreed(browser, asking)
    (reason,) = {value for form in page.page.forms for name, value in form.fields if name == "reason"}
    await browser.submit(page, "/cancel", reason=reason)

    settled = await world.installation.settled(flow)
    assert page.heading == f"{ANY_NAME} did not share your holdings"
    assert "Try again in a minute." in page.words
    assert (settled["error"]["message"], settled["error"]["code"]) == ("holdings_import_error", 2001)
    assert await world.stored() == 0


async def test_after_a_login_that_has_ended_the_investor_logs_in_again(world: World, browser: Browser) -> None:
    flow, asking = await world.asked(browser)
    await world.installation.tell("POST", "/sandbox/sessions/end", {"broker": ANY_BROKER})

    ended = await world.agreed(browser, asking)
    again = await browser.load(await browser.log_in(await browser.submit(ended, "/broker"), "asha"))

    assert ended.heading == f"Your {ANY_NAME} login has ended"
    assert again.heading == "Acme Invest can see your holdings"
    assert (await world.installation.settled(flow))["result"]["success"] is True


async def test_the_same_import_twice_keeps_one_reading(world: World, browser: Browser) -> None:
    """H03: the newer one, whole."""
    investor_id = await world.imported(browser)
    await world.account(holdings={"TCS": 3})

    flow, page = await world.asked(browser, investor_id=investor_id)
    await browser.load(page)
    told = (await world.holdings(investor_id, version="v2")).json()["data"]

    assert page.heading == "Reading your holdings", "who has agreed is not asked again"
    assert [(one["nseTicker"], one["holdings"]["quantity"]) for one in told["securities"]] == [("TCS", 3)]
    assert told["snapshotDate"] == (await world.installation.settled(flow))["result"]["snapshotDate"]
    assert await world.stored() == 1
