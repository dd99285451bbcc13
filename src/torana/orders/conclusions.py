"""What a rule of `judge` concludes of one order, as the change that is to be written."""

from torana.connectors.contract import BrokerOrder, BrokerStatus, Reason
from torana.orders.changes import Attention, Change
from torana.orders.evidence import Known
from torana.orders.models import Order
from torana.orders.states import AT_BROKER, STATE_OF, AttemptState, AttentionKind, DoubtReason, OrderState

_LIFTED_BY_A_LOOK = frozenset({AttentionKind.LOGIN_NEEDED})


def found_in_book(known: Known, found: list[BrokerOrder], how: str) -> Change:
    """Orders carry its tag: one is it, if it is what was sent."""
    order = known.order
    if are_several(found):
        return Change(order=order, attention=duplicate(len(found)))
    wrong = order.disagreement(found[0])
    if wrong:
        return mismatch(order, wrong)
    change = seen(known, found[0])
    change.attempt_state = change.attempt_state or AttemptState.ACCEPTED
    change.detail = how
    if order.attempt.started_at is None:
        change.started_at = found[0].placed_at or known.evidence.now
    if order.attention in (AttentionKind.ELSEWHERE, AttentionKind.AMBIGUOUS):
        change.end_attention = change.attention is None
    return change


def seen(known: Known, entry: BrokerOrder) -> Change:
    """What the broker's entry says of the order."""
    order = known.order
    change = Change(
        order=order,
        broker_order_id=entry.broker_order_id,
        exchange_order_id=entry.exchange_order_id,
        reference=dict(entry.extra) or None,
        broker_status=entry.raw_status,
        filled_quantity=max(entry.filled_quantity, order.filled_quantity),
        average_price=(entry.average_price or None) if entry.filled_quantity >= order.filled_quantity else None,
        message=entry.message,
        end_attention=order.attention in _LIFTED_BY_A_LOOK,
    )
    if entry.filled_quantity > order.quantity:
        text = f"{entry.filled_quantity} of {order.quantity} were filled"
        change.attention = Attention(AttentionKind.OVERFILLED, text)
    if entry.filled_quantity < order.filled_quantity:
        text = f"the fills fell from {order.filled_quantity} to {entry.filled_quantity}"
        change.attention = Attention(AttentionKind.FILLS_FELL, text)
    if entry.status is BrokerStatus.UNKNOWN:
        change.attention = Attention(AttentionKind.UNKNOWN_STATUS, f"the broker calls its state {entry.raw_status!r}")
        change.becomes = order.state if order.state in AT_BROKER else OrderState.PLACED
    else:
        change.becomes = STATE_OF[entry.status]
        if change.becomes is OrderState.OPEN and change.filled_quantity:
            change.becomes = OrderState.PARTIAL
        if entry.status is BrokerStatus.REJECTED:
            change.reason = entry.reason
        if _waits_for_release(known, entry):
            change.becomes, change.attempt_state = OrderState.UNAUTHORISED, AttemptState.REJECTED
            change.doubt_since = known.evidence.watched
        change.end_attention |= order.attention in (AttentionKind.UNKNOWN_STATUS, AttentionKind.GONE)
    if change.attention is not None:
        change.end_attention = False
    return change


def _waits_for_release(known: Known, entry: BrokerOrder) -> bool:
    """Refused only until the depository has released its shares, which the investor can have from here."""
    refused = entry.status is BrokerStatus.REJECTED and entry.reason is Reason.HOLDINGS_NOT_AUTHORISED
    was_open = known.order.state in AT_BROKER or known.order.state is OrderState.CHECKING
    filled = entry.filled_quantity or known.order.filled_quantity
    return known.evidence.releases and refused and was_open and not filled


def in_doubt(known: Known, detail: str, *, forget_id: bool = False) -> Change:
    """It may exist: it is looked for, and the settle window begins. It may have been sent ever since it was planned,
    if no record says when."""
    order = known.order
    return Change(
        order=order,
        becomes=OrderState.CHECKING,
        attempt_state=AttemptState.UNKNOWN,
        started_at=None if order.attempt.started_at else order.attempt.planned_at,
        doubt_since=known.evidence.watched,
        forget_broker_order_id=forget_id,
        detail=detail,
    )


def absent(known: Known, detail: str, *, ends: bool = False, lookups: int | None = None) -> Change:
    """Proven not to be there: the investor decides, or (`ends`) it was theirs to confirm and they did not."""
    refused = known.order.reason == DoubtReason.REFUSED_UNKNOWN_CODE
    return Change(
        order=known.order,
        becomes=OrderState.NOT_PLACED if ends else OrderState.ABSENT,
        attempt_state=AttemptState.ABSENT,
        doubt_since=known.evidence.watched,
        reason=known.order.reason if refused else DoubtReason.NOT_FOUND,
        lookups=lookups,
        detail=detail,
    )


def stale(known: Known) -> Change:
    """Too old to be sent unasked."""
    return Change(
        order=known.order,
        becomes=OrderState.STALE,
        attempt_state=AttemptState.NOT_SENT,
        doubt_since=known.evidence.watched,
        attention=Attention(AttentionKind.STALE_INTENT, "it was confirmed too long ago to be sent unasked"),
        detail="the intent was too old",
    )


def end_not_seen(order: Order, text: str) -> Change:
    """Its day is over and its end was not seen."""
    return Change(order=order, becomes=OrderState.UNRESOLVED, attention=Attention(AttentionKind.END_NOT_SEEN, text))


def in_doubt_past_its_day(order: Order) -> Change:
    """The book that could have shown it is gone: its absence cannot be proven any more."""
    return end_not_seen(order, "whether it was placed is not known, and the book of its day is gone")


def gone_with_its_day(order: Order) -> Change:
    filled = f"{order.filled_quantity} of {order.quantity} were filled when it was last seen"
    return end_not_seen(order, f"the book of its day is gone before its end was seen; {filled}")


def login_needed(order: Order) -> Change | None:
    """Another attention says more than that the login is over."""
    if order.attention not in (None, AttentionKind.LOGIN_NEEDED):
        return None
    text = "the login at the broker ended while the order was open"
    return Change(order=order, attention=Attention(AttentionKind.LOGIN_NEEDED, text))


def seen_again(order: Order, *, lookups: int | None = None) -> Change:
    """The book was read, which lifts the call for a login; it says no more than that."""
    return Change(order=order, lookups=lookups, end_attention=order.attention in _LIFTED_BY_A_LOOK)


def mismatch(order: Order, wrong: str) -> Change:
    return Change(order=order, attention=Attention(AttentionKind.MISMATCH, wrong))


def are_several(twins: list[BrokerOrder]) -> bool:
    return len({entry.broker_order_id for entry in twins}) > 1


def duplicate(count: int) -> Attention:
    return Attention(AttentionKind.DUPLICATE_TAG, f"{count} orders at the broker carry its tag")


def elsewhere(order: Order) -> Attention:
    text = f"the broker has it in the account {order.seen_in}, whose order book we cannot read"
    return Attention(AttentionKind.ELSEWHERE, text)
