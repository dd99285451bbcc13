"""What becomes of an order, by rows: the order as it stands, what is known of it, and what is decided (decision 0006).

Every rule of `judge` has rows that fail when the rule is taken out. Seconds are those for which the batch was watched.
"""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from tests.orders.making import AFTER, DECISION, NOW, SENT, WINDOW, entry, known, order
from torana.connectors.contract import BrokerOrder, BrokerStatus, Reason, Side
from torana.orders.changes import Change
from torana.orders.commit import applied
from torana.orders.evidence import BASKET_PATIENCE, CLOCK_SKEW, Evidence, Look, known_of
from torana.orders.judge import judge
from torana.orders.models import Order
from torana.orders.states import STATE_OF, AttemptState, AttentionKind, DoubtReason, IntentProof, OrderState

INSIDE = 119.9
RELEASE = 900.0

S, A, K, B, L = OrderState, AttemptState, AttentionKind, BrokerStatus, Look


def judged(this: Order, evidence: Evidence) -> Order:
    """The order as it is afterwards."""
    change = judge(this, evidence)
    return this if change is None else applied(change, NOW)


def decided(this: Order, evidence: Evidence) -> Change:
    change = judge(this, evidence)
    assert change is not None
    return change


AT_BROKER = (S.PLACED, S.OPEN, S.PARTIAL, S.AMO_QUEUED)
UNDECIDED = (S.CHECKING, *AT_BROKER)
UNFILLED_ENDS = (S.REJECTED, S.CANCELLED, S.EXPIRED)
ENDS = (*UNFILLED_ENDS, S.COMPLETE, S.NOT_PLACED)


# -- what has not left us --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("look", list(L))
def test_a_planned_order_whose_memory_is_whole_is_left_to_the_sending(look: Look) -> None:
    this = order(S.PLANNED)
    assert judge(this, known(this, look=look)) is None


@pytest.mark.parametrize("look", list(L))
def test_a_planned_order_that_is_too_old_is_not_sent_unasked(look: Look) -> None:
    this = order(S.PLANNED)
    change = decided(this, known(this, look=look, too_old=frozenset({"ord_1"}), watched=50.0))

    assert (change.state, change.attempt_state, change.doubt_since) == (S.STALE, A.NOT_SENT, 50.0)
    assert change.attention is not None
    assert change.attention.kind is K.STALE_INTENT


def test_the_age_of_another_order_is_not_ones_own() -> None:
    this = order(S.PLANNED)
    assert judge(this, known(this, too_old=frozenset({"ord_2"}))) is None


@pytest.mark.parametrize("intent", [IntentProof.UNPROVEN, IntentProof.LOST])
@pytest.mark.parametrize(("status", "becomes"), [(B.OPEN, S.OPEN), (B.COMPLETE, S.COMPLETE), (B.REJECTED, S.REJECTED)])
def test_a_planned_order_that_is_at_the_broker_is_adopted_and_never_sent(
    intent: IntentProof, status: BrokerStatus, becomes: OrderState
) -> None:
    """Q05: the record of its sending was lost."""
    this = order(S.PLANNED)
    row = entry(status, 10 if becomes is S.COMPLETE else 0)
    change = decided(this, known(this, row, intents={"ord_1": intent}))

    assert (change.state, change.attempt_state, change.broker_order_id) == (becomes, A.ACCEPTED, "B1")
    assert change.started_at == SENT


def test_an_adopted_order_has_a_beginning_even_where_the_broker_tells_none() -> None:
    """I3."""
    this = order(S.PLANNED)
    evidence = known(this, entry(placed_at=None), intents={"ord_1": IntentProof.UNPROVEN})
    assert decided(this, evidence).started_at == NOW


@pytest.mark.parametrize(
    ("intent", "look", "too_old", "becomes"),
    [
        (IntentProof.UNPROVEN, L.READ, False, S.PLANNED),
        (IntentProof.UNPROVEN, L.UNREADABLE, False, S.PLANNED),
        (IntentProof.UNPROVEN, L.NOT_MADE, True, S.PLANNED),
        (IntentProof.LOST, L.READ, False, S.CHECKING),
        (IntentProof.LOST, L.READ, True, S.CHECKING),
        (IntentProof.LOST, L.UNREADABLE, False, S.CHECKING),
        (IntentProof.LOST, L.NOT_MADE, False, S.CHECKING),
    ],
)
def test_what_may_have_been_sent_is_looked_for_before_anything_else(
    intent: IntentProof, look: Look, becomes: OrderState, *, too_old: bool
) -> None:
    """Q05, Q14: an order that may be on its way waits for a whole window; its age is asked for afterwards."""
    this = order(S.PLANNED)
    old = frozenset({"ord_1"}) if too_old else frozenset[str]()
    evidence = known(this, look=look, intents={"ord_1": intent}, too_old=old, watched=50.0)

    assert judged(this, evidence).state is becomes
    if becomes is S.CHECKING:
        assert (decided(this, evidence).attempt_state, decided(this, evidence).doubt_since) == (A.UNKNOWN, 50.0)


@pytest.mark.parametrize("intent", [IntentProof.UNPROVEN, IntentProof.LOST])
@pytest.mark.parametrize("look", list(L))
def test_what_may_have_been_sent_on_a_day_that_is_over_is_never_sent(intent: IntentProof, look: Look) -> None:
    this = order(S.PLANNED)
    after = judged(this, known(this, look=look, intents={"ord_1": intent}, day_over=True))
    assert (after.state, after.attention) == (S.UNRESOLVED, K.END_NOT_SEEN)


@pytest.mark.parametrize("intent", [IntentProof.UNPROVEN, IntentProof.LOST])
def test_what_may_have_been_sent_cannot_be_looked_for_without_a_login(intent: IntentProof) -> None:
    this = order(S.PLANNED)
    after = judged(this, known(this, look=L.SESSION_OVER, intents={"ord_1": intent}))
    assert (after.state, after.attention) == (S.PLANNED, K.LOGIN_NEEDED)


@pytest.mark.parametrize(
    ("case", "proven"),
    [
        ({}, True),
        ({"intents": {}}, False),
        ({"intents": {"ord_1": IntentProof.LOST}}, False),
        ({"look": L.UNREADABLE}, False),
        ({"look": L.NOT_MADE}, False),
        ({"look": L.SESSION_OVER}, False),
        ({"healthy": False}, False),
        ({"day_over": True}, False),
        ({"by_tag": {"1": None}}, False),
        ({"by_tag": {"1": [entry()]}}, False),
        ({"by_tag": {"1": []}}, True),
    ],
    ids=str,
)
def test_only_a_healthy_look_on_its_day_proves_that_an_order_never_left(case: dict[str, Any], *, proven: bool) -> None:
    this = order(S.PLANNED)
    assert known_of(this, known(this, **{"intents": {"ord_1": IntentProof.UNPROVEN}, **case})).never_left is proven


