"""What is asked of a broker when orders are cancelled, and what each answer makes of it, by rows: a batch in hand, a
broker that answers by script, and the changes that were written."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.orders.making import NOW, batch_of, order
from torana.connectors.contract import (
    Calls,
    MarketOrders,
    NotSent,
    OrderRef,
    OrderRules,
    RateLimited,
    Reason,
    Rejected,
    SessionEnded,
    TagRule,
    Unknown,
    Variety,
)
from torana.orders import cancel as cancelling
from torana.orders.cancel import cancel, withdraw
from torana.orders.changes import Change
from torana.orders.commit import applied
from torana.orders.models import Cancel, Order
from torana.orders.run import BatchRun
from torana.orders.states import AttentionKind, CancelState, IntentProof, OrderState

S, C = OrderState, CancelState
RULES = OrderRules(tag=TagRule(max_length=10), book_kept_until="06:00", market=MarketOrders.PROTECTED)
WATCHED = 50.0


def asked(number: int, state: OrderState = S.OPEN, cancel: CancelState = C.ASKED, **more: Any) -> Order:
    """The order `ord_<number>`, which its broker calls B<number>; its cancellation was asked for at second 1."""
    how = {name: more.pop(name) for name in ("sends",) if name in more}
    tag = f"48151623420000{number}"
    known = {"broker_order_id": f"B{number}"} if state is S.OPEN else {}
    wish = Cancel(state=cancel, since=1.0, **how)
    return order(state, order_id=f"ord_{number}", line=number, cancel=wish, attempt={"tag": tag}, **(known | more))


class Cancelling:
    """A batch in hand, and all that became of it."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        *orders: Order,
        answers: dict[str, BaseException] | None = None,
        by_api: bool = True,
        live: bool = True,
        unproven: Sequence[str] = (),
    ) -> None:
        self.asked: list[OrderRef] = []
        self.commits: list[list[Change]] = []
        self.turns: list[Calls] = []
        self.held: list[tuple[Calls, RateLimited]] = []
        self.ended: list[tuple[str, str, object]] = []
        self._answers = answers or {}
        batch = batch_of(*orders)
        batch.variety = Variety.AMO
        self.run: Any = SimpleNamespace(
            services=SimpleNamespace(
                clock=SimpleNamespace(now=lambda: NOW), sessions=SimpleNamespace(end=self._end_session)
            ),
            batch=batch,
            pace=SimpleNamespace(turn=self._turn, hold=self._hold),
            claim=SimpleNamespace(check=lambda: None),
            connector=SimpleNamespace(capabilities=SimpleNamespace(cancel=by_api)),
            orders=SimpleNamespace(cancel=self._cancel, rules=RULES),
            session="session",
            live_session=SimpleNamespace(session_id="ses_1", is_live=lambda now: live and now == NOW),
            watched=WATCHED,
            unproven=lambda: dict.fromkeys(unproven, IntentProof.UNPROVEN),
        )
        monkeypatch.setattr(cancelling, "commit", self._commit)

    async def cancelled(self) -> list[Cancel | None]:
        await cancel(cast(BatchRun, self.run))
        return [one.cancel for one in self.run.batch.orders]

    async def withdrawn(self) -> list[Order]:
        await withdraw(cast(BatchRun, self.run))
        return list(self.run.batch.orders)

    async def _cancel(self, session: object, reference: OrderRef) -> None:
        assert session == "session"
        written = next(one for one in self.run.batch.orders if one.broker_order_id == reference.broker_order_id)
        assert written.cancel.state in (C.SENDING, C.TAKEN), "the request was written before"
        self.asked.append(reference)
        if reference.broker_order_id in self._answers:
            raise self._answers[reference.broker_order_id]

    async def _commit(self, run: Any, changes: Sequence[Change]) -> None:
        assert run is self.run
        self.commits.append(list(changes))
        by_id = {change.order.order_id: change for change in changes}
        run.batch.orders = [
            applied(by_id[one.order_id], NOW) if one.order_id in by_id else one for one in run.batch.orders
        ]

    async def _turn(self, calls: Calls) -> None:
        self.turns.append(calls)

    async def _hold(self, calls: Calls, limited: RateLimited) -> None:
        self.held.append((calls, limited))

    async def _end_session(self, *which: object) -> None:
        self.ended.append(cast(tuple[str, str, object], which))


