"""The module of baskets: looking around without a login, investing, and what the investor has, in one window."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from tests.portal.installation import Answer, Browser, Installation
from tests.portal.investing import SCID, actions_told, batch_of, bought, investment, published, shares
from tests.support.brokers import ANY_BROKER, ANY_NAME
from tests.support.database import until_waiting
from tests.support.patience import PATIENCE
from torana.baskets import store
from torana.baskets.investments import Outcome, write
from torana.pages.texts.languages import LANGUAGES


@pytest.fixture(autouse=True)
async def worker(installation: Installation) -> AsyncIterator[None]:
    await published(installation)
    async with installation.worker():
        yield


async def within(browser: Browser, page: Answer) -> Answer:
    """The first page of an order that the module has gone on to."""
    return await browser.load(page) if page.page.main_link else page


async def test_a_guest_looks_around_invests_and_sees_it(installation: Installation, browser: Browser) -> None:
    """Given a guest, when they invest from the module, then they choose a broker and log in there once, the order goes
    on in its own pages and comes back to the basket, and the promise brings their token."""
    flow = await installation.ask_for({"intent": "SMALLPLUG", "endpoint": "discovery/all", "params": "count=11"})

    found = await installation.open(browser, flow)
    basket = await browser.get(f"{found.url}?at=basket&id={SCID}")
    chooser = await browser.submit(basket, "/confirm")
    looked_on = await browser.get(f"{found.url}?at=discover")
    chooser = await browser.submit(await browser.get(basket.url), "/confirm")
    amount = await browser.log_in(await browser.submit(chooser, "/broker", broker=ANY_BROKER), "asha")
    review = await within(browser, await browser.submit(await within(browser, amount), "/confirm", amount="20000"))
    done = await browser.submit(review, "/confirm")
    child = done.url.partition("?")[0]
    ended = await until_filled(browser, child)
    back = await browser.get(back_of(ended))
    mine = await browser.get(f"{found.url}?at=investments")
    left = await browser.submit(mine, "/cancel")

    assert found.heading == "Baskets of shares"
    assert "Night light" in found.words
    assert (basket.heading, looked_on.heading) == ("Night light", "Baskets of shares")
    assert chooser.heading == "Choose your broker"
    assert "Back to the baskets" in chooser.words
    assert child.partition("?")[0] != found.url
    assert back.heading == "Night light"
    assert "You are invested in this basket" in back.words
    assert "Night light" in mine.words
    assert left.heading == "You can go back now"
    told = await installation.settled(flow)
    transaction = await installation.transaction(flow)
    assert told["error"] is None
    assert (told["result"]["success"], told["result"]["broker"]) == (True, ANY_BROKER)
    assert told["result"]["smallcaseAuthId"] == transaction.investor_id
    assert transaction.investor_id is not None


async def test_an_address_that_says_a_thing_twice_shows_a_page(installation: Installation, browser: Browser) -> None:
    """Of two words one counts, and it alone: whoever checks the one must not go on with the other."""
    module = await installation.open(browser, await installation.ask_for({"intent": "SMALLPLUG"}))

    shown = [
        await browser.get(f"{module.url}?{query}")
        for query in ("at=basket&at=nowhere", f"at=basket&id=none&id={SCID}", f"at=basket&id={SCID}&id=%00")
    ]

    assert [(one.status, one.heading) for one in shown] == [
        (200, "Baskets of shares"),
        (200, "Night light"),
        (200, "Night light"),
    ]


async def test_an_order_of_the_module_is_in_its_language(installation: Installation, browser: Browser) -> None:
    """Whatever the browser likes."""
    flow, hindi = await installation.ask_for({"intent": "SMALLPLUG"}), LANGUAGES["hi"]

    module = await installation.open(browser, flow, language="hi")
    chooser = await browser.submit(await browser.get(f"{module.url}?at=basket&id={SCID}"), "/confirm")
    amount = await browser.log_in(await browser.submit(chooser, "/broker", broker=ANY_BROKER), "asha")

    assert module.heading == hindi.module.discover_title
    assert amount.path != module.path
    assert (await within(browser, amount)).heading == hindi.investing.amount_title(basket="Night light")


async def test_an_investment_asks_for_what_it_wants_with_the_button_that_does_it(
    installation: Installation, browser: Browser
) -> None:
    """Given an investment whose basket has changed, the module opens at it, for the investor whose browser logged in
    before without another login, and its button leads to the review of the rebalance, once, however often the page is
    loaded at that moment; another's is not there."""
    _, told = await bought(installation, browser)
    await rebalance_asked(installation, told)
    endpoint = f"details/{told['iscid']}"
    flow = await installation.ask_for({"intent": "SMALLPLUG", "endpoint": endpoint}, told["smallcaseAuthId"])

    locked = await installation.open(browser, flow)
    page = await browser.submit(locked, "/confirm")
    form = next(one for one in page.page.forms if ("kind", "REBALANCE") in one.fields)
    await browser.post(form.action, dict(form.fields), origin=browser.base, follow=False)
    database = installation.services.database
    async with database.transaction() as connection:
        await connection.execute("select from visits where transaction_id = $1 for update", flow.transaction_id)
        loading = [asyncio.create_task(browser.get(locked.url)) for _ in range(3)]
        await until_waiting(database, len(loading))
    loaded = await asyncio.gather(*loading)
    begun = [one for one in loaded if one.url != locked.url]
    review = await within(browser, begun[0])
    strange = await browser.get(f"{locked.url}?at=investment&id={'0' * 24}")
    orders = await browser.get(f"{locked.url}?at=orders")
    fields = {**dict(form.fields), "iscid": "0" * 24}
    not_theirs = await browser.post(form.action, fields, origin=browser.base)
    after = await browser.get(locked.url)
    traded = await store.trades_of(database, installation.gateway.gateway_id, told["iscid"])
    held = await investment(installation, told)

    assert locked.heading == "Your investments"
    assert f"Log in to {ANY_NAME}" in locked.words
    assert page.heading == "Night light"
    assert "The basket has changed" in page.words
    assert "First investment" in page.words
    assert all(symbol in page.words for symbol in await shares(installation, told))
    assert [one.heading for one in loaded if one.url == locked.url] == ["Night light"] * 2
    assert len(begun) == 1
    assert "Night light has changed" in review.words
    assert {one.isin: (one.shares, one.paid) for one in traded} == {
        one.isin: (one.shares, one.cost) for one in held.positions
    }
    assert strange.status == 404
    assert (not_theirs.status, not_theirs.heading) == (409, "This cannot be done now")
    assert "is no longer there" in not_theirs.words
    assert after.status == 404
    assert "First investment: Night light" in orders.words


