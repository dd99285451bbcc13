"""One pass over a batch, by rows: what is looked at, in which order, what is written, and when it is due again.

Broker and database are played here; `tests/faults` tells the same with real ones."""

from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from structlog.contextvars import get_contextvars

from tests.orders.making import HELD, NOW, batch_of, entry, known, order
from torana.connectors.contract import BrokerStatus
from torana.kit.due import Claim
from torana.orders import cancel as cancelling
from torana.orders import reconcile as reconciling
from torana.orders import store, work
from torana.orders.changes import Change
from torana.orders.commit import applied
from torana.orders.evidence import Evidence, Look
from torana.orders.models import Cancel, Order
from torana.orders.reconcile import reconcile
from torana.orders.run import BatchRun, OrderServices
from torana.orders.states import FINAL, CancelState, IntentProof, OrderState

S = OrderState
LATER = timedelta(days=400)
"""How far the clock that never goes back is ahead of the machine's here."""


class Pass:
    """One pass: the steps that were made, and when the batch is due again."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        *orders: Order,
        look: Look = Look.READ,
        book: Sequence[Any] = (),
        unproven: Sequence[str] = (),
        may_be_too_old: bool = False,
        basket: bool = False,
        completed: bool = False,
        rest: float = 0.0,
        returned: bool = False,
        stood_still: timedelta = timedelta(0),
    ) -> None:
        self._now, self._stood_still = NOW, stood_still
        self.steps: list[str] = []
        self.due: list[Any] = []
        self.ended: list[Any] = []
        self.commits: list[list[Change]] = []
        self.named: dict[str, Any] = {}
        self._look, self._book = look, book
        batch = batch_of(*orders, basket=basket)
        batch.completed_at = NOW - timedelta(seconds=1) if completed else None
        batch.returned_at = NOW if returned else None
        self.run: Any = SimpleNamespace(
            services=SimpleNamespace(
                database="db",
                clock=SimpleNamespace(now=lambda: self._now),
                due_clock=SimpleNamespace(now=lambda: self._now + LATER),
                sessions=SimpleNamespace(end=self._end),
            ),
            claim="claim",
            batch=batch,
            halt=None,
            unproven=lambda: dict.fromkeys(unproven, IntentProof.UNPROVEN),
            may_be_too_old=may_be_too_old,
            live_session=SimpleNamespace(session_id="ses_1"),
            watched=7.0,
            rest=rest,
            book_ends=NOW + timedelta(hours=5),
            remember=lambda: self.steps.append("remember"),
            prove=lambda orders, since: self.steps.extend(f"prove {one.order_id}, {since}" for one in orders),
        )
        monkeypatch.setattr(work, "begin_run", self._begin_run)
        monkeypatch.setattr(reconciling, "gather", self._gather)
        monkeypatch.setattr(reconciling, "commit", self._commit)
        monkeypatch.setattr(work, "place", self._place)
        monkeypatch.setattr(work, "commit", self._commit)
        monkeypatch.setattr(store, "give_back", self._give_back)

    async def made(self) -> list[str]:
        await work.work(cast(OrderServices, self.run.services), cast(Claim, "claim"))
        return self.steps

    @property
    def gap(self) -> float | None:
        """Seconds until it is due again, by the clock that never goes back."""
        (due,) = self.due
        return None if due is None else float((due - NOW - LATER).total_seconds())

    async def _begin_run(self, services: object, claim: object) -> Any:
        assert (services, claim) == (self.run.services, "claim")
        return self.run

    async def _gather(self, run: Any, in_flight: frozenset[str] = frozenset(), *, look: bool) -> Evidence:
        assert run is self.run
        self.steps.append(f"look {sorted(in_flight)}" if look else f"judge {sorted(in_flight)}")
        this, *others = self.run.batch.orders
        seen = self._look if look else Look.NOT_MADE
        self._now += self._stood_still
        intents = self.run.unproven()
        return known(this, *self._book, look=seen, others=others, intents=intents, in_flight=in_flight, since=740)

    async def _place(self, run: object) -> None:
        assert run is self.run
        self.named = dict(get_contextvars())
        self.steps.append("place")

    async def _commit(self, run: Any, changes: list[Change]) -> None:
        self.steps.append("write" if changes else "conclude")
        self.commits.append(changes)
        by_id = {change.order.order_id: change for change in changes}
        run.batch.orders = [
            applied(by_id[one.order_id], NOW) if one.order_id in by_id else one for one in run.batch.orders
        ]
        if all(one.state in FINAL for one in run.batch.orders):
            run.batch.completed_at = NOW

    async def _give_back(
        self, database: object, claim: object, batch: object, due: Any, now: object, **how: Any
    ) -> None:
        assert (database, claim, batch, now, how) == ("db", "claim", self.run.batch, self._now, {"watched": 7.0})
        self.steps.append("give back")
        self.due.append(due)

    async def _end(self, gateway_id: str, session_id: str, now: object) -> None:
        self.ended.append((gateway_id, session_id, now))


@pytest.mark.parametrize(
    ("states", "steps"),
    [
        ([S.PLANNED], ["place", "remember", "give back"]),
        ([S.OPEN], ["place", "look []", "remember", "give back"]),
        ([S.AMO_QUEUED], ["place", "look []", "remember", "give back"]),
        ([S.UNRESOLVED], ["place", "look []", "remember", "give back"]),
        ([S.COMPLETE, S.PLANNED], ["place", "remember", "give back"]),
        ([S.STALE], ["place", "judge []", "remember", "give back"]),
        ([S.COMPLETE], ["place", "conclude", "remember"]),
        ([S.NOT_PLACED, S.NOT_PLACED], ["place", "look []", "conclude", "remember", "give back"]),
    ],
)
async def test_the_steps_of_a_pass(monkeypatch: pytest.MonkeyPatch, states: list[OrderState], steps: list[str]) -> None:
    """A look that changes nothing is made and not written; what ended elsewhere is concluded."""
    orders = [order(state, order_id=f"ord_{number}") for number, state in enumerate(states, 1)]
    book = {S.OPEN: [entry()], S.AMO_QUEUED: [entry(BrokerStatus.AMO_QUEUED)]}.get(states[0], [])

    made = await Pass(monkeypatch, *orders, book=book).made()

    assert [step for step in made if step != "write"] == steps


async def test_an_order_in_doubt_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    made = await Pass(monkeypatch, order(S.CHECKING), book=[entry(BrokerStatus.COMPLETE, 10)]).made()

    assert made == ["place", "look []", "write", "remember"]


async def test_what_a_worker_left_behind_is_judged_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Pass(monkeypatch, order(S.SENDING))

    made = await one.made()

    assert made[:3] == ["judge []", "write", "place"]
    assert one.commits[0][0].state is S.CHECKING


async def test_a_planned_order_that_may_have_been_sent_is_looked_for_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Q05: its tag is not in the book, so it is proven that it never left."""
    made = await Pass(monkeypatch, order(S.PLANNED), unproven=["ord_1"]).made()

    assert made[:3] == ["look []", "prove ord_1, 740", "place"]


