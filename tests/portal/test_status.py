"""Every state of an order has an honest word, and the result says what really happened."""

from datetime import UTC, datetime

import pytest

from tests.portal.samples import AFTERWARDS, ANY, NEXT_OPEN, batch, order
from tests.support.brokers import ANY_BROKER, ANY_NAME
from torana.connectors.contract import ExecutionMode, Reason, Side, Variety
from torana.flows.ordering.status import status_view
from torana.orders.models import Batch, Order
from torana.orders.states import AttentionKind, OrderState
from torana.pages.render import render
from torana.pages.views import Status, Tone

BASKET = ExecutionMode.REDIRECT_BASKET


def view(batch: Batch, *, settled: bool = False) -> Status:
    return status_view(
        AFTERWARDS, ANY, "AB1234", batch,
        app="Acme Invest", stream="/stream", next_open=NEXT_OPEN, settled=settled,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("state", "filled", "tone", "word"),
    [
        (OrderState.PLANNED, 0, Tone.WAIT, "Waiting to be sent"),
        (OrderState.SENDING, 0, Tone.WAIT, f"Sending to {ANY_NAME}"),
        (OrderState.CHECKING, 0, Tone.WAIT, f"Checking with {ANY_NAME}"),
        (OrderState.PLACED, 0, Tone.WAIT, f"Accepted by {ANY_NAME}"),
        (OrderState.OPEN, 0, Tone.QUEUE, "Open at the exchange"),
        (OrderState.PARTIAL, 3, Tone.PART, "3 of 10 filled, rest open"),
        (OrderState.AMO_QUEUED, 0, Tone.QUEUE, "Waiting in queue"),
        (OrderState.COMPLETE, 10, Tone.GOOD, "Filled at ₹3,200.50"),
        (OrderState.REJECTED, 0, Tone.BAD, "Rejected"),
        (OrderState.CANCELLED, 0, Tone.BAD, "Cancelled"),
        (OrderState.CANCELLED, 3, Tone.PART, "Partly filled, 3 of 10"),
        (OrderState.EXPIRED, 0, Tone.BAD, "Expired"),
        (OrderState.EXPIRED, 3, Tone.PART, "Partly filled, 3 of 10"),
        (OrderState.ABSENT, 0, Tone.ASK, f"Not found at {ANY_NAME}"),
        (OrderState.NOT_PLACED, 0, Tone.BAD, "Not placed"),
    ],
)
def test_each_state_has_its_word(state: OrderState, filled: int, tone: Tone, word: str) -> None:
    row = view(batch(order("TCS", 10, state, filled=filled))).rows[0]

    assert (row.tone, row.word) == (tone, word)


def test_no_state_is_without_a_word() -> None:
    for state in OrderState:
        assert view(batch(order("TCS", 10, state))).rows[0].word


@pytest.mark.parametrize("reason", list(Reason))
def test_a_rejection_is_told_in_plain_words_with_the_brokers_own_below(reason: Reason) -> None:
    rejected = order("TCS", 10, OrderState.REJECTED, reason=reason, message="RMS:Rule 16387 <b>")

    page = view(batch(rejected), settled=True)

    assert page.rows[0].original == "RMS:Rule 16387 <b>"
    assert bool(page.rows[0].detail) == (reason is not Reason.OTHER)
    assert "{" not in page.rows[0].detail
    assert f"{ANY_NAME} says:</span> <q>RMS:Rule 16387 &lt;b&gt;</q>".encode() in render(page)


def test_our_own_reason_is_never_put_into_the_brokers_mouth() -> None:
    stopped = order("TCS", 10, OrderState.NOT_PLACED, reason="stopped", message="the login at the broker ended")

    row = view(batch(stopped), settled=True).rows[0]

    assert row.original == ""
    assert row.detail == "It was not sent."


def test_before_the_investor_came_back_a_basket_waits_for_him() -> None:
    waiting = view(batch(order("TCS", 10, OrderState.CHECKING), mode=BASKET))
    back = view(
        batch(order("TCS", 10, OrderState.CHECKING), mode=BASKET, returned_at=datetime(2026, 11, 18, tzinfo=UTC))
    )

    assert (waiting.title, waiting.rows[0].word) == (f"Finish at {ANY_NAME}", f"Waiting for you at {ANY_NAME}")
    assert (back.title, back.rows[0].word) == (f"Checking with {ANY_NAME}", f"Checking with {ANY_NAME}")


