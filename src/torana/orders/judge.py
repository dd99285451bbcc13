"""What becomes of one order, by what is known of it: one pure function. Its table is docs/decisions/0006."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from torana.connectors.contract import TERMINAL, BrokerOrder, BrokerStatus, Reason
from torana.orders.changes import Attention, Change
from torana.orders.evidence import RELEASE_SECONDS, Evidence, Known, Look, known_of
from torana.orders.models import Order
from torana.orders.states import (
    AT_BROKER,
    FINAL,
    STATE_OF,
    TO_DECIDE,
    AttemptState,
    AttentionKind,
    DoubtReason,
    IntentProof,
    OrderState,
)

_LIFTED_BY_A_LOOK = frozenset({AttentionKind.LOGIN_NEEDED})
_STOPPING = frozenset({AttentionKind.MISMATCH})
"""What stops the batch is said before anything else."""


def judge(order: Order, evidence: Evidence) -> Change | None:
    """The change that the evidence proves, None when it proves none. Nothing here is ever sent again by itself."""
    return judge_known(known_of(order, evidence))


def judge_known(known: Known) -> Change | None:
    """The same of an order whose evidence is sorted out."""
    order = known.order
    if order.order_id in known.evidence.in_flight:
        return None
    if order.state is OrderState.SENDING:
        return _in_doubt(known, "the worker ended between intent and answer")
    change = _with_an_earlier_attempt(known, _ruled(known))
    return change if change is not None and change.is_news else None


def _ruled(known: Known) -> Change | None:
    """By the rule for its state. Most need the broker's book: without it they prove nothing."""
    state, look = known.order.state, known.evidence.look
    if (rule := _WITHOUT_THE_BOOK.get(state)) is not None:
        return rule(known)
    if look is Look.SESSION_OVER and state in _NEEDS_A_LOGIN:
        return _login_over(known)
    return _BY_THE_BOOK[state](known) if look is Look.READ else None


def _planned(known: Known) -> Change | None:
    """It is sent by `place` unless its intent may have been lost, or is too old."""
    order, evidence = known.order, known.evidence
    doubt = evidence.intents.get(order.order_id, IntentProof.PROVEN)
    if doubt is IntentProof.PROVEN or known.never_left:
        return _stale(known) if order.order_id in evidence.too_old else None
    if evidence.day_over:
        return _end_not_seen(order, "whether it was sent is not known, and the book of its day is gone")
    if evidence.look is Look.SESSION_OVER:
        return _login_needed(order)
    if known.tagged:
        return _found(known, known.tagged, "found before it was sent: the record of its sending was lost")
    if known.lookalikes:
        return _in_doubt(known, "the broker shows no tags, and an order like this one: it may have been sent")
    if doubt is IntentProof.LOST:
        return _in_doubt(known, "the database went back in time: it may be on its way")
    return None


def _doubtful(known: Known) -> Change | None:
    """It may exist: the tag decides, the window, and the book's health."""
    order, evidence = known.order, known.evidence
    looked = order.attempt.lookups + 1
    if known.tagged is None:
        return _seen_again(order)
    if known.tagged:
        change = _found(known, known.tagged, "found by its tag")
        change.lookups = looked
        return change
    if evidence.day_over:
        return _in_doubt_past_its_day(order)
    if not known.window_over or not evidence.healthy:
        return _seen_again(order, lookups=looked)
    if order.seen_in:
        return Change(order=order, lookups=looked, attention=_elsewhere(order))
    if known.lookalikes:
        return _untagged(known, looked)
    detail = "a healthy look-up after the settle window did not find the tag"
    return _absent(known, detail, ends=evidence.is_basket, lookups=looked)


def _in_doubt_past_its_day(order: Order) -> Change:
    """The book that could have shown it is gone: its absence cannot be proven any more."""
    return _end_not_seen(order, "whether it was placed is not known, and the book of its day is gone")


def _followed(known: Known) -> Change | None:
    """The broker had accepted it: its entry in the book decides."""
    order, twins = known.order, known.tagged or []
    if known.entry is None:
        return _without_entry(known, twins)
    wrong = order.disagreement(known.entry)
    if wrong:
        return _mismatch(order, wrong)
    change = _seen(known, known.entry)
    if _are_several(twins):
        change.attention, change.end_attention = _duplicate(len(twins)), False
    return change


