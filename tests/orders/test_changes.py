"""What the constructors of a change write, field by field."""

from datetime import timedelta

import pytest

from tests.portal.samples import order
from torana.orders import changes
from torana.orders.models import AttemptState, DoubtReason, OrderState

SENT = order("TCS", 2, OrderState.SENDING)


def test_an_order_in_doubt_keeps_what_the_broker_said() -> None:
    refused = changes.in_doubt(SENT, 7.0, "d" * 501, refusal="Rule 7-Q")
    silent = changes.in_doubt(SENT, 7.0, "no answer")

    assert (refused.state, refused.attempt_state) == (OrderState.CHECKING, AttemptState.UNKNOWN)
    assert (refused.reason, refused.message) == (DoubtReason.REFUSED_UNKNOWN_CODE, "Rule 7-Q")
    assert refused.detail == "d" * 500
    assert refused.doubt_since == 7.0
    assert (silent.reason, silent.message, silent.detail) == (None, None, "no answer")
    assert not silent.forget_broker_order_id
    assert changes.in_doubt(SENT, 7.0, "", forget_id=True).forget_broker_order_id


def test_an_order_in_doubt_began_when_it_was_sent_or_else_when_it_was_planned() -> None:
    sent_at = SENT.attempt.planned_at + timedelta(seconds=1)
    began = order("TCS", 2, OrderState.SENDING)
    began.attempt.started_at = sent_at
    unknown = order("TCS", 2, OrderState.PLANNED)
    unknown.attempt.started_at = None

    assert changes.in_doubt(began, 0.0, "").started_at is None  # it stays
    assert changes.in_doubt(unknown, 0.0, "").started_at == unknown.attempt.planned_at


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, DoubtReason.NOT_FOUND),
        ("insufficient_funds", DoubtReason.NOT_FOUND),
        (DoubtReason.REFUSED_UNKNOWN_CODE, DoubtReason.REFUSED_UNKNOWN_CODE),
    ],
)
def test_an_absent_order_says_that_it_was_refused_if_it_was(before: str | None, after: DoubtReason) -> None:
    absent = changes.absent(order("TCS", 2, OrderState.CHECKING, reason=before), 9.0, "not found", lookups=3)

    assert (absent.state, absent.attempt_state) == (OrderState.ABSENT, AttemptState.ABSENT)
    assert (absent.reason, absent.detail, absent.doubt_since, absent.lookups) == (after, "not found", 9.0, 3)


def test_an_order_that_is_not_placed_says_why() -> None:
    change = changes.not_placed(SENT, "cancelled", "by the investor")

    assert (change.state, change.reason, change.message) == (OrderState.NOT_PLACED, "cancelled", "by the investor")
