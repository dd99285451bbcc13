"""Shares of an investment that were sold elsewhere: noticed before a sell, told, and taken out by their investor."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.baskets.test_routes import isin_of
from tests.portal.installation import Answer, Browser, Installation
from tests.portal.investing import actions_told, asked, bought, investment, opened, published, shares
from tests.support.brokers import ANY_BROKER, ANY_NAME
from torana.baskets.invariants import violations
from torana.baskets.isin_changes import convert
from torana.baskets.models import AcceptedBy, Adjustment, IsinChange
from torana.baskets.reconcile_routes import LeftBody, ReconcileBody, write_reconciliation
from torana.holdings.refresh import ask_anew
from torana.kit.clock import IST

WEEK = 7 * 86400
POSITION = """
    update investments set positions = jsonb_set(
        positions, '{{0,shares}}', to_jsonb((positions #>> '{{0,shares}}')::int + {}))
"""
MISSED = "insert into missing_shares select gateway_id, investor_id, $1, 1, now(), now() from investors"


@pytest.fixture(autouse=True)
async def worker(installation: Installation) -> AsyncIterator[None]:
    await published(installation)
    async with installation.worker():
        yield


def named(page: Answer) -> list[str]:
    """The fields of the form that says what left."""
    return next([name for name, _ in one.fields] for one in page.page.forms if ("step", "reconcile") in one.fields)


async def pressed(browser: Browser, page: Answer, step: str, **typed: str) -> Answer:
    """The form of this step is sent, with what is typed over what stands in it."""
    form = next(one for one in page.page.forms if ("step", step) in one.fields)
    return await browser.post(form.action, dict(form.fields) | typed, origin=browser.base)


async def test_what_was_sold_elsewhere_is_noticed_before_a_sell_and_taken_out(
    installation: Installation, browser: Browser
) -> None:
    """The investor sees it in the module, says how many left and for how much, and averages, realised returns and
    positions agree again: `torana doctor` finds nothing, and finds each figure that is changed by hand."""
    _, told = await bought(installation, browser)
    before, database = await shares(installation, told), installation.services.database
    installation.advance(WEEK)
    account = {"broker": ANY_BROKER, "account": "asha", "holdings": before | {"ITC": before["ITC"] - 3}}
    await installation.tell("POST", "/sandbox/accounts", account)
    module = await installation.ask_for(
        {"intent": "SMALLPLUG", "endpoint": f"details/{told['iscid']}"}, told["smallcaseAuthId"]
    )

    flow = await asked(installation, "EXIT", told["smallcaseAuthId"], iscid=told["iscid"])
    review = await opened(installation, browser, flow)
    page = await installation.open(browser, module)
    if page.heading == "Your investments":
        page = await browser.submit(page, "/confirm")
    found = await violations(database)
    form = await browser.get(f"{page.url.partition('?')[0]}?at=reconcile&id={told['iscid']}")
    count = next(name for name in named(form) if name.startswith("shares-"))
    price = count.replace("shares", "price")
    too_many = await pressed(browser, form, "reconcile", **{count: "4"})
    again = await pressed(browser, form, "check")
    day = installation.services.clock.now().astimezone(IST).date().isoformat()
    done = await pressed(browser, again, "reconcile", **{count: "3", price: "410.50", "day": day})
    after = await investment(installation, told)

    assert "Not enough shares" in review.words
    assert "Some shares are missing" in page.words
    assert f"{ANY_NAME} showed 3 shares of ITC fewer" in page.words
    assert (form.heading, too_many.status) == ("Which shares left this investment?", 422)
    assert "Enter a whole number from 0 to 3." in too_many.words
    assert again.heading == form.heading
    assert done.heading == "Night light"
    assert "Left without an order" in done.words
    assert "Some shares are missing" not in done.words
    itc = next(one for one in after.positions if one.symbol == "ITC")
    assert (itc.shares, itc.sold, itc.proceeds, itc.left) == (before["ITC"] - 3, 3, 3 * 410_50, 0)
    assert await actions_told(installation, told) == ["RECONCILE", "RECONCILE done"]
    assert found == await violations(database) == []
    changes = [
        ("update investment_adjustments set shares = shares + {}", {"B1", "B5"}),
        ("update investment_adjustments set price = price + {}", {"B1"}),
        ("update investment_trades set paid = paid + {} where shares > 0", {"B6"}),
        (POSITION, {"B1", "B5", "B6"}),
    ]
    for change, wanted in changes:
        await database.execute(change.format(1))
        assert {one.invariant for one in await violations(database)} == wanted, change
        await database.execute(change.format(-1))
    await database.execute(MISSED, itc.isin)
    assert {one.invariant for one in await violations(database)} == {"B3"}
    await database.execute("delete from investments")
    assert {one.invariant for one in await violations(database)} == {"B5"}


async def test_what_was_said_wrong_is_taken_back_and_shares_follow_to_another_isin(
    installation: Installation, browser: Browser
) -> None:
    """`torana doctor` finds nothing after each step, but an adjustment that is changed by hand, and trades that are
    gone, but for an investment of which some were never kept."""
    _, told = await bought(installation, browser)
    before, database = await shares(installation, told), installation.services.database
    at, now = (installation.gateway.gateway_id, told["smallcaseAuthId"]), installation.services.clock.now()
    itc = next(one for one in (await investment(installation, told)).held if one.symbol == "ITC")
    await database.execute(MISSED, itc.isin)

    async def said(left: Sequence[LeftBody] = (), back: Sequence[str] = ()) -> list[Adjustment]:
        body = ReconcileBody(told["iscid"], list(left), list(back))
        async with database.transaction() as connection:
            done = await write_reconciliation(connection, *at, body, AcceptedBy.PARTNER, now)
        assert await violations(database) == []
        return done

    (gone,) = await said([LeftBody("ITC", 1, Decimal("410.5"))])
    amended = await said([LeftBody("ITC", 1)], [gone.adjustment_id])
    await said((), [amended[1].adjustment_id])
    whole = await investment(installation, told)
    split = IsinChange(
        gateway_id=at[0], isin=itc.isin, new_isin=isin_of("TCS"), symbol="TCS", exchange="NSE", old_shares=2,
        new_shares=5, day=now.date(), supplied_at=now,
    )  # fmt: skip
    async with database.transaction() as connection:
        await convert(connection, whole, split, now)
    converted, found = await shares(installation, told), await violations(database)
    module = await installation.ask_for({"intent": "SMALLPLUG", "endpoint": f"details/{told['iscid']}"}, at[1])
    page = await installation.open(browser, module)
    if page.heading == "Your investments":
        page = await browser.submit(page, "/confirm")
    await database.execute("update investment_adjustments set cost = cost + 1 where pair is not null")
    wrong = {one.invariant for one in await violations(database)}
    await database.execute("update investment_adjustments set cost = cost - 1 where pair is not null")
    kept = "select jsonb_agg(t) from investment_trades t"
    trades = await database.value(kept)
    await database.execute("delete from investment_trades where shares > 0 and paid > 0")
    unknown = {one.invariant for one in await violations(database)}
    await database.execute("update investments set trades_whole = false")
    old = await violations(database)
    await database.execute("update investments set trades_whole = true")
    await database.execute("delete from investment_trades")
    await database.execute(
        "insert into investment_trades select * from jsonb_populate_recordset(null::investment_trades, $1)", trades
    )
    went = await database.value(
        "select adjustment_id from investment_adjustments where pair is not null and shares > 0"
    )
    await said((), [went])

    assert [one.takes_back for one in amended] == [gone.adjustment_id, None]
    assert whole.positions == (await investment(installation, told)).positions[:2]
    assert converted == {"NTPC": before["NTPC"], "TCS": before["ITC"] * 5 // 2}
    assert (found, wrong) == ([], {"B1"})
    assert (unknown, old) == ({"B6"}, [])
    assert "These are the same shares under another ISIN" in page.words
    assert "Corrected: these had not left" in page.words
    assert await shares(installation, told) == before


async def test_a_form_about_shares_that_were_found_meanwhile_takes_nothing_out(
    installation: Installation, browser: Browser
) -> None:
    """Given a page that says of two securities what is missing, when the broker shows those of the first again before
    the investor says that these left, then nothing is written of either, and they look at what is missing now."""
    _, told = await bought(installation, browser)
    holds, account = await shares(installation, told), {"broker": ANY_BROKER, "account": "asha"}
    first, second = holds
    one_less = {name: held - 1 for name, held in holds.items()}
    installation.advance(WEEK)
    await installation.tell("POST", "/sandbox/accounts", account | {"holdings": one_less})
    flow = await installation.ask_for(
        {"intent": "SMALLPLUG", "endpoint": f"details/{told['iscid']}"}, told["smallcaseAuthId"]
    )
    page = await installation.open(browser, flow)
    if page.heading == "Your investments":
        page = await browser.submit(page, "/confirm")
    here = page.url.partition("?")[0]
    await opened(installation, browser, await asked(installation, "EXIT", told["smallcaseAuthId"], iscid=told["iscid"]))
    form = await browser.get(f"{here}?at=reconcile&id={told['iscid']}")
    await installation.tell("POST", "/sandbox/accounts", account | {"holdings": holds | {second: holds[second] - 1}})
    installation.advance(120)
    now = await pressed(browser, form, "check")

    *_, other = (name for name in named(form) if name.startswith("shares-"))
    sent = await pressed(browser, form, "reconcile", **{other: ""})

    assert [f"Shares of {name} that left" in form.words for name in (first, second)] == [True, True]
    assert [f"Shares of {name} that left" in now.words for name in (first, second)] == [False, True]
    assert (sent.status, sent.heading) == (422, form.heading)
    assert "What is missing has changed in the meantime. Please look again." in sent.words
    assert await shares(installation, told) == holds


async def test_an_import_notices_it_and_a_later_reading_finds_the_shares_again(
    installation: Installation, browser: Browser
) -> None:
    """Nobody has to answer then."""
    _, told = await bought(installation, browser)
    holds, at = await shares(installation, told), (installation.gateway.gateway_id, told["smallcaseAuthId"])
    services, account = installation.services, {"broker": ANY_BROKER, "account": "asha"}
    installation.advance(WEEK)
    await installation.tell("POST", "/sandbox/accounts", account | {"holdings": holds | {"NTPC": 1}})
    flow = await installation.ask_for({"intent": "HOLDINGS_IMPORT", "version": "v2"}, told["smallcaseAuthId"])

    page = await opened(installation, browser, flow)
    await browser.load(await browser.submit(page, "/confirm"))
    noticed = await actions_told(installation, told)
    await installation.tell("POST", "/sandbox/accounts", account | {"holdings": holds})
    installation.advance(120)
    now = services.clock.now()
    assert await ask_anew(services.database, *at, now - timedelta(minutes=2), now)
    async with asyncio.timeout(20):
        while len(await actions_told(installation, told)) < 2:
            await asyncio.sleep(0.05)

    assert noticed == ["RECONCILE"]
    assert await actions_told(installation, told) == ["RECONCILE", "RECONCILE shares_found"]
    assert await shares(installation, told) == holds
