"""Group 2: ambiguous and hostile answers. Whatever the broker says or does not say, an order is placed at most once."""

import pytest

from tests.faults.stage import Stage, bought, sold, states
from torana.connectors.contract import Reason
from torana.orders.decide import leave, place_again
from torana.orders.models import AttemptState, AttentionKind, Batch, OrderState

WINDOW = 120
"""The settle window of both brokers, in seconds."""


def checking(batch: Batch) -> bool:
    return all(order.state is OrderState.CHECKING for order in batch.orders)


async def test_an_order_whose_answer_never_came_is_found_by_its_tag(stage: Stage) -> None:
    """A01."""
    session = await stage.log_in()
    await stage.fault("hang", placed=True)
    await stage.fault("missing", "orders", times=3)

    async with stage.worker_here():
        transaction_id = await stage.buy(session, ("TCS", 2))
        batch = await stage.until(transaction_id, lambda batch: batch.orders[0].attempt.state is AttemptState.UNKNOWN)
        assert checking(batch)
        batch = await stage.ended(transaction_id, step=0.2)

    assert states(batch) == [OrderState.COMPLETE]
    assert await stage.requests() == 1
    await stage.check(orders_at_broker=1)


async def test_an_order_that_was_not_placed_is_absent_after_the_settle_window_and_not_before(stage: Stage) -> None:
    """A02, R09."""
    session = await stage.log_in()
    await stage.fault("hang", placed=False)

    async with stage.worker_here():
        transaction_id = await stage.buy(session, ("TCS", 2))
        await stage.until(transaction_id, lambda batch: batch.orders[0].attempt.state is AttemptState.UNKNOWN)
        stage.advance(WINDOW - 20)
        looked = (await stage.orders(transaction_id))[0].attempt.lookups
        batch = await stage.until(transaction_id, lambda batch: batch.orders[0].attempt.lookups > looked)
        assert checking(batch), "it was called absent inside the window"
        stage.advance(25)
        batch = await stage.until(transaction_id, lambda batch: not checking(batch))

    assert states(batch) == [OrderState.ABSENT]
    assert await stage.requests() == 1
    await stage.check(orders_at_broker=0)


@pytest.mark.parametrize("after", [8, 90])
async def test_an_order_that_appears_late_is_adopted_and_not_sent_again(stage: Stage, after: int) -> None:
    """A03."""
    session = await stage.log_in()
    await stage.fault("hang", placed=True, appearsAfter=after)

    async with stage.worker_here():
        transaction_id = await stage.buy(session, ("TCS", 2))
        await stage.until(transaction_id, lambda batch: batch.orders[0].attempt.lookups >= 2)
        stage.advance(after)
        batch = await stage.ended(transaction_id, step=0.2)

    assert states(batch) == [OrderState.COMPLETE]
    assert await stage.requests() == 1
    await stage.check(orders_at_broker=1)


async def absent(stage: Stage, appears_after: int) -> str:
    """An order that is called absent although it will appear `appears_after` seconds after it was sent."""
    session = await stage.log_in()
    await stage.fault("hang", placed=True, appearsAfter=appears_after)
    transaction_id = await stage.buy(session, ("TCS", 2))
    await stage.until(transaction_id, lambda batch: batch.orders[0].attempt.state is AttemptState.UNKNOWN)
    stage.advance(WINDOW + 5)
    await stage.until(transaction_id, lambda batch: batch.orders[0].state is OrderState.ABSENT)
    return transaction_id


async def test_a_late_landing_before_the_investor_decided_is_adopted_with_an_alarm(stage: Stage) -> None:
    """A04."""
    async with stage.worker_here():
        transaction_id = await absent(stage, 200)
        stage.advance(100)
        batch = await stage.ended(transaction_id, step=1)

    assert states(batch) == [OrderState.COMPLETE]
    assert batch.orders[0].attention is AttentionKind.LATE_LANDING
    await stage.check(orders_at_broker=1)