def _without_entry(known: Known, twins: list[BrokerOrder]) -> Change | None:
    """The id that we were given is not in the book, or names another order: the tag decides."""
    order, evidence = known.order, known.evidence
    if _are_several(twins):
        return Change(order=order, attention=_duplicate(len(twins)))
    if twins:
        wrong = order.disagreement(twins[0])
        if wrong:
            return _mismatch(order, wrong)
        change = _seen(known, twins[0])
        change.detail = f"the broker first gave the id {order.broker_order_id}"
        return change
    if known.under_its_id is not None:
        return _in_doubt(known, f"the id {order.broker_order_id} belongs to an order with another tag", forget_id=True)
    if evidence.day_over:
        return _gone_with_its_day(order)
    if not evidence.healthy and order.broker_status is None:
        return _seen_again(order)
    if not known.window_over:
        return _seen_again(order)
    if order.broker_status is None:
        return _absent(known, "accepted with an id that the order book never showed")
    if order.attention is not None:
        return None
    return Change(order=order, attention=Attention(AttentionKind.GONE, "the order book does not show it any more"))


def _gone_with_its_day(order: Order) -> Change:
    filled = f"{order.filled_quantity} of {order.quantity} were filled when it was last seen"
    return _end_not_seen(order, f"the book of its day is gone before its end was seen; {filled}")


def _unresolved(known: Known) -> Change | None:
    """A person is called already; should the broker still show it, that ends it."""
    found = [known.entry] if known.entry is not None else known.tagged
    if not found or len(found) != 1 or known.order.disagreement(found[0]):
        return None
    change = _found(known, found, "seen after its day")
    change.end_attention = change.attention is None
    return change


def _undecided(known: Known) -> Change | None:
    """The investor is asked; meanwhile it may land late."""
    order, evidence = known.order, known.evidence
    late = _late_landing(known)
    if late is not None:
        return late
    since, refused = order.attempt.doubt_since, order.state is OrderState.UNAUTHORISED
    patience = RELEASE_SECONDS if refused else evidence.decision_seconds
    if since is not None and evidence.watched - since >= patience:
        ends = OrderState.REJECTED if refused else OrderState.NOT_PLACED
        return Change(order=order, becomes=ends, end_attention=order.state is OrderState.STALE)
    return None


def _ended(known: Known) -> Change | None:
    """An end stands, but for a late landing and for what the broker itself corrects."""
    order, entry, twins = known.order, known.entry, known.tagged or []
    late = _late_landing(known)
    if late is not None:
        return late
    if _are_several(twins) and order.attention is None:
        return Change(order=order, attention=_duplicate(len(twins)))
    if entry is None or order.disagreement(entry):
        return None
    if entry.status not in TERMINAL or entry.filled_quantity < order.filled_quantity:
        return None
    if entry.filled_quantity == order.filled_quantity and order.state in (STATE_OF[entry.status], OrderState.COMPLETE):
        return None
    return _seen(known, entry)


_Rules: TypeAlias = Mapping[OrderState, Callable[[Known], Change | None]]
_WITHOUT_THE_BOOK: _Rules = {OrderState.PLANNED: _planned, **dict.fromkeys(TO_DECIDE, _undecided)}
_BY_THE_BOOK: _Rules = {
    OrderState.CHECKING: _doubtful,
    **dict.fromkeys(AT_BROKER, _followed),
    OrderState.UNRESOLVED: _unresolved,
    **dict.fromkeys(FINAL, _ended),
}
_NEEDS_A_LOGIN = AT_BROKER | {OrderState.CHECKING}


def _late_landing(known: Known) -> Change | None:
    """It shows although it had been called absent: the truth is corrected, loudly."""
    order = known.order
    if order.tag not in order.absent_tags or known.evidence.look is not Look.READ:
        return None
    under = known.under_its_id  # the broker gave an id, and shows that id without our tag
    found = known.tagged or ([under] if under is not None and under.untagged else [])
    if found:
        change = _found(known, found, "found by its tag")
        change.attention = change.attention or Attention(
            AttentionKind.LATE_LANDING, "it appeared after it had been called absent"
        )
        change.end_attention = False
        return change
    if order.seen_in and order.state is OrderState.ABSENT:
        change = _in_doubt(known, f"the broker has it in the account {order.seen_in}")
        change.attention = _elsewhere(order)
        return change
    if order.seen_in and order.attention is None:
        return Change(order=order, attention=_elsewhere(order))
    return None