@pytest.mark.parametrize("state", [S.SENDING, S.CHECKING, S.STALE, S.OPEN])
def test_only_a_planned_order_can_be_proven_not_to_have_left(state: OrderState) -> None:
    this = order(state)
    assert not known_of(this, known(this, intents={"ord_1": IntentProof.UNPROVEN})).never_left


def test_an_order_in_the_book_is_not_proven_to_be_away() -> None:
    this = order(S.PLANNED)
    assert not known_of(this, known(this, entry(), intents={"ord_1": IntentProof.UNPROVEN})).never_left


@pytest.mark.parametrize("look", list(L))
def test_what_was_being_sent_when_its_worker_ended_may_exist(look: Look) -> None:
    """P02: whatever the book shows at this moment, it is looked for through a whole window."""
    this = order(S.SENDING)
    change = decided(this, known(this, look=look, watched=77.0))
    assert (change.state, change.attempt_state, change.doubt_since) == (S.CHECKING, A.UNKNOWN, 77.0)


@pytest.mark.parametrize("state", [S.SENDING, S.CHECKING, S.OPEN, S.COMPLETE])
def test_an_order_whose_answer_this_process_waits_for_is_not_judged(state: OrderState) -> None:
    this = order(state)
    assert judge(this, known(this, entry(B.CANCELLED), in_flight=frozenset({"ord_1"}))) is None


@pytest.mark.parametrize("look", [L.NOT_MADE, L.UNREADABLE])
@pytest.mark.parametrize("day_over", [False, True])
@pytest.mark.parametrize("state", [*UNDECIDED, S.UNRESOLVED, *ENDS])
def test_nothing_is_decided_by_a_book_that_was_not_read(state: OrderState, look: Look, *, day_over: bool) -> None:
    """A18."""
    this = order(state)
    assert judge(this, known(this, look=look, day_over=day_over)) is None


# -- the login, and the book's day -----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", UNDECIDED)
def test_a_login_that_is_over_calls_the_investor(state: OrderState) -> None:
    """R05."""
    this = order(state)
    after = judged(this, known(this, look=L.SESSION_OVER))
    assert (after.state, after.attention) == (state, K.LOGIN_NEEDED)


@pytest.mark.parametrize("state", UNDECIDED)
@pytest.mark.parametrize("kind", [K.LOGIN_NEEDED, K.AMBIGUOUS, K.MISMATCH, K.GONE])
def test_who_was_called_already_is_not_called_for_a_login(state: OrderState, kind: AttentionKind) -> None:
    this = order(state, attention=kind)
    assert judge(this, known(this, look=L.SESSION_OVER)) is None


@pytest.mark.parametrize("state", [S.ABSENT, S.STALE, S.UNRESOLVED, *ENDS])
def test_a_login_that_is_over_does_not_matter_to_what_waits_or_has_ended(state: OrderState) -> None:
    """I5."""
    this = order(state)
    assert judge(this, known(this, look=L.SESSION_OVER)) is None


@pytest.mark.parametrize("look", [L.SESSION_OVER, L.READ])
@pytest.mark.parametrize("attention", [None, K.LOGIN_NEEDED])
@pytest.mark.parametrize("state", UNDECIDED)
def test_past_its_day_an_order_is_unresolved_and_its_known_fills_stay(
    state: OrderState, look: Look, attention: AttentionKind | None
) -> None:
    """R04: no login can show a book that was cleared, and that the next day's lacks it is no absence."""
    this = order(state, filled_quantity=3, attention=attention)
    after = judged(this, known(this, look=look, day_over=True, watched=10_000.0))

    assert (after.state, after.attention, after.filled_quantity) == (S.UNRESOLVED, K.END_NOT_SEEN, 3)
    in_doubt = str(after.attention_text).startswith("whether it was placed is not known")
    assert in_doubt is (state is S.CHECKING), "of an order that was there its fills are told instead"
    assert ("3 of 10 were filled" in str(after.attention_text)) is not in_doubt
    assert after.attempt.state is not A.ABSENT
    assert after.final_at is None


@pytest.mark.parametrize("basket", [False, True])
@pytest.mark.parametrize("watched", [INSIDE, AFTER, 10_000.0])
def test_an_order_in_doubt_past_its_day_is_never_called_absent(watched: float, *, basket: bool) -> None:
    this = order(S.CHECKING)
    after = judged(this, known(this, day_over=True, watched=watched, basket=basket, returned=0.0))
    assert after.state is S.UNRESOLVED


@pytest.mark.parametrize("state", UNDECIDED)
def test_a_book_that_still_shows_an_order_past_its_day_is_believed(state: OrderState) -> None:
    """Evidence is stronger than the rule."""
    this = order(state)
    after = judged(this, known(this, entry(B.COMPLETE, 10), day_over=True))
    assert (after.state, after.attention) == (S.COMPLETE, None)


@pytest.mark.parametrize("state", [S.OPEN, S.PARTIAL, S.AMO_QUEUED])
@pytest.mark.parametrize("status", [B.COMPLETE, B.REJECTED, B.CANCELLED, B.OPEN, B.AMO_QUEUED])
def test_the_first_look_after_a_new_login_lifts_the_call(state: OrderState, status: BrokerStatus) -> None:
    this = order(state, attention=K.LOGIN_NEEDED)
    assert judged(this, known(this, entry(status, 10 if status is B.COMPLETE else 0))).attention is None


@pytest.mark.parametrize("by_tag", [{}, {"1": None}], ids=["not there", "look-up failed"])
def test_a_look_that_shows_nothing_lifts_the_call_for_a_login_too(by_tag: dict[str, None]) -> None:
    this = order(S.CHECKING, attention=K.LOGIN_NEEDED)
    after = judged(this, known(this, watched=INSIDE, by_tag=by_tag))
    assert (after.state, after.attention) == (S.CHECKING, None)