async def test_a_late_landing_after_the_end_is_a_correction_that_the_partner_is_told(stage: Stage) -> None:
    """A04."""
    async with stage.worker_here():
        transaction_id = await absent(stage, 200)
        batch = await stage.batch(transaction_id)
        at, now = (batch.gateway_id, batch.batch_id, transaction_id), stage.services.clock.now()
        await leave(stage.services.database, *at, now, states={OrderState.ABSENT})
        batch = await stage.ended(transaction_id)
        assert states(batch) == [OrderState.NOT_PLACED]
        stage.advance(130)
        batch = await stage.until(transaction_id, lambda batch: batch.orders[0].state is OrderState.COMPLETE, step=1)

    assert batch.orders[0].attention is AttentionKind.LATE_LANDING
    corrected = await stage.events(transaction_id, "batch.corrected")
    assert corrected[-1]["batch"]["status"] == "COMPLETED"
    await stage.check(orders_at_broker=1)


async def test_a_late_landing_beside_its_second_attempt_is_flagged(stage: Stage) -> None:
    """A04: both are shown, and an operator is called."""
    async with stage.worker_here():
        transaction_id = await absent(stage, 200)
        await stage.heal()
        batch = await stage.batch(transaction_id)
        at, now = (batch.gateway_id, batch.batch_id, transaction_id), stage.services.clock.now()
        await place_again(stage.services.database, *at, now, states={OrderState.ABSENT})
        await stage.ended(transaction_id)
        stage.advance(130)
        batch = await stage.until(transaction_id, lambda batch: batch.orders[0].attention is not None, step=1)

    assert batch.orders[0].attention is AttentionKind.PLACED_TWICE
    assert batch.orders[0].attempt.number == 2
    await stage.check(orders_at_broker=2)


async def test_a_refusal_that_is_known_to_be_ambiguous_is_not_believed(kite: Stage) -> None:
    """A05: HTTP 400 "order request timed out", placed eight seconds later."""
    session = await kite.log_in()

    async with kite.worker_here():
        transaction_id = await kite.buy(session, ("TCS", 106))
        await kite.until(transaction_id, lambda batch: batch.orders[0].attempt.lookups >= 1)
        kite.advance(9)
        batch = await kite.ended(transaction_id, step=0.2)

    assert states(batch) == [OrderState.COMPLETE]
    await kite.check(orders_at_broker=1)


@pytest.mark.parametrize("placed", [True, False], ids=["placed", "not placed"])
@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
async def test_a_server_error_says_nothing_about_the_order(stage: Stage, status: int, *, placed: bool) -> None:
    """A06."""
    session = await stage.log_in()
    await stage.fault("status", status=status, placed=placed)

    async with stage.worker_here():
        transaction_id = await stage.buy(session, ("TCS", 2))
        if placed:
            batch = await stage.ended(transaction_id)
        else:
            await stage.until(transaction_id, lambda batch: batch.orders[0].attempt.lookups >= 1)
            stage.advance(WINDOW + 5)
            batch = await stage.until(transaction_id, lambda batch: not checking(batch))

    assert states(batch) == [OrderState.COMPLETE if placed else OrderState.ABSENT]
    assert await stage.requests() == 1
    await stage.check(orders_at_broker=int(placed))


@pytest.mark.parametrize(
    "kind",
    ["empty", "empty_object", "html", "truncated", "cut", "wrong_charset", "huge", "no_order_id", "drip"],
)
async def test_an_answer_that_cannot_be_read_leads_to_a_look_up(stage: Stage, kind: str) -> None:
    """A07, A08, A12."""
    session = await stage.log_in()
    await stage.fault(kind, placed=True)

    async with stage.worker_here():
        transaction_id = await stage.buy(session, ("TCS", 2))
        batch = await stage.ended(transaction_id)

    assert states(batch) == [OrderState.COMPLETE]
    assert await stage.requests() == 1
    await stage.check(orders_at_broker=1)


