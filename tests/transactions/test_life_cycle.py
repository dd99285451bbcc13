"""How a transaction moves, and that of several moves at once exactly one wins."""

import random
from datetime import timedelta

import msgspec
import pytest

from tests.support.brokers import ANY_BROKER
from tests.support.clock import HandClock
from tests.support.gateway import Caller
from tests.transactions.moving import Journey, all_at_once, begin
from torana.kit.database import Database
from torana.kit.due import Claim
from torana.kit.runner import Runner
from torana.transactions.life_cycle import EXPIRIES, expire
from torana.transactions.models import Status
from torana.transactions.outcomes import (
    EXPIRED_IN_FLOW,
    INTERNAL_ERROR,
    ORDER_IN_QUEUE,
    TRANSACTION_EXPIRED_USED,
    USER_CANCELLED_AFTER_LOGIN,
    USER_CANCELLED_CHOOSER,
    USER_MISMATCH,
)


@pytest.fixture
async def journey(database: Database, clock: HandClock, partner: Caller) -> Journey:
    return await begin(database, clock, partner)


async def test_an_order_runs_from_creation_to_completion(journey: Journey, clock: HandClock) -> None:
    moments = []
    for move in (journey.use, journey.confirm, lambda: journey.settle(Status.COMPLETED)):
        clock.advance(10)
        assert await move()
        moments.append(clock.now())

    done = await journey.now()
    assert done.status is Status.COMPLETED
    assert (done.investor_id, done.session_id, done.broker) == (journey.investor_id, journey.session_id, ANY_BROKER)
    assert [done.used_at, done.confirmed_at, done.settled_at] == moments
    assert done.finished_at == moments[-1]
    assert (done.error_name, done.error_code) == (None, None)
    assert await journey.events() == [
        "transaction.created",
        "transaction.used",
        "transaction.confirmed",
        "transaction.completed",
    ]


async def test_events_are_numbered_without_a_hole(journey: Journey) -> None:
    """I8."""
    await journey.use()
    await journey.use()
    await journey.confirm()
    await journey.confirm()
    await journey.settle(Status.PROCESSING, ORDER_IN_QUEUE)
    await journey.settle(Status.PROCESSING, ORDER_IN_QUEUE)
    await journey.settle(Status.COMPLETED)

    numbers = [event["sequence"] for event in await journey.log()]

    assert numbers == [1, 2, 3, 4, 5, 6]
    assert (await journey.now()).event_count == 6


async def test_an_order_in_queue_settles_first_and_completes_later(journey: Journey, clock: HandClock) -> None:
    await journey.use()
    await journey.confirm()

    assert await journey.settle(Status.PROCESSING, ORDER_IN_QUEUE)
    waiting = await journey.now()
    clock.advance(3600)
    assert await journey.settle(Status.COMPLETED)

    done = await journey.now()
    assert (waiting.status, waiting.error_name, waiting.error_code) == (Status.PROCESSING, "order_in_queue", 4005)
    assert waiting.finished_at is None
    assert (done.status, done.error_name) == (Status.COMPLETED, None)
    assert done.settled_at == waiting.settled_at
    assert done.finished_at == clock.now()


async def test_a_completed_transaction_does_not_change(journey: Journey) -> None:
    """I5."""
    await journey.use()
    await journey.confirm()
    await journey.settle(Status.COMPLETED)
    done = await journey.now()

    moved = [
        await journey.use(),
        await journey.confirm(),
        await journey.fail(USER_CANCELLED_AFTER_LOGIN),
        await journey.settle(Status.PROCESSING, ORDER_IN_QUEUE),
        await journey.settle(Status.ERRORED, INTERNAL_ERROR),
        await journey.expire(),
    ]

    assert moved == [False] * 6
    assert await journey.now() == done


async def test_nothing_settles_that_was_not_confirmed(journey: Journey) -> None:
    await journey.use()

    assert not await journey.settle(Status.COMPLETED)
    assert (await journey.now()).status is Status.USED


async def test_nothing_is_confirmed_before_the_login(journey: Journey) -> None:
    assert not await journey.confirm()
    assert (await journey.now()).confirmed_at is None


async def test_a_cancelled_transaction_is_errored_at_once(journey: Journey, clock: HandClock) -> None:
    assert await journey.fail(USER_CANCELLED_CHOOSER)

    ended = await journey.now()
    assert (ended.status, ended.error_name, ended.error_code) == (Status.ERRORED, "user_cancelled", 1010)
    assert ended.settled_at == ended.finished_at == clock.now()
    assert await journey.due_at() is None
    assert (await journey.log())[-1]["data"] == {
        "status": "ERRORED",
        "error": {"name": "user_cancelled", "code": 1010},
    }


async def test_a_confirmed_transaction_cannot_be_cancelled(journey: Journey) -> None:
    await journey.use()
    await journey.confirm()

    assert not await journey.fail(USER_CANCELLED_AFTER_LOGIN)
    assert (await journey.now()).error_name is None


async def test_the_first_failure_stays(journey: Journey) -> None:
    await journey.fail(USER_MISMATCH)

    assert not await journey.fail(USER_CANCELLED_CHOOSER)
    assert (await journey.now()).error_name == "user_mismatch"


async def test_a_connect_is_done_with_the_login(database: Database, clock: HandClock, partner: Caller) -> None:
    connect = await begin(database, clock, partner, "CONNECT")
    assert not await connect.complete()
    await connect.use()

    assert await connect.complete()

    done = await connect.now()
    assert done.status is Status.COMPLETED
    assert done.settled_at == done.finished_at == clock.now()
    assert await connect.due_at() is None
    assert not await connect.complete()


