"""A sell of shares that the depository has to release first: before the confirmation where the login says so, once the
broker has refused where it does not. Nothing is placed before, and nothing twice."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.portal.at_depository import authorise, looked_again, refuse
from tests.portal.installation import Answer, Browser, Flow, Installation, installed
from tests.portal.steps import INFY, TCS, to_review
from tests.support.brokers import ANY_BROKER, ANY_NAME, LIMIT_BROKER, LIMIT_NAME
from tests.support.patience import PATIENCE
from torana.orders.decide import place_again
from torana.orders.states import OrderState
from torana.orders.store import of_transactions

SELL = TCS | {"type": "SELL"}


async def ended(installation: Installation, flow: Flow) -> dict[str, Any]:
    """The one order of the transaction, once its promise has settled."""
    return dict((await installation.settled(flow))["result"]["orderBatches"][0]["orders"][0])


async def looked_at(installation: Installation) -> None:
    """Wait until a worker has been at the batch since the time was set forward."""
    now = installation.services.clock.now()
    async with asyncio.timeout(PATIENCE):
        while not await installation.services.database.value("select due_at > $1 from batches", now):
            await asyncio.sleep(0.05)


async def started(browser: Browser, review: Answer, **typed: str) -> Answer:
    """From the review to the page of the step."""
    shown = await browser.submit(review, "/confirm", True, depository="start", **typed)
    return await browser.load(shown) if shown.page.main_link else shown


async def refused_at_broker(installation: Installation, browser: Browser, flow: Flow) -> Answer:
    """The status of a sell that a broker which does not say beforehand has refused."""
    review = await to_review(installation, browser, flow, broker=LIMIT_BROKER, user="needs-edis")
    status = await browser.submit(review, "/confirm")
    for _ in range(200):
        if "Authorise the sale" in status.words:
            return status
        status = await browser.get(status.url)
    raise AssertionError(status.words)


async def test_shares_are_released_before_anything_is_placed(installation: Installation, browser: Browser) -> None:
    flow = await installation.create(SELL)

    review = await to_review(installation, browser, flow, user="needs-edis")
    step = await started(browser, review)
    waiting = msgspec.json.decode((await browser.get(f"{step.url.partition('?')[0]}/prices")).text)
    await authorise(installation, browser, step, ANY_BROKER)
    over = msgspec.json.decode((await browser.get(f"{step.url.partition('?')[0]}/prices")).text)
    again = await looked_again(browser, step)
    orders_before = await installation.orders_at_broker()
    status = await browser.submit(again, "/confirm")

    assert "Authorise the sale first" in review.words
    assert "Place order" not in review.words
    assert (step.heading, "TCS" in step.words) == ("Authorise your shares", True)
    assert (waiting["lacking"], over["lacking"]) == (1, 0)
    assert "Authorise the sale first" not in again.words
    assert orders_before == []
    assert status.heading == "Placing your order"
    async with installation.worker():
        order = await ended(installation, flow)
    assert (order["status"], order["filledQuantity"]) == ("COMPLETE", 3)


async def test_what_the_investor_fills_in_is_there_after_the_depository(
    installation: Installation, browser: Browser
) -> None:
    flow = await installation.create({"ticker": "TCS"})
    review = await to_review(installation, browser, flow, user="needs-edis")

    told = await browser.submit(review, "/confirm", side_1="SELL", quantity_1="7")
    step = await started(browser, told, side_1="SELL", quantity_1="7")
    await authorise(installation, browser, step, ANY_BROKER)
    again = await looked_again(browser, step)
    status = await browser.submit(again, "/confirm", side_1="SELL", quantity_1="7")

    assert "Authorise the sale first" in told.words
    assert 'value="7"' in again.text
    async with installation.worker():
        assert (await ended(installation, flow))["filledQuantity"] == 7
    assert status.heading == "Placing your order"


async def test_what_was_filled_in_for_a_share_that_is_not_sold_any_more_is_not_another_ones(
    installation: Installation, browser: Browser
) -> None:
    """While the depository is at work the lines become others, as those of a basket do with what is held."""
    flow = await installation.create({"ticker": "TCS"})
    review = await to_review(installation, browser, flow, user="needs-edis")
    told = await browser.submit(review, "/confirm", side_1="SELL", quantity_1="7")
    step = await started(browser, told, side_1="SELL", quantity_1="7")
    await authorise(installation, browser, step, ANY_BROKER)

    await installation.services.database.execute(
        "update transactions set config = replace(config::text, 'TCS', 'INFY')::jsonb"
    )
    again = await looked_again(browser, step)

    assert "INFY" in again.words
    assert 'value="7"' not in again.text


async def test_a_form_without_the_step_places_nothing(installation: Installation, browser: Browser) -> None:
    """A form that somebody else wrote, and more than was released: it is read again before the sell."""
    flow = await installation.create({"ticker": "TCS"})
    review = await to_review(installation, browser, flow, user="needs-edis")
    early = await browser.submit(review, "/confirm", side_1="SELL", quantity_1="7")
    step = await started(browser, early, side_1="SELL", quantity_1="7")
    await authorise(installation, browser, step, ANY_BROKER)
    again = await looked_again(browser, step)

    more = await browser.submit(again, "/confirm", side_1="SELL", quantity_1="8")

    assert early.status == more.status == 422
    assert "Authorise the sale first" in more.words
    assert await installation.services.database.value("select count(*) from batches") == 0


async def test_who_turns_back_at_the_depository_finds_the_order_as_it_was(
    installation: Installation, browser: Browser
) -> None:
    flow = await installation.create(SELL)
    step = await started(browser, await to_review(installation, browser, flow, user="needs-edis"))
    await refuse(installation, browser, step, ANY_BROKER)

    still = await looked_again(browser, step)
    back = await browser.submit(still, "/confirm", depository="back")
    review = await browser.load(back)
    left = await browser.submit(review, "/cancel")

    assert "Not authorised yet" in still.words
    assert "Authorise the sale first" in review.words
    assert left.heading == "Cancelled"
    assert await installation.orders_at_broker() == []


async def test_who_has_a_standing_authorisation_does_not_see_the_step(
    installation: Installation, browser: Browser
) -> None:
    """DDPI and power of attorney."""
    flow = await installation.create(SELL)

    review = await to_review(installation, browser, flow)
    status = await browser.submit(review, "/confirm")

    assert "Authorise" not in review.words
    assert status.heading == "Placing your order"


async def test_a_broker_with_a_page_of_its_own_asks_there(own_database_url: str, tmp_path: Path) -> None:
    async with (
        installed(own_database_url, tmp_path, test_modes={ANY_BROKER: "redirect_basket"}) as installation,
        installation.browser() as browser,
    ):
        flow = await installation.create(SELL)

        review = await to_review(installation, browser, flow, user="needs-edis")
        basket = await browser.submit(review, "/confirm")

    assert "Authorise the sale first" not in review.words
    assert basket.heading == f"One more step at {ANY_NAME}"


async def test_a_sell_that_the_broker_refuses_is_placed_again_once_it_is_released(
    installation: Installation, browser: Browser
) -> None:
    """Its login does not say who has to: the order is refused, released, and goes again under another tag."""
    flow = await installation.create(SELL)
    async with installation.worker():
        status = await refused_at_broker(installation, browser, flow)
        home = status.url.partition("?")[0]
        step = await browser.get(f"{home}?depository=1")
        await authorise(installation, browser, step, LIMIT_BROKER)
        asked = await browser.get(f"{home}?depository=1")
        placed_before = len(await installation.orders_at_broker())
        await browser.submit(asked, "/again", decision="again")
        order = await ended(installation, flow)

    assert "Not authorised yet" in status.words
    assert "Place again" not in status.words
    assert f"{LIMIT_NAME} can sell these shares" in step.words
    assert asked.heading == "Your shares are authorised"
    assert placed_before == 1
    assert (order["status"], order["filledQuantity"]) == ("COMPLETE", 3)
    at_broker = await installation.orders_at_broker()
    assert len({one["tag"] for one in at_broker}) == len(at_broker) == 2


async def test_a_refused_sell_waits_for_whoever_is_at_the_depository_and_is_placed_again_from_there_only(
    installation: Installation, browser: Browser
) -> None:
    """TPIN and one-time password take minutes: it is not told to be in the queue meanwhile, and forms that somebody
    else wrote place nothing."""
    flow = await installation.create(SELL)
    async with installation.worker():
        status = await refused_at_broker(installation, browser, flow)
        home = status.url.partition("?")[0]
        await browser.submit(status, "/again", decision="again")
        forged = await browser.submit(status, "/again", decision="again", depository="1")
        installation.advance(120)
        await looked_at(installation)
        meanwhile = (await installation.transaction(flow)).settled_at
        await authorise(installation, browser, await browser.get(f"{home}?depository=1"), LIMIT_BROKER)
        await browser.submit(status, "/again", decision="again")
        placed_before = await installation.services.database.value("select count(*) from attempts")
        await browser.submit(await browser.get(f"{home}?depository=1"), "/again", decision="again")
        order = await ended(installation, flow)

    assert forged.heading == "Authorise your shares"
    assert (meanwhile, placed_before) == (None, 1)
    assert (order["status"], order["filledQuantity"]) == ("COMPLETE", 3)


async def become(installation: Installation, symbol: str, state: str) -> None:
    """What the broker's book would say of an order, as no worker reads it."""
    await installation.services.database.execute("update orders set state = $2 where symbol = $1", symbol, state)