async def test_an_order_that_never_left_us_goes_again_under_the_same_tag(stage: Stage) -> None:
    """A09: the connection is refused."""
    session = await stage.log_in()
    transaction_id = await stage.buy(session, ("TCS", 2))
    tag = (await stage.orders(transaction_id))[0].tag
    await stage.wire.cut()

    async with stage.worker_here():
        batch = await stage.until(transaction_id, lambda batch: batch.orders[0].attempt.sends >= 2)
        assert batch.orders[0].attempt.state in (AttemptState.NOT_SENT, AttemptState.SENDING)
        await stage.wire.mend()
        batch = await stage.ended(transaction_id)

    assert states(batch) == [OrderState.COMPLETE]
    assert (batch.orders[0].attempt.number, batch.orders[0].tag) == (1, tag)
    await stage.check(orders_at_broker=1)


async def test_an_order_that_never_leaves_us_is_given_up_as_not_placed(stage: Stage) -> None:
    """A09: within limits."""
    session = await stage.log_in()
    transaction_id = await stage.buy(session, ("TCS", 2))
    await stage.wire.cut()

    async with stage.worker_here():
        batch = await stage.ended(transaction_id, step=0.5)

    assert states(batch) == [OrderState.NOT_PLACED]
    assert batch.orders[0].reason == "broker_unreachable"
    await stage.check(orders_at_broker=0)


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "reset_reused"])
async def test_a_broken_connection_is_never_followed_by_a_second_request(stage: Stage, kind: str) -> None:
    """A10."""
    session = await stage.log_in()
    await stage.fault(kind, placed=True)

    async with stage.worker_here():
        transaction_id = await stage.buy(session, ("TCS", 2))
        await stage.until(
            transaction_id, lambda batch: batch.orders[0].attempt.sends > 0 and batch.orders[0].state != "SENDING"
        )
        stage.advance(WINDOW + 5)
        batch = await stage.until(
            transaction_id, lambda batch: states(batch)[0] in (OrderState.COMPLETE, OrderState.ABSENT), step=0.2
        )

    there = len(await stage.ledger())
    assert batch.orders[0].attempt.lookups >= 1, "the fault did not strike"
    assert states(batch) == [OrderState.COMPLETE if there else OrderState.ABSENT]
    assert await stage.requests() <= 1
    await stage.check(orders_at_broker=there)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_of_an_order_is_not_followed(stage: Stage, status: int) -> None:
    """A11."""
    session = await stage.log_in()
    await stage.fault("redirect", status=status, placed=True)

    async with stage.worker_here():
        transaction_id = await stage.buy(session, ("TCS", 2))
        batch = await stage.ended(transaction_id)

    assert states(batch) == [OrderState.COMPLETE]
    assert await stage.requests() == 1
    await stage.check(orders_at_broker=1)


@pytest.mark.parametrize(
    ("reason", "ours"),
    [
        ("funds", Reason.INSUFFICIENT_FUNDS),
        ("circuit", Reason.PRICE_OUT_OF_BAND),
        ("freeze", Reason.QUANTITY_ABOVE_FREEZE),
        ("market_closed", Reason.MARKET_CLOSED),
    ],
)
async def test_a_definite_refusal_ends_the_order_with_its_reason(stage: Stage, reason: str, ours: Reason) -> None:
    """A13."""
    session = await stage.log_in()
    await stage.fault("reject", reason=reason, placed=False)

    async with stage.worker_here():
        transaction_id = await stage.buy(session, ("TCS", 2))
        batch = await stage.until(transaction_id, lambda batch: batch.orders[0].final_at is not None)

    assert states(batch) == [OrderState.REJECTED]
    assert batch.orders[0].reason == ours
    assert batch.orders[0].message
    assert batch.orders[0].attempt.lookups == 0
    await stage.check()


async def test_bytes_that_no_database_takes_stop_no_basket(stage: Stage) -> None:
    """A13: the words of a refusal carry U+0000 and a mark that turns the writing; the other order goes its way."""
    session = await stage.log_in()
    await stage.fault("status", status=400, placed=False, text="not\0 enough \u202efunds\x1b[2J")

    async with stage.worker_here():
        transaction_id = await stage.buy(session, ("TCS", 2), ("INFY", 3))
        batch = await stage.until(transaction_id, lambda batch: OrderState.COMPLETE in states(batch))

    said = [order.message for order in batch.orders if order.state is not OrderState.COMPLETE]
    assert said == ["not enough funds[2J"]
    await stage.check(orders_at_broker=1)