# -- in doubt --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("looked_up", [False, True], ids=["in the book", "by its tag"])
@pytest.mark.parametrize(
    ("status", "filled", "becomes"),
    [
        (B.RECEIVED, 0, S.PLACED),
        (B.OPEN, 0, S.OPEN),
        (B.OPEN, 4, S.PARTIAL),
        (B.PARTIAL, 4, S.PARTIAL),
        (B.TRIGGER_PENDING, 0, S.OPEN),
        (B.AMO_QUEUED, 0, S.AMO_QUEUED),
        (B.COMPLETE, 10, S.COMPLETE),
        (B.CANCELLED, 4, S.CANCELLED),
        (B.REJECTED, 0, S.REJECTED),
        (B.EXPIRED, 0, S.EXPIRED),
    ],
)
def test_an_order_in_doubt_is_adopted_by_its_tag(
    status: BrokerStatus, filled: int, becomes: OrderState, *, looked_up: bool
) -> None:
    """A01, A03: at any moment, however stale the rest of the book."""
    this = order(S.CHECKING)
    row = entry(status, filled)
    evidence = (
        known(this, watched=INSIDE, by_tag={"1": [row]})
        if looked_up
        else known(this, row, watched=INSIDE, healthy=False)
    )
    change = decided(this, evidence)

    assert (change.state, change.attempt_state, change.broker_order_id) == (becomes, A.ACCEPTED, "B1")
    assert (change.filled_quantity, change.lookups, change.attention) == (filled, 5, None)
    assert change.reason == (Reason.OTHER if becomes is S.REJECTED else None)


@pytest.mark.parametrize(
    ("watched", "healthy", "becomes"),
    [
        (0.0, True, S.CHECKING),
        (INSIDE, True, S.CHECKING),
        (INSIDE, False, S.CHECKING),
        (AFTER, False, S.CHECKING),
        (10_000.0, False, S.CHECKING),
        (AFTER, True, S.ABSENT),
        (10_000.0, True, S.ABSENT),
    ],
)
def test_only_a_healthy_look_after_the_watched_window_calls_an_order_absent(
    watched: float, becomes: OrderState, *, healthy: bool
) -> None:
    """A02, A18, R09."""
    this = order(S.CHECKING)
    change = decided(this, known(this, watched=watched, healthy=healthy, by_tag={"1": []}))

    assert (change.state, change.lookups) == (becomes, 5)
    assert change.attempt_state is (A.ABSENT if becomes is S.ABSENT else None)
    assert change.doubt_since == (watched if becomes is S.ABSENT else None)


@pytest.mark.parametrize(("since", "becomes"), [(None, S.CHECKING), (0.1, S.CHECKING), (0.0, S.ABSENT)])
def test_the_window_begins_with_the_doubt(since: float | None, becomes: OrderState) -> None:
    this = order(S.CHECKING, attempt={"doubt_since": since})
    assert judged(this, known(this)).state is becomes


@pytest.mark.parametrize("day_over", [False, True])
@pytest.mark.parametrize("watched", [INSIDE, AFTER])
def test_a_look_up_by_tag_that_failed_proves_nothing(watched: float, *, day_over: bool) -> None:
    """A18."""
    this = order(S.CHECKING)
    assert judge(this, known(this, watched=watched, by_tag={"1": None}, day_over=day_over)) is None


@pytest.mark.parametrize(
    ("state", "word", "rows", "becomes"),
    [
        (S.OPEN, "WORD", (entry(broker_order_id="B2", tag=None, symbol="ITC"),), S.ABSENT),
        (S.OPEN, "WORD", (entry(broker_order_id="B5", tag="2", symbol="ITC"),), S.ABSENT),
        (S.PLACED, "WORD", (), S.CHECKING),
        (S.OPEN, "WORD", (), S.CHECKING),
        (S.PARTIAL, "WORD", (), S.CHECKING),
        (S.AMO_QUEUED, "WORD", (), S.CHECKING),
        (S.COMPLETE, "WORD", (), S.CHECKING),
        (S.CANCELLED, "WORD", (), S.CHECKING),
        (S.REJECTED, "WORD", (), S.CHECKING),
        (S.PLACED, None, (), S.ABSENT),
        (S.REJECTED, None, (), S.ABSENT),
        (S.UNRESOLVED, "WORD", (), S.ABSENT),
    ],
)
def test_a_book_that_lacks_what_it_has_shown_is_stale(
    state: OrderState, word: str | None, rows: tuple[BrokerOrder, ...], becomes: OrderState
) -> None:
    """A18: then the order beside it is not called absent by it. An order of a day that is gone cannot be shown."""
    other = order(state, order_id="ord_2", broker_order_id="B2", broker_status=word, attempt={"tag": "2"})
    this = order(S.CHECKING)
    assert judged(this, known(this, *rows, others=(other,))).state is becomes


PATIENCE = BASKET_PATIENCE.total_seconds() + WINDOW


@pytest.mark.parametrize(
    ("returned", "watched", "becomes"),
    [
        (None, AFTER, S.CHECKING),
        (None, PATIENCE - 0.1, S.CHECKING),
        (None, PATIENCE, S.NOT_PLACED),
        (0.0, AFTER, S.NOT_PLACED),
        (0.1, AFTER, S.CHECKING),
        (60.0, 179.9, S.CHECKING),
        (60.0, 180.0, S.NOT_PLACED),
    ],
)
def test_a_basket_has_its_window_from_the_way_back(returned: float | None, watched: float, becomes: OrderState) -> None:
    """U01, U02: what is not there then was not confirmed at the broker."""
    this = order(S.CHECKING, attempt={"doubt_since": None})
    assert judged(this, known(this, watched=watched, basket=True, returned=returned)).state is becomes


@pytest.mark.parametrize("looked_up", [False, True])
def test_two_orders_with_one_tag_call_a_person(*, looked_up: bool) -> None:
    this = order(S.CHECKING)
    rows = (entry(), entry(broker_order_id="B2"))
    evidence = known(this, by_tag={"1": rows}) if looked_up else known(this, *rows)
    after = judged(this, evidence)
    assert (after.state, after.attention, after.broker_order_id) == (S.CHECKING, K.DUPLICATE_TAG, None)


def test_one_order_in_two_rows_is_one_order() -> None:
    this = order(S.CHECKING)
    assert judged(this, known(this, entry(), entry())).state is S.OPEN


def test_an_order_that_is_in_another_account_is_not_called_absent() -> None:
    """S02."""
    this = order(S.CHECKING, seen_in="XY0001")
    after = judged(this, known(this))
    assert (after.state, after.attention, after.attempt.lookups) == (S.CHECKING, K.ELSEWHERE, 5)