def _with_an_earlier_attempt(known: Known, change: Change | None) -> Change | None:
    """An attempt that was called absent stands in the book beside the one that was made instead: both are real."""
    if known.evidence.look is not Look.READ or (change and change.attention and change.attention.kind in _STOPPING):
        return change
    if known.landed:
        change = change or Change(order=known.order)
        text = f"the first attempt landed late as {known.landed[0].broker_order_id}"
        change.attention, change.end_attention = Attention(AttentionKind.PLACED_TWICE, text), False
    return change


def _found(known: Known, found: list[BrokerOrder], how: str) -> Change:
    """Orders carry its tag: one is it, if it is what was sent."""
    order = known.order
    if _are_several(found):
        return Change(order=order, attention=_duplicate(len(found)))
    wrong = order.disagreement(found[0])
    if wrong:
        return _mismatch(order, wrong)
    change = _seen(known, found[0])
    change.attempt_state = change.attempt_state or AttemptState.ACCEPTED
    change.detail = how
    if order.attempt.started_at is None:
        change.started_at = found[0].placed_at or known.evidence.now
    if order.attention in (AttentionKind.ELSEWHERE, AttentionKind.AMBIGUOUS):
        change.end_attention = change.attention is None
    return change


def _untagged(known: Known, looked: int) -> Change:
    """The broker may have dropped our tag, or the investor placed the same order by hand.

    Adopted only when there is one candidate for one order and this broker is seen to drop tags; else a person decides.
    """
    if known.is_lookalike:
        how = "found by symbol, side, quantity and time: the broker drops tags"
        change = _found(known, known.lookalikes, how)
        change.lookups = looked
        return change
    text = f"{len(known.lookalikes)} untagged order(s) at the broker could be this one"
    return Change(order=known.order, lookups=looked, attention=Attention(AttentionKind.AMBIGUOUS, text))


def _seen(known: Known, entry: BrokerOrder) -> Change:
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


def _in_doubt(known: Known, detail: str, *, forget_id: bool = False) -> Change:
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


def _absent(known: Known, detail: str, *, ends: bool = False, lookups: int | None = None) -> Change:
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


def _stale(known: Known) -> Change:
    """Too old to be sent unasked."""
    return Change(
        order=known.order,
        becomes=OrderState.STALE,
        attempt_state=AttemptState.NOT_SENT,
        doubt_since=known.evidence.watched,
        attention=Attention(AttentionKind.STALE_INTENT, "it was confirmed too long ago to be sent unasked"),
        detail="the intent was too old",
    )


def _end_not_seen(order: Order, text: str) -> Change:
    """Its day is over and its end was not seen."""
    return Change(order=order, becomes=OrderState.UNRESOLVED, attention=Attention(AttentionKind.END_NOT_SEEN, text))


def _mismatch(order: Order, wrong: str) -> Change:
    return Change(order=order, attention=Attention(AttentionKind.MISMATCH, wrong))


def _are_several(twins: list[BrokerOrder]) -> bool:
    return len({entry.broker_order_id for entry in twins}) > 1


def _duplicate(count: int) -> Attention:
    return Attention(AttentionKind.DUPLICATE_TAG, f"{count} orders at the broker carry its tag")


def _elsewhere(order: Order) -> Attention:
    text = f"the broker has it in the account {order.seen_in}, whose order book we cannot read"
    return Attention(AttentionKind.ELSEWHERE, text)


def _login_over(known: Known) -> Change | None:
    """Its end cannot be seen until the investor logs in again, nor at all once its day is over."""
    order = known.order
    if not known.evidence.day_over:
        return _login_needed(order)
    return _in_doubt_past_its_day(order) if order.state is OrderState.CHECKING else _gone_with_its_day(order)


def _login_needed(order: Order) -> Change | None:
    """Another attention says more than that the login is over."""
    if order.attention not in (None, AttentionKind.LOGIN_NEEDED):
        return None
    text = "the login at the broker ended while the order was open"
    return Change(order=order, attention=Attention(AttentionKind.LOGIN_NEEDED, text))


def _seen_again(order: Order, *, lookups: int | None = None) -> Change:
    """The book was read, which lifts the call for a login; it says no more than that."""
    return Change(order=order, lookups=lookups, end_attention=order.attention in _LIFTED_BY_A_LOOK)
