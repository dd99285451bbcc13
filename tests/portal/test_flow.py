"""The way of an investor through the pop-up, from the partner's form to the result."""

import asyncio
from pathlib import Path

import msgspec

from tests.portal.installation import Answer, Browser, Installation, installed
from tests.portal.steps import INFY, TCS, connected, to_hand_over, to_review
from tests.support.brokers import ANY_BROKER, ANY_NAME, OTHER_BROKER, OTHER_NAME
from tests.support.patience import PATIENCE
from torana.connectors.contract import OrderType, Side
from torana.orders.states import OrderState
from torana.orders.store import of_transaction
from torana.transactions.models import Status


async def test_a_guest_chooses_logs_in_reviews_and_confirms_and_everybody_hears_the_same(
    installation: Installation, browser: Browser
) -> None:
    flow = await installation.create(TCS, INFY)

    chooser = await installation.open(browser, flow)
    assert chooser.heading == "Choose your broker"
    hand_over = await browser.submit(chooser, "/broker", broker=ANY_BROKER)
    assert hand_over.heading == f"Log in to {ANY_NAME}"
    waiting = await browser.log_in(hand_over, "asha")
    assert waiting.path == chooser.path
    assert "?" not in waiting.url
    review = await browser.load(waiting)
    assert review.heading == "Review your 2 orders"
    assert "Buy 3 TCS" in review.words
    assert f"Funds at {ANY_NAME}" in review.words
    async with installation.worker():
        status = await browser.submit(review, "/confirm")
        state = await installation.settled(flow)
        result = await browser.get(chooser.path)

    assert status.path == chooser.path
    assert state["result"]["orderBatches"][0]["status"] == "COMPLETED"
    assert state["result"]["broker"] == ANY_BROKER
    assert result.heading == "Your 2 orders are filled"
    assert {order["symbol"] for order in await installation.orders_at_broker()} == {"TCS", "INFY"}


async def test_the_broker_code_leaves_the_address_bar_at_once(installation: Installation, browser: Browser) -> None:
    flow = await installation.create(TCS)
    hand_over = await to_hand_over(installation, browser, flow)

    back = await browser.get(await browser.callback(hand_over, "asha"), follow=False)

    assert back.status == 303
    assert "?" not in back.headers["location"]
    assert back.headers["referrer-policy"] == "same-origin"


async def test_a_connect_ends_with_the_login(installation: Installation, browser: Browser) -> None:
    flow = await installation.create()
    hand_over = await to_hand_over(installation, browser, flow, broker=OTHER_BROKER)

    connected = await browser.log_in(hand_over, "asha")
    state = await installation.settled(flow)

    assert connected.heading == f"{OTHER_NAME} is connected"
    assert state["result"]["broker"] == OTHER_BROKER
    assert state["result"]["smallcaseAuthToken"]
    assert "orderBatches" not in state["result"]


async def test_a_connected_investor_whose_login_lives_goes_straight_to_the_review(
    installation: Installation, browser: Browser
) -> None:
    investor_id = await connected(installation, browser, logged_in=True)
    flow = await installation.create(TCS, investor_id=investor_id)

    waiting = await installation.open(browser, flow)
    review = await browser.load(waiting)

    assert review.heading == "Review your order"
    assert (await installation.transaction(flow)).status is Status.USED


async def test_a_connected_investor_without_a_login_goes_straight_to_his_broker(
    installation: Installation, browser: Browser
) -> None:
    investor_id = await connected(installation, browser, logged_in=False)
    flow = await installation.create(TCS, investor_id=investor_id)

    hand_over = await installation.open(browser, flow)

    assert hand_over.heading == f"Log in to {ANY_NAME}"
    assert "Choose another broker" not in hand_over.text


async def test_another_account_than_the_connected_one_is_a_mismatch_with_both_ways_out(
    installation: Installation, browser: Browser
) -> None:
    """S02."""
    investor_id = await connected(installation, browser, logged_in=False)
    flow = await installation.create(TCS, investor_id=investor_id)

    mismatch = await browser.log_in(await installation.open(browser, flow), "wrong-user")
    again = await browser.get(mismatch.path)
    sessions = await installation.services.database.value("select count(*) from broker_sessions")
    over = await browser.submit(mismatch, "/cancel")
    state = await installation.settled(flow)

    assert mismatch.heading == f"That is a different {ANY_NAME} account"
    assert again.heading == f"Log in to {ANY_NAME}"
    assert sessions == 1
    assert over.heading == "That was a different account"
    assert state["error"]["message"] == "user_mismatch"
    assert state["error"]["code"] == 1001
    assert await installation.orders_at_broker() == []


async def test_after_a_mismatch_the_right_account_goes_on(installation: Installation, browser: Browser) -> None:
    investor_id = await connected(installation, browser, logged_in=False)
    flow = await installation.create(TCS, investor_id=investor_id)
    mismatch = await browser.log_in(await installation.open(browser, flow), "wrong-user")

    waiting = await browser.log_in(await browser.get(mismatch.path), "asha")

    assert waiting.heading == "Review your order"


