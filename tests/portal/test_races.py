"""Confirming once: twice pressed, twice open, changed under the hand, raced by a cancel or by time."""

import asyncio

import pytest

from tests.portal.installation import Answer, Browser, Installation
from tests.portal.steps import INFY, TCS, to_review
from tests.support.brokers import ANY_BROKER, ANY_NAME, OTHER_BROKER, OTHER_NAME
from torana.connectors.contract import ExecutionMode
from torana.kit.due import claim
from torana.orders import store
from torana.orders.invariants import violations
from torana.orders.work import BATCHES
from torana.transactions import life_cycle
from torana.transactions.models import Status
from torana.transactions.outcomes import USER_CANCELLED_AFTER_LOGIN


async def batches(installation: Installation) -> int:
    return int(await installation.services.database.value("select count(*) from batches"))


async def confirm(browser: Browser, review: Answer, /, **changed: str) -> Answer:
    form = review.form("/confirm")
    return await browser.post(form.action, dict(form.fields) | changed, origin=browser.base)


async def test_a_double_click_places_once(installation: Installation, browser: Browser) -> None:
    """D08, D12."""
    flow = await installation.create(TCS)
    review = await to_review(installation, browser, flow)

    pages = await asyncio.gather(*(confirm(browser, review) for _ in range(6)))
    async with installation.worker():
        await installation.settled(flow)

    assert {page.path for page in pages} == {review.path}
    assert await batches(installation) == 1
    assert len(await installation.orders_at_broker()) == 1


async def test_a_second_tab_sees_the_progress(installation: Installation, browser: Browser) -> None:
    """D09."""
    flow = await installation.create(TCS)
    first = await to_review(installation, browser, flow)
    second = await browser.get(f"{first.path}?part=review")

    await confirm(browser, first)
    late = await confirm(browser, second)

    assert late.heading == "Placing your order"
    assert await batches(installation) == 1


async def test_back_and_reload_after_the_confirmation_show_progress(
    installation: Installation, browser: Browser
) -> None:
    """D11."""
    flow = await installation.create(TCS)
    review = await to_review(installation, browser, flow)
    await confirm(browser, review)

    for path in (review.path, f"{review.path}?part=review", f"{review.path}?leave=1", f"{review.path}?login=1"):
        page = await browser.get(path)
        assert page.heading == "Placing your order"
        assert "/confirm" not in page.text


async def test_an_old_confirmation_is_refused_after_a_new_login(installation: Installation, browser: Browser) -> None:
    """D13. The token of the form is good, what it confirms is not what would be sent."""
    flow = await installation.create(TCS)
    old = await to_review(installation, browser, flow)
    transaction = await installation.transaction(flow)
    await installation.services.sessions.end(
        transaction.gateway_id, transaction.session_id or "", installation.services.clock.now()
    )
    over = await browser.load(await browser.get(old.path))
    hand_over = await browser.submit(over, "/broker")
    await browser.log_in(hand_over, "ravi")

    refused = await confirm(browser, old)

    assert over.heading == f"Your {ANY_NAME} login has ended"
    assert refused.status == 422
    assert "Something changed" in refused.words
    assert await batches(installation) == 0


@pytest.mark.parametrize("forged", ["0" * 64, "", "nonsense"])
async def test_a_review_that_was_never_shown_is_refused(
    installation: Installation, browser: Browser, forged: str
) -> None:
    """D13."""
    flow = await installation.create(TCS)
    review = await to_review(installation, browser, flow)

    refused = await confirm(browser, review, review=forged)

    assert refused.status == 422
    assert await batches(installation) == 0


async def test_a_basket_that_changed_is_reviewed_again(installation: Installation, browser: Browser) -> None:
    """D14."""
    flow = await installation.create(TCS, INFY)
    review = await to_review(installation, browser, flow)
    await installation.services.database.execute(
        "update transactions set config = jsonb_set(config, '{lines,0,quantity}', '30') where transaction_id = $1",
        flow.transaction_id,
    )

    refused = await confirm(browser, review)
    again = await confirm(browser, refused)

    assert refused.status == 422
    assert "Buy 30 TCS" in refused.words
    assert again.heading == "Placing your orders"
    assert await installation.services.database.value("select max(quantity) from orders") == 30


async def test_what_the_partner_fixed_the_form_cannot_change(installation: Installation, browser: Browser) -> None:
    """I12."""
    flow = await installation.create(TCS)
    review = await to_review(installation, browser, flow)

    await confirm(browser, review, **{"quantity-1": "900", "side-1": "SELL"})

    row = await installation.services.database.value("select side || quantity from orders")
    assert row == "BUY3"


async def test_of_confirm_and_cancel_exactly_one_wins(installation: Installation, browser: Browser) -> None:
    """D10."""
    for _ in range(4):
        flow = await installation.create(TCS)
        before = await batches(installation)
        review = await to_review(installation, browser, flow)
        cancel = review.form("/cancel")

        await asyncio.gather(
            confirm(browser, review), browser.post(cancel.action, dict(cancel.fields), origin=browser.base)
        )
        transaction = await installation.transaction(flow)

        cancelled = transaction.error_name == "user_cancelled"
        assert cancelled != (transaction.confirmed_at is not None)
        assert await batches(installation) - before == (0 if cancelled else 1)


