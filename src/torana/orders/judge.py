"""What becomes of one order, by what is known: one pure function. Its table is docs/decisions/0006."""

from datetime import timedelta

from torana.connectors.contract import TERMINAL, BrokerOrder, BrokerStatus
from torana.orders import changes
from torana.orders.changes import Attention, Change, unchanged
from torana.orders.evidence import Evidence, Look
from torana.orders.models import (
    AT_BROKER,
    FINAL,
    STATE_OF,
    AttemptState,
    AttentionKind,
    IntentProof,
    Order,
    OrderState,
)

CLOCK_SKEW = timedelta(seconds=5)
"""How far a broker's clock may be behind ours."""
_LIFTED_BY_A_LOOK = frozenset({AttentionKind.LOGIN_NEEDED})
_STOPPING = frozenset({AttentionKind.MISMATCH})
"""What stops the batch is said before anything else."""


def judge(order: Order, evidence: Evidence) -> Change | None:
    """The change that the evidence proves, None when it proves none. Nothing here is ever sent again by itself."""
    if order.order_id in evidence.in_flight:
        return None
    if order.state is OrderState.SENDING:
        return changes.in_doubt(order, evidence.watched, "the worker ended between intent and answer")
    if order.state is OrderState.PLANNED:
        change = _planned(order, evidence)
    elif order.state is OrderState.CHECKING:
        change = _doubtful(order, evidence)
    elif order.state in AT_BROKER:
        change = _followed(order, evidence)
    elif order.state is OrderState.UNRESOLVED:
        change = _unresolved(order, evidence)
    elif order.state in FINAL:
        change = _ended(order, evidence)
    else:
        change = _undecided(order, evidence)
    change = _with_an_earlier_attempt(order, evidence, change)
    return change if change is not None and change.is_news else None


def _planned(order: Order, evidence: Evidence) -> Change | None:
    """It is sent by `place` unless its intent may have been lost, or is too old."""
    doubt = evidence.intents.get(order.order_id, IntentProof.PROVEN)
    if doubt is IntentProof.PROVEN or proven_by(order, evidence):
        return changes.stale(order, evidence.watched) if order.order_id in evidence.too_old else None
    if evidence.day_over:
        return changes.unresolved(order, "whether it was sent is not known, and the book of its day is gone")
    if evidence.look is Look.SESSION_OVER:
        return _login_needed(order)
    found = evidence.tagged(order.tag)
    if found:
        return _found(order, found, evidence, "found before it was sent: the record of its sending was lost")
    if doubt is IntentProof.LOST:
        return changes.in_doubt(order, evidence.watched, "the database went back in time: it may be on its way")
    return None


def proven_by(order: Order, evidence: Evidence) -> bool:
    """Whether this look proves that a planned order never left."""
    return (
        order.state is OrderState.PLANNED
        and evidence.intents.get(order.order_id) is IntentProof.UNPROVEN
        and evidence.healthy
        and not evidence.day_over
        and evidence.tagged(order.tag) == []
    )


def _doubtful(order: Order, evidence: Evidence) -> Change | None:
    """It may exist: the tag decides, the window, and the book's health."""
    if evidence.look is Look.SESSION_OVER:
        return _login_needed(order) if not evidence.day_over else _in_doubt_past_its_day(order)
    if evidence.look is not Look.READ:
        return None
    looked = order.attempt.lookups + 1
    found = evidence.tagged(order.tag)
    if found is None:
        return _seen_again(order)
    if found:
        change = _found(order, found, evidence, "found by its tag")
        change.lookups = looked
        return change
    if evidence.day_over:
        return _in_doubt_past_its_day(order)
    if not evidence.window_over(order) or not evidence.healthy:
        return _seen_again(order, lookups=looked)
    if order.seen_in:
        return unchanged(order, lookups=looked, attention=_elsewhere(order))
    lookalikes = _lookalikes(order, evidence)
    if lookalikes:
        return _untagged(order, lookalikes, evidence, looked)
    detail = "a healthy look-up after the settle window did not find the tag"
    return changes.absent(order, evidence.watched, detail, ends=evidence.is_basket, lookups=looked)


def _in_doubt_past_its_day(order: Order) -> Change:
    """The book that could have shown it is gone: its absence cannot be proven any more."""
    return changes.unresolved(order, "whether it was placed is not known, and the book of its day is gone")


def _followed(order: Order, evidence: Evidence) -> Change | None:
    """The broker had accepted it: its entry in the book decides."""
    if evidence.look is Look.SESSION_OVER:
        return _login_needed(order) if not evidence.day_over else _end_not_seen(order)
    if evidence.look is not Look.READ:
        return None
    twins = evidence.tagged(order.tag) or []
    entry = evidence.by_id(order.broker_order_id)
    if entry is None or not entry.may_carry(order.tag):
        return _without_entry(order, evidence, twins, foreign=entry is not None)
    wrong = disagreement(order, entry)
    if wrong:
        return _mismatch(order, wrong)
    change = seen(order, entry)
    if _are_several(twins):
        change.attention, change.end_attention = _duplicate(len(twins)), False
    return change