async def test_an_intent_that_may_be_too_old_is_judged_without_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    made = await Pass(monkeypatch, order(S.PLANNED), may_be_too_old=True).made()

    assert made[:2] == ["judge []", "place"]


@pytest.mark.parametrize(
    ("state", "becomes"),
    [(S.PLANNED, S.NOT_PLACED), (S.ABSENT, S.NOT_PLACED), (S.STALE, S.NOT_PLACED), (S.UNAUTHORISED, S.REJECTED)],
)
async def test_what_is_to_be_cancelled_and_is_not_at_the_broker_ends_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch, state: OrderState, becomes: OrderState
) -> None:
    """Its investor has confirmed that, while it was on its way or was looked for."""
    monkeypatch.setattr(cancelling, "commit", (one := Pass(monkeypatch, wished(state)))._commit)

    made = await one.made()

    assert made[:2] == ["write", "place"]
    assert one.run.batch.orders[0].state is becomes


async def test_what_was_looked_for_and_is_not_there_is_not_offered_to_be_placed_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same pass that proves its absence ends it."""
    this = wished(S.CHECKING)
    monkeypatch.setattr(cancelling, "commit", (one := Pass(monkeypatch, this))._commit)

    await one.made()

    assert [change.state for changes in one.commits for change in changes] == [S.ABSENT, S.NOT_PLACED]


async def test_what_is_to_be_cancelled_and_may_have_been_sent_is_looked_for_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Q05: nothing is known of it while the book does not come, and what is not known does not end."""
    monkeypatch.setattr(
        cancelling,
        "commit",
        (one := Pass(monkeypatch, wished(S.PLANNED), unproven=["ord_1"], look=Look.UNREADABLE))._commit,
    )

    await one.made()

    assert one.run.batch.orders[0].state is S.PLANNED


def wished(state: OrderState) -> Order:
    return order(state, cancel=Cancel(state=CancelState.ASKED))


