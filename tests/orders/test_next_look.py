"""When a batch is looked at again, by rows."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.orders.making import NOW, SENT, batch_of, order
from torana.connectors.contract import Side
from torana.market.calendar import trading_of
from torana.orders.models import Order
from torana.orders.states import AttentionKind, OrderState
from torana.orders.work import AFTER_CLOSE, next_due

S = OrderState
BOOK_UNTIL = NOW + timedelta(hours=12)


def seconds_to(*orders: Order, created: float = 600.0, buys_wait: bool = False) -> float | None:
    """From now to the next look at an open batch that was created so many seconds ago."""
    one = batch_of(*orders)
    one.created_at, one.buys_wait = NOW - timedelta(seconds=created), buys_wait
    due = next_due(one, NOW, looked_at=NOW, book_until=BOOK_UNTIL)
    return None if due is None else (due - NOW).total_seconds()


@pytest.mark.parametrize(
    ("sends", "gap"),
    [(0, 0.3), (1, 1.0), (2, 2.0), (3, 4.0), (5, 16.0), (6, 30.0), (40, 30.0)],
)
def test_a_planned_order_is_tried_again_more_and_more_slowly(sends: int, gap: float) -> None:
    assert seconds_to(order(S.PLANNED, attempt={"sends": sends})) == gap


@pytest.mark.parametrize("state", [S.ABSENT, S.STALE])
def test_an_order_that_waits_for_the_investor_is_looked_at_twice_a_minute(state: OrderState) -> None:
    assert seconds_to(order(state)) == 30.0


def test_an_order_whose_end_was_not_seen_is_looked_at_each_hour() -> None:
    assert seconds_to(order(S.UNRESOLVED)) == 3600.0


@pytest.mark.parametrize(
    ("lookups", "attention", "gap"),
    [
        (0, None, 0.5),
        (1, None, 1.0),
        (3, None, 4.0),
        (4, None, 8.0),
        (60, None, 8.0),
        (0, AttentionKind.LOGIN_NEEDED, 0.5),
        (0, AttentionKind.AMBIGUOUS, 10.0),
    ],
)
def test_an_order_in_doubt_is_looked_for_more_and_more_slowly(
    lookups: int, attention: AttentionKind | None, gap: float
) -> None:
    """One that a person must clear up is read at the pace of its age."""
    assert seconds_to(order(S.CHECKING, attempt={"lookups": lookups}, attention=attention)) == gap


@pytest.mark.parametrize(
    ("age", "gap"),
    [
        (0, 0.4),
        (5, 0.4),
        (5.1, 1.0),
        (30, 1.0),
        (30.1, 3.0),
        (120, 3.0),
        (121, 10.0),
        (600, 10.0),
        (601, 30.0),
        (3600, 30.0),
        (3601, 120.0),
        (90_000, 120.0),
        (-1, 3.0),
    ],
)
def test_the_book_is_read_the_more_slowly_the_older_the_last_news_is(age: float, gap: float) -> None:
    """News from the future, which somebody who set the time back has left, count as a minute old."""
    assert seconds_to(order(S.OPEN, updated_at=NOW - timedelta(seconds=age)), created=100_000) == gap


def test_a_batch_that_was_just_confirmed_is_new_whatever_its_orders_say() -> None:
    assert seconds_to(order(S.OPEN, updated_at=NOW - timedelta(hours=2)), created=1) == 0.4


def test_the_order_that_is_due_first_decides() -> None:
    resting = order(S.OPEN, updated_at=NOW - timedelta(hours=2))

    assert seconds_to(resting, order(S.PLANNED, attempt={"sends": 0}), created=100_000) == 0.3
    assert seconds_to(resting, order(S.COMPLETE, updated_at=NOW), created=100_000) == 120.0


def test_buys_that_wait_for_sells_wait_at_the_sells_own_pace() -> None:
    resting = order(S.OPEN, side=Side.SELL, updated_at=NOW - timedelta(hours=2))
    sold = order(S.COMPLETE, side=Side.SELL, updated_at=NOW)
    waiting = order(S.PLANNED, attempt={"sends": 0})

    assert seconds_to(resting, waiting, created=100_000, buys_wait=True) == 120.0
    assert seconds_to(sold, waiting, created=100_000, buys_wait=True) == 0.3


def test_a_batch_whose_orders_all_ended_elsewhere_is_due_at_once() -> None:
    assert seconds_to(order(S.COMPLETE)) == 0.0


def ended(state: OrderState, ago: timedelta, *, unread: bool = False, book_until: datetime = BOOK_UNTIL) -> Any:
    batch = batch_of(order(state))
    batch.completed_at = NOW - ago
    return next_due(batch, NOW, looked_at=NOW, book_until=book_until, unread=unread)


CLOSE = trading_of(SENT.date())[1] + AFTER_CLOSE


@pytest.mark.parametrize(
    ("ago", "due"),
    [
        (timedelta(0), NOW + timedelta(minutes=1)),
        (timedelta(seconds=59), NOW + timedelta(seconds=1)),
        (timedelta(minutes=1), NOW + timedelta(minutes=4)),
        (timedelta(minutes=5), NOW + timedelta(minutes=10)),
        (timedelta(minutes=15), NOW + timedelta(minutes=45)),
        (timedelta(hours=1), CLOSE),
    ],
)
def test_an_end_that_a_broker_may_correct_is_looked_at_five_times_more(ago: timedelta, due: datetime) -> None:
    assert ended(S.CANCELLED, ago) == due


def test_after_the_close_nothing_more_is_looked_for() -> None:
    batch = batch_of(order(S.CANCELLED))
    batch.completed_at = NOW
    late = CLOSE + timedelta(seconds=1)
    batch.completed_at = late - timedelta(hours=2)

    assert next_due(batch, late, looked_at=late, book_until=BOOK_UNTIL) is None


@pytest.mark.parametrize(
    ("state", "cancelling", "seconds"),
    [
        (S.OPEN, False, 10.0),  # it landed late, after its batch had ended
        (S.OPEN, True, 10.0),
        (S.UNRESOLVED, True, 3600.0),
        (S.CANCELLED, True, 0.0),
        (S.COMPLETE, True, 0.0),
    ],
)
def test_a_batch_that_had_ended_is_followed_while_an_order_of_it_is_open(
    state: OrderState, seconds: float, *, cancelling: bool
) -> None:
    """Whoever waits for a cancellation is told at once when all has ended, and nobody asks again and again before."""
    batch = batch_of(order(state, updated_at=NOW - timedelta(minutes=5)))
    batch.completed_at, batch.cancelling = NOW - timedelta(minutes=20), cancelling
    batch.created_at = NOW - timedelta(hours=2)

    due = next_due(batch, NOW, looked_at=NOW, book_until=BOOK_UNTIL)

    assert due is not None
    assert (due - NOW).total_seconds() == seconds
    assert not batch.over


@pytest.mark.parametrize("state", [S.COMPLETE])
def test_an_end_that_nobody_corrects_is_over(state: OrderState) -> None:
    assert ended(state, timedelta(0)) is None


@pytest.mark.parametrize(
    ("unread", "book_until", "minutes"),
    [
        (True, NOW + timedelta(seconds=1), 5.0),
        (True, NOW, 45.0),
        (False, NOW + timedelta(hours=1), 45.0),
    ],
)
def test_a_late_look_that_read_nothing_is_made_again_while_the_broker_keeps_the_book(
    book_until: datetime, minutes: float, *, unread: bool
) -> None:
    due = ended(S.CANCELLED, timedelta(minutes=15), unread=unread, book_until=book_until)

    assert (due - NOW).total_seconds() == minutes * 60