@pytest.mark.parametrize("kind", [K.ELSEWHERE, K.AMBIGUOUS])
def test_what_is_found_after_all_needs_nobody_any_more(kind: AttentionKind) -> None:
    this = order(S.CHECKING, attention=kind)
    after = judged(this, known(this, entry()))
    assert (after.state, after.attention) == (S.OPEN, None)


WRONG: list[dict[str, Any]] = [
    {"symbol": "INFY"},
    {"exchange": "BSE"},
    {"side": Side.SELL},
    {"side": None},
    {"quantity": 11},
    {"delivery": False},
    {"delivery": None},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
@pytest.mark.parametrize("state", [S.CHECKING, S.PLACED, S.OPEN, S.ABSENT])
def test_another_order_than_the_one_sent_calls_a_person(state: OrderState, wrong: dict[str, Any]) -> None:
    """A16, R06: and it is not taken for ours."""
    this = order(state)
    after = judged(this, known(this, entry(B.COMPLETE, 10, **wrong)))
    assert (after.state, after.attention, after.filled_quantity) == (state, K.MISMATCH, 0)


# -- untagged look-alikes --------------------------------------------------------------------------------------------

UNTAGGED = entry(broker_order_id="B9", tag=None)
DROPPED = order(S.OPEN, order_id="ord_2", symbol="INFY", broker_order_id="B2", attempt={"tag": "2"})
DROPPED_ROW = entry(broker_order_id="B2", tag=None, symbol="INFY")
KEPT_ROW = entry(broker_order_id="B2", tag="2", symbol="INFY")


@pytest.mark.parametrize(
    ("rows", "others", "becomes", "attention"),
    [
        ((UNTAGGED, DROPPED_ROW), (DROPPED,), S.OPEN, None),
        ((UNTAGGED, KEPT_ROW), (DROPPED,), S.CHECKING, K.AMBIGUOUS),
        ((UNTAGGED,), (), S.CHECKING, K.AMBIGUOUS),
        ((UNTAGGED, entry(broker_order_id="B8", tag=None), DROPPED_ROW), (DROPPED,), S.CHECKING, K.AMBIGUOUS),
        ((UNTAGGED, DROPPED_ROW), (DROPPED, order(S.CHECKING, order_id="ord_3")), S.CHECKING, K.AMBIGUOUS),
        ((UNTAGGED, DROPPED_ROW), (DROPPED, order(S.CHECKING, order_id="ord_3", symbol="SBIN")), S.OPEN, None),
        ((entry(broker_order_id="B9", tag=None, quantity=9), DROPPED_ROW), (DROPPED,), S.ABSENT, None),
        ((entry(broker_order_id="B9", tag="9"), DROPPED_ROW), (DROPPED,), S.ABSENT, None),
    ],
    ids=[
        "drops tags",
        "keeps tags",
        "nothing known",
        "two candidates",
        "two orders",
        "two of another kind",
        "not alike",
        "tag of another",
    ],
)
def test_an_untagged_order_is_adopted_only_where_it_can_be_no_other(
    rows: tuple[BrokerOrder, ...], others: tuple[Order, ...], becomes: OrderState, attention: AttentionKind | None
) -> None:
    """A22, R01."""
    this = order(S.CHECKING)
    change = decided(this, known(this, *rows, others=others))
    after = applied(change, NOW)

    assert (after.state, after.attention) == (becomes, attention)
    assert after.broker_order_id == ("B9" if becomes is S.OPEN else None)
    assert change.lookups == 5


@pytest.mark.parametrize(
    ("placed_at", "becomes"),
    [
        (SENT - CLOCK_SKEW - timedelta(seconds=1), S.ABSENT),
        (SENT - CLOCK_SKEW, S.OPEN),
        (SENT, S.OPEN),
        (None, S.OPEN),
    ],
)
def test_an_order_that_was_placed_before_ours_was_sent_is_not_ours(
    placed_at: datetime | None, becomes: OrderState
) -> None:
    this = order(S.CHECKING)
    row = entry(broker_order_id="B9", tag=None, placed_at=placed_at)
    assert judged(this, known(this, row, DROPPED_ROW, others=(DROPPED,))).state is becomes


def test_an_order_that_is_known_to_be_anothers_is_not_a_candidate() -> None:
    this = order(S.CHECKING)
    other = order(S.OPEN, order_id="ord_2", broker_order_id="B9")
    assert judged(this, known(this, UNTAGGED, others=(other,))).state is S.ABSENT


NO_TAGS: dict[str, Any] = {"echoes_tags": False}
"""At a broker that shows none as a rule."""
MORE = entry(broker_order_id="B9", tag=None, quantity=11)


@pytest.mark.parametrize(
    ("rows", "others", "basket", "becomes", "attention"),
    [
        ((UNTAGGED,), (), False, S.OPEN, None),
        ((UNTAGGED,), (), True, S.OPEN, None),
        ((UNTAGGED, entry(broker_order_id="B8", tag=None)), (), False, S.CHECKING, K.AMBIGUOUS),
        ((UNTAGGED,), (order(S.CHECKING, order_id="ord_3"),), False, S.CHECKING, K.AMBIGUOUS),
        ((MORE,), (), False, S.ABSENT, None),
        ((MORE,), (), True, S.CHECKING, K.AMBIGUOUS),
        ((MORE, entry(broker_order_id="B8", tag=None)), (), True, S.OPEN, None),
        ((entry(broker_order_id="B9", tag=None, side=Side.SELL),), (), True, S.NOT_PLACED, None),
        ((entry(broker_order_id="B9", tag=None, placed_at=SENT - timedelta(minutes=1)),), (), False, S.ABSENT, None),
        ((), (), False, S.ABSENT, None),
    ],
    ids=[
        "one",
        "one of a basket",
        "two",
        "one for two",
        "another quantity",
        "another quantity, of a basket",
        "the right one beside another quantity",
        "the other side, of a basket",
        "from before",
        "none",
    ],
)
def test_at_a_broker_that_shows_no_tags_the_only_order_that_can_be_ours_is_ours(
    rows: tuple[BrokerOrder, ...],
    others: tuple[Order, ...],
    becomes: OrderState,
    attention: AttentionKind | None,
    *,
    basket: bool,
) -> None:
    """A22."""
    this = order(S.CHECKING)
    returned = AFTER - WINDOW if basket else None
    after = judged(this, known(this, *rows, others=others, basket=basket, returned=returned, **NO_TAGS))

    assert (after.state, after.attention) == (becomes, attention)


@pytest.mark.parametrize(("rows", "becomes"), [((), S.PLANNED), ((MORE,), S.PLANNED), ((UNTAGGED,), S.CHECKING)])
def test_what_may_have_been_sent_to_a_broker_that_shows_no_tags_waits_where_an_order_like_it_is_there(
    rows: tuple[BrokerOrder, ...], becomes: OrderState
) -> None:
    """Q05: a tag that is not found proves nothing there."""
    this = order(S.PLANNED)
    evidence = known(this, *rows, intents={"ord_1": IntentProof.UNPROVEN}, **NO_TAGS)

    assert judged(this, evidence).state is becomes
    assert known_of(this, evidence).never_left is (becomes is S.PLANNED)


# -- at the broker ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "status", "filled", "becomes"),
    [
        (S.PLACED, B.OPEN, 0, S.OPEN),
        (S.PLACED, B.REJECTED, 0, S.REJECTED),
        (S.OPEN, B.OPEN, 2, S.PARTIAL),
        (S.OPEN, B.COMPLETE, 10, S.COMPLETE),
        (S.PARTIAL, B.CANCELLED, 4, S.CANCELLED),
        (S.PARTIAL, B.EXPIRED, 4, S.EXPIRED),
        (S.AMO_QUEUED, B.OPEN, 0, S.OPEN),
        (S.AMO_QUEUED, B.REJECTED, 0, S.REJECTED),
    ],
)
def test_an_accepted_order_becomes_what_the_book_says(
    state: OrderState, status: BrokerStatus, filled: int, becomes: OrderState
) -> None:
    """B01 to B05."""
    this = order(state)
    change = decided(this, known(this, entry(status, filled)))
    assert (change.state, change.filled_quantity, change.attention) == (becomes, filled, None)
    assert change.refused_late == (becomes is S.REJECTED)
    assert change.reason == (Reason.OTHER if becomes is S.REJECTED else None)


