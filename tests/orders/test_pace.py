"""How many orders of one broker account may leave within a second, whoever sends them (I11)."""

import asyncio
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from tests.support.brokers import ANY_BROKER
from torana.connectors.contract import Calls, Rate, RateLimited
from torana.connectors.registry import BROKERS
from torana.kit.database import Database
from torana.orders import pace
from torana.orders.pace import Account, Pace, Slot, fresh, hold, take
from torana.partners.models import Mode


@pytest.fixture
def account() -> Account:
    return Account(Mode.TEST, ANY_BROKER, f"AB{uuid4().hex[:8]}", 10)


async def test_a_second_holds_as_many_orders_as_the_broker_allows(database: Database, account: Account) -> None:
    first = await take(database, account, 6)
    second = await take(database, account, 6)
    third = await take(database, account, 6)

    assert [first.count, second.count, third.count] == [6, 4, 0]
    assert first.wait is None
    assert third.wait is not None
    assert 0.9 < third.wait <= pace.MARGIN


async def test_workers_that_ask_at_the_same_moment_share_the_second(
    database: Database, database_url: str, account: Account
) -> None:
    """P09, I11: each process has connections of its own; the row is common."""
    other = Database(database_url)
    await other.open()

    slots = await asyncio.gather(*(take(worker, account, 3) for worker in (database, other) * 5))
    await other.close()

    assert sum(slot.count for slot in slots) == 10


async def test_when_the_second_is_over_it_begins_anew(
    database: Database, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "MARGIN", 0.05)
    await take(database, account, 10)

    full = await take(database, account, 1)
    await asyncio.sleep(0.06)
    free = await take(database, account, 12)

    assert full.count == 0
    assert full.wait is not None
    assert full.wait <= 0.05
    assert free.count == 10


async def test_other_accounts_and_the_same_account_in_the_other_world_are_not_slowed(
    database: Database, account: Account
) -> None:
    """S05."""
    await take(database, account, 10)

    neighbour = await take(database, Account(Mode.TEST, ANY_BROKER, f"{account.broker_user_id}X", 10), 10)
    live = await take(database, Account(Mode.LIVE, ANY_BROKER, account.broker_user_id, 10), 10)

    assert [neighbour.count, live.count] == [10, 10]


async def test_after_too_fast_nothing_leaves_for_as_long_as_the_broker_said(
    database: Database, account: Account
) -> None:
    """S05: Retry-After."""
    await take(database, account, 1)

    await hold(database, account, 3.0)
    slot = await take(database, account, 1)

    assert slot.count == 0
    assert slot.wait is not None
    assert 2.8 < slot.wait <= 3.0


async def test_a_broker_without_a_limit_is_not_asked_about(database: Database, account: Account) -> None:
    unlimited = Account(account.mode, account.broker, account.broker_user_id, 0)

    slot = await take(database, unlimited, 500)
    good, stale = Slot(1, None, time.monotonic() + 60), Slot(1, None, time.monotonic() - 1)

    assert slot.count == 500
    assert await fresh(database, unlimited, good) is good
    assert await fresh(database, unlimited, stale) is not stale
    assert not await database.value("select count(*) from paces where broker_user_id = $1", account.broker_user_id)


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> list[Slot]:
    """What `fresh` takes, one at a time: on a busy machine a place may go stale before it is used."""
    taken: list[Slot] = []

    async def noted(database: Database, account: Account, wanted: int) -> Slot:
        assert wanted == 1
        slot = await take(database, account, wanted)
        taken.extend([slot] * slot.count)
        return slot

    monkeypatch.setattr(pace, "take", noted)
    return taken


async def test_whoever_was_held_up_waits_for_another_place_before_he_sends(
    database: Database, account: Account, monkeypatch: pytest.MonkeyPatch, places: list[Slot]
) -> None:
    """P09: a worker that slept between its place and its send must not send together with those that follow."""
    monkeypatch.setattr(pace, "MARGIN", 0.2)
    stale = Slot(1, None, time.monotonic() - 1)
    await take(database, account, 10)

    began = time.monotonic()
    assert await fresh(database, account, stale) in places

    assert time.monotonic() - began > 0.15
    assert (await take(database, account, 10)).count == 10 - len(places) < 10