async def test_what_is_refused_while_others_are_at_the_depository_goes_there_too(
    installation: Installation, browser: Browser
) -> None:
    """Released are the shares of the first order only: the second would be refused again, and again."""
    flow = await installation.create(SELL, INFY | {"type": "SELL"})
    async with installation.worker():
        status = await refused_at_broker(installation, browser, flow)
        both = "select count(*) = 2 from orders where state = 'UNAUTHORISED'"
        while not await installation.services.database.value(both):
            await asyncio.sleep(0.05)
    home = status.url.partition("?")[0]
    await become(installation, "INFY", "OPEN")
    step = await browser.get(f"{home}?depository=1")
    await authorise(installation, browser, step, LIMIT_BROKER)
    await become(installation, "INFY", "UNAUTHORISED")

    forged = await browser.submit(status, "/again", decision="again", depository="1")
    again = await browser.get(f"{home}?depository=1")
    await authorise(installation, browser, again, LIMIT_BROKER)
    released = await browser.get(f"{home}?depository=1")

    assert "INFY" not in step.words
    assert (forged.heading, again.heading) == ("Authorise your shares", "Authorise your shares")
    assert "INFY" in again.words
    assert released.heading == "Your shares are authorised"


async def test_what_is_refused_although_it_was_released_is_not_placed_again_and_again(
    installation: Installation, browser: Browser
) -> None:
    """Orders that rest have taken what was released: more of the same is asked for."""
    flow = await installation.create(SELL)
    async with installation.worker():
        status = await refused_at_broker(installation, browser, flow)
    home = status.url.partition("?")[0]
    await authorise(installation, browser, await browser.get(f"{home}?depository=1"), LIMIT_BROKER)
    await browser.submit(await browser.get(f"{home}?depository=1"), "/again", decision="again")
    await become(installation, "TCS", "UNAUTHORISED")

    again = await browser.get(f"{home}?depository=1")

    assert again.heading == "Authorise your shares"
    assert "150" in again.words