@pytest.mark.parametrize("attention", [None, K.MISMATCH, K.LATE_LANDING])
def test_a_book_without_news_changes_nothing(attention: AttentionKind | None) -> None:
    this = order(S.OPEN, attention=attention)
    assert judge(this, known(this, entry())) is None


def test_fills_that_fall_are_kept_and_call_a_person() -> None:
    this = order(S.PARTIAL, filled_quantity=6, average_price=100_00)
    change = decided(this, known(this, entry(B.PARTIAL, 4, average_price=99_00)))
    after = applied(change, NOW)
    assert (after.filled_quantity, after.average_price, after.attention) == (6, 100_00, K.FILLS_FELL)


@pytest.mark.parametrize("filled", [11, 20])
def test_more_filled_than_ordered_is_recorded_and_calls_a_person(filled: int) -> None:
    """B07, I6."""
    this = order(S.OPEN)
    after = judged(this, known(this, entry(B.COMPLETE, filled)))
    assert (after.state, after.filled_quantity, after.attention) == (S.COMPLETE, filled, K.OVERFILLED)


@pytest.mark.parametrize(
    ("state", "becomes"),
    [(S.CHECKING, S.PLACED), (S.PLACED, S.PLACED), (S.OPEN, S.OPEN), (S.PARTIAL, S.PARTIAL), (S.UNRESOLVED, S.PLACED)],
)
def test_a_status_word_never_seen_keeps_the_order_where_it_is(state: OrderState, becomes: OrderState) -> None:
    """A15."""
    this = order(state)
    after = judged(this, known(this, entry(B.UNKNOWN)))
    assert (after.state, after.attention) == (becomes, K.UNKNOWN_STATUS)


@pytest.mark.parametrize(
    ("kind", "stays"),
    [
        (K.UNKNOWN_STATUS, False),
        (K.GONE, False),
        (K.LOGIN_NEEDED, False),
        (K.LATE_LANDING, True),
        (K.PLACED_TWICE, True),
        (K.OVERFILLED, True),
    ],
)
def test_seeing_the_order_again_lifts_what_was_about_not_seeing_it(kind: AttentionKind, *, stays: bool) -> None:
    this = order(S.OPEN, attention=kind)
    assert judged(this, known(this, entry(B.COMPLETE, 10))).attention is (kind if stays else None)


def test_an_id_that_was_wrong_is_mended_by_the_tag() -> None:
    """A17."""
    this = order(S.PLACED)
    evidence = known(this, entry(tag="9"), entry(broker_order_id="B2"))
    after = judged(this, evidence)
    assert (after.state, after.broker_order_id) == (S.OPEN, "B2")
    assert decided(this, evidence).detail == "the broker first gave the id B1"


def test_the_order_that_carries_our_tag_under_another_id_has_to_be_the_one_that_was_sent() -> None:
    """A16, A17."""
    this = order(S.PLACED)
    after = judged(this, known(this, entry(tag="9"), entry(broker_order_id="B2", quantity=11)))
    assert (after.state, after.broker_order_id, after.attention) == (S.PLACED, "B1", K.MISMATCH)


@pytest.mark.parametrize("day_over", [False, True])
def test_an_id_of_somebody_elses_order_puts_ours_in_doubt(*, day_over: bool) -> None:
    """A17."""
    this = order(S.PLACED)
    change = decided(this, known(this, entry(tag="9"), watched=INSIDE, day_over=day_over))
    after = applied(change, NOW)
    assert (after.state, after.attempt.state, after.broker_order_id) == (S.CHECKING, A.UNKNOWN, None)
    assert after.attempt.doubt_since == INSIDE


@pytest.mark.parametrize(
    ("rows", "becomes"),
    [
        ((entry(B.COMPLETE, 10), entry(broker_order_id="B2")), S.COMPLETE),
        ((entry(broker_order_id="B3"), entry(broker_order_id="B2")), S.OPEN),
    ],
)
def test_a_second_order_under_its_tag_calls_a_person_and_the_known_one_is_followed(
    rows: tuple[BrokerOrder, ...], becomes: OrderState
) -> None:
    """Q05: two orders with one tag are always seen, and the batch does not hang on them."""
    this = order(S.OPEN)
    after = judged(this, known(this, *rows))
    assert (after.state, after.attention, after.broker_order_id) == (becomes, K.DUPLICATE_TAG, "B1")


@pytest.mark.parametrize("state", ENDS[:-1])
@pytest.mark.parametrize("flagged", [False, True])
def test_a_second_order_under_the_tag_of_an_ended_one_calls_a_person_once(state: OrderState, *, flagged: bool) -> None:
    this = order(state, attention=K.DUPLICATE_TAG if flagged else None)
    after = judge(this, known(this, entry(broker_order_id="B3"), entry(broker_order_id="B2")))
    assert (after is None) is flagged


