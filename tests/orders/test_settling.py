"""When a transaction settles before its orders have ended, by rows."""

from datetime import timedelta

import pytest

from tests.orders.making import SENT, batch_of, order
from torana.orders.commit import QUEUE_AFTER, may_settle
from torana.orders.models import Order
from torana.orders.states import AttentionKind, OrderState

S = OrderState
LONG = QUEUE_AFTER + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("orders", "age", "settles"),
    [
        ([order(S.OPEN)], QUEUE_AFTER, False),
        ([order(S.OPEN)], LONG, True),
        ([order(S.AMO_QUEUED)], timedelta(0), True),
        ([order(S.CHECKING, attention=AttentionKind.LOGIN_NEEDED)], LONG, True),
        # the investor answers in this very window; at the depository they need minutes for it
        ([order(S.UNAUTHORISED)], LONG, False),
        ([order(S.STALE, attention=AttentionKind.STALE_INTENT)], LONG, False),
        ([order(S.UNAUTHORISED), order(S.OPEN)], LONG, False),
        ([order(S.UNAUTHORISED), order(S.OPEN, attention=AttentionKind.LOGIN_NEEDED)], LONG, False),
        ([order(S.UNAUTHORISED), order(S.AMO_QUEUED)], LONG, False),
        # once they have, what was placed again is waited for like the first time
        ([order(S.OPEN, attempt={"planned_at": SENT + LONG})], LONG + QUEUE_AFTER, False),
        ([order(S.OPEN, attempt={"planned_at": SENT + LONG})], LONG + LONG, True),
        ([order(S.COMPLETE, attempt={"planned_at": SENT + LONG}), order(S.OPEN)], LONG, True),
        ([order(S.REJECTED), order(S.OPEN)], LONG, True),
        ([order(S.REJECTED)], LONG, True),
    ],
)
def test_whoever_is_asked_in_the_window_is_not_told_that_their_orders_rest(
    orders: list[Order], age: timedelta, *, settles: bool
) -> None:
    """All of them were accepted before."""
    batch = batch_of(*orders)
    batch.placed_at = SENT

    assert may_settle(batch, SENT + age) is settles