async def test_a_last_look_that_came_due_while_the_process_stood_still_is_taken_when_it_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Q01: the book was read in the morning, and what the broker corrects by the evening is to be seen."""
    day = timedelta(hours=10)
    one = Pass(monkeypatch, order(S.CANCELLED, broker_order_id="1"), completed=True, stood_still=day)

    await one.made()

    (due,) = one.due
    assert due is not None
    assert due - LATER < NOW + day


async def test_a_basket_is_never_placed_by_us(monkeypatch: pytest.MonkeyPatch) -> None:
    made = await Pass(monkeypatch, order(S.CHECKING), basket=True).made()

    assert "place" not in made


@pytest.mark.parametrize(("returned", "before", "after"), [(True, None, 7.0), (True, 3.0, 3.0), (False, None, None)])
async def test_the_window_of_a_basket_begins_when_the_browser_is_seen_back(
    monkeypatch: pytest.MonkeyPatch, before: float | None, after: float | None, *, returned: bool
) -> None:
    one = Pass(monkeypatch, order(S.CHECKING), basket=True, returned=returned)
    one.run.batch.returned_watched = before

    await one.made()

    assert one.run.batch.returned_watched == after


async def test_everything_is_logged_under_its_transaction_and_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Pass(monkeypatch, order(S.PLANNED))

    await one.made()

    assert one.named == {"transaction_id": "TRX_1", "batch_id": "bat_1"}


async def test_a_batch_that_ended_in_this_pass_was_given_back_by_the_write(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Pass(monkeypatch, order(S.OPEN), book=[entry(BrokerStatus.COMPLETE, 10)])

    assert (await one.made())[-1] == "remember"


async def test_a_batch_that_was_over_before_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Pass(monkeypatch, order(S.COMPLETE), completed=True)

    await one.made()

    assert one.gap is None


@pytest.mark.parametrize(
    ("look", "gap"),
    [(Look.READ, 59.0), (Look.UNREADABLE, 59.0), (Look.SESSION_OVER, 59.0)],
)
async def test_an_end_that_may_be_corrected_is_looked_at_again(
    monkeypatch: pytest.MonkeyPatch, look: Look, gap: float
) -> None:
    one = Pass(monkeypatch, order(S.CANCELLED, broker_order_id="B1"), completed=True, look=look, book=[HELD_ENTRY])

    await one.made()

    assert one.gap == gap


HELD_ENTRY = entry(BrokerStatus.CANCELLED)


@pytest.mark.parametrize(("look", "gap"), [(Look.READ, None), (Look.UNREADABLE, 300.0), (Look.SESSION_OVER, 300.0)])
async def test_the_last_look_counts_only_when_it_read_the_book(
    monkeypatch: pytest.MonkeyPatch, look: Look, gap: float | None
) -> None:
    one = Pass(monkeypatch, order(S.CANCELLED, broker_order_id="B1"), completed=True, look=look, book=[HELD_ENTRY])
    one.run.batch.completed_at = NOW - timedelta(days=3)
    one.run.batch.book_day = NOW.date() - timedelta(days=3)

    await one.made()

    assert one.gap == gap


@pytest.mark.parametrize(
    ("state", "rest", "least", "most"),
    [
        (S.UNRESOLVED, 0.0, 3600.0, 3600.0),
        (S.CHECKING, 9.0, 9.0, 9.0 * 1.5),
        (S.CHECKING, 0.1, 8.0, 8.0),
        (S.PLANNED, 9.0, 1.0, 1.0),
    ],
)
async def test_a_broker_that_rests_is_left_alone_unless_something_is_to_be_placed(
    monkeypatch: pytest.MonkeyPatch, state: OrderState, rest: float, least: float, most: float
) -> None:
    one = Pass(monkeypatch, order(state), look=Look.UNREADABLE, rest=rest)

    await one.made()

    assert one.gap is not None
    assert least <= one.gap <= most


async def test_a_login_that_is_over_ends_for_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Pass(monkeypatch, order(S.OPEN), look=Look.SESSION_OVER)

    await one.made()

    assert one.ended == [("gw_1", "ses_1", NOW)]


@pytest.mark.parametrize("look", [Look.READ, Look.UNREADABLE])
async def test_no_other_look_ends_a_login(monkeypatch: pytest.MonkeyPatch, look: Look) -> None:
    one = Pass(monkeypatch, order(S.OPEN), look=look)

    await one.made()

    assert one.ended == []


async def test_while_answers_are_missing_only_their_siblings_are_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Pass(monkeypatch, order(S.SENDING), HELD, book=[entry(broker_order_id="B99", tag="99")])

    assert await reconcile(cast(BatchRun, one.run), frozenset({"ord_1"})) is Look.READ

    assert one.steps[0] == "look ['ord_1']"
    assert one.run.batch.orders[0].state is S.SENDING