async def test_what_was_confirmed_is_not_done_before_its_orders_are(journey: Journey) -> None:
    await journey.use()
    await journey.confirm()

    assert not await journey.complete()


async def test_what_has_run_out_is_not_done_any_more(database: Database, clock: HandClock, partner: Caller) -> None:
    connect = await begin(database, clock, partner, "CONNECT")
    await connect.use()
    clock.advance(5 * 60)

    assert not await connect.complete()
    assert (await connect.now()).result is None


async def test_confirm_against_cancel_has_one_winner(database: Database, clock: HandClock, partner: Caller) -> None:
    """D10."""
    for seed in range(30):
        journey = await begin(database, clock, partner)
        await journey.use()
        moves = [journey.confirm(), journey.fail(USER_CANCELLED_AFTER_LOGIN), journey.confirm()]
        random.Random(seed).shuffle(moves)

        assert sum(await all_at_once(*moves)) == 1, f"seed {seed}"

        ended = await journey.now()
        assert (ended.confirmed_at is None) != (ended.error_name is None), f"seed {seed}"
        assert len(await outcomes(journey)) == 1


@pytest.mark.parametrize("first", ["confirm", "cancel"])
async def test_of_confirm_and_cancel_the_first_wins(first: str, journey: Journey) -> None:
    """D10: whichever it is."""
    await journey.use()

    if first == "confirm":
        moved = [await journey.confirm(), await journey.fail(USER_CANCELLED_AFTER_LOGIN)]
    else:
        moved = [await journey.fail(USER_CANCELLED_AFTER_LOGIN), await journey.confirm()]

    assert moved == [True, False]
    assert (await journey.now()).error_name == (None if first == "confirm" else "user_cancelled")


async def test_confirm_against_expiry_has_one_winner(database: Database, clock: HandClock, partner: Caller) -> None:
    """D10: the confirming process's clock is a little behind the worker's."""
    for seed in range(30):
        journey = await begin(database, clock, partner)
        await journey.use()
        later = HandClock(clock.now() + timedelta(minutes=15))
        moves = [journey.confirm(), msgspec.structs.replace(journey, clock=later).expire()]
        random.Random(seed).shuffle(moves)

        assert sum(await all_at_once(*moves)) == 1, f"seed {seed}"

        assert len(await outcomes(journey)) == 1, f"seed {seed}"


@pytest.mark.parametrize("first", ["confirm", "expire"])
async def test_of_confirm_and_expiry_the_first_wins(
    first: str, database: Database, clock: HandClock, partner: Caller
) -> None:
    """D10: whichever it is; the confirming process's clock is a little behind the worker's."""
    journey = await begin(database, clock, partner)
    await journey.use()
    worker = msgspec.structs.replace(journey, clock=HandClock(clock.now() + timedelta(minutes=15)))

    if first == "confirm":
        moved = [await journey.confirm(), await worker.expire()]
    else:
        moved = [await worker.expire(), await journey.confirm()]

    assert moved == [True, False]
    ended = "transaction.confirmed" if first == "confirm" else "transaction.failed"
    assert list(await outcomes(journey)) == [ended]


async def test_two_confirms_are_one(journey: Journey) -> None:
    """D08, D09."""
    await journey.use()

    assert sum(await all_at_once(*(journey.confirm() for _ in range(5)))) == 1
    assert (await journey.events()).count("transaction.confirmed") == 1


async def test_at_its_hour_a_transaction_is_over(journey: Journey, clock: HandClock) -> None:
    await journey.use()
    assert not await journey.expire()
    clock.advance(15 * 60)

    assert not await journey.use()
    assert not await journey.confirm()
    assert await journey.expire()

    assert (await journey.now()).error_name == "transaction_expired"


async def outcomes(journey: Journey) -> list[str]:
    return [name for name in await journey.events() if name in ("transaction.confirmed", "transaction.failed")]


def runner(database: Database, clock: HandClock) -> Runner:
    async def handle(claim: Claim) -> None:
        await expire(database, clock, claim)

    return Runner(database, clock, {EXPIRIES: handle})


async def test_the_worker_ends_what_nobody_opened(journey: Journey, database: Database, clock: HandClock) -> None:
    clock.advance(15 * 60 + 1)

    await runner(database, clock).drain()

    ended = await journey.now()
    assert (ended.error_name, ended.error_code) == ("transaction_expired", TRANSACTION_EXPIRED_USED.code)
    assert await journey.due_at() is None


async def test_the_worker_ends_what_was_left_in_the_flow(
    journey: Journey, database: Database, clock: HandClock
) -> None:
    await journey.use()
    clock.advance(15 * 60 + 1)

    await runner(database, clock).drain()

    assert (await journey.now()).error_code == EXPIRED_IN_FLOW.code


async def test_the_worker_leaves_a_confirmed_transaction_alone(
    journey: Journey, database: Database, clock: HandClock
) -> None:
    await journey.use()
    await journey.confirm()
    clock.advance(86400)

    await runner(database, clock).drain()

    assert (await journey.now()).status is Status.USED
    assert await journey.due_at() is None


async def test_another_gateways_transaction_cannot_be_moved(
    journey: Journey, stranger: Caller, database: Database, clock: HandClock
) -> None:
    """X01."""
    theirs = Journey(database, clock, stranger, journey.transaction_id, journey.investor_id, journey.session_id)

    assert not await theirs.use()
    assert not await theirs.fail(USER_CANCELLED_CHOOSER)
    clock.advance(3600)
    assert not await theirs.expire()

    assert (await journey.now()).status is Status.INITIALIZED
