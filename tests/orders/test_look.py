"""How what is known of a batch is gathered: what is asked for, and what each answer proves."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.orders.making import NOW, batch_of, entry, order
from torana.connectors.contract import (
    BrokerOrder,
    Calls,
    ExecutionMode,
    NotSent,
    OrderRef,
    RateLimited,
    Resting,
    SessionEnded,
    Unknown,
)
from torana.connectors.tags import PLAIN
from torana.kit.http import TransportFailure
from torana.orders.evidence import Look
from torana.orders.look import gather
from torana.orders.models import Order
from torana.orders.run import BatchRun
from torana.orders.states import AttemptState, IntentProof, OrderState

CLOSE = datetime(2026, 11, 28, 0, 30, tzinfo=UTC)
"""When the broker's book may be cleared."""
SESSION = object()
SINCE = 740


class Broker:
    """What a connector answers, and what it was asked."""

    def __init__(
        self,
        book: Sequence[BrokerOrder] | BaseException = (),
        by_tag: Mapping[str, Sequence[BrokerOrder] | BaseException] | None = None,
    ) -> None:
        self.rules = SimpleNamespace(tag=PLAIN)
        self.tag_lookup = None if by_tag is None else self
        self.authorisation: object = None
        self.asked: list[tuple[str, object]] = []
        self._book, self._by_tag = book, by_tag or {}

    async def shared(
        self, database: object, account: Calls, orders: object, session: object, known: frozenset[str]
    ) -> Sequence[BrokerOrder]:
        assert (account, orders, session) == (Calls.BOOK, self, SESSION)
        self.asked.append(("book", known))
        return told(self._book)

    async def by_tag(self, session: object, order: OrderRef) -> Sequence[BrokerOrder]:
        assert session is SESSION
        self.asked.append(("tag", order.tag))
        return told(self._by_tag.get(order.tag, ()))


BY_BASKET = ExecutionMode.REDIRECT_BASKET


@pytest.mark.parametrize(
    ("part", "mode", "releases"),
    [("there", ExecutionMode.SERVER_API, True), (None, ExecutionMode.SERVER_API, False), ("there", BY_BASKET, False)],
)
async def test_shares_are_released_from_here_where_the_broker_has_a_way_and_no_page_of_its_own(
    part: str | None, mode: ExecutionMode, *, releases: bool
) -> None:
    run = run_of(order(OrderState.OPEN))
    run.connector.authorisation, run.batch.execution_mode = part, mode

    assert (await gather(cast(BatchRun, run), look=False)).releases is releases


def told(answer: Sequence[BrokerOrder] | BaseException) -> Sequence[BrokerOrder]:
    if isinstance(answer, BaseException):
        raise answer
    return answer


def run_of(
    *orders: Order,
    broker: Broker | None = None,
    at: datetime | None = NOW,
    unproven: Mapping[str, IntentProof] | None = None,
) -> Any:
    """A batch in hand. `at` None: the exchange's clock cannot be reached."""

    asked = broker or Broker()

    async def market_time() -> datetime:
        if at is None:
            raise TransportFailure("no answer", sent=True)
        return at

    return SimpleNamespace(
        services=SimpleNamespace(
            database=SimpleNamespace(continuity=SimpleNamespace(since=SINCE)),
            market_times={"test": SimpleNamespace(now=market_time)},
            clock=SimpleNamespace(now=lambda: NOW),
            decision_seconds=77.0,
            books=SimpleNamespace(shared=asked.shared),
        ),
        mode="test",
        batch=batch_of(*orders),
        connector=asked,
        orders=asked,
        pace=SimpleNamespace(account=lambda calls: calls),
        session=SESSION,
        watched=12.5,
        settle_window=120.0,
        book_ends=CLOSE,
        rest=0.0,
        unproven=lambda: dict(unproven or {}),
        too_old=lambda asked_at: frozenset({f"too old at {asked_at}"}),
    )


def second(state: OrderState, **more: Any) -> Order:
    return order(state, order_id="ord_2", line=2, attempt={"attempt_id": "att_2", "tag": "2"}, **more)


async def test_without_a_look_the_broker_is_not_asked() -> None:
    broker = Broker([entry()])

    evidence = await gather(cast(BatchRun, run_of(order(OrderState.OPEN), broker=broker)), look=False)

    assert broker.asked == []
    assert (evidence.look, evidence.book, evidence.by_tag) == (Look.NOT_MADE, [], {})


async def test_what_a_look_proves_it_proves_for_the_history_that_was_there_before_it() -> None:
    """Q14: the database goes back while the broker answers."""
    run = run_of(order(OrderState.PLANNED))
    ask = run.services.books.shared

    async def goes_back(*asked: object) -> Sequence[BrokerOrder]:
        run.services.database.continuity.since = SINCE + 1
        return cast(Sequence[BrokerOrder], await ask(*asked))

    run.services.books.shared = goes_back

    assert (await gather(cast(BatchRun, run), look=True)).since == SINCE