async def test_what_is_open_is_asked_for_by_everything_that_its_broker_knows_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = Cancelling(monkeypatch, asked(1, exchange_order_id="X1", reference={"segment": "E"}))

    (wish,) = await one.cancelled()

    (reference,) = one.asked
    assert (reference.broker_order_id, reference.exchange_order_id, reference.extra) == ("B1", "X1", {"segment": "E"})
    assert (reference.tag, reference.variety) == ("4qoli5gmo1", Variety.AMO), "as this broker takes tags"
    assert wish == Cancel(state=C.TAKEN, since=WATCHED, sends=1)
    assert one.turns == [Calls.ORDERS]


TOO_FAST = RateLimited("slow down", retry_after=2.0)


@pytest.mark.parametrize(
    ("answer", "state", "message"),
    [
        (Rejected("x" * 600, reason=Reason.OTHER), C.REFUSED, "x" * 500),
        (NotSent("no connection"), C.ASKED, None),
        (TOO_FAST, C.ASKED, None),
        (SessionEnded("over"), C.ASKED, None),
        (Unknown("no answer"), C.UNKNOWN, None),
    ],
)
async def test_what_an_answer_makes_of_a_request(
    monkeypatch: pytest.MonkeyPatch, answer: BaseException, state: CancelState, message: str | None
) -> None:
    one = Cancelling(monkeypatch, asked(1, sends=1), asked(2), answers={"B1": answer})

    first, second = await one.cancelled()

    assert first == Cancel(state=state, since=WATCHED, sends=2, message=message)
    assert second == Cancel(state=C.TAKEN, since=WATCHED, sends=1), "what is said of one order says nothing of another"
    assert one.held == ([(Calls.ORDERS, TOO_FAST)] if answer is TOO_FAST else [])
    assert one.ended == ([("gw_1", "ses_1", NOW)] if isinstance(answer, SessionEnded) else [])


async def test_a_request_that_the_broker_took_is_repeated_as_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = asked(1, cancel=C.TAKEN, sends=1)
    one = Cancelling(monkeypatch, taken, answers={"B1": Unknown("no answer")})

    (wish,) = await one.cancelled()

    assert one.commits[0][0].cancel == Cancel(state=C.TAKEN, since=WATCHED, sends=2)
    assert wish == Cancel(state=C.TAKEN, since=WATCHED, sends=2)


async def test_nothing_is_asked_for_twice_at_once_or_of_what_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    just_now = Cancel(state=C.TAKEN, since=WATCHED - 1, sends=1)
    one = Cancelling(monkeypatch, asked(1, S.COMPLETE), order(S.OPEN, cancel=just_now), order(S.OPEN))

    await one.cancelled()

    assert (one.asked, one.commits) == ([], [])


async def test_a_broker_that_cancels_nothing_for_an_app_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Cancelling(monkeypatch, asked(1), by_api=False)

    (wish,) = await one.cancelled()

    assert wish is not None
    assert (wish.state, one.asked) == (C.REFUSED, [])
    assert "browser" in str(wish.message)


async def test_without_a_login_that_lives_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Cancelling(monkeypatch, asked(1), live=False)

    (wish,) = await one.cancelled()

    assert (wish, one.asked, one.commits) == (Cancel(state=C.ASKED, since=1.0), [], [])


@pytest.mark.parametrize(
    ("state", "becomes", "reason"),
    [
        (S.PLANNED, S.NOT_PLACED, "cancelled"),
        (S.ABSENT, S.NOT_PLACED, None),
        (S.STALE, S.NOT_PLACED, None),
        (S.UNAUTHORISED, S.REJECTED, None),
    ],
)
async def test_what_is_not_at_the_broker_is_ended_and_asked_about_no_more(
    monkeypatch: pytest.MonkeyPatch, state: OrderState, becomes: OrderState, reason: str | None
) -> None:
    called: dict[str, Any] = {"attention": AttentionKind.STALE_INTENT, "attention_text": "old"}
    one = Cancelling(monkeypatch, asked(1, state, **called), asked(2))

    first, second = await one.withdrawn()

    assert (first.state, first.reason, first.attention) == (becomes, reason, None)
    assert ("before it was sent" in str(first.message)) == (state is S.PLANNED)
    assert second.state is S.OPEN


async def test_what_may_have_left_is_not_withdrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Q05."""
    one = Cancelling(monkeypatch, asked(1, S.PLANNED), unproven=["ord_1"])

    (first,) = await one.withdrawn()

    assert (first.state, one.commits) == (S.PLANNED, [])
