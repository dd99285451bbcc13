"""The way back from Kite's basket: it comes back like a login, with a token of its own."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urljoin

import pytest

from tests.portal.installation import Answer, Browser, Flow, Installation, installed
from tests.portal.steps import TCS, to_review
from tests.support.patience import PATIENCE
from torana.investors import accounts
from torana.orders.states import OrderState
from torana.orders.store import of_transaction


@pytest.fixture
async def installation(own_database_url: str, tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(own_database_url, tmp_path, test_modes={"kite": "redirect_basket"}) as installation:
        yield installation


async def _executed(browser: Browser, basket: Answer, user: str) -> Answer:
    """The page that the investor comes back to."""
    form = basket.leaving
    login = await browser.post(form.action, dict(form.fields))
    review = await browser.press(login, "", user_id=user, action="login")
    return await browser.press(review, "", action="execute")


async def _login(installation: Installation, flow: Flow) -> tuple[str, str]:
    """With whose account, and with which login of his, the orders are looked for."""
    transaction = await installation.transaction(flow)
    batch = await of_transaction(installation.services.database, transaction.gateway_id, transaction.transaction_id)
    assert batch is not None
    assert (batch.investor_id, batch.session_id) == (transaction.investor_id, transaction.session_id)
    investor = await accounts.find(installation.services.database, batch.gateway_id, batch.investor_id)
    assert investor is not None
    return investor.broker_user_id, batch.session_id


async def test_the_review_says_that_nothing_is_placed_before_the_broker_was_told(
    installation: Installation, browser: Browser
) -> None:
    """Design 10: what happens at the next tap."""
    flow = await installation.create(TCS)

    review = await to_review(installation, browser, flow)
    basket = await browser.submit(review, "/confirm")

    assert "Continue to Zerodha" in review.words
    assert "Zerodha shows it once more. Nothing is placed until you confirm there." in review.words
    assert "Place order" not in review.words
    assert basket.heading == "One more step at Zerodha"


async def test_its_login_takes_the_place_of_the_one_before(installation: Installation, browser: Browser) -> None:
    """The broker ends an earlier token when a new one is taken: the order book is read with the new one."""
    flow = await installation.create(TCS)
    basket = await browser.submit(await to_review(installation, browser, flow), "/confirm")
    account, login = await _login(installation, flow)

    back = await _executed(browser, basket, "asha")
    async with installation.worker():
        state = await installation.settled(flow)

    assert back.path == basket.path
    assert state["result"]["orderBatches"][0]["status"] == "COMPLETED"
    now_account, now_login = await _login(installation, flow)
    assert now_account == account
    assert now_login != login


async def test_when_its_login_cannot_be_had_the_one_before_looks(installation: Installation, browser: Browser) -> None:
    flow = await installation.create(TCS)
    basket = await browser.submit(await to_review(installation, browser, flow), "/confirm")
    before = await _login(installation, flow)
    fault = {"broker": "kite", "operation": "token", "kind": "status", "status": 503, "placed": False, "times": 1}
    await installation.tell("POST", "/sandbox/faults", fault)

    async with installation.worker():
        await _executed(browser, basket, "asha")
        state = await installation.settled(flow)

    assert state["result"]["orderBatches"][0]["status"] == "COMPLETED"
    assert await _login(installation, flow) == before


async def test_a_basket_that_was_found_at_the_broker_is_not_given_out_again(
    installation: Installation, browser: Browser
) -> None:
    """U04, Q05: nobody told us that our page was left (no script ran, or the database went back since), and the
    browser did not come back. The orders rest at the exchange: the way to the broker would place them once more."""
    flow = await installation.create({**TCS, "quantity": 118})
    basket = await browser.submit(await to_review(installation, browser, flow), "/confirm")
    form = basket.leaving
    login = await browser.post(form.action, dict(form.fields))
    executed = await browser.press(login, "", user_id="asha", action="login")
    last = executed.form("")
    await browser.post(urljoin(executed.url, last.action), dict(last.fields) | {"action": "execute"}, follow=False)

    async with installation.worker():
        await until_at_exchange(installation, flow)
        shown = await browser.get(basket.url)

    assert shown.path == basket.path
    assert not [one for one in shown.page.forms if one.action.startswith("http")], shown.heading
    assert len(await installation.orders_at_broker()) == 1


async def until_at_exchange(installation: Installation, flow: Flow) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            transaction = await installation.transaction(flow)
            batch = await of_transaction(
                installation.services.database, transaction.gateway_id, transaction.transaction_id
            )
            if batch is not None and batch.orders[0].state is OrderState.OPEN:
                return
            await asyncio.sleep(0.05)


async def test_orders_executed_with_another_account_are_found_there(
    installation: Installation, browser: Browser
) -> None:
    """S02: it is too late to refuse them."""
    flow = await installation.create(TCS)
    basket = await browser.submit(await to_review(installation, browser, flow), "/confirm")
    account, _ = await _login(installation, flow)

    async with installation.worker():
        await _executed(browser, basket, "ravi")
        state = await installation.settled(flow)

    assert state["result"]["orderBatches"][0]["status"] == "COMPLETED"
    assert (await _login(installation, flow))[0] != account