def _without_entry(order: Order, evidence: Evidence, twins: list[BrokerOrder], *, foreign: bool) -> Change | None:
    """The id that we were given is not in the book, or names another order: the tag decides."""
    if _are_several(twins):
        return unchanged(order, attention=_duplicate(len(twins)))
    if twins:
        wrong = disagreement(order, twins[0])
        if wrong:
            return _mismatch(order, wrong)
        change = seen(order, twins[0])
        change.detail = f"the broker first gave the id {order.broker_order_id}"
        return change
    if foreign:
        detail = f"the id {order.broker_order_id} belongs to an order with another tag"
        return changes.in_doubt(order, evidence.watched, detail, forget_id=True)
    if evidence.day_over:
        return _end_not_seen(order)
    if not evidence.healthy and order.broker_status is None:
        return _seen_again(order)
    if not evidence.window_over(order):
        return _seen_again(order)
    if order.broker_status is None:
        detail = "accepted with an id that the order book never showed"
        return changes.absent(order, evidence.watched, detail)
    if order.attention is not None:
        return None
    return unchanged(order, attention=Attention(AttentionKind.GONE, "the order book does not show it any more"))


def _end_not_seen(order: Order) -> Change:
    known = f"{order.filled_quantity} of {order.quantity} were filled when it was last seen"
    return changes.unresolved(order, f"the book of its day is gone before its end was seen; {known}")


def _unresolved(order: Order, evidence: Evidence) -> Change | None:
    """A person is called already; should the broker still show it, that ends it."""
    if evidence.look is not Look.READ:
        return None
    entry = evidence.by_id(order.broker_order_id)
    found = [entry] if entry is not None and entry.may_carry(order.tag) else evidence.tagged(order.tag)
    if not found or len(found) != 1 or disagreement(order, found[0]):
        return None
    change = _found(order, found, evidence, "seen after its day")
    change.end_attention = change.attention is None
    return change


def _undecided(order: Order, evidence: Evidence) -> Change | None:
    """The investor is asked; meanwhile it may land late."""
    late = _late_landing(order, evidence)
    if late is not None:
        return late
    since = order.attempt.doubt_since
    if since is not None and evidence.watched - since >= evidence.decision_seconds:
        return changes.not_placed(order, end_attention=order.state is OrderState.STALE)
    return None


def _ended(order: Order, evidence: Evidence) -> Change | None:
    """An end stands, but for a late landing and for what the broker itself corrects."""
    if evidence.look is not Look.READ:
        return None
    late = _late_landing(order, evidence)
    if late is not None:
        return late
    twins = evidence.tagged(order.tag) or []
    if _are_several(twins) and order.attention is None:
        return unchanged(order, attention=_duplicate(len(twins)))
    entry = evidence.by_id(order.broker_order_id)
    if entry is None or not entry.may_carry(order.tag) or disagreement(order, entry):
        return None
    if entry.status not in TERMINAL or entry.filled_quantity < order.filled_quantity:
        return None
    if entry.filled_quantity == order.filled_quantity and order.state in (STATE_OF[entry.status], OrderState.COMPLETE):
        return None
    return seen(order, entry)


def _late_landing(order: Order, evidence: Evidence) -> Change | None:
    """It shows although it had been called absent: the truth is corrected, loudly."""
    if order.tag not in order.absent_tags or evidence.look is not Look.READ:
        return None
    found = evidence.tagged(order.tag) or _untagged_under_its_id(order, evidence)
    if found:
        change = _found(order, found, evidence, "found by its tag")
        change.attention = change.attention or Attention(
            AttentionKind.LATE_LANDING, "it appeared after it had been called absent"
        )
        change.end_attention = False
        return change
    if order.seen_in and order.state is OrderState.ABSENT:
        change = changes.in_doubt(order, evidence.watched, f"the broker has it in the account {order.seen_in}")
        change.attention = _elsewhere(order)
        return change
    if order.seen_in and order.attention is None:
        return unchanged(order, attention=_elsewhere(order))
    return None


def _untagged_under_its_id(order: Order, evidence: Evidence) -> list[BrokerOrder]:
    """The broker gave an id, and shows that id without our tag."""
    entry = evidence.by_id(order.broker_order_id)
    return [entry] if entry is not None and entry.untagged else []


def _with_an_earlier_attempt(order: Order, evidence: Evidence, change: Change | None) -> Change | None:
    """An attempt that was called absent stands in the book beside the one that was made instead: both are real."""
    if evidence.look is not Look.READ or (change and change.attention and change.attention.kind in _STOPPING):
        return change
    landed = [entry for tag in order.absent_tags if tag != order.tag for entry in evidence.tagged(tag) or ()]
    if landed:
        change = change or unchanged(order)
        text = f"the first attempt landed late as {landed[0].broker_order_id}"
        change.attention, change.end_attention = Attention(AttentionKind.PLACED_TWICE, text), False
    return change