async def test_a_refusal_with_an_unseen_code_is_looked_up(stage: Stage) -> None:
    """A14."""
    session = await stage.log_in()
    await stage.fault("strange_reject", placed=False)

    async with stage.worker_here():
        transaction_id = await stage.buy(session, ("TCS", 2))
        batch = await stage.until(transaction_id, lambda batch: batch.orders[0].attempt.lookups >= 1)
        said = batch.orders[0].message
        assert (batch.orders[0].state, batch.orders[0].reason) == (OrderState.CHECKING, "refused_unknown_code")
        stage.advance(WINDOW + 5)
        batch = await stage.until(transaction_id, lambda batch: not checking(batch))

    assert states(batch) == [OrderState.ABSENT]
    assert said
    assert (batch.orders[0].reason, batch.orders[0].message) == ("refused_unknown_code", said)
    await stage.check(orders_at_broker=0)


async def test_an_order_that_is_there_all_the_same_was_not_refused(stage: Stage) -> None:
    """A14: what the broker said at first is told no more once the book shows the order."""
    session = await stage.log_in()
    await stage.fault("strange_reject", placed=True)

    async with stage.worker_here():
        transaction_id = await stage.buy(session, ("TCS", 2))
        batch = await stage.ended(transaction_id, step=0.2)

    assert states(batch) == [OrderState.COMPLETE]
    assert (batch.orders[0].reason, batch.orders[0].message) == (None, None)
    await stage.check(orders_at_broker=1)


async def test_an_order_of_another_client_is_never_taken_for_ours(kite: Stage) -> None:
    """A22: this broker is seen to drop tags, but the one candidate carries somebody else's."""
    session = await kite.log_in()
    await kite.fault("tag_dropped", times=1)
    await kite.fault("hang", placed=False)

    async with kite.worker_here():
        transaction_id = await kite.buy(session, ("INFY", 1), ("TCS", 2))
        await kite.until(transaction_id, lambda batch: any(order.attempt.lookups for order in batch.orders))
        await by_hand(kite, session.secrets["token"], tag="anotherapp")
        kite.advance(WINDOW + 5)
        batch = await kite.until(
            transaction_id, lambda batch: any(order.state is OrderState.ABSENT for order in batch.orders)
        )

    (lost,) = [order for order in batch.orders if order.state is OrderState.ABSENT]
    assert (lost.attention, lost.broker_order_id) == (None, None)


async def test_a_status_word_never_seen_keeps_the_order_open_and_calls_for_attention(stage: Stage) -> None:
    """A15."""
    session = await stage.log_in()

    async with stage.worker_here():
        transaction_id = await stage.buy(session, ("TCS", 110))
        batch = await stage.until(transaction_id, lambda batch: batch.orders[0].attention is not None)

    assert batch.orders[0].final_at is None
    assert batch.orders[0].attention is AttentionKind.UNKNOWN_STATUS
    await stage.check(orders_at_broker=1)


@pytest.mark.parametrize("kind", ["echo_symbol", "echo_side", "echo_quantity"])
async def test_another_order_than_the_one_sent_stops_the_basket(stage: Stage, kind: str) -> None:
    """A16: the sell comes back as something else, so the buys that wait for it are never sent."""
    session = await stage.log_in()
    holding = await stage.holding(session)
    await stage.fault(kind)

    async with stage.worker_here():
        transaction_id = await stage.buy(session, sold(holding, 1), bought("TCS", 1), bought("INFY", 1))
        batch = await stage.until(transaction_id, lambda batch: batch.orders[2].final_at is not None)

    assert batch.orders[0].attention is AttentionKind.MISMATCH
    assert states(batch)[1:] == [OrderState.NOT_PLACED, OrderState.NOT_PLACED]
    assert await stage.requests() == 1
    await stage.check(orders_at_broker=1)


