"""What is done about a cancellation, and what it is told to have become, by rows."""

from typing import Any

import pytest

from tests.orders.making import NOW, batch_of, order
from tests.support.brokers import ANY_BROKER
from torana.orders.cancel import (
    LONGEST_GAP,
    REFUSAL_STANDS,
    Next,
    after_answer,
    chosen,
    completed,
    next_step,
    status_of,
    told_status,
)
from torana.orders.models import Cancel, Order
from torana.orders.states import FINAL, CancelState, CancelStatus, OrderState
from torana.orders.store.cancel import Cancellation

S, C, T = OrderState, CancelState, CancelStatus
LATER = 1000.0


def asked(state: OrderState, cancel: CancelState | None = C.ASKED, **more: Any) -> Order:
    """An order of ten shares whose cancellation is as far as that; the broker was asked for it at second 100."""
    how = {name: more.pop(name) for name in ("sends", "message") if name in more}
    wish = None if cancel is None else Cancel(state=cancel, since=100.0, **how)
    return order(state, cancel=wish, **more)


@pytest.mark.parametrize(
    ("this", "watched", "step"),
    [
        (asked(S.OPEN, None), LATER, Next.NOTHING),
        (asked(S.OPEN), 0.0, Next.SEND),
        (asked(S.PARTIAL), 0.0, Next.SEND),
        (asked(S.AMO_QUEUED), 0.0, Next.SEND),
        (asked(S.PLACED), 0.0, Next.SEND),
        # whether it exists, the book says first
        (asked(S.SENDING), LATER, Next.WAIT),
        (asked(S.CHECKING), LATER, Next.WAIT),
        (asked(S.OPEN, broker_order_id=None), LATER, Next.WAIT),
        # it is not there, and does not go there any more
        (asked(S.PLANNED), 0.0, Next.WITHDRAW),
        (asked(S.PLANNED, None), LATER, Next.NOTHING),
        (asked(S.PLANNED, C.REFUSED), LATER, Next.NOTHING),
        (asked(S.ABSENT), LATER, Next.WITHDRAW),
        (asked(S.STALE), LATER, Next.WITHDRAW),
        (asked(S.UNAUTHORISED, C.TAKEN, sends=1), LATER, Next.WITHDRAW),
        (asked(S.UNAUTHORISED, C.REFUSED, sends=1), LATER, Next.NOTHING),
        # what has ended is not cancelled
        (asked(S.COMPLETE), LATER, Next.NOTHING),
        (asked(S.CANCELLED), LATER, Next.NOTHING),
        (asked(S.UNRESOLVED), LATER, Next.NOTHING),
        (asked(S.OPEN, C.REFUSED), LATER, Next.NOTHING),
        # taken: the book tells the rest, and where it goes on to show the order open nothing came of it
        (asked(S.OPEN, C.TAKEN, sends=1), 100.0 + LONGEST_GAP - 0.1, Next.WAIT),
        (asked(S.OPEN, C.TAKEN, sends=1), 100.0 + LONGEST_GAP, Next.SEND),
        # an answer that was lost, and a worker that ended before it: again, at growing gaps
        (asked(S.OPEN, C.UNKNOWN, sends=1), 100.9, Next.WAIT),
        (asked(S.OPEN, C.UNKNOWN, sends=1), 101.0, Next.SEND),
        (asked(S.OPEN, C.UNKNOWN, sends=3), 103.9, Next.WAIT),
        (asked(S.OPEN, C.UNKNOWN, sends=3), 104.0, Next.SEND),
        (asked(S.OPEN, C.SENDING, sends=1), 101.0, Next.SEND),
        (asked(S.OPEN, C.ASKED, sends=2), 101.9, Next.WAIT),
        (asked(S.OPEN, C.ASKED, sends=2), 102.0, Next.SEND),
        # for as long as the book shows it open
        (asked(S.OPEN, C.UNKNOWN, sends=9), 100.0 + LONGEST_GAP - 0.1, Next.WAIT),
        (asked(S.OPEN, C.UNKNOWN, sends=9), 100.0 + LONGEST_GAP, Next.SEND),
        (asked(S.OPEN, C.ASKED, sends=5000), 100.0 + LONGEST_GAP, Next.SEND),
    ],
)
def test_what_is_done_now(this: Order, watched: float, step: Next) -> None:
    assert next_step(this, watched) is step


