"""What the constructors of a change write, field by field."""

import msgspec
import pytest

from tests.portal.samples import order
from torana.orders import changes
from torana.orders.changes import Change
from torana.orders.commit import applied
from torana.orders.models import Cancel
from torana.orders.states import AttemptState, CancelState, DoubtReason, OrderState

SENT = order("TCS", 2, OrderState.SENDING)


def test_an_order_in_doubt_keeps_what_the_broker_said() -> None:
    refused = changes.in_doubt(SENT, 7.0, "d" * 501, refusal="Rule 7-Q")
    silent = changes.in_doubt(SENT, 7.0, "no answer")

    assert (refused.state, refused.attempt_state) == (OrderState.CHECKING, AttemptState.UNKNOWN)
    assert (refused.reason, refused.message) == (DoubtReason.REFUSED_UNKNOWN_CODE, "Rule 7-Q")
    assert refused.detail == "d" * 500
    assert refused.doubt_since == 7.0
    assert (silent.reason, silent.message, silent.detail) == (None, None, "no answer")


def test_an_order_that_is_not_placed_says_why() -> None:
    change = changes.not_placed(SENT, "cancelled", "by the investor")

    assert (change.state, change.reason, change.message) == (OrderState.NOT_PLACED, "cancelled", "by the investor")


@pytest.mark.parametrize(
    ("state", "late"),
    [
        (OrderState.OPEN, True),
        (OrderState.CANCELLED, True),
        (OrderState.CHECKING, False),
        (OrderState.REJECTED, False),
        (OrderState.NOT_PLACED, False),
    ],
)
def test_only_what_was_told_as_accepted_is_refused_late(state: OrderState, *, late: bool) -> None:
    change = Change(order=order("TCS", 2, state), becomes=OrderState.REJECTED)

    assert change.refused_late is late


@pytest.mark.parametrize(
    ("state", "sends", "told", "is_news"),
    [
        (CancelState.SENDING, 1, False, True),
        (CancelState.TAKEN, 8, False, True),
        (CancelState.SENDING, 9, False, False),
        (CancelState.TAKEN, 9, False, False),
        (CancelState.REFUSED, 9, True, True),
    ],
)
def test_a_broker_that_is_asked_to_cancel_for_the_ninth_time_is_no_news_of_the_order(
    state: CancelState, sends: int, *, told: bool, is_news: bool
) -> None:
    """Its book is read the more rarely the longer the order stays as it is."""
    this = msgspec.structs.replace(order("TCS", 2, OrderState.OPEN), cancel=Cancel(state=CancelState.ASKED))
    change = Change(order=this, cancel=Cancel(state=state, sends=sends))
    later = this.updated_at.replace(year=this.updated_at.year + 1)

    assert change.visible is told
    assert (applied(change, later).updated_at == later) is is_news