async def test_the_id_of_somebody_elses_order_is_refused_by_its_tag(stage: Stage) -> None:
    """A17."""
    other = await stage.log_in("other")
    session = await stage.log_in()

    async with stage.worker_here():
        await stage.ended(await stage.buy(other, ("INFY", 1)))
        await stage.fault("foreign_order_id", placed=True)
        transaction_id = await stage.buy(session, ("TCS", 2))
        batch = await stage.ended(transaction_id, step=0.2)

    entry = next(order for order in await stage.ledger() if order["symbol"] == "TCS")
    assert batch.orders[0].broker_order_id == entry["orderId"]
    await stage.check(orders_at_broker=2)


@pytest.mark.parametrize("kind", ["status", "hang"])
async def test_a_look_up_that_fails_proves_no_absence(stage: Stage, kind: str) -> None:
    """A18: only a healthy look-up after the end of the window can."""
    session = await stage.log_in()
    await stage.fault("hang", placed=True, appearsAfter=60)
    how = {"status": 500} if kind == "status" else {}
    await stage.fault(kind, "orders", times=None, **how)
    await stage.fault("status", "order", times=None, status=500)

    async with stage.worker_here():
        transaction_id = await stage.buy(session, ("TCS", 2))
        await stage.until(transaction_id, lambda batch: batch.orders[0].attempt.state is AttemptState.UNKNOWN)
        stage.advance(WINDOW + 60)
        with pytest.raises(AssertionError, match="not in"):
            await stage.until(transaction_id, lambda batch: not checking(batch), seconds=2)
        await stage.heal()
        batch = await stage.ended(transaction_id, step=1)

    assert states(batch) == [OrderState.COMPLETE]
    await stage.check(orders_at_broker=1)


async def test_a_book_that_misses_what_it_has_shown_proves_no_absence(stage: Stage) -> None:
    """A18: no answer came for one order, and the book is empty although it has shown the other one."""
    session = await stage.log_in()
    await stage.fault("hang", placed=True, after=1, appearsAfter=60)

    async with stage.worker_here():
        transaction_id = await stage.buy(session, ("TCS", 2), ("INFY", 3))
        await stage.until(
            transaction_id,
            lambda batch: (
                sorted(states(batch)) == [OrderState.CHECKING, OrderState.COMPLETE]
                and max(order.attempt.lookups for order in batch.orders) >= 1
            ),
        )
        for operation in ("orders", "order"):
            await stage.fault("stale_empty", operation, times=None)
        stage.advance(WINDOW + 60)
        with pytest.raises(AssertionError, match="not in"):
            await stage.until(transaction_id, lambda batch: OrderState.CHECKING not in states(batch), seconds=2)
        await stage.heal()
        batch = await stage.ended(transaction_id, step=1)

    assert states(batch) == [OrderState.COMPLETE] * 2
    await stage.check(orders_at_broker=2)


async def test_a_book_that_lags_behind_is_read_again(stage: Stage) -> None:
    """A19."""
    session = await stage.log_in()
    await stage.fault("hang", placed=True)
    await stage.fault("missing", "orders", times=3)

    async with stage.worker_here():
        batch = await stage.ended(await stage.buy(session, ("TCS", 2)), step=0.1)

    assert states(batch) == [OrderState.COMPLETE]
    await stage.check(orders_at_broker=1)