@pytest.mark.parametrize(
    ("orders", "tone", "title"),
    [
        ([order("TCS", 1, OrderState.COMPLETE)], Tone.GOOD, "Your order is filled"),
        ([order("TCS", 1, OrderState.COMPLETE)] * 3, Tone.GOOD, "Your 3 orders are filled"),
        ([order("TCS", 1, OrderState.REJECTED)], Tone.BAD, "Your order was rejected"),
        ([order("TCS", 1, OrderState.NOT_PLACED)] * 2, Tone.BAD, "Nothing was placed"),
        ([order("TCS", 1, OrderState.REJECTED), order("TCS", 1, OrderState.CANCELLED)], Tone.BAD, "Nothing was filled"),
        ([order("TCS", 5, OrderState.CANCELLED, filled=2)], Tone.PART, "2 of 5 bought"),
        (
            [order("TCS", 1, OrderState.COMPLETE), order("INFY", 1, OrderState.REJECTED)],
            Tone.PART,
            "1 filled and 1 not filled",
        ),
        (
            [order("TCS", 1, OrderState.COMPLETE), order("INFY", 1, OrderState.OPEN)],
            Tone.PART,
            "1 filled and 1 open",
        ),
        (
            [order("TCS", 1, OrderState.COMPLETE), order("INFY", 109, OrderState.PARTIAL, filled=43)],
            Tone.PART,
            "1 filled and 1 partly filled",
        ),
        (
            [order("TCS", 1, OrderState.REJECTED), order("INFY", 125, OrderState.CANCELLED, filled=50)],
            Tone.PART,
            "1 partly filled and 1 not filled",
        ),
        ([order("TCS", 1, OrderState.OPEN)] * 2, Tone.QUEUE, f"Your 2 orders are with {ANY_NAME}"),
    ],
)
def test_the_result_says_what_happened(orders: list[Order], tone: Tone, title: str) -> None:
    result = view(batch(*orders), settled=True)

    assert (result.tone, result.title) == (tone, title)
    assert result.ending is not None
    assert (result.ending.seconds is not None) == (tone in (Tone.GOOD, Tone.QUEUE))


def test_a_rejection_does_not_count_down_away_from_its_reason() -> None:
    result = view(batch(order("TCS", 1, OrderState.REJECTED)), settled=True)

    assert result.ending is not None
    assert result.ending.seconds is None


def test_the_queue_names_the_next_opening() -> None:
    result = view(batch(order("TCS", 1, OrderState.AMO_QUEUED), variety=Variety.AMO), settled=True)

    assert result.text == f"{ANY_NAME} sends it to the exchange on Thursday 19 November at 09:15."


def test_what_was_paid_is_what_was_filled() -> None:
    bought = order("TCS", 10, OrderState.CANCELLED, filled=4)
    sold = order("ITC", 100, OrderState.COMPLETE, side=Side.SELL)

    paid = view(batch(bought), settled=True).total
    received = view(batch(bought, sold), settled=True).total
    nothing = view(batch(order("TCS", 1, OrderState.REJECTED)), settled=True).total

    assert paid is not None
    assert (paid.label, paid.value) == ("Bought for, before charges", "₹12,802.00")
    assert received is not None
    assert (received.label, received.value) == ("Net to receive, before charges", "₹28,458.00")
    assert nothing is None


def test_a_login_that_ended_underway_is_asked_for_again() -> None:
    """R05."""
    page = view(batch(order("TCS", 1, OrderState.CHECKING, attention=AttentionKind.LOGIN_NEEDED)))

    assert page.title == f"Your {ANY_NAME} login has ended"
    assert page.action is not None
    assert page.action.fields == {"broker": ANY_BROKER}


@pytest.mark.parametrize("state", [OrderState.AMO_QUEUED, OrderState.OPEN])
def test_a_login_that_ended_after_the_result_was_told_is_asked_for_on_the_same_page(state: OrderState) -> None:
    """R05: an after-market order outlives the login with which it was placed."""
    orders = batch(order("TCS", 1, state, attention=AttentionKind.LOGIN_NEEDED), variety=Variety.AMO)
    page = view(orders, settled=True)
    told = render(page)

    assert (page.tone, page.title) == (Tone.NOTE, f"Your {ANY_NAME} login has ended")
    assert page.action is not None
    assert page.action.fields == {"broker": ANY_BROKER}
    assert f"Log in to {ANY_NAME}".encode() in told
    assert page.ending is not None
    assert page.ending.seconds is None
    assert told.count(b'class="primary"') == 1