@pytest.mark.parametrize(
    ("watched", "healthy", "since", "becomes"),
    [
        (INSIDE, True, 0.0, S.PLACED),
        (AFTER, False, 0.0, S.PLACED),
        (AFTER, True, None, S.PLACED),
        (AFTER, True, 0.0, S.ABSENT),
    ],
)
def test_accepted_and_never_shown_is_absent_after_the_window(
    watched: float, since: float | None, becomes: OrderState, *, healthy: bool
) -> None:
    """A23."""
    this = order(S.PLACED, attempt={"doubt_since": since})
    after = judged(this, known(this, watched=watched, healthy=healthy))
    assert (after.state, after.attempt.state) == (becomes, A.ABSENT if becomes is S.ABSENT else A.ACCEPTED)


@pytest.mark.parametrize("state", [S.OPEN, S.PARTIAL, S.AMO_QUEUED])
@pytest.mark.parametrize(
    ("watched", "attention", "called"),
    [(INSIDE, None, False), (AFTER, None, True), (AFTER, K.LATE_LANDING, False), (AFTER, K.GONE, False)],
)
def test_shown_before_and_gone_calls_a_person_once_and_is_never_absent(
    state: OrderState, watched: float, attention: AttentionKind | None, *, called: bool
) -> None:
    """The missing order itself makes the book stale: that must not keep the call from being made."""
    this = order(state, attention=attention)
    change = judge(this, known(this, watched=watched))
    assert (change is not None and change.calls_for_attention) is called
    assert judged(this, known(this, watched=watched)).state is state


# -- called absent, or never sent ------------------------------------------------------------------------------------


@pytest.mark.parametrize("look", list(L))
@pytest.mark.parametrize("state", [S.ABSENT, S.STALE])
@pytest.mark.parametrize(("watched", "becomes"), [(DECISION - 0.1, None), (DECISION, S.NOT_PLACED)])
def test_the_investor_has_five_watched_minutes(
    state: OrderState, watched: float, becomes: OrderState | None, look: Look
) -> None:
    asked_at = 40.0
    this = order(state, attention=K.STALE_INTENT if state is S.STALE else None, attempt={"doubt_since": asked_at})
    change = judge(this, known(this, look=look, watched=asked_at + watched))
    assert (change.state if change else None) is becomes
    assert change is None or applied(change, NOW).attention is None


@pytest.mark.parametrize("look", list(L))
@pytest.mark.parametrize(("watched", "becomes"), [(RELEASE - 0.1, None), (RELEASE, S.REJECTED)])
def test_for_the_depository_the_investor_has_fifteen_watched_minutes(
    watched: float, becomes: OrderState | None, look: Look
) -> None:
    """What the broker refused was refused, and no late refusal is told once more."""
    this = order(S.UNAUTHORISED, reason=Reason.HOLDINGS_NOT_AUTHORISED, attempt={"doubt_since": 40.0})
    change = judge(this, known(this, look=look, watched=40.0 + watched))
    assert (change.state if change else None) is becomes
    assert change is None or (change.refused_late, applied(change, NOW).reason) == (False, this.reason)


@pytest.mark.parametrize("state", [S.PLACED, S.OPEN, S.AMO_QUEUED, S.CHECKING])
@pytest.mark.parametrize(
    ("releases", "reason", "filled", "becomes"),
    [
        (True, Reason.HOLDINGS_NOT_AUTHORISED, 0, S.UNAUTHORISED),
        (False, Reason.HOLDINGS_NOT_AUTHORISED, 0, S.REJECTED),
        (True, Reason.HOLDINGS_NOT_AUTHORISED, 1, S.REJECTED),
        (True, Reason.INSUFFICIENT_HOLDINGS, 0, S.REJECTED),
        (True, None, 0, S.REJECTED),
    ],
)
def test_a_sell_that_only_the_depository_holds_up_waits_for_the_investor(
    state: OrderState, reason: Reason | None, filled: int, becomes: OrderState, *, releases: bool
) -> None:
    this = order(state)
    evidence = known(this, entry(B.REJECTED, filled, reason=reason, message="no"), releases=releases, watched=33.0)
    change = decided(this, evidence)
    after = applied(change, NOW)

    waits = becomes is S.UNAUTHORISED
    assert (after.state, after.reason, after.message) == (becomes, reason, "no")
    assert (after.attempt.state is A.REJECTED, change.doubt_since) == (waits, 33.0 if waits else None)
    assert change.refused_late == (state is not S.CHECKING)
    assert (after.final_at is None) == waits


def test_a_sell_of_which_a_part_was_sold_before_is_not_asked_to_be_sold_again() -> None:
    """The refusal shows no fill, and the book had shown one."""
    this = order(S.PARTIAL, filled_quantity=4, average_price=100_00)
    row = entry(B.REJECTED, reason=Reason.HOLDINGS_NOT_AUTHORISED)

    after = judged(this, known(this, row, releases=True))

    assert (after.state, after.filled_quantity) == (S.REJECTED, 4)


@pytest.mark.parametrize("state", [S.REJECTED, S.UNAUTHORISED])
def test_what_was_refused_for_it_is_not_asked_again_by_the_book(state: OrderState) -> None:
    """An end stands, and the investor is asked once."""
    this = order(state, broker_order_id="B1", reason=Reason.HOLDINGS_NOT_AUTHORISED, attempt={"doubt_since": 0.0})
    row = entry(B.REJECTED, reason=Reason.HOLDINGS_NOT_AUTHORISED)
    assert judge(this, known(this, row, releases=True, watched=10.0)) is None


def test_without_a_beginning_the_five_minutes_never_end() -> None:
    this = order(S.ABSENT, attempt={"doubt_since": None})
    assert judge(this, known(this, watched=10_000.0)) is None


@pytest.mark.parametrize("state", [S.ABSENT, S.NOT_PLACED])
@pytest.mark.parametrize(("status", "becomes"), [(B.OPEN, S.OPEN), (B.COMPLETE, S.COMPLETE)])
@pytest.mark.parametrize("looked_up", [False, True])
def test_a_late_landing_is_adopted_with_an_alarm(
    state: OrderState, status: BrokerStatus, becomes: OrderState, *, looked_up: bool
) -> None:
    """A04: even when the time to decide is over."""
    this = order(state)
    row = entry(status, 10 if becomes is S.COMPLETE else 0)
    evidence = known(this, by_tag={"1": [row]}, watched=9e3) if looked_up else known(this, row, watched=9e3)
    after = judged(this, evidence)
    assert (after.state, after.attempt.state, after.attention) == (becomes, A.ACCEPTED, K.LATE_LANDING)
    assert after.absent_tags == []