async def test_a_place_does_not_grow_old_while_a_connection_is_waited_for(database_url: str, account: Account) -> None:
    """S07: else a busy machine would take place after place, and use none of them."""
    narrow = Database(database_url, size=1)
    await narrow.open()
    async with narrow.connection():
        asking = asyncio.create_task(take(narrow, account, 1))
        await asyncio.sleep(2 * pace.GOOD_FOR)
        given_back = time.monotonic()

    slot = await asking
    await narrow.close()

    assert slot.good_until >= given_back + pace.GOOD_FOR


async def test_one_order_a_second_is_a_limit_too(database: Database, account: Account) -> None:
    one = Account(account.mode, account.broker, account.broker_user_id, 1)

    first = await take(database, one, 2)
    second = await take(database, one, 1)

    assert (first.count, second.count) == (1, 0)
    assert second.wait is not None
    assert 0.9 < second.wait <= pace.MARGIN


async def test_whoever_got_no_place_waits_as_long_as_told_and_takes_one(
    database: Database, account: Account, places: list[Slot]
) -> None:
    began = time.monotonic()
    await fresh(database, account, Slot(0, 0.1, time.monotonic() + 60))

    assert time.monotonic() - began >= 0.1
    assert (await take(database, account, 10)).count == 10 - len(places) < 10


async def test_a_short_hold_lasts_as_long_as_a_full_second(database: Database, account: Account) -> None:
    await take(database, account, 1)

    await hold(database, account, 0.5)
    slot = await take(database, account, 1)

    assert slot.count == 0
    assert slot.wait is not None
    assert slot.wait <= pace.MARGIN


async def test_a_hold_is_as_long_where_a_rate_is_counted_over_more_than_a_second(
    database: Database, account: Account
) -> None:
    slow = msgspec.structs.replace(account, seconds=2.0)

    await hold(database, slow, 10.0)
    slot = await take(database, slow, 1)

    assert slot.wait is not None
    assert slot.wait <= 10.0


async def test_reads_of_the_book_and_orders_are_counted_apart(database: Database, account: Account) -> None:
    book = msgspec.structs.replace(account, calls=Calls.BOOK, per_second=1)

    slots = [await take(database, one, 1) for one in (account, book, account, book)]

    assert [slot.count for slot in slots] == [1, 1, 1, 0]


async def test_a_rate_may_be_counted_over_longer_than_a_second(database: Database, account: Account) -> None:
    slow = msgspec.structs.replace(account, per_second=1, seconds=30.0)
    await take(database, slow, 1)

    full = await take(database, slow, 1)

    assert full.wait is not None
    assert 25 < full.wait <= 30 * pace.MARGIN


async def test_what_is_answered_counts_for_the_bare_time_from_its_answer(database: Database, account: Account) -> None:
    """The broker had it by then, so the margin for the way there is not needed."""
    slow = msgspec.structs.replace(account, per_second=2, seconds=30.0)
    earlier = await take(database, slow, 1)
    slot = await take(database, slow, 1)

    unanswered = await take(database, slow, 1)
    half = await take(database, slow, 1, answered=slot.taken_at)
    assert earlier.taken_at != slot.taken_at
    all_but_one = await take(database, slow, 1, answered=earlier.taken_at)

    assert [each.count for each in (unanswered, half, all_but_one)] == [0, 0, 0]
    waits = [each.wait for each in (unanswered, half, all_but_one)]
    assert waits[0] is not None
    assert waits[1] is not None
    assert waits[2] is not None
    assert 30 < waits[0] <= 33, "both are on their way"
    assert 29 < waits[1] <= 30, "one place is free when the answered one is over"
    assert 29 < waits[2] <= 30


async def test_an_answer_that_took_long_makes_nothing_count_longer(database: Database, account: Account) -> None:
    slow = msgspec.structs.replace(account, per_second=1, seconds=30.0)
    slot = await take(database, slow, 1)
    await database.execute(
        "update paces set sent = array[sent[1] - interval '10 seconds'], written_at = sent[1] - interval '10 seconds'"
        " where broker_user_id = $1",
        account.broker_user_id,
    )
    assert slot.taken_at is not None

    late = await take(database, slow, 1, answered=slot.taken_at - timedelta(seconds=10))

    assert late.wait is not None
    assert 20 < late.wait <= 23


