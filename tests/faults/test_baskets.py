"""A basket that the investor confirms in their broker's own page: what they do there, the order book tells us."""

import asyncio
from urllib.parse import urljoin

from tests.faults.stage import SHORT_LEASE, Stage, bought, sold, states
from tests.support.browser import Left, go
from tests.support.patience import PATIENCE
from torana.connectors.codes import with_names
from torana.connectors.contract import Variety
from torana.investors.models import LiveSession
from torana.orders.decide import returned, returned_with_login
from torana.orders.states import AttentionKind, OrderState
from torana.orders.store import hint

RETURN_URL = "http://gateway.example/returned"
RESTS = (None, None, 0)
"""When a batch is due, who has it until when, and how often it was tried in vain."""


async def at_the_broker(stage: Stage, transaction_id: str, action: str) -> str:
    """The browser posts the basket to the broker; the investor presses a button there. Where the browser ends."""
    batch = await stage.batch(transaction_id)
    session = await stage.services.sessions.by_id(stage.gateway.gateway_id, batch.session_id)
    assert session is not None
    connector = stage.services.connectors.get("test", stage.broker)
    assert connector.browser_orders is not None
    form = connector.browser_orders.form(
        session.as_session(),
        [with_names(order.request(Variety.REGULAR), stage.broker, "test") for order in batch.orders],
        return_url=RETURN_URL,
        ticket="state-of-the-test",
    )
    arrived = await go(stage.control, form.url, method="POST", fields=form.fields.items())
    for _ in range(4):
        if isinstance(arrived, Left):
            return arrived.url
        page_form = arrived.forms[0]
        button = next((each for each in page_form.buttons if each.value == action), page_form.buttons[0])
        fields = page_form.filled(dict.fromkeys(page_form.blanks, "123456"), button)
        arrived = await go(stage.control, urljoin(arrived.url, page_form.action), method="POST", fields=fields)
    raise AssertionError(arrived)


async def comes_back(stage: Stage, transaction_id: str) -> None:
    await returned(stage.services.database, stage.gateway.gateway_id, transaction_id, stage.services.clock.now())


async def test_a_basket_confirmed_at_the_broker_is_found_by_its_tags(uplink: Stage) -> None:
    session = await uplink.log_in()

    async with uplink.worker_here():
        transaction_id = await uplink.buy(session, ("TCS", 2), ("INFY", 1))
        assert (await at_the_broker(uplink, transaction_id, "place")).startswith(RETURN_URL)
        await comes_back(uplink, transaction_id)
        batch = await uplink.ended(transaction_id)

    assert states(batch) == [OrderState.COMPLETE, OrderState.COMPLETE]
    assert await uplink.requests() == 0, "the gateway must not place what the browser carries"
    await uplink.check(orders_at_broker=2)


async def test_a_basket_left_unconfirmed_is_not_placed(uplink: Stage) -> None:
    """A02, for baskets: not before the window after the return has passed."""
    session = await uplink.log_in()

    async with uplink.worker_here():
        transaction_id = await uplink.buy(session, ("TCS", 2))
        await at_the_broker(uplink, transaction_id, "cancel")
        await comes_back(uplink, transaction_id)
        batch = await uplink.until(transaction_id, lambda batch: batch.orders[0].attempt.lookups >= 2)
        assert states(batch) == [OrderState.CHECKING]
        uplink.advance(35)
        batch = await uplink.ended(transaction_id, step=1)

    assert states(batch) == [OrderState.NOT_PLACED]
    await uplink.check(orders_at_broker=0)


async def test_a_browser_that_never_comes_back_does_not_hide_its_orders(uplink: Stage) -> None:
    """U04, for baskets: the window was closed after the confirmation at the broker."""
    session = await uplink.log_in()

    async with uplink.worker_here():
        transaction_id = await uplink.buy(session, ("TCS", 2))
        await at_the_broker(uplink, transaction_id, "place")
        batch = await uplink.ended(transaction_id, step=0.5)

    assert states(batch) == [OrderState.COMPLETE]
    await uplink.check(orders_at_broker=1)