def _found(order: Order, found: list[BrokerOrder], evidence: Evidence, how: str) -> Change:
    """Orders carry its tag: one is it, if it is what was sent."""
    if _are_several(found):
        return unchanged(order, attention=_duplicate(len(found)))
    wrong = disagreement(order, found[0])
    if wrong:
        return _mismatch(order, wrong)
    change = seen(order, found[0])
    change.attempt_state = AttemptState.ACCEPTED
    change.detail = how
    if order.attempt.started_at is None:
        change.started_at = found[0].placed_at or evidence.now
    if order.attention in (AttentionKind.ELSEWHERE, AttentionKind.AMBIGUOUS):
        change.end_attention = change.attention is None
    return change


def _untagged(order: Order, lookalikes: list[BrokerOrder], evidence: Evidence, looked: int) -> Change:
    """The broker may have dropped our tag, or the investor placed the same order by hand.

    Adopted only when there is one candidate for one order and this broker is seen to drop tags; else a person decides.
    """
    orders = evidence.batch.orders
    twins = [
        other for other in orders if other.state is OrderState.CHECKING and other.line_confirmed == order.line_confirmed
    ]
    drops_tags = any(
        other.broker_order_id is not None
        and (entry := evidence.by_id(other.broker_order_id)) is not None
        and entry.untagged
        for other in orders
    )
    if drops_tags and len(lookalikes) == len(twins) == 1:
        change = _found(order, lookalikes, evidence, "found by symbol, side, quantity and time: the broker drops tags")
        change.lookups = looked
        return change
    text = f"{len(lookalikes)} untagged order(s) at the broker could be this one"
    return unchanged(order, lookups=looked, attention=Attention(AttentionKind.AMBIGUOUS, text))


def _lookalikes(order: Order, evidence: Evidence) -> list[BrokerOrder]:
    """Untagged orders that could be this one and are not known to be another."""
    known = {other.broker_order_id for other in evidence.batch.orders}
    started = order.attempt.started_at
    return [
        entry
        for entry in evidence.book
        if entry.untagged
        and entry.broker_order_id not in known
        and disagreement(order, entry) is None
        and (entry.placed_at is None or started is None or entry.placed_at >= started - CLOCK_SKEW)
    ]


def seen(order: Order, entry: BrokerOrder) -> Change:
    """What the broker's entry says of the order."""
    change = unchanged(
        order,
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
        change.state = order.state if order.state in AT_BROKER else OrderState.PLACED
    else:
        change.state = STATE_OF[entry.status]
        if change.state is OrderState.OPEN and change.filled_quantity:
            change.state = OrderState.PARTIAL
        if entry.status is BrokerStatus.REJECTED:
            change.reason = entry.reason
        change.end_attention |= order.attention in (AttentionKind.UNKNOWN_STATUS, AttentionKind.GONE)
    if change.attention is not None:
        change.end_attention = False
    return change


def disagreement(order: Order, entry: BrokerOrder) -> str | None:
    """In which way the broker's order is not the one that we sent; None if it is."""
    pairs = (
        ("symbol", order.symbol, entry.symbol),
        ("exchange", order.exchange, entry.exchange),
        ("side", order.side, entry.side),
        ("quantity", order.quantity, entry.quantity),
        ("delivery", True, entry.delivery),
    )
    wrong = [f"{name} {theirs} instead of {ours}" for name, ours, theirs in pairs if ours != theirs]
    return f"the broker's order has {', '.join(wrong)}" if wrong else None


def _mismatch(order: Order, wrong: str) -> Change:
    return unchanged(order, attention=Attention(AttentionKind.MISMATCH, wrong))


def _are_several(twins: list[BrokerOrder]) -> bool:
    return len({entry.broker_order_id for entry in twins}) > 1


def _duplicate(count: int) -> Attention:
    return Attention(AttentionKind.DUPLICATE_TAG, f"{count} orders at the broker carry its tag")


def _elsewhere(order: Order) -> Attention:
    text = f"the broker has it in the account {order.seen_in}, whose order book we cannot read"
    return Attention(AttentionKind.ELSEWHERE, text)


def _login_needed(order: Order) -> Change | None:
    """Another attention says more than that the login is over."""
    if order.attention not in (None, AttentionKind.LOGIN_NEEDED):
        return None
    text = "the login at the broker ended while the order was open"
    return unchanged(order, attention=Attention(AttentionKind.LOGIN_NEEDED, text))


def _seen_again(order: Order, *, lookups: int | None = None) -> Change:
    """The book was read, which lifts the call for a login; it says no more than that."""
    return unchanged(order, lookups=lookups, end_attention=order.attention in _LIFTED_BY_A_LOOK)
