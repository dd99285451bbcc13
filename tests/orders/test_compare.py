"""Our orders beside a broker's book: which differences are seen, and which are none."""

from dataclasses import replace

import msgspec
import pytest

from tests.support.brokers import ANY_BROKER
from torana.connectors.contract import BrokerOrder, BrokerStatus, Side
from torana.orders.compare import DifferenceKind, differences
from torana.orders.states import AttemptState, OrderState
from torana.orders.store import Recorded

TAG = "123456789012345"
OURS = Recorded("live", ANY_BROKER, "AB1234", "ord_1", OrderState.COMPLETE, 2, TAG, AttemptState.ACCEPTED, True)
THEIRS = BrokerOrder(
    broker_order_id="900",
    exchange_order_id=None,
    tag=TAG,
    symbol="TCS",
    exchange="NSE",
    side=Side.BUY,
    delivery=True,
    quantity=2,
    filled_quantity=2,
    average_price=0,
    status=BrokerStatus.COMPLETE,
    raw_status="COMPLETE",
    message=None,
    reason=None,
    placed_at=None,
)


@pytest.mark.parametrize(
    ("state", "attempt", "status", "seen"),
    [
        (OrderState.PLANNED, AttemptState.PLANNED, BrokerStatus.COMPLETE, DifferenceKind.UNRECORDED_SEND),
        (OrderState.PLANNED, AttemptState.PLANNED, BrokerStatus.REJECTED, DifferenceKind.UNRECORDED_SEND),
        (OrderState.PLANNED, AttemptState.NOT_SENT, BrokerStatus.OPEN, DifferenceKind.UNRECORDED_SEND),
        (OrderState.ABSENT, AttemptState.ABSENT, BrokerStatus.OPEN, DifferenceKind.UNRECORDED_SEND),
        (OrderState.NOT_PLACED, AttemptState.ABSENT, BrokerStatus.COMPLETE, DifferenceKind.UNRECORDED_SEND),
        (OrderState.REJECTED, AttemptState.REJECTED, BrokerStatus.COMPLETE, DifferenceKind.UNRECORDED_SEND),
        (OrderState.REJECTED, AttemptState.REJECTED, BrokerStatus.REJECTED, None),
        (OrderState.SENDING, AttemptState.SENDING, BrokerStatus.COMPLETE, None),
        (OrderState.CHECKING, AttemptState.UNKNOWN, BrokerStatus.COMPLETE, None),
        (OrderState.OPEN, AttemptState.ACCEPTED, BrokerStatus.COMPLETE, None),
        (OrderState.COMPLETE, AttemptState.ACCEPTED, BrokerStatus.COMPLETE, None),
        (OrderState.CANCELLED, AttemptState.ACCEPTED, BrokerStatus.COMPLETE, DifferenceKind.OTHER_END),
        (OrderState.COMPLETE, AttemptState.ACCEPTED, BrokerStatus.OPEN, DifferenceKind.OTHER_END),
        (OrderState.COMPLETE, AttemptState.ACCEPTED, BrokerStatus.UNKNOWN, None),
    ],
)
def test_one_order_in_the_book_is_compared_with_its_attempt(
    state: OrderState, attempt: AttemptState, status: BrokerStatus, seen: DifferenceKind | None
) -> None:
    ours = msgspec.structs.replace(OURS, state=state, attempt_state=attempt)

    found = differences(ANY_BROKER, [ours], [replace(THEIRS, status=status)], {TAG})

    assert [difference.kind for difference in found] == ([] if seen is None else [seen])


def test_another_filled_quantity_is_another_end() -> None:
    (found,) = differences(ANY_BROKER, [OURS], [replace(THEIRS, filled_quantity=1)], {TAG})

    assert (found.kind, found.subject) == (DifferenceKind.OTHER_END, "ord_1")


@pytest.mark.parametrize("state", OrderState)
def test_two_orders_with_one_tag_are_seen_whatever_state_ours_is_in(state: OrderState) -> None:
    """Q05."""
    book = [THEIRS, replace(THEIRS, broker_order_id="901")]

    (found,) = differences(ANY_BROKER, [msgspec.structs.replace(OURS, state=state)], book, {TAG})

    assert (found.kind, found.detail) == (DifferenceKind.DUPLICATE_TAG, "broker orders 900, 901")


def test_one_order_that_a_book_shows_twice_is_one_order() -> None:
    """Between two of its pages an order may move on."""
    assert differences(ANY_BROKER, [OURS], [THEIRS, THEIRS], {TAG}) == []


@pytest.mark.parametrize("known_tags", [{TAG}, set()])
def test_two_orders_with_one_tag_are_seen_without_an_attempt_at_hand(known_tags: set[str]) -> None:
    (found,) = differences(ANY_BROKER, [], [THEIRS, replace(THEIRS, broker_order_id="901")], known_tags)

    assert (found.kind, found.subject) == (DifferenceKind.DUPLICATE_TAG, TAG)


@pytest.mark.parametrize(
    ("tag", "known", "seen"),
    [
        (TAG, False, True),
        (TAG, True, False),
        (None, False, False),
    ],
)
def test_a_tag_of_our_form_that_nobody_here_knows_is_seen(tag: str | None, known: bool, seen: bool) -> None:
    found = differences(ANY_BROKER, [], [replace(THEIRS, tag=tag)], {TAG} if known else set())

    assert [difference.kind for difference in found] == [DifferenceKind.UNKNOWN_TAG] * seen


def test_an_order_that_the_book_lacks_is_no_difference() -> None:
    """Books are cleared overnight."""
    assert differences(ANY_BROKER, [OURS], [], set()) == []
