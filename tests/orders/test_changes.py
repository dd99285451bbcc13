"""What the constructors of a change write, field by field."""

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


def test_an_order_that_is_not_placed_says_why() -> None:
    change = changes.not_placed(SENT, "cancelled", "by the investor")

    assert (change.state, change.reason, change.message) == (OrderState.NOT_PLACED, "cancelled", "by the investor")