@pytest.mark.parametrize("settled", [False, True])
def test_who_has_logged_in_again_is_not_asked_once_more(*, settled: bool) -> None:
    """The worker has not looked yet."""
    orders = batch(order("TCS", 1, OrderState.AMO_QUEUED, attention=AttentionKind.LOGIN_NEEDED), variety=Variety.AMO)
    page = status_view(
        AFTERWARDS, ANY, "AB1234", orders,
        app="Acme Invest", stream="/stream", next_open=NEXT_OPEN, settled=settled, logged_in=True,
    )  # fmt: skip

    assert page.action is None
    assert "login" not in page.title


def test_what_does_not_fit_is_said() -> None:
    page = view(batch(order("TCS", 1, OrderState.OPEN, attention=AttentionKind.MISMATCH)))

    assert page.notices[0].title == "We are checking this"
    assert "integrity" not in page.notices[0].text


def test_two_absent_orders_are_one_question() -> None:
    page = view(batch(order("TCS", 1, OrderState.ABSENT), order("INFY", 1, OrderState.ABSENT)))

    assert page.question is not None
    assert page.question.leave == "Finish without them"
    assert page.text == f"{ANY_NAME} does not have 2 of your orders. Place them again?"


def test_while_an_order_may_still_be_asked_about_nobody_is_sent_away() -> None:
    """A CHECKING order can end as a question; whoever closed the window would never see it."""
    asked = {
        state for state in OrderState if "You can close this window" not in view(batch(order("TCS", 1, state))).remark
    }
    placed = order("TCS", 1, OrderState.PLACED, broker_status="OPEN PENDING")
    looking = view(batch(order("ITC", 1, OrderState.COMPLETE), order("TCS", 1, OrderState.CHECKING)))
    basket = view(
        batch(order("TCS", 1, OrderState.CHECKING), mode=BASKET, returned_at=datetime(2026, 11, 18, tzinfo=UTC))
    )

    assert asked == {
        OrderState.PLANNED,
        OrderState.SENDING,
        OrderState.CHECKING,
        OrderState.PLACED,
        OrderState.ABSENT,
        OrderState.STALE,
        OrderState.UNAUTHORISED,
    }
    assert "You can close this window" in view(batch(placed)).remark
    assert looking.remark == "Stay a moment: this can take two minutes, and we may ask you one thing."
    assert "You can close this window" in basket.remark


@pytest.mark.parametrize("side", list(Side))
def test_an_overfill_is_told_with_both_numbers_and_stays(side: Side) -> None:
    """B07."""
    over = order("ITC", 124, OrderState.COMPLETE, side=side, filled=125, attention="overfilled: 125 of 124")
    page = view(batch(order("TCS", 1, OrderState.COMPLETE), over), settled=True)
    underway = view(batch(over))

    said = f"{'Bought' if side is Side.BUY else 'Sold'} 125 ITC, you ordered 124."
    assert (page.tone, page.title, page.text) == (Tone.NOTE, f"{ANY_NAME} filled more than you ordered", said)
    assert page.rows[1].detail == underway.rows[0].detail == said
    assert page.notices
    assert page.ending is not None
    assert page.ending.seconds is None


@pytest.mark.parametrize("state", [OrderState.COMPLETE, OrderState.OPEN, OrderState.AMO_QUEUED, OrderState.CANCELLED])
def test_a_result_keeps_its_notice_and_does_not_close_itself(state: OrderState) -> None:
    page = view(batch(order("TCS", 1, state, attention="gone: the order book lost it")), settled=True)

    assert page.notices[0].title == "We are checking this"
    assert page.ending is not None
    assert page.ending.seconds is None


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (OrderState.CHECKING, "We are checking the order book."),
        (OrderState.ABSENT, "its order book does not show it."),
        (OrderState.NOT_PLACED, "its order book does not show it."),
    ],
)
def test_a_refusal_with_an_unknown_code_is_told_as_a_refusal(state: OrderState, told: str) -> None:
    """A14."""
    refused = order("TCS", 10, state, reason="refused_unknown_code", message="RMS:Rule 4711 applies")

    row = view(batch(refused)).rows[0]

    assert row.detail.startswith(f"{ANY_NAME} refused it with a code we do not know")
    assert row.detail.endswith(told)
    assert row.original == "RMS:Rule 4711 applies"
    assert "connection" not in row.detail