async def test_a_login_that_was_not_finished_can_be_tried_again(installation: Installation, browser: Browser) -> None:
    flow = await installation.create(TCS)
    hand_over = await to_hand_over(installation, browser, flow, broker=OTHER_BROKER)

    refused = await browser.log_in(hand_over, "cancel")
    waiting = await browser.log_in(await browser.get(refused.path), "asha")

    assert refused.heading == "You are not logged in"
    assert waiting.heading == "Review your order"


async def test_a_broker_that_does_not_answer_at_login_is_named(installation: Installation, browser: Browser) -> None:
    flow = await installation.create(TCS)
    hand_over = await to_hand_over(installation, browser, flow)

    away = await browser.log_in(hand_over, "token-error")

    assert away.heading == f"{ANY_NAME} is not responding"
    assert (await installation.transaction(flow)).status is Status.INITIALIZED


async def test_what_the_partner_left_open_the_investor_fills_in(installation: Installation, browser: Browser) -> None:
    flow = await installation.create({"ticker": "TCS"}, {"ticker": "INFY"})
    review = await to_review(installation, browser, flow)

    missing = await browser.submit(review, "/confirm", side_1="BUY", quantity_1="5", limit_1="3000.03")
    async with installation.worker():
        await browser.submit(
            missing, "/confirm", side_1="BUY", quantity_1="5", limit_1="3000.10", side_2="BUY", quantity_2="1,2"
        )
        batch = await of_transaction(
            installation.services.database, installation.gateway.gateway_id, flow.transaction_id
        )

    assert missing.status == 422
    assert "move in steps of" in missing.words
    assert "Choose whether to buy or to sell." in missing.words
    assert batch is not None
    first, second = batch.orders
    assert (first.side, first.quantity, first.order_type, first.limit_price) == (Side.BUY, 5, OrderType.LIMIT, 300010)
    assert (second.quantity, second.order_type) == (12, OrderType.MARKET)


async def test_a_basket_is_taken_to_the_brokers_own_page_once(installation: Installation, browser: Browser) -> None:
    flow = await installation.create(TCS, INFY)
    review = await to_review(installation, browser, flow, broker=OTHER_BROKER)

    basket = await browser.submit(review, "/confirm")
    form = basket.leaving
    told = [await _left(browser, basket) for _ in range(2)]
    status = await browser.get(review.path)

    assert basket.heading == f"One more step at {OTHER_NAME}"
    assert form.action.startswith(installation.sandbox_url)
    assert f"form-action 'self' {installation.sandbox_url};" in basket.headers["content-security-policy"]
    assert told == [True, False]
    assert status.heading == f"Finish at {OTHER_NAME}"
    assert installation.sandbox_url not in status.text


async def _left(browser: Browser, page: Answer) -> bool:
    text = page.text
    home = text.partition('data-home="')[2].partition('"')[0]
    csrf = text.partition('data-csrf="')[2].partition('"')[0]
    answer = await browser.post(f"{home}/left", {"csrf": csrf})
    return bool(msgspec.json.decode(answer.text)["go"])


async def test_after_a_basket_the_order_book_tells_what_became_of_it(
    installation: Installation, browser: Browser
) -> None:
    flow = await installation.create(TCS)
    basket = await browser.submit(await to_review(installation, browser, flow, broker=OTHER_BROKER), "/confirm")
    form = basket.leaving

    async with installation.worker():
        at_broker = await browser.post(form.action, dict(form.fields))
        sent = await browser.press(at_broker, "/confirm", action="place")
        back = await browser.press(sent, "/done")
        state = await installation.settled(flow)

    assert back.path == basket.path
    assert state["result"]["orderBatches"][0]["orders"][0]["status"] == "COMPLETE"


async def test_an_order_that_cannot_be_found_is_the_investors_decision(own_database_url: str, tmp_path: Path) -> None:
    async with installed(own_database_url, tmp_path, settle_window=1.0) as installation:
        await installation.tell(
            "POST",
            "/sandbox/faults",
            {"broker": ANY_BROKER, "operation": "place", "kind": "status", "status": 503, "placed": False, "times": 1},
        )
        async with installation.browser() as browser, installation.worker():
            flow = await installation.create(TCS)
            status = await browser.submit(await to_review(installation, browser, flow), "/confirm")
            async with asyncio.timeout(PATIENCE):
                while status.heading != "We need your answer":
                    await asyncio.sleep(0.1)
                    status = await browser.get(status.path)
            asked = status
            await browser.submit(asked, "/again", decision="again")
            state = await installation.settled(flow)

        assert f"Not found at {ANY_NAME}" in asked.words
        assert state["result"]["orderBatches"][0]["status"] == "COMPLETED"
        assert len(await installation.orders_at_broker()) == 1


