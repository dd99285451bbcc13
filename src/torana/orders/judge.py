"""What becomes of one order, by what is known of it: one pure function. Its table is docs/decisions/0006."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from torana.connectors.contract import TERMINAL, BrokerOrder
from torana.orders.changes import Attention, Change
from torana.orders.conclusions import (
    absent,
    are_several,
    duplicate,
    elsewhere,
    end_not_seen,
    found_in_book,
    gone_with_its_day,
    in_doubt,
    in_doubt_past_its_day,
    login_needed,
    mismatch,
    seen,
    seen_again,
    stale,
)
from torana.orders.evidence import RELEASE_SECONDS, Evidence, Known, Look, known_of
from torana.orders.models import Order
from torana.orders.states import (
    AT_BROKER,
    FINAL,
    STATE_OF,
    TO_DECIDE,
    AttentionKind,
    IntentProof,
    OrderState,
)

_STOPPING = frozenset({AttentionKind.MISMATCH})
"""What stops the batch is said before anything else."""


def judge(order: Order, evidence: Evidence) -> Change | None:
    """The change that the evidence proves, None when it proves none. Nothing here is ever sent again by itself."""
    return judge_known(known_of(order, evidence))


def judge_known(known: Known) -> Change | None:
    """The same of an order whose evidence is sorted out."""
    if known.order.order_id in known.evidence.in_flight:
        return None
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


def _sending(known: Known) -> Change:
    """Whoever began to send it did not live to tell."""
    return in_doubt(known, "the worker ended between intent and answer")


def _planned(known: Known) -> Change | None:
    """It is sent by `place` unless its intent may have been lost, or is too old."""
    order, evidence = known.order, known.evidence
    doubt = evidence.intents.get(order.order_id, IntentProof.PROVEN)
    if doubt is IntentProof.PROVEN or known.never_left:
        return stale(known) if order.order_id in evidence.too_old else None
    if evidence.day_over:
        return end_not_seen(order, "whether it was sent is not known, and the book of its day is gone")
    if evidence.look is Look.SESSION_OVER:
        return login_needed(order)
    if known.tagged:
        return found_in_book(known, known.tagged, "found before it was sent: the record of its sending was lost")
    if known.lookalikes:
        return in_doubt(known, "the broker shows no tags, and an order like this one: it may have been sent")
    if doubt is IntentProof.LOST:
        return in_doubt(known, "the database went back in time: it may be on its way")
    return None


def _doubtful(known: Known) -> Change | None:
    """It may exist: the tag decides, the window, and the book's health."""
    order, evidence = known.order, known.evidence
    looked = order.attempt.lookups + 1
    if known.tagged is None:
        return seen_again(order)
    if known.tagged:
        change = found_in_book(known, known.tagged, "found by its tag")
        change.lookups = looked
        return change
    if evidence.day_over:
        return in_doubt_past_its_day(order)
    if not known.window_over or not evidence.healthy:
        return seen_again(order, lookups=looked)
    if order.seen_in:
        return Change(order=order, lookups=looked, attention=elsewhere(order))
    if known.lookalikes:
        return _untagged(known, looked)
    detail = "a healthy look-up after the settle window did not find the tag"
    return absent(known, detail, ends=evidence.is_basket, lookups=looked)


def _followed(known: Known) -> Change | None:
    """The broker had accepted it: its entry in the book decides."""
    order, twins = known.order, known.tagged or []
    if known.entry is None:
        return _without_entry(known, twins)
    wrong = order.disagreement(known.entry)
    if wrong:
        return mismatch(order, wrong)
    change = seen(known, known.entry)
    if are_several(twins):
        change.attention, change.end_attention = duplicate(len(twins)), False
    return change


def _without_entry(known: Known, twins: list[BrokerOrder]) -> Change | None:
    """The id that we were given is not in the book, or names another order: the tag decides."""
    order, evidence = known.order, known.evidence
    if are_several(twins):
        return Change(order=order, attention=duplicate(len(twins)))
    if twins:
        wrong = order.disagreement(twins[0])
        if wrong:
            return mismatch(order, wrong)
        change = seen(known, twins[0])
        change.detail = f"the broker first gave the id {order.broker_order_id}"
        return change
    if known.under_its_id is not None:
        return in_doubt(known, f"the id {order.broker_order_id} belongs to an order with another tag", forget_id=True)
    if evidence.day_over:
        return gone_with_its_day(order)
    if not evidence.healthy and order.broker_status is None:
        return seen_again(order)
    if not known.window_over:
        return seen_again(order)
    if order.broker_status is None:
        return absent(known, "accepted with an id that the order book never showed")
    if order.attention is not None:
        return None
    return Change(order=order, attention=Attention(AttentionKind.GONE, "the order book does not show it any more"))


def _unresolved(known: Known) -> Change | None:
    """A person is called already; should the broker still show it, that ends it."""
    found = [known.entry] if known.entry is not None else known.tagged
    if not found or len(found) != 1 or known.order.disagreement(found[0]):
        return None
    change = found_in_book(known, found, "seen after its day")
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
    if are_several(twins) and order.attention is None:
        return Change(order=order, attention=duplicate(len(twins)))
    if entry is None or order.disagreement(entry):
        return None
    if entry.status not in TERMINAL or entry.filled_quantity < order.filled_quantity:
        return None
    if entry.filled_quantity == order.filled_quantity and order.state in (STATE_OF[entry.status], OrderState.COMPLETE):
        return None
    return seen(known, entry)


_Rules: TypeAlias = Mapping[OrderState, Callable[[Known], Change | None]]
_WITHOUT_THE_BOOK: _Rules = {
    OrderState.PLANNED: _planned,
    OrderState.SENDING: _sending,
    **dict.fromkeys(TO_DECIDE, _undecided),
}
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
        change = found_in_book(known, found, "found by its tag")
        change.attention = change.attention or Attention(
            AttentionKind.LATE_LANDING, "it appeared after it had been called absent"
        )
        change.end_attention = False
        return change
    if order.seen_in and order.state is OrderState.ABSENT:
        change = in_doubt(known, f"the broker has it in the account {order.seen_in}")
        change.attention = elsewhere(order)
        return change
    if order.seen_in and order.attention is None:
        return Change(order=order, attention=elsewhere(order))
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


def _untagged(known: Known, looked: int) -> Change:
    """The broker may have dropped our tag, or the investor placed the same order by hand.

    Adopted only when there is one candidate for one order and this broker is seen to drop tags; else a person decides.
    """
    if known.is_lookalike:
        how = "found by symbol, side, quantity and time: the broker drops tags"
        change = found_in_book(known, known.lookalikes, how)
        change.lookups = looked
        return change
    text = f"{len(known.lookalikes)} untagged order(s) at the broker could be this one"
    return Change(order=known.order, lookups=looked, attention=Attention(AttentionKind.AMBIGUOUS, text))


def _login_over(known: Known) -> Change | None:
    """Its end cannot be seen until the investor logs in again, nor at all once its day is over."""
    order = known.order
    if not known.evidence.day_over:
        return login_needed(order)
    return in_doubt_past_its_day(order) if order.state is OrderState.CHECKING else gone_with_its_day(order)
