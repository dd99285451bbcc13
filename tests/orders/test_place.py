"""What is sent when, by rows: a batch in hand, a broker that answers by script, and the changes that were written.

The database and the pace are played here; the whole of it, with real ones, is told in `tests/faults`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import asyncpg
import pytest

from tests.orders.making import NOW, batch_of, order
from tests.support.brokers import ANY_BROKER
from torana.connectors.contract import (
    MarketOrders,
    NotSent,
    OrderRules,
    Placed,
    RateLimited,
    Reason,
    Rejected,
    SessionEnded,
    Side,
    TagRule,
    Unknown,
    Variety,
)
from torana.kit.metrics import REFUSALS_UNMAPPED
from torana.orders import place as placing
from torana.orders.changes import Change
from torana.orders.commit import applied
from torana.orders.models import Cancel, Halt, Order, confirmed_hash
from torana.orders.pace import Slot
from torana.orders.place import MOST_PLACES, place
from torana.orders.run import BatchRun
from torana.orders.states import AttemptState, CancelState, HaltedBy, IntentProof, OrderState, StopReason
from torana.orders.store import Halted

S = OrderState
RULES = OrderRules(tag=TagRule(max_length=20), book_kept_until="06:00", market=MarketOrders.PROTECTED)
STOPPED = Halt("gw_1", "", HaltedBy.PARTNER, "wrong prices", NOW)
Answer = BaseException | str
Script = Answer | Callable[[], Awaitable[str]]


def planned(number: int, side: Side = Side.BUY, state: OrderState = S.PLANNED, **attempt: Any) -> Order:
    """The order `ord_<number>` with this tag."""
    its = {"attempt_id": f"att_{number}", "tag": str(number), "sends": 0, **attempt}
    return order(state, order_id=f"ord_{number}", line=number, side=side, attempt=its)


class Placing:
    """A batch in hand, and all that became of it."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        *orders: Order,
        answers: dict[str, Script] | None = None,
        slots: Sequence[Slot] = (),
        watched: float = 5.0,
        variety: Variety = Variety.REGULAR,
        unproven: Sequence[str] = (),
        stopping: bool = False,
        changed_since: bool = False,
        held_up: int = 0,
        lost: BaseException | None = None,
        halt: Halt | None = None,
        takes_no_intent: bool = False,
    ) -> None:
        self.sent: list[str] = []
        self.at_once = 0
        self.commits: list[tuple[list[Change], StopReason | None]] = []
        self.wanted: list[int] = []
        self.answered: list[datetime | None] = []
        self.held: list[float] = []
        self.looked: list[frozenset[str]] = []
        self.freshened: list[Slot] = []
        self._answers, self._slots, self._held_up = answers or {}, list(slots), held_up
        self._lost = lost
        self._halt, self._takes_no_intent = halt, takes_no_intent
        self._in_flight = 0
        batch = batch_of(*orders)
        batch.variety = variety
        lines = [one.line_confirmed for one in orders]
        batch.confirmed_hash = b"another" if changed_since else confirmed_hash(lines, variety)
        event = asyncio.Event()
        if stopping:
            event.set()
        self.run: Any = SimpleNamespace(
            services=SimpleNamespace(database="db", clock=SimpleNamespace(now=lambda: NOW), stopping=event),
            batch=batch,
            halt=None,
            account="account",
            pace="pace",
            claim=SimpleNamespace(check=lambda: None),
            connector=None,
            mode="test",
            orders=SimpleNamespace(place=self._place, rules=RULES),
            session="session",
            watched=watched,
            unproven=lambda: dict.fromkeys(unproven, IntentProof.UNPROVEN),
        )
        for name in ("commit", "take", "fresh", "hold", "halt_of", "reconcile"):
            monkeypatch.setattr(placing, name, getattr(self, f"_{name}"))

    async def placed(self) -> list[OrderState]:
        await place(cast(BatchRun, self.run))
        return self.states

    @property
    def states(self) -> list[OrderState]:
        return [one.state for one in self.run.batch.orders]

    async def _place(self, session: object, request: Any) -> Placed:
        assert session == "session"
        assert request.variety is self.run.batch.variety
        written = next(one for one in self.run.batch.orders if one.tag == request.tag)
        assert written.state is S.SENDING, "its intent was written before"
        self.sent.append(request.tag)
        self._in_flight += 1
        self.at_once = max(self.at_once, self._in_flight)
        try:
            await asyncio.sleep(0)
            answer = self._answers.get(request.tag, f"B{request.tag}")
            if isinstance(answer, BaseException):
                raise answer
            return Placed(answer if isinstance(answer, str) else await answer())
        finally:
            self._in_flight -= 1

    async def _commit(self, run: Any, changes: Sequence[Change], *, stop: StopReason | None = None) -> None:
        assert run is self.run
        if self._takes_no_intent and self.commits and any(change.state is S.SENDING for change in changes):
            raise Halted(STOPPED)
        self.commits.append((list(changes), stop))
        by_id = {change.order.order_id: change for change in changes}
        run.batch.orders = [
            applied(by_id[one.order_id], NOW) if one.order_id in by_id else one for one in run.batch.orders
        ]
        if stop is not None and run.batch.stopped_reason is None:
            run.batch.stopped_reason = stop

    async def _take(self, database: object, account: object, wanted: int, answered: datetime | None) -> Slot:
        assert (database, account) == ("db", "account")
        self.wanted.append(wanted)
        self.answered.append(answered)
        return self._slots.pop(0) if self._slots else Slot(wanted, None, 1.0)

    async def _fresh(self, database: object, account: object, slot: Slot) -> Slot:
        assert (database, account) == ("db", "account")
        self.freshened.append(slot)
        if self._lost is not None:
            raise self._lost
        return Slot(1, None, 1.0) if len(self.freshened) <= self._held_up else slot

    async def _halt_of(self, database: object, gateway_id: str, broker: str) -> Halt | None:
        assert (database, gateway_id, broker) == ("db", "gw_1", ANY_BROKER)
        return self._halt if len(self.freshened) >= self._held_up else None

    async def _hold(self, database: object, account: object, seconds: float) -> None:
        assert (database, account) == ("db", "account")
        self.held.append(seconds)

    async def _reconcile(self, run: Any, in_flight: frozenset[str]) -> None:
        assert run is self.run
        self.looked.append(in_flight)