async def test_a_basket_that_never_reached_the_broker_ends_after_a_quarter_of_an_hour(uplink: Stage) -> None:
    session = await uplink.log_in()

    async with uplink.worker_here():
        transaction_id = await uplink.buy(session, ("TCS", 2))
        await uplink.until(transaction_id, lambda batch: batch.orders[0].attempt.lookups >= 1)
        uplink.advance(14 * 60)
        batch = await uplink.until(transaction_id, lambda batch: batch.orders[0].attempt.lookups >= 2)
        assert states(batch) == [OrderState.CHECKING]
        uplink.advance(120)
        batch = await uplink.ended(transaction_id, step=1)

    assert states(batch) == [OrderState.NOT_PLACED]
    await uplink.check(orders_at_broker=0)


async def test_a_basket_order_that_shows_after_it_was_given_up_is_a_correction(uplink: Stage) -> None:
    """A04, for baskets."""
    session = await uplink.log_in()

    async with uplink.worker_here():
        transaction_id = await uplink.buy(session, ("TCS", 2))
        await comes_back(uplink, transaction_id)
        uplink.advance(35)
        await uplink.ended(transaction_id, step=1)
        await at_the_broker(uplink, transaction_id, "place")
        uplink.advance(65)
        batch = await uplink.until(transaction_id, lambda batch: batch.orders[0].filled_quantity == 2, step=0.5)

    assert batch.orders[0].attention is AttentionKind.LATE_LANDING
    assert await uplink.events(transaction_id, "batch.corrected")
    await uplink.check(orders_at_broker=1)


async def test_a_worker_killed_while_the_investor_is_at_the_broker_changes_nothing(uplink: Stage) -> None:
    """P10, for baskets."""
    session = await uplink.log_in()
    holding = await uplink.holding(session)
    transaction_id = await uplink.buy(session, sold(holding, 1), bought("TCS", 2))

    worker = await uplink.start_worker(lease_seconds=SHORT_LEASE)
    await uplink.working(worker)
    await at_the_broker(uplink, transaction_id, "place")
    worker.kill()
    await comes_back(uplink, transaction_id)
    await uplink.start_worker()
    batch = await uplink.ended(transaction_id)

    assert states(batch) == [OrderState.COMPLETE, OrderState.COMPLETE]
    await uplink.check(orders_at_broker=2)


async def test_a_browser_that_comes_back_when_all_is_over_wakes_nobody_for_long(uplink: Stage) -> None:
    """U04: the worker had found the orders before the investor pressed Done. One look, and the batch rests again."""
    session = await uplink.log_in()

    async with uplink.worker_here():
        transaction_id = await uplink.buy(session, ("TCS", 2))
        await at_the_broker(uplink, transaction_id, "place")
        await uplink.ended(transaction_id, step=0.5)
        await comes_back(uplink, transaction_id)
        async with asyncio.timeout(PATIENCE):
            while await uplink.services.database.value("select (due_at, lease_until, attempts) from batches") != RESTS:
                await asyncio.sleep(0.05)


async def goes_on(stage: Stage, transaction_id: str, login: LiveSession) -> bool:
    """The browser brings another login from the basket."""
    async with stage.services.database.transaction() as connection:
        return await returned_with_login(
            connection,
            gateway_id=stage.gateway.gateway_id,
            transaction_id=transaction_id,
            investor_id=login.investor_id,
            session_id=login.session_id,
            now=stage.services.clock.now(),
        )


async def test_a_login_after_the_end_does_not_change_whose_orders_they_were(uplink: Stage) -> None:
    """I5, I7: the partner has been told already."""
    session = await uplink.log_in()
    other = await uplink.log_in("ravi")

    async with uplink.worker_here():
        transaction_id = await uplink.buy(session, ("TCS", 2))
        await at_the_broker(uplink, transaction_id, "place")
        await uplink.ended(transaction_id, step=0.5)
        changed = await goes_on(uplink, transaction_id, other)

    batch = await uplink.batch(transaction_id)
    assert not changed
    assert (batch.investor_id, batch.session_id) == (session.investor_id, session.session_id)