async def test_the_status_page_follows_live(installation: Installation, browser: Browser) -> None:
    flow = await installation.create(TCS)
    status = await browser.submit(await to_review(installation, browser, flow), "/confirm")
    seen: list[str] = []

    async with asyncio.timeout(PATIENCE), browser.http.get(f"{browser.base}{status.path}/stream") as stream:
        async for line in stream.content:
            if line.startswith(b"event:"):
                seen.append(line.decode().split()[1])
            if seen == ["parts"]:
                break
        async with installation.worker():
            seen += [line.decode().split()[1] async for line in stream.content if line.startswith(b"event:")]

    assert seen[0] == "parts"
    assert seen[-1] == "done"
    assert len(seen) >= 3
    batch = await of_transaction(installation.services.database, installation.gateway.gateway_id, flow.transaction_id)
    assert batch is not None
    assert batch.orders[0].state is OrderState.COMPLETE


async def test_a_login_that_dies_underway_is_renewed_on_the_same_page(
    installation: Installation, browser: Browser
) -> None:
    """R05, S04."""
    await installation.tell("POST", "/sandbox/settings", {"fastestFillSeconds": 30, "slowestFillSeconds": 30})
    flow = await installation.create(TCS)
    async with installation.worker():
        status = await browser.submit(await to_review(installation, browser, flow), "/confirm")
        await _until(browser, status.path, f"Accepted by {ANY_NAME}", "Open at the exchange")
        await installation.tell("POST", "/sandbox/sessions/end", {"broker": ANY_BROKER})
        over = await _until(browser, status.path, f"Your {ANY_NAME} login has ended")
        hand_over = await browser.submit(over, "/broker")
        back = await browser.log_in(hand_over, "asha")
        await installation.tell("POST", "/sandbox/clock", {"advanceSeconds": 31})
        state = await installation.settled(flow)

    assert hand_over.heading == f"Log in to {ANY_NAME}"
    assert back.path == status.path
    assert state["error"] is None
    assert state["result"]["orderBatches"][0]["status"] == "COMPLETED"
    assert len(await installation.orders_at_broker()) == 1


async def test_a_login_that_dies_after_the_result_is_renewed_on_the_same_page(
    installation: Installation, browser: Browser
) -> None:
    """R05: after-market orders wait in the queue when their login ends."""
    await installation.market("2026-11-30T20:30:00+05:30")
    flow = await installation.create(TCS)
    async with installation.worker():
        status = await browser.submit(await to_review(installation, browser, flow, amo="true"), "/confirm")
        await _until(browser, status.path, "in the queue")
        await installation.tell("POST", "/sandbox/sessions/end", {"broker": ANY_BROKER})
        over = await _until(browser, status.path, f"Your {ANY_NAME} login has ended")
        hand_over = await browser.submit(over, "/broker")
        back = await browser.log_in(hand_over, "asha")
        await installation.until_attention_ends(flow)
        after = await browser.get(status.path)

    assert (await installation.transaction(flow)).settled_at is not None
    assert hand_over.heading == f"Log in to {ANY_NAME}"
    assert back.path == status.path
    assert "login has ended" not in back.words
    assert after.heading == "Your order is in the queue"
    assert len(await installation.orders_at_broker()) == 1


async def test_a_renewed_login_with_another_account_is_not_taken(installation: Installation, browser: Browser) -> None:
    """R05, S02."""
    await installation.tell("POST", "/sandbox/settings", {"fastestFillSeconds": 30, "slowestFillSeconds": 30})
    flow = await installation.create(TCS)
    async with installation.worker():
        status = await browser.submit(await to_review(installation, browser, flow), "/confirm")
        await _until(browser, status.path, f"Accepted by {ANY_NAME}", "Open at the exchange")
        await installation.tell("POST", "/sandbox/sessions/end", {"broker": ANY_BROKER})
        over = await _until(browser, status.path, f"Your {ANY_NAME} login has ended")
        await browser.log_in(await browser.submit(over, "/broker"), "ravi")

    assert await installation.services.database.value("select count(*) from investors") == 1


async def test_orders_are_shown_though_the_installation_has_no_keys_for_their_broker_by_now(
    installation: Installation, browser: Browser
) -> None:
    """Before they are sent, and at their end."""
    flow, other = await installation.create(TCS), await installation.create(INFY)
    status = await browser.submit(await to_review(installation, browser, flow), "/confirm")
    async with installation.worker():
        await installation.settled(flow)
    unsent = await browser.submit(await to_review(installation, browser, other), "/confirm")
    vars(installation.services.connectors)["_connectors"].clear()

    ended, underway = await browser.get(status.path), await browser.get(unsent.path)

    assert (ended.status, ended.heading) == (200, "Your order is filled")
    assert underway.status == 200
    assert "INFY" in underway.words


async def _until(browser: Browser, path: str, *words: str) -> Answer:
    """The page once one of these stands on it."""
    async with asyncio.timeout(30):
        while True:
            page = await browser.get(path)
            if any(word in page.words for word in words):
                return page
            await asyncio.sleep(0.1)