async def test_each_kind_of_call_has_a_pace_of_its_own(database: Database) -> None:
    """Angel One: one read of holdings and one of positions a second; Kite: one question for prices."""
    user = f"AB{uuid4().hex[:8]}"
    angel = Pace(database, Mode.TEST, BROKERS["angelbroking"], user)

    await angel.turn(Calls.HOLDINGS)
    await angel.turn(Calls.POSITIONS)
    again = await take(database, angel.account(Calls.HOLDINGS), 1)
    kite = await take(database, Pace(database, Mode.TEST, BROKERS["kite"], user).account(Calls.QUOTES), 9)

    assert again.count == 0
    assert kite.count == 1


async def test_logins_are_counted_for_the_whole_app(database: Database) -> None:
    rate = Rate(Calls.LOGIN, 1)
    slow = replace(BROKERS["kite"], key=f"slow{uuid4().hex[:8]}", rates=(rate, Rate(Calls.FUNDS, 1, per_app=True)))
    first, second = (Pace(database, Mode.TEST, slow, user) for user in ("AB1", "AB2"))

    for calls in (Calls.LOGIN, Calls.FUNDS):
        await first.turn(calls)
        assert (await take(database, second.account(calls), 1)).count == 0


async def test_a_broker_that_is_too_fast_for_us_is_left_alone_by_who_has_not_asked_yet(database: Database) -> None:
    kite = Pace(database, Mode.TEST, BROKERS["kite"], f"AB{uuid4().hex[:8]}")

    await kite.hold(Calls.QUOTES, RateLimited("slowly", retry_after=20.0))

    slot = await take(database, kite.account(Calls.QUOTES), 1)
    assert slot.wait is not None
    assert 15 < slot.wait <= 20


async def test_what_no_rate_is_known_of_asks_no_database() -> None:
    """What a broker does not count costs nothing."""
    closed = Pace(Database("postgresql://nowhere.invalid/"), Mode.TEST, BROKERS["kite"], "AB1")

    await closed.turn(Calls.HOLDINGS)
    await closed.hold(Calls.HOLDINGS, RateLimited("slowly", retry_after=0.001))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Account, int]]:
    """Each question to the database: for whom, and how many others were on their way for the same account."""
    questions: list[tuple[Account, int]] = []
    on_their_way: Counter[Account] = Counter()
    ask = pace._take

    async def noted(database: Database, account: Account, *more: Any) -> Slot:
        questions.append((account, on_their_way[account]))
        on_their_way[account] += 1
        try:
            return await ask(database, account, *more)
        finally:
            on_their_way[account] -= 1

    monkeypatch.setattr(pace, "_take", noted)
    return questions


async def test_those_who_wait_for_an_account_do_not_crowd_out_those_of_another(
    database: Database, account: Account, asked: list[tuple[Account, int]]
) -> None:
    """S07: a gateway floods, and each of its orders waits for a place. One of them asks, the others hear the answer."""
    await take(database, account, 10)
    neighbour = msgspec.structs.replace(account, broker_user_id=f"{account.broker_user_id}X")
    asked.clear()

    slots = await asyncio.gather(*(take(database, account, 1) for _ in range(300)), take(database, neighbour, 1))

    assert [slot.count for slot in slots] == [0] * 300 + [1]
    assert all(slot.wait is not None and 0 < slot.wait <= pace.MARGIN for slot in slots[:-1])
    assert sorted(asked, key=repr) == sorted([(account, 0), (neighbour, 0)], key=repr)


async def test_of_those_who_wait_each_has_its_turn(
    database: Database, account: Account, asked: list[tuple[Account, int]]
) -> None:
    """A place that becomes free is found, and costs at most the question that takes it and one that finds no more."""
    quick = msgspec.structs.replace(account, per_second=2, seconds=0.02)

    await asyncio.gather(*(pace.turn(database, quick) for _ in range(10)))

    assert {others for _, others in asked} == {0}
    assert 10 <= len(asked) <= 20


async def test_an_answer_is_counted_although_no_place_is_free(
    database: Database, account: Account, asked: list[tuple[Account, int]]
) -> None:
    """With it a place becomes free sooner than had been heard."""
    first = await take(database, account, 10)
    await take(database, account, 1)
    asked.clear()

    unanswered = await take(database, account, 1)
    answered = await take(database, account, 1, first.taken_at)

    assert (unanswered.count, answered.count) == (0, 0)
    assert len(asked) == 1


async def test_nothing_is_kept_of_an_account_for_which_nobody_waits(database: Database, account: Account) -> None:
    await take(database, account, 1)

    assert account not in pace._LINES[database]