async def test_whose_login_ended_at_the_depository_logs_in_again(installation: Installation, browser: Browser) -> None:
    """S04: the order waits, and so does the step."""
    flow = await installation.create(SELL)
    async with installation.worker():
        status = await refused_at_broker(installation, browser, flow)
        home = status.url.partition("?")[0]
        transaction = await installation.transaction(flow)
        assert transaction.session_id is not None
        now = installation.services.clock.now()
        await installation.services.sessions.end(transaction.gateway_id, transaction.session_id, now)
        over = await browser.get(f"{home}?depository=1")
        hand_over = await browser.submit(over, "/broker")
        await browser.log_in(hand_over, "needs-edis")
        step = await browser.get(f"{home}?depository=1")

    assert f"Log in to {LIMIT_NAME}" in over.words
    assert step.heading == "Authorise your shares"


async def test_a_further_attempt_begins_without_what_was_known_of_the_first(
    installation: Installation, browser: Browser
) -> None:
    """There is none while the order is to be cancelled: no worker has ended it yet, and the investor has confirmed."""
    flow = await installation.create(SELL)
    async with installation.worker():
        await refused_at_broker(installation, browser, flow)
    services, gateway_id = installation.services, installation.gateway.gateway_id
    (before,) = await of_transactions(services.database, gateway_id, [flow.transaction_id], [])
    at = (gateway_id, before.batch_id, flow.transaction_id)
    placed = []
    for state in ("ASKED", "REFUSED"):
        wish = "update orders set cancel = jsonb_build_object('state', $1::text, 'asks', 1)"
        await services.database.execute(wish, state)
        placed.append(await place_again(services.database, *at, services.clock.now(), states={OrderState.UNAUTHORISED}))
    (after,) = await of_transactions(services.database, gateway_id, [flow.transaction_id], [])

    assert placed == [0, 1]
    assert before.orders[0].broker_status is not None
    again = after.orders[0]
    assert (again.state, again.attempt.number) == ("PLANNED", 2)
    assert (again.broker_order_id, again.exchange_order_id, again.broker_status) == (None, None, None)
    assert (again.reference, again.cancel, again.reason, again.message) == ({}, None, None, None)


async def test_a_refused_sell_that_is_left_stays_refused(installation: Installation, browser: Browser) -> None:
    """1004 is the code of it."""
    flow = await installation.create(SELL)
    async with installation.worker():
        status = await refused_at_broker(installation, browser, flow)
        await browser.submit(status, "/again", decision="leave")
        order = await ended(installation, flow)

    assert (order["status"], order["filledQuantity"]) == ("REJECTED", 0)
    assert order["errorCode"] == 1004
    assert len(await installation.orders_at_broker()) == 1


@pytest.mark.parametrize("word", ["go", "back", "start", "nonsense"])
async def test_a_word_of_the_step_where_there_is_none_changes_nothing(
    installation: Installation, browser: Browser, word: str
) -> None:
    flow = await installation.create(TCS)
    review = await to_review(installation, browser, flow)

    shown = await browser.submit(review, "/confirm", depository=word)

    assert shown.heading in ("Review your order", "Authorise your shares")
    assert (await installation.transaction(flow)).settled_at is None
    assert await installation.services.database.value("select count(*) from batches") == 0