async def test_a_look_reads_the_book_with_the_ids_that_are_known() -> None:
    broker = Broker([entry()])
    run = run_of(order(OrderState.OPEN), second(OrderState.CHECKING), broker=broker)

    evidence = await gather(cast(BatchRun, run), look=True)

    assert broker.asked == [("book", frozenset({"B1"}))]
    assert (evidence.look, evidence.book, evidence.by_tag) == (Look.READ, [entry()], {})


async def test_what_the_worker_knows_is_handed_on() -> None:
    run = run_of(order(OrderState.PLANNED), unproven={"ord_1": IntentProof.LOST})

    evidence = await gather(cast(BatchRun, run), frozenset({"ord_9"}), look=False)

    assert evidence.batch is run.batch
    assert (evidence.now, evidence.watched, evidence.window) == (NOW, 12.5, 120.0)
    assert evidence.decision_seconds == 77.0
    assert evidence.intents == {"ord_1": IntentProof.LOST}
    assert evidence.in_flight == {"ord_9"}
    assert evidence.too_old == {f"too old at {NOW}"}


@pytest.mark.parametrize(
    ("at", "over"),
    [
        (CLOSE - timedelta(microseconds=1), False),
        (CLOSE, True),
        (CLOSE + timedelta(days=1), True),
        (None, False),
    ],
)
async def test_a_day_is_over_when_the_exchange_says_so_and_not_when_it_says_nothing(
    at: datetime | None, *, over: bool
) -> None:
    evidence = await gather(cast(BatchRun, run_of(order(OrderState.OPEN), at=at)), look=False)

    assert evidence.day_over is over
    assert evidence.too_old == {f"too old at {at}"}


@pytest.mark.parametrize(
    ("failure", "look", "rest"),
    [
        (SessionEnded("over"), Look.SESSION_OVER, 0.0),
        (Resting("resting", seconds=9.0), Look.UNREADABLE, 9.0),
        (RateLimited("slowly", retry_after=7.0), Look.UNREADABLE, 7.0),
        (RateLimited("slowly"), Look.UNREADABLE, 1.0),
        (Unknown("what"), Look.UNREADABLE, 0.0),
        (NotSent("no way"), Look.UNREADABLE, 0.0),
    ],
)
async def test_a_book_that_cannot_be_read_proves_nothing(failure: BaseException, look: Look, rest: float) -> None:
    broker = Broker(failure, by_tag={})
    run = run_of(order(OrderState.CHECKING), broker=broker)

    evidence = await gather(cast(BatchRun, run), look=True)

    assert (evidence.look, evidence.book, evidence.by_tag) == (look, [], {})
    assert [call for call, _ in broker.asked] == ["book"]
    assert run.rest == rest


@pytest.mark.parametrize(
    ("state", "attempt", "asked"),
    [
        (OrderState.CHECKING, {}, True),
        (OrderState.ABSENT, {}, True),
        (OrderState.CHECKING, {"state": AttemptState.REJECTED}, False),
        (OrderState.OPEN, {}, False),
        (OrderState.COMPLETE, {}, False),
        (OrderState.PLANNED, {}, False),
    ],
)
async def test_a_tag_is_looked_up_by_itself_while_its_order_is_in_doubt(
    state: OrderState, attempt: dict[str, Any], *, asked: bool
) -> None:
    found = entry(broker_order_id="B7")
    broker = Broker([], by_tag={"1": [found]})

    evidence = await gather(cast(BatchRun, run_of(order(state, attempt=attempt), broker=broker)), look=True)

    assert [tag for call, tag in broker.asked if call == "tag"] == (["1"] if asked else [])
    assert evidence.by_tag == ({"1": [found]} if asked else {})


async def test_the_tag_of_a_planned_order_whose_sending_may_be_lost_is_looked_up() -> None:
    broker = Broker([], by_tag={})
    run = run_of(
        order(OrderState.PLANNED), second(OrderState.PLANNED), broker=broker, unproven={"ord_2": IntentProof.UNPROVEN}
    )

    evidence = await gather(cast(BatchRun, run), look=True)

    assert evidence.by_tag == {"2": []}


async def test_a_tag_that_the_book_shows_is_not_asked_for_again() -> None:
    broker = Broker([entry(tag="2", broker_order_id="B2")], by_tag={"1": []})
    run = run_of(order(OrderState.CHECKING), second(OrderState.CHECKING), broker=broker)

    evidence = await gather(cast(BatchRun, run), look=True)

    assert evidence.by_tag == {"1": []}


@pytest.mark.parametrize("slower", [Resting("resting", seconds=4.0), RateLimited("slowly", retry_after=4.0)])
async def test_a_look_up_by_tag_that_fails_is_not_an_empty_one(slower: BaseException) -> None:
    broker = Broker([], by_tag={"1": Unknown("what"), "2": slower})
    run = run_of(order(OrderState.CHECKING), second(OrderState.CHECKING), broker=broker)

    evidence = await gather(cast(BatchRun, run), look=True)

    assert evidence.look is Look.READ
    assert evidence.by_tag == {"1": None, "2": None}
    assert run.rest == 4.0