async def test_what_is_pending_has_a_page_that_says_why_till_when_and_how(
    installation: Installation, browser: Browser
) -> None:
    """Given an investment of which something was not filled and whose basket has changed, the page lists both; the
    first is left out after a question, then the second has its button, whose order comes back to the list."""
    flow, told = await bought(installation, browser)
    await rebalance_asked(installation, told)
    batch = await batch_of(installation, flow)
    database, now = installation.services.database, installation.services.clock.now()
    async with database.transaction() as connection:
        held = await store.lock_investment(connection, installation.gateway.gateway_id, told["iscid"])
        assert held is not None
        await write(connection, Outcome(msgspec.structs.replace(held, repairs=(batch.batch_id,))), now)
    flow = await installation.ask_for({"intent": "SMALLPLUG", "endpoint": "pending"}, told["smallcaseAuthId"])

    locked = await installation.open(browser, flow)
    both = await browser.submit(locked, "/confirm")
    listed = await browser.get(f"{locked.url}?at=investments")
    asked = await browser.get(f"{locked.url}?at=leave_out&id={told['iscid']}")
    one = await browser.submit(asked, "/confirm")
    review = await within(browser, await browser.submit(one, "/confirm"))
    stopped = await browser.submit(review, "/cancel")
    back = await browser.get(back_of(stopped))

    assert (locked.heading, both.heading) == ("Pending actions", "Pending actions")
    for words in ("Not everything was filled", "until you order it or leave it out", "Night light", "Since ",
                  "The basket has changed", "until you rebalance",
                  "First decide what to do about what was not filled."):  # fmt: skip
        assert words in both.words
    assert kinds(both) == ["FIX"]
    assert "2 pending actions" in listed.words
    assert asked.heading == "Leave it out for good?"
    assert "Not everything was filled" not in one.words
    assert kinds(one) == ["REBALANCE"]
    assert "Night light has changed" in review.words
    assert (back.heading, kinds(back)) == ("Pending actions", ["REBALANCE"])
    assert "REPAIR left_out" in await actions_told(installation, told)