async def test_orders_go_in_line_order_each_after_its_intent(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Placing(monkeypatch, planned(1), planned(2), planned(3))

    states = await one.placed()

    assert one.sent == ["1", "2", "3"]
    assert states == [S.PLACED] * 3
    assert [each.broker_order_id for each in one.run.batch.orders] == ["B1", "B2", "B3"]
    first, stop = one.commits[0]
    assert [(change.state, change.started_at, change.doubt_since, change.sends) for change in first] == [
        (S.SENDING, NOW, 5.0, 1)
    ] * 3
    assert {change.attempt_state for change in first} == {AttemptState.SENDING}
    assert stop is None
    assert one.freshened == [Slot(3, None, 1.0)] * 3


async def test_what_was_answered_is_written_with_the_next_intents(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Placing(monkeypatch, planned(1), planned(2), slots=[Slot(1, None, 1.0)])

    await one.placed()

    assert [[(each.order.tag, each.state) for each in changes] for changes, _ in one.commits] == [
        [("1", S.SENDING)],
        [("1", S.PLACED), ("2", S.SENDING)],
        [("2", S.PLACED)],
    ]


async def test_nothing_to_place_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Placing(monkeypatch, planned(1, state=S.PLACED), planned(2, state=S.COMPLETE))

    await one.placed()

    assert (one.sent, one.commits, one.wanted) == ([], [], [])


async def test_what_is_not_what_was_confirmed_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Placing(monkeypatch, planned(1), planned(2, state=S.PLACED), changed_since=True)

    states = await one.placed()

    assert one.sent == []
    assert states == [S.NOT_PLACED, S.PLACED]
    assert one.run.batch.orders[0].reason == "stopped"
    assert "not what was confirmed" in str(one.run.batch.orders[0].message)
    assert one.commits[0][1] is StopReason.NOT_AS_CONFIRMED


@pytest.mark.parametrize(
    ("sell", "watched", "variety", "sent"),
    [
        (S.PLANNED, 5.0, Variety.REGULAR, ["2"]),
        (S.PLANNED, 30.0, Variety.REGULAR, ["2", "1", "3"]),
        (S.PLANNED, 5.0, Variety.AMO, ["2", "1", "3"]),
        (S.PLACED, 29.9, Variety.REGULAR, []),
        (S.OPEN, 29.9, Variety.REGULAR, []),
        (S.CHECKING, 29.9, Variety.REGULAR, []),
        (S.OPEN, 30.0, Variety.REGULAR, ["1", "3"]),
        (S.OPEN, 5.0, Variety.AMO, ["1", "3"]),
        (S.COMPLETE, 5.0, Variety.REGULAR, ["1", "3"]),
        (S.REJECTED, 5.0, Variety.REGULAR, ["1", "3"]),
    ],
)
async def test_buys_wait_for_the_sells_that_fund_them(
    monkeypatch: pytest.MonkeyPatch, sell: OrderState, watched: float, variety: Variety, sent: list[str]
) -> None:
    orders = planned(1), planned(2, Side.SELL, sell), planned(3)
    one = Placing(monkeypatch, *orders, watched=watched, variety=variety)

    await one.placed()

    assert one.sent == sent


@pytest.mark.parametrize(
    ("sell", "watched", "sent", "buys"),
    [
        (S.OPEN, 3000.0, [], S.PLANNED),
        (S.PARTIAL, 3000.0, [], S.PLANNED),
        (S.ABSENT, 3000.0, [], S.PLANNED),
        (S.COMPLETE, 5.0, ["1", "3"], S.PLACED),
        (S.REJECTED, 5.0, [], S.NOT_PLACED),
        (S.CANCELLED, 5.0, [], S.NOT_PLACED),
        (S.NOT_PLACED, 5.0, [], S.NOT_PLACED),
    ],
)
async def test_buys_of_a_basket_wait_however_long_and_are_left_when_a_sell_is_not_filled(
    monkeypatch: pytest.MonkeyPatch, sell: OrderState, watched: float, sent: list[str], buys: OrderState
) -> None:
    one = Placing(monkeypatch, planned(1), planned(2, Side.SELL, sell), planned(3), watched=watched)
    one.run.batch.buys_wait = True

    states = await one.placed()

    assert one.sent == sent
    assert [states[0], states[2]] == [buys, buys]


async def test_a_sell_that_is_refused_at_once_ends_the_buys(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = Rejected("no shares", reason=Reason.INSUFFICIENT_HOLDINGS)
    one = Placing(monkeypatch, planned(1), planned(2, Side.SELL), answers={"2": refused})
    one.run.batch.buys_wait = True

    states = await one.placed()

    assert states == [S.NOT_PLACED, S.REJECTED]
    left = one.run.batch.orders[0]
    assert (left.reason, left.message) == ("sells_not_filled", "the sells that were to pay for it were not filled")


@pytest.mark.parametrize(
    "buy", [S.PLACED, S.OPEN, S.PARTIAL, S.COMPLETE, S.CHECKING, S.ABSENT, S.NOT_PLACED, S.REJECTED]
)
async def test_a_buy_that_has_left_stays_as_it_is_when_a_sell_is_not_filled(
    monkeypatch: pytest.MonkeyPatch, buy: OrderState
) -> None:
    """What is at the broker, or may be, is not called unplaced."""
    one = Placing(monkeypatch, planned(1), planned(2, Side.SELL, S.REJECTED), planned(3, state=buy))
    one.run.batch.buys_wait = True

    states = await one.placed()

    assert (states, one.sent) == ([S.NOT_PLACED, S.REJECTED, buy], [])
    assert [[change.order.order_id for change in changes] for changes, _ in one.commits] == [["ord_1"]]


async def test_at_most_ten_are_on_their_way(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Placing(monkeypatch, *(planned(number) for number in range(1, 13)))

    states = await one.placed()

    assert one.wanted[0] == 10
    assert one.at_once == 10
    assert states == [S.PLACED] * 12


async def test_the_brokers_pace_decides_how_many_go_and_when(monkeypatch: pytest.MonkeyPatch) -> None:
    slots = [Slot(2, None, 1.0), Slot(0, 0.01, 1.0), Slot(1, None, 1.0)]
    one = Placing(monkeypatch, planned(1), planned(2), planned(3), slots=slots)

    await one.placed()

    assert one.wanted == [3, 1, 1]
    assert one.sent == ["1", "2", "3"]


async def test_the_pace_learns_which_orders_have_all_their_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    late = asyncio.Event()

    async def slowly() -> str:
        await late.wait()
        return "B2"

    async def let_go(run: Any, in_flight: frozenset[str]) -> None:
        late.set()

    first, last = NOW + timedelta(seconds=1), NOW + timedelta(seconds=2)
    slots = [Slot(2, None, 1.0, first), Slot(0, 0.01, 1.0, last), Slot(0, 0.01, 1.0, last), Slot(1, None, 1.0, last)]
    one = Placing(monkeypatch, planned(1), planned(2), planned(3), slots=slots, answers={"2": slowly})
    monkeypatch.setattr(placing, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(placing, "reconcile", let_go)

    await one.placed()

    assert one.sent == ["1", "2", "3"]
    assert one.answered[:2] == [None, None], "nothing was sent; the second order is on its way"
    assert one.answered[-1] == first


@pytest.mark.parametrize(
    ("answer", "state", "reason", "message"),
    [
        (Rejected("no money", reason=Reason.INSUFFICIENT_FUNDS), S.REJECTED, "insufficient_funds", "no money"),
        (Unknown("cut off"), S.CHECKING, None, None),
        (Unknown("rule 7-Q", unmapped=True), S.CHECKING, "refused_unknown_code", "rule 7-Q"),
        (NotSent("refused"), S.PLANNED, None, None),
    ],
)
async def test_an_answer_says_what_becomes_of_its_order(
    monkeypatch: pytest.MonkeyPatch, answer: Answer, state: OrderState, reason: str | None, message: str | None
) -> None:
    one = Placing(monkeypatch, planned(1), answers={"1": answer})

    assert await one.placed() == [state]

    assert (one.run.batch.orders[0].reason, one.run.batch.orders[0].message) == (reason, message)
    assert one.sent == ["1"]
    if state is S.CHECKING:
        assert one.run.batch.orders[0].attempt.doubt_since == 5.0


@pytest.mark.parametrize(
    ("releases", "reason", "state"),
    [
        (True, Reason.HOLDINGS_NOT_AUTHORISED, S.UNAUTHORISED),
        (False, Reason.HOLDINGS_NOT_AUTHORISED, S.REJECTED),
        (True, Reason.INSUFFICIENT_HOLDINGS, S.REJECTED),
    ],
)
async def test_a_sell_that_only_the_depository_holds_up_waits_for_the_investor(
    monkeypatch: pytest.MonkeyPatch, reason: Reason, state: OrderState, *, releases: bool
) -> None:
    one = Placing(monkeypatch, planned(1), answers={"1": Rejected("not released", reason=reason)})
    one.run.connector = SimpleNamespace(authorisation="there" if releases else None)

    assert await one.placed() == [state]

    (order,) = one.run.batch.orders
    assert (order.reason, order.message, order.attempt.state) == (reason, "not released", AttemptState.REJECTED)
    assert order.attempt.doubt_since == 5.0
    assert one.sent == ["1"]


async def test_a_refusal_is_kept_with_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = Rejected("no money", reason=Reason.INSUFFICIENT_FUNDS, code="M1")
    one = Placing(monkeypatch, planned(1), answers={"1": refusal})

    await one.placed()

    assert one.run.batch.orders[0].attempt.state is AttemptState.REJECTED
    assert one.commits[-1][0][0].detail == "M1"


async def test_what_is_said_of_an_order_that_never_left_is_kept_to_a_length(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Placing(monkeypatch, planned(1), answers={"1": NotSent("x" * 900)})

    await one.placed()

    assert one.commits[-1][0][0].detail == "x" * 500


async def test_the_words_of_a_refusal_are_kept_to_a_length(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Placing(monkeypatch, planned(1), answers={"1": Unknown("x" * 900, unmapped=True)})

    await one.placed()

    assert one.run.batch.orders[0].message == "x" * 500


async def test_after_an_order_that_never_left_nothing_more_goes_in_this_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Placing(monkeypatch, planned(1), planned(2), answers={"1": NotSent("refused")}, slots=[Slot(1, None, 1.0)])

    states = await one.placed()

    assert one.sent == ["1"]
    assert states == [S.PLANNED, S.PLANNED]
    assert one.run.batch.orders[0].attempt.state is AttemptState.NOT_SENT
    assert one.held == []


@pytest.mark.parametrize(("retry_after", "held"), [(None, 1.0), (7.5, 7.5)])
async def test_too_fast_holds_the_account_for_as_long_as_the_broker_said(
    monkeypatch: pytest.MonkeyPatch, retry_after: float | None, held: float
) -> None:
    one = Placing(monkeypatch, planned(1), answers={"1": RateLimited("slow", retry_after=retry_after)})

    assert await one.placed() == [S.PLANNED]

    assert one.held == [held]


@pytest.mark.parametrize(("sends", "state"), [(3, S.PLANNED), (4, S.NOT_PLACED), (9, S.NOT_PLACED)])
async def test_an_order_that_never_leaves_is_given_up_at_the_fifth_time(
    monkeypatch: pytest.MonkeyPatch, sends: int, state: OrderState
) -> None:
    one = Placing(monkeypatch, planned(1, sends=sends), answers={"1": NotSent("refused " * 100)})

    assert await one.placed() == [state]

    given_up = one.run.batch.orders[0]
    assert given_up.attempt.state is AttemptState.NOT_SENT
    if state is S.NOT_PLACED:
        assert given_up.reason == "broker_unreachable"
        assert given_up.message == ("refused " * 100)[:500]


async def test_when_the_login_is_over_the_rest_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Placing(monkeypatch, planned(1), planned(2), answers={"1": SessionEnded("over")}, slots=[Slot(1, None, 1.0)])

    states = await one.placed()

    assert one.sent == ["1"]
    assert states == [S.NOT_PLACED, S.NOT_PLACED]
    assert [stop for _, stop in one.commits] == [None, StopReason.LOGIN_OVER, StopReason.LOGIN_OVER]
    assert one.held == []


async def test_a_batch_that_was_stopped_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Placing(monkeypatch, planned(1))
    one.run.batch.stopped_reason = StopReason.CANCELLED

    assert await one.placed() == [S.NOT_PLACED]

    assert one.sent == []
    assert one.commits[-1][1] is StopReason.CANCELLED


async def test_a_process_that_was_asked_to_end_begins_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Placing(monkeypatch, planned(1), stopping=True)

    assert await one.placed() == [S.PLANNED]

    assert (one.sent, one.commits) == ([], [])


async def test_an_intent_that_may_be_lost_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Placing(monkeypatch, planned(1), planned(2), unproven=["ord_1"])

    assert await one.placed() == [S.PLANNED, S.PLACED]

    assert one.sent == ["2"]


async def test_an_order_that_could_not_take_its_place_never_left(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = asyncpg.PostgresConnectionError("gone")
    one = Placing(monkeypatch, planned(1), lost=lost)

    assert await one.placed() == [S.PLANNED]

    assert one.sent == []
    assert one.run.batch.orders[0].attempt.state is AttemptState.NOT_SENT
    assert "held up" in str(one.commits[-1][0][0].detail)


async def test_an_order_that_is_held_up_again_and_again_gives_its_places_to_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """S07: on a machine on which each look takes longer than a place lasts."""
    one = Placing(monkeypatch, planned(1), held_up=1_000)

    assert await one.placed() == [S.PLANNED]

    assert one.sent == []
    assert len(one.freshened) == MOST_PLACES
    assert one.run.batch.orders[0].attempt.state is AttemptState.NOT_SENT


@pytest.mark.parametrize(
    ("halt", "held_up", "sent"),
    [(STOPPED, 1, []), (None, 1, ["1"]), (STOPPED, 0, ["1"]), (STOPPED, 2, []), (None, 2, ["1"])],
)
async def test_an_intent_that_was_held_up_does_not_go_out_after_a_halt(
    monkeypatch: pytest.MonkeyPatch, halt: Halt | None, held_up: int, sent: list[str]
) -> None:
    """It was written before the halt, and has waited for its place or for a price. One that goes at once was on its way
    when the halt came: the statement that wrote it has looked. The look may take so long that the new place is stale,
    too: then both are done again."""
    one = Placing(monkeypatch, planned(1), halt=halt, held_up=held_up)

    states = await one.placed()

    assert one.sent == sent
    assert states == [S.PLACED if sent else S.PLANNED]
    assert one.run.halt == (None if sent else STOPPED)
    assert len(one.freshened) == held_up + bool(sent)
    if not sent:
        assert one.run.batch.orders[0].attempt.state is AttemptState.NOT_SENT


async def test_what_was_answered_is_written_though_new_orders_are_stopped_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same commit holds the answer to the first order and the intent of the second, which the halt forbids."""
    one = Placing(monkeypatch, planned(1), planned(2), slots=[Slot(1, None, 1.0)], takes_no_intent=True)

    assert await one.placed() == [S.PLACED, S.PLANNED]

    assert one.sent == ["1"]
    assert one.run.halt == STOPPED
    assert [[(each.order.tag, each.state) for each in changes] for changes, _ in one.commits] == [
        [("1", S.SENDING)],
        [("1", S.PLACED)],
    ]


async def test_an_order_that_is_to_be_cancelled_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    wished, refused = planned(1), planned(2)
    wished.cancel, refused.cancel = Cancel(state=CancelState.ASKED), Cancel(state=CancelState.REFUSED)
    one = Placing(monkeypatch, wished, refused, planned(3))

    assert await one.placed() == [S.PLANNED, S.PLACED, S.PLACED]

    assert one.sent == ["2", "3"]


async def test_a_lease_that_was_lost_stops_an_order_before_it_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    class LostError(Exception):
        pass

    def lost() -> None:
        raise LostError

    one = Placing(monkeypatch, planned(1))
    one.run.claim.check = lost

    with pytest.raises(LostError):
        await one.placed()

    assert one.sent == []


@pytest.mark.parametrize(
    ("sibling", "looked"),
    [
        (S.OPEN, True),
        (S.PLACED, True),
        (S.COMPLETE, False),
        (S.ABSENT, False),
    ],
)
async def test_while_an_answer_is_missing_its_siblings_are_looked_at(
    monkeypatch: pytest.MonkeyPatch, sibling: OrderState, *, looked: bool
) -> None:
    monkeypatch.setattr(placing, "LOOK_SECONDS", 0.02)

    async def late() -> str:
        await asyncio.sleep(0.1)
        return "B1"

    one = Placing(monkeypatch, planned(1), planned(2, state=sibling), answers={"1": late})

    await one.placed()

    assert set(one.looked) == ({frozenset({"ord_1"})} if looked else set())
    assert len(one.looked) <= 3, "each further look waits twice as long"
    assert one.states[0] is S.PLACED


async def test_an_order_in_flight_is_no_sibling_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "LOOK_SECONDS", 0.02)

    async def late() -> str:
        await asyncio.sleep(0.1)
        return "B1"

    one = Placing(monkeypatch, planned(1), answers={"1": late})

    assert await one.placed() == [S.PLACED]
    assert one.looked == []


async def test_answers_that_come_together_are_written_together(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Placing(monkeypatch, *(planned(number) for number in range(1, 6)))

    await one.placed()

    assert [len(changes) for changes, _ in one.commits] == [5, 5]


async def test_a_request_on_its_way_is_never_cut_when_onefails(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[str] = []

    async def late() -> str:
        await asyncio.sleep(0.05)
        ended.append("1")
        return "B1"

    one = Placing(monkeypatch, planned(1), planned(2), answers={"1": late, "2": RuntimeError("a fault of ours")})

    with pytest.raises(RuntimeError, match="ours"):
        await one.placed()

    assert ended == ["1"]


async def test_one_answer_frees_one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    async def late() -> str:
        await asyncio.sleep(0.05)
        return "B"

    answers: dict[str, Script] = {str(number): late for number in range(2, 14)}
    one = Placing(monkeypatch, *(planned(number) for number in range(1, 14)), answers=answers)

    await one.placed()

    assert one.at_once == 10
    assert len(one.sent) == 13


@pytest.mark.parametrize(
    "slots",
    [
        [Slot(2, None, 1.0)],
        [Slot(2, None, 1.0), Slot(0, 0.01, 1.0)],
    ],
)
async def test_an_answer_that_does_not_come_holds_up_no_other_order(
    monkeypatch: pytest.MonkeyPatch, slots: list[Slot]
) -> None:
    """The first order is answered only when the third one has been sent."""
    monkeypatch.setattr(placing, "LOOK_SECONDS", 60.0)
    third = asyncio.Event()

    async def first_answer() -> str:
        await asyncio.wait_for(third.wait(), 5)
        return "B1"

    async def third_answer() -> str:
        third.set()
        return "B3"

    answers: dict[str, Script] = {"1": first_answer, "3": third_answer}
    one = Placing(monkeypatch, planned(1), planned(2), planned(3), answers=answers, slots=slots)

    assert await one.placed() == [S.PLACED] * 3


async def test_each_further_look_at_the_siblings_waits_twice_as_long(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    land = placing._land

    async def nothing_landed(in_flight: Any, patience: float | None, look_after: float) -> Any:
        if not in_flight or len(waited) == 3:
            return await land(in_flight, patience, look_after)
        waited.append(look_after)
        return set()

    monkeypatch.setattr(placing, "_land", nothing_landed)
    one = Placing(monkeypatch, planned(1), planned(2, state=S.OPEN))

    await one.placed()

    assert waited == [0.4, 0.8, 1.6]
    assert one.looked == [frozenset({"ord_1"})] * 3


async def test_nobody_is_looked_at_while_answers_come(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Placing(monkeypatch, planned(1), planned(2, state=S.OPEN), planned(3))

    await one.placed()

    assert one.looked == []


async def test_a_refusal_without_a_known_code_is_counted_by_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = REFUSALS_UNMAPPED.labels(ANY_BROKER)
    before = counted._value.get()
    one = Placing(
        monkeypatch, planned(1), planned(2), answers={"1": Unknown("7-Q", unmapped=True), "2": Unknown("cut")}
    )

    await one.placed()

    assert counted._value.get() == before + 1