async def test_a_login_after_orders_were_given_up_looks_for_them_in_its_account(uplink: Stage) -> None:
    """A04, S02: what is still looked for may yet be found there."""
    session = await uplink.log_in()
    other = await uplink.log_in("ravi")

    async with uplink.worker_here():
        transaction_id = await uplink.buy(session, ("TCS", 2))
        await comes_back(uplink, transaction_id)
        uplink.advance(35)
        await uplink.ended(transaction_id, step=1)
        changed = await goes_on(uplink, transaction_id, other)

    assert changed
    assert (await uplink.batch(transaction_id)).investor_id == other.investor_id


async def reported(stage: Stage) -> None:
    """The broker's postback about the one order that they have, as the gateway takes it."""
    (order,) = await stage.ledger()
    woken = await hint(
        stage.services.database,
        broker=stage.broker,
        broker_order_id=order["orderId"],
        broker_user_id=order["account"],
        tag=order["askedTag"],
        now=stage.services.clock.now(),
    )
    assert woken == 1


async def test_an_order_that_the_broker_reports_in_another_account_is_not_called_unplaced(kite_basket: Stage) -> None:
    """S02, U03: the investor executed with another account, and their window never came back."""
    session = await kite_basket.log_in()

    async with kite_basket.worker_here():
        transaction_id = await kite_basket.buy(session, ("TCS", 2))
        await at_the_broker(kite_basket, transaction_id, "execute")
        await reported(kite_basket)
        await comes_back(kite_basket, transaction_id)
        kite_basket.advance(35)
        batch = await kite_basket.until(transaction_id, lambda batch: batch.orders[0].attention is not None, step=1)

    (sent,) = await kite_basket.ledger()
    assert sent["account"] != session.broker_user_id
    assert states(batch) == [OrderState.CHECKING]
    assert batch.orders[0].attention is AttentionKind.ELSEWHERE
    assert batch.orders[0].attention_text == (
        f"the broker has it in the account {sent['account']}, whose order book we cannot read"
    )
    assert batch.completed_at is None
    await kite_basket.check(orders_at_broker=1)


async def test_an_order_that_shows_in_another_account_after_it_was_given_up_is_a_correction(
    kite_basket: Stage,
) -> None:
    """A04, S02."""
    session = await kite_basket.log_in()

    async with kite_basket.worker_here():
        transaction_id = await kite_basket.buy(session, ("TCS", 2))
        await comes_back(kite_basket, transaction_id)
        kite_basket.advance(35)
        batch = await kite_basket.ended(transaction_id, step=1)
        assert states(batch) == [OrderState.NOT_PLACED]
        await at_the_broker(kite_basket, transaction_id, "execute")
        await reported(kite_basket)
        batch = await kite_basket.until(transaction_id, lambda batch: batch.orders[0].attention is not None, step=1)
        assert batch.orders[0].attention is AttentionKind.ELSEWHERE
        assert await kite_basket.events(transaction_id, "batch.corrected")
        assert await goes_on(kite_basket, transaction_id, await kite_basket.log_in("123456"))
        kite_basket.advance(65)
        batch = await kite_basket.until(transaction_id, lambda batch: batch.orders[0].filled_quantity == 2, step=0.5)

    assert states(batch) == [OrderState.COMPLETE]
    assert batch.orders[0].attention is AttentionKind.LATE_LANDING
    await kite_basket.check(orders_at_broker=1)


async def test_a_postback_of_the_same_account_marks_nothing(uplink: Stage) -> None:
    session = await uplink.log_in()

    async with uplink.worker_here():
        transaction_id = await uplink.buy(session, ("TCS", 2))
        await at_the_broker(uplink, transaction_id, "place")
        await reported(uplink)
        await comes_back(uplink, transaction_id)
        batch = await uplink.ended(transaction_id)

    assert states(batch) == [OrderState.COMPLETE]
    assert batch.orders[0].seen_in is None