async def test_a_window_that_looks_closed_during_an_order_of_the_module_ends_it_only_if_it_is_closed(
    installation: Installation, browser: Browser
) -> None:
    """U05. Given an order that the module went on to, whose login is over, so that its window goes to the broker, whose
    page cuts it off: the module's promise waits; when the investor says so in the page, both are over, and nothing was
    placed."""
    _, told = await bought(installation, browser)
    await rebalance_asked(installation, told)
    endpoint = f"details/{told['iscid']}"
    flow = await installation.ask_for({"intent": "SMALLPLUG", "endpoint": endpoint}, told["smallcaseAuthId"])
    page = await browser.submit(await installation.open(browser, flow), "/confirm")
    form = next(one for one in page.page.forms if ("kind", "REBALANCE") in one.fields)
    await browser.post(form.action, dict(form.fields), origin=browser.base, follow=False)
    begun = await browser.get(page.url, follow=False)
    await end_sessions(installation, told)
    installation.advance(10)
    hand_over = await browser.get(begun.headers["location"])
    await browser.post(f"{hand_over.path}/left", {"csrf": csrf_of(hand_over)}, origin=browser.base)

    _, at_broker = await installation.ask("close", flow)
    review = await within(browser, await browser.log_in(hand_over, "asha"))
    _, watched = await installation.ask("watch", flow, since=0)
    installation.advance(10)
    await browser.post(f"{review.path}/apart", {"csrf": csrf_of(review)}, origin=browser.base)
    _, open_still = await installation.ask("close", flow)
    _, sure = await installation.ask("close", flow, sure=True)
    afterwards = await browser.get(review.path)

    assert (at_broker["settled"], at_broker["unsure"], at_broker["stage"]) == (False, True, "at_broker")
    assert "data-opener" in review.text
    assert (watched["settled"], watched["stage"]) == (False, "reviewing")
    assert (open_still["settled"], open_still["unsure"]) == (False, True)
    assert (sure["settled"], sure["error"], sure["result"]["success"]) == (True, None, True)
    assert afterwards.heading == "Cancelled"
    assert len(await installation.orders_at_broker()) == 2


def kinds(page: Answer) -> list[str]:
    """Of the orders for which the page has a button."""
    return [value for form in page.page.forms for name, value in form.fields if name == "kind"]


def csrf_of(page: Answer) -> str:
    return page.text.partition('data-csrf="')[2].partition('"')[0]


async def end_sessions(installation: Installation, told: dict[str, Any]) -> None:
    sessions, now = installation.services.sessions, installation.services.clock.now()
    live = await sessions.live(installation.gateway.gateway_id, told["smallcaseAuthId"], now)
    assert live is not None
    await sessions.end(installation.gateway.gateway_id, live.session_id, now)


async def rebalance_asked(installation: Installation, told: dict[str, Any]) -> None:
    """The basket has changed, and its holder was asked."""
    await published(installation, constituents=[{"ticker": "TCS", "weight": 0.5}, {"ticker": "ITC", "weight": 0.5}])
    async with asyncio.timeout(PATIENCE):
        while "REBALANCE" not in await actions_told(installation, told):
            await asyncio.sleep(0.02)


async def until_filled(browser: Browser, url: str) -> Answer:
    async with asyncio.timeout(PATIENCE):
        while "filled" not in (page := await browser.get(url)).heading:
            await asyncio.sleep(0.05)
    return page


def back_of(page: Answer) -> str:
    """Where the way back leads."""
    assert page.page.main_link is not None
    return page.page.main_link