@pytest.mark.parametrize("state", [S.ABSENT, S.NOT_PLACED])
@pytest.mark.parametrize(("tag", "becomes"), [(None, S.OPEN), ("9", None)])
def test_an_id_that_shows_late_without_our_tag_is_ours(
    state: OrderState, tag: str | None, becomes: OrderState | None
) -> None:
    """A22, A23: accepted with an id, called absent, and the broker drops tags."""
    this = order(state, broker_order_id="B1")
    change = judge(this, known(this, entry(tag=tag)))
    assert (change.state if change else None) is becomes


@pytest.mark.parametrize("state", [S.ABSENT, S.NOT_PLACED])
def test_two_late_landings_under_one_tag_are_not_adopted(state: OrderState) -> None:
    this = order(state)
    after = judged(this, known(this, entry(), entry(broker_order_id="B2")))
    assert (after.state, after.attention) == (state, K.DUPLICATE_TAG)


def test_what_was_never_sent_does_not_land_late() -> None:
    this = order(S.NOT_PLACED, attempt={"state": A.NOT_SENT})
    assert judge(this, known(this, entry())) is None


@pytest.mark.parametrize("watched", [DECISION - 1, DECISION])
def test_an_absent_order_that_shows_in_another_account_is_in_doubt_again(watched: float) -> None:
    """A04, S02: it is neither offered to be placed again nor told as not placed."""
    this = order(S.ABSENT, seen_in="XY0001")
    after = judged(this, known(this, watched=watched))
    assert (after.state, after.attempt.state, after.attention) == (S.CHECKING, A.UNKNOWN, K.ELSEWHERE)


@pytest.mark.parametrize("flagged", [False, True])
def test_an_order_given_up_that_shows_in_another_account_calls_a_person_once(*, flagged: bool) -> None:
    this = order(S.NOT_PLACED, seen_in="XY0001", attention=K.ELSEWHERE if flagged else None)
    change = judge(this, known(this))
    assert (change is None) is flagged
    assert judged(this, known(this)).attention is K.ELSEWHERE


@pytest.mark.parametrize("state", [S.CHECKING, S.PLACED, S.OPEN, S.ABSENT, S.COMPLETE, S.CANCELLED, S.NOT_PLACED])
@pytest.mark.parametrize("flagged", [False, True])
def test_a_first_attempt_that_lands_beside_the_second_calls_a_person_once(state: OrderState, *, flagged: bool) -> None:
    """A04: as soon as a look shows it, and not only after the second has ended."""
    this = order(state, attention=K.PLACED_TWICE if flagged else None)
    this = msgspec.structs.replace(this, absent_tags=["0", *this.absent_tags])
    first = entry(B.COMPLETE, 10, broker_order_id="B0", tag="0")
    own = () if state in (S.CHECKING, S.ABSENT, S.NOT_PLACED) else (entry(),)
    evidence = known(this, first, *own, watched=INSIDE)
    change = judge(this, evidence)

    assert (change is not None and change.calls_for_attention) is (not flagged)
    assert judged(this, evidence).attention is K.PLACED_TWICE


def test_that_what_was_sent_does_not_fit_is_said_before_that_it_was_placed_twice() -> None:
    """The batch stops by it."""
    this = order(S.OPEN, absent_tags=["0"])
    first = entry(broker_order_id="B0", tag="0")
    assert judged(this, known(this, first, entry(quantity=9))).attention is K.MISMATCH


# -- its end was not seen --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "filled", "becomes"), [(B.COMPLETE, 10, S.COMPLETE), (B.CANCELLED, 4, S.CANCELLED)])
@pytest.mark.parametrize("row", [{}, {"tag": None}, {"broker_order_id": "B7"}], ids=str)
def test_later_evidence_ends_what_was_unresolved(
    status: BrokerStatus, filled: int, becomes: OrderState, row: dict[str, Any]
) -> None:
    this = order(S.UNRESOLVED, filled_quantity=3, attention=K.END_NOT_SEEN)
    after = judged(this, known(this, entry(status, filled, **row), day_over=True))
    assert (after.state, after.filled_quantity, after.attention) == (becomes, filled, None)


@pytest.mark.parametrize("attempt", [A.PLANNED, A.UNKNOWN])
def test_what_was_never_known_to_be_accepted_is_then(attempt: AttemptState) -> None:
    """I3, I4."""
    this = order(
        S.UNRESOLVED, broker_order_id=None, attention=K.END_NOT_SEEN, attempt={"state": attempt, "started_at": None}
    )
    after = judged(this, known(this, entry(B.COMPLETE, 10)))
    assert (after.state, after.attempt.state, after.attempt.started_at) == (S.COMPLETE, A.ACCEPTED, SENT)
    assert after.attention is None


def test_later_evidence_that_is_itself_odd_still_calls_a_person() -> None:
    this = order(S.UNRESOLVED, attention=K.END_NOT_SEEN)
    assert judged(this, known(this, entry(B.COMPLETE, 11))).attention is K.OVERFILLED


@pytest.mark.parametrize(
    "rows",
    [(), (entry(tag="9"),), (entry(quantity=9),), (entry(broker_order_id="B3"), entry(broker_order_id="B4"))],
    ids=["nothing", "another's", "mismatch", "two"],
)
def test_what_does_not_show_its_end_leaves_it_unresolved(rows: tuple[BrokerOrder, ...]) -> None:
    this = order(S.UNRESOLVED, attention=K.END_NOT_SEEN)
    assert judge(this, known(this, *rows, day_over=True)) is None


# -- ended -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", UNFILLED_ENDS)
@pytest.mark.parametrize(
    ("row", "becomes"),
    [
        (entry(B.COMPLETE, 10), S.COMPLETE),
        (entry(B.CANCELLED, 5), S.CANCELLED),
        (entry(B.CANCELLED, 3), None),
        (entry(B.OPEN, 5), None),
        (entry(B.UNKNOWN, 10), None),
        (entry(B.COMPLETE, 10, tag="9"), None),
        (entry(B.COMPLETE, 10, quantity=11), None),
        (entry(B.COMPLETE, 10, tag=None), S.COMPLETE),
        (entry(B.COMPLETE, 10, broker_order_id="B2"), None),
    ],
    ids=["filled", "more fills", "fewer", "not an end", "no word", "foreign", "mismatch", "untagged", "other id"],
)
def test_an_end_is_corrected_only_by_a_later_end_of_the_broker(
    state: OrderState, row: BrokerOrder, becomes: OrderState | None
) -> None:
    """B05, I5."""
    this = order(state, filled_quantity=4)
    change = judge(this, known(this, row))
    assert (change.state if change else None) is becomes
    assert change is None or change.is_correction