async def test_an_order_is_found_in_a_book_of_3000_rows(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A20. A busy machine needs its time for so long a book."""
    monkeypatch.setattr("tests.faults.stage.PATIENCE", 5.0)
    session = await stage.log_in()
    await stage.fault("padded", "orders", times=None)
    await stage.fault("hang", placed=True)

    async with stage.worker_here():
        batch = await stage.ended(await stage.buy(session, ("TCS", 2)))

    assert states(batch) == [OrderState.COMPLETE]
    await stage.check(orders_at_broker=1)


async def test_one_untagged_order_at_a_broker_that_drops_tags_is_adopted(kite: Stage) -> None:
    """A22: the first order of the basket shows that tags are dropped here; no answer came for the second, which is
    found by what it is."""
    session = await kite.log_in()
    holding = await kite.holding(session)
    await kite.fault("tag_dropped", times=1)
    await kite.fault("hang", placed=False, times=1)

    async with kite.worker_here():
        transaction_id = await kite.buy(session, sold(holding, 1), bought("TCS", 2))
        await kite.until(transaction_id, lambda batch: batch.orders[1].attempt.lookups >= 1)
        await by_hand(kite, session.secrets["token"])
        kite.advance(WINDOW + 5)
        await kite.ended(transaction_id, step=0.5)

    detail = await kite.services.database.value(
        "select detail from attempts join orders using (gateway_id, order_id) where line = 2"
    )
    assert detail == "found by symbol, side, quantity and time: the broker drops tags"
    assert await kite.requests() == 3
    await kite.check(orders_at_broker=2)


async def test_two_orders_that_could_be_ours_are_left_to_a_human(kite: Stage) -> None:
    """A22."""
    session = await kite.log_in()
    await kite.fault("hang", placed=False)

    async with kite.worker_here():
        transaction_id = await kite.buy(session, ("TCS", 2))
        await kite.until(transaction_id, lambda batch: batch.orders[0].attempt.lookups >= 1)
        for _ in range(2):
            await by_hand(kite, session.secrets["token"])
        kite.advance(WINDOW + 5)
        batch = await kite.until(transaction_id, lambda batch: batch.orders[0].attention is not None)

    assert batch.orders[0].attention is AttentionKind.AMBIGUOUS
    assert batch.orders[0].broker_order_id is None
    await kite.check(orders_at_broker=2)


async def by_hand(stage: Stage, access_token: str, **more: str) -> None:
    """The investor places the same order in the broker's own app, untagged."""
    form = {
        "tradingsymbol": "TCS",
        "exchange": "NSE",
        "transaction_type": "BUY",
        "order_type": "MARKET",
        "quantity": "2",
        "product": "CNC",
        "validity": "DAY",
        "market_protection": "-1",
        **more,
    }
    headers = {"X-Kite-Version": "3", "Authorization": f"token sandboxkite:{access_token}"}
    async with stage.control.post(f"{stage.url}/kite/api/orders/regular", data=form, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
    stage.placed_by_hand += 1


async def test_an_order_that_was_accepted_and_silently_dropped_is_absent(stage: Stage) -> None:
    """A23."""
    session = await stage.log_in()
    await stage.fault("drop_second", times=None)

    async with stage.worker_here():
        transaction_id = await stage.buy(session, ("TCS", 2), ("INFY", 3))
        await stage.until(transaction_id, lambda batch: any(order.final_at for order in batch.orders))
        stage.advance(WINDOW + 5)
        batch = await stage.until(transaction_id, lambda batch: OrderState.ABSENT in states(batch), step=0.2)

    assert sorted(states(batch)) == [OrderState.ABSENT, OrderState.COMPLETE]
    await stage.check(orders_at_broker=1)


async def test_an_order_in_doubt_whose_login_ended_is_resolved_after_the_next_login(stage: Stage) -> None:
    """R05: it stays in doubt and asks for a login; the look-up goes on with the new one."""
    session = await stage.log_in()
    await stage.fault("hang", placed=True)
    await stage.fault("missing", "orders", times=2)

    async with stage.worker_here():
        transaction_id = await stage.buy(session, ("TCS", 2))
        await stage.until(transaction_id, lambda batch: batch.orders[0].attempt.state is AttemptState.UNKNOWN)
        await stage.tell("POST", "/sandbox/sessions/end", {"broker": stage.broker})
        batch = await stage.until(transaction_id, lambda batch: batch.orders[0].attention is not None, step=0.2)
        assert batch.orders[0].attention is AttentionKind.LOGIN_NEEDED
        assert checking(batch)
        await stage.log_in()
        batch = await stage.ended(transaction_id, step=1)

    assert states(batch) == [OrderState.COMPLETE]
    assert batch.orders[0].attention is None
    await stage.check(orders_at_broker=1)