@pytest.mark.parametrize(
    ("before", "answer", "after"),
    [
        (C.SENDING, C.TAKEN, C.TAKEN),
        (C.SENDING, C.REFUSED, C.REFUSED),
        (C.SENDING, C.UNKNOWN, C.UNKNOWN),
        # "already pending" to the repeat of a request that was taken is no refusal
        (C.TAKEN, C.REFUSED, C.TAKEN),
        (C.TAKEN, C.UNKNOWN, C.TAKEN),
        (C.TAKEN, C.ASKED, C.TAKEN),
    ],
)
def test_a_request_that_was_taken_stays_taken(before: CancelState, answer: CancelState, after: CancelState) -> None:
    told = after_answer(Cancel(state=before, since=100.0, sends=2), answer, "cancellation pending", 140.0)

    assert (told.state, told.since, told.sends) == (after, 140.0, 2)


def test_an_order_that_may_have_left_is_looked_for_before_it_is_withdrawn() -> None:
    """Q05."""
    assert next_step(asked(S.PLANNED), LATER, may_have_left=True) is Next.WAIT


@pytest.mark.parametrize(
    ("orders", "status"),
    [
        ([asked(S.CANCELLED)], T.CANCELLED),
        ([asked(S.EXPIRED)], T.CANCELLED),
        ([asked(S.NOT_PLACED)], T.CANCELLED),
        ([asked(S.CANCELLED, filled_quantity=4)], T.PARTIALLYFILLED),
        ([asked(S.COMPLETE, filled_quantity=10), asked(S.CANCELLED)], T.PARTIALLYFILLED),
        ([asked(S.COMPLETE, filled_quantity=10)], T.FILLED),
        ([asked(S.REJECTED)], T.REJECTED),
        ([asked(S.REJECTED), asked(S.CANCELLED)], T.CANCELLED),
        ([asked(S.OPEN, C.REFUSED)], T.REFUSED),
        ([asked(S.OPEN, C.REFUSED), asked(S.COMPLETE, filled_quantity=10)], T.REFUSED),
        ([asked(S.UNRESOLVED)], T.UNRESOLVED),
        # every end that there is, together
        ([asked(state) for state in (*FINAL, S.UNRESOLVED)], T.UNRESOLVED),
        ([asked(S.OPEN)], None),
        ([asked(S.OPEN, C.TAKEN)], None),
        ([asked(S.OPEN, C.UNKNOWN), asked(S.CANCELLED)], None),
        ([asked(S.ABSENT)], None),
    ],
)
def test_what_became_of_it(orders: list[Order], status: CancelStatus | None) -> None:
    """B06: what is filled is told as filled, whoever asked for what before."""
    assert told_status(orders) is status


@pytest.mark.parametrize(
    ("after", "looked", "status"),
    [(REFUSAL_STANDS, True, T.REFUSED), (REFUSAL_STANDS, False, None), (REFUSAL_STANDS - 0.1, True, None)],
)
def test_a_refusal_stands_once_a_later_book_shows_the_order_open(
    after: float, looked: bool, status: CancelStatus | None
) -> None:
    """A broker refuses what it has just filled, and its book may show the fill a moment later."""
    assert status_of([asked(S.OPEN, C.REFUSED)], 100.0 + after, looked=looked) is status


def test_a_line_is_cancelled_with_all_its_slices_and_at_its_exchange_alone() -> None:
    two = [order(S.OPEN, order_id="ord_1"), order(S.OPEN, order_id="ord_2")]
    batch = batch_of(
        *two, order(S.OPEN, order_id="ord_3", exchange="BSE"), order(S.OPEN, order_id="ord_4", symbol="ITC")
    )

    def ids(symbol: str | None, exchange: str | None = None) -> list[str]:
        return [one.order_id for one in chosen(batch, symbol, exchange)]

    assert ids("TCS") == ["ord_1", "ord_2", "ord_3"]
    assert ids("TCS", "NSE") == ["ord_1", "ord_2"]
    assert ids(None, "BSE") == ["ord_3"]
    assert ids(None) == ["ord_1", "ord_2", "ord_3", "ord_4"]


def test_partners_are_told_whose_cancellation_ended_and_how() -> None:
    waiting = Cancellation("gw_1", "TRX_2", "bat_1", ["ord_1"], NOW, "inv_1", "CANCEL_ORDER", "theirs")

    news = completed(batch_of(asked(S.CANCELLED)), waiting, T.CANCELLED)

    assert (news.type, news.notify_partner) == ("cancellation.completed", True)
    assert isinstance(news.data, dict)
    assert (news.data["cancelStatus"], news.data["cancelled"]) == (T.CANCELLED, True)
    assert [told["batchId"] for told in news.data["orderBatches"]] == ["bat_1"]
    assert {name: value for name, value in news.data.items() if name.islower()} == {
        "transaction_id": "TRX_2",
        "investor_id": "inv_1",
        "broker": ANY_BROKER,
        "intent": "CANCEL_ORDER",
        "notes": "theirs",
    } | {"cancelled": True}