@pytest.mark.parametrize(("state", "status"), [(S.CANCELLED, B.REJECTED), (S.REJECTED, B.CANCELLED)])
def test_another_end_with_the_same_fills_is_a_correction(state: OrderState, status: BrokerStatus) -> None:
    this = order(state, filled_quantity=4)
    after = judged(this, known(this, entry(status, 4)))
    assert (after.state, after.filled_quantity) == (STATE_OF[status], 4)


@pytest.mark.parametrize("state", [S.CHECKING, S.PLACED, S.OPEN, S.UNRESOLVED])
def test_what_the_brokers_row_says_is_kept(state: OrderState) -> None:
    this = order(state)
    row = entry(B.OPEN, 4, exchange_order_id="11", raw_status="OPEN WORD", message="waits", average_price=101_00)
    after = judged(this, known(this, row))
    assert (after.exchange_order_id, after.broker_status, after.message) == ("11", "OPEN WORD", "waits")
    assert (after.filled_quantity, after.average_price) == (4, 101_00)


def test_a_row_without_a_price_takes_none_away() -> None:
    this = order(S.PARTIAL, filled_quantity=4, average_price=100_00)
    after = judged(this, known(this, entry(B.COMPLETE, 10, average_price=0)))
    assert (after.state, after.filled_quantity, after.average_price) == (S.COMPLETE, 10, 100_00)


@pytest.mark.parametrize(("filled", "price"), [(4, 101_00), (5, 101_00), (3, 100_00)])
def test_a_price_is_taken_from_a_row_that_does_not_fall_behind(filled: int, price: int) -> None:
    this = order(S.PARTIAL, filled_quantity=4, average_price=100_00)
    assert judged(this, known(this, entry(B.OPEN, filled, average_price=101_00))).average_price == price


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"symbol": "INFY"}, "the broker's order has symbol INFY instead of TCS"),
        ({"exchange": "BSE"}, "the broker's order has exchange BSE instead of NSE"),
        ({"side": Side.SELL}, "the broker's order has side SELL instead of BUY"),
        (
            {"quantity": 11, "delivery": None},
            "the broker's order has quantity 11 instead of 10, delivery None instead of True",
        ),
    ],
)
def test_a_mismatch_says_in_what(wrong: dict[str, Any], says: str) -> None:
    this = order(S.OPEN)
    assert judged(this, known(this, entry(**wrong))).attention_text == says


def test_what_was_found_says_how() -> None:
    this = order(S.CHECKING)
    change = judge(this, known(this, entry()))
    assert change is not None
    assert change.detail == "found by its tag"


@pytest.mark.parametrize(("state", "status"), [(S.CANCELLED, B.CANCELLED), (S.REJECTED, B.REJECTED)])
def test_the_same_end_again_is_no_correction(state: OrderState, status: BrokerStatus) -> None:
    this = order(state, filled_quantity=4)
    assert judge(this, known(this, entry(status, 4))) is None


@pytest.mark.parametrize("row", [entry(B.CANCELLED), entry(B.CANCELLED, 10), entry(B.OPEN, 2), entry(B.REJECTED)])
def test_a_complete_order_stays_complete(row: BrokerOrder) -> None:
    """I5: a stale book does not undo it."""
    this = order(S.COMPLETE, filled_quantity=10)
    assert judge(this, known(this, row)) is None


def test_judging_changes_nothing_by_itself() -> None:
    this = order(S.OPEN)
    before = msgspec.json.encode(this)
    assert judged(this, known(this, entry(B.COMPLETE, 10))).state is S.COMPLETE
    assert msgspec.json.encode(this) == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, DoubtReason.NOT_FOUND),
        ("insufficient_funds", DoubtReason.NOT_FOUND),
        (DoubtReason.REFUSED_UNKNOWN_CODE, DoubtReason.REFUSED_UNKNOWN_CODE),
    ],
)
def test_an_absent_order_says_that_it_was_refused_if_it_was(before: str | None, after: DoubtReason) -> None:
    this = order(S.CHECKING, reason=before)
    change = decided(this, known(this, watched=AFTER))

    assert (change.state, change.attempt_state, change.doubt_since) == (S.ABSENT, A.ABSENT, AFTER)
    assert (change.reason, change.lookups) == (after, 5)
    assert change.detail == "a healthy look-up after the settle window did not find the tag"


@pytest.mark.parametrize(("started", "written"), [(None, SENT), (SENT + timedelta(seconds=1), None)])
def test_an_order_in_doubt_began_when_it_was_sent_or_else_when_it_was_planned(
    started: datetime | None, written: datetime | None
) -> None:
    this = order(S.SENDING, attempt={"started_at": started, "planned_at": SENT})
    change = decided(this, known(this, watched=7.0))

    assert (change.state, change.attempt_state, change.doubt_since) == (S.CHECKING, A.UNKNOWN, 7.0)
    assert (change.started_at, change.detail) == (written, "the worker ended between intent and answer")
    assert not change.forget_broker_order_id


@pytest.mark.parametrize(
    ("ours", "theirs", "agrees"),
    [
        ({"broker_code": "11536"}, {"code": "11536", "symbol": "TATACONSULT"}, True),
        ({"broker_code": "11536"}, {"code": "1594", "symbol": "TCS"}, False),
        ({"broker_code": "11536"}, {"code": None, "symbol": "TCS"}, True),
        ({"broker_code": None}, {"code": "11536", "symbol": "TCS"}, True),
        ({"broker_code": None}, {"code": "11536", "symbol": "TATACONSULT"}, False),
        ({"broker_code": "11536"}, {"code": "11536", "exchange": "BSE"}, False),
    ],
)
def test_the_brokers_code_says_which_security_a_row_is_of_and_only_without_one_its_symbol(
    ours: dict[str, Any], theirs: dict[str, Any], agrees: bool
) -> None:
    """A security that was renamed overnight is the same one still."""
    assert (order(S.OPEN, **ours).disagreement(entry(**theirs)) is None) is agrees