async def test_a_worker_does_not_forget_whoever_asks_to_cancel_while_it_tells_another(
    installation: Installation, browser: Browser
) -> None:
    """It read the batch before, waits for whoever asks, and then knows that it has to read it anew."""
    flow = await installation.create(TCS)
    await confirm(browser, await to_review(installation, browser, flow))
    services, gateway_id = installation.services, installation.gateway.gateway_id
    now = services.clock.now()
    (ours,) = await claim(services.database, BATCHES, gateway_id, now, 1)
    (read,) = await store.of_transactions(services.database, gateway_id, [flow.transaction_id], [])
    ids = [order.order_id for order in read.orders]

    async def held() -> bool:
        async with services.database.transaction() as connection:
            return await store.hold(connection, read, ours)

    alone = await held()
    async with services.database.transaction() as connection:
        batch = await store.lock_batch(connection, gateway_id, read.investor_id, read.batch_id)
        assert batch is not None
        waiting = asyncio.create_task(held())
        await store.wait(connection, batch, flow.transaction_id, ids, now)
        await store.ask(connection, batch, ids, now, waits=True)
    after = await waiting
    whole = await violations(services.database, now)
    await services.database.execute("update batches set cancelling = false")
    broken = await violations(services.database, now)

    assert (alone, after) == (True, False)
    assert whole == []
    assert [(one.invariant, one.subject) for one in broken] == [("I9", flow.transaction_id)]


async def test_after_a_cancel_nothing_can_be_confirmed(installation: Installation, browser: Browser) -> None:
    """D10, U02."""
    flow = await installation.create(TCS)
    review = await to_review(installation, browser, flow)
    cancelled = await browser.submit(review, "/cancel")

    late = await confirm(browser, review)
    state = await installation.settled(flow)

    assert cancelled.heading == "Cancelled"
    assert late.heading == "Cancelled"
    assert await batches(installation) == 0
    assert (state["error"]["message"], state["error"]["code"]) == ("user_cancelled", 1012)
    assert state["error"]["data"]["broker"] == ANY_BROKER
    assert state["error"]["data"]["smallcaseAuthToken"]


async def test_a_request_that_expires_in_the_middle_places_nothing(
    installation: Installation, browser: Browser
) -> None:
    """D10, T02."""
    flow = await installation.create(TCS)
    review = await to_review(installation, browser, flow)
    installation.advance(16 * 60)

    late = await confirm(browser, review)

    assert late.heading == "This request has expired"
    assert await batches(installation) == 0
    transaction = await installation.transaction(flow)
    assert (transaction.error_name, transaction.error_code) == ("transaction_expired", 1005)


async def test_after_the_confirmation_a_cancel_changes_nothing(installation: Installation, browser: Browser) -> None:
    flow = await installation.create(TCS)
    review = await to_review(installation, browser, flow)
    await confirm(browser, review)

    page = await browser.post(
        f"{review.path}/cancel", {"csrf": dict(review.form("/confirm").fields)["csrf"]}, origin=browser.base
    )

    assert page.heading == "Placing your order"
    assert (await installation.transaction(flow)).error_name is None


async def test_a_cancel_elsewhere_is_seen_at_the_confirmation(installation: Installation, browser: Browser) -> None:
    flow = await installation.create(TCS)
    review = await to_review(installation, browser, flow)
    async with installation.services.database.transaction() as connection:
        await life_cycle.fail(
            connection,
            gateway_id=installation.gateway.gateway_id,
            transaction_id=flow.transaction_id,
            error=USER_CANCELLED_AFTER_LOGIN,
            now=installation.services.clock.now(),
        )

    page = await confirm(browser, review)

    assert page.heading == "Cancelled"
    assert (await installation.transaction(flow)).status is Status.ERRORED


async def test_a_basket_waits_for_the_investor_and_is_not_given_out_twice(
    installation: Installation, browser: Browser
) -> None:
    """D11 where the broker's own page takes the orders."""
    flow = await installation.create(TCS)
    review = await to_review(installation, browser, flow, broker=OTHER_BROKER)

    basket = await confirm(browser, review)
    reloaded = await browser.get(review.path)
    csrf = dict(review.form("/confirm").fields)["csrf"]
    await browser.post(f"{review.path}/left", {"csrf": csrf}, origin=browser.base)
    after = await browser.get(review.path)
    back = await browser.get(f"{review.path}/returned")

    assert basket.heading == reloaded.heading == f"One more step at {OTHER_NAME}"
    assert after.heading == f"Finish at {OTHER_NAME}"
    assert back.heading == f"Checking with {OTHER_NAME}"
    mode = await installation.services.database.value("select execution_mode from batches")
    assert mode == ExecutionMode.REDIRECT_BASKET
