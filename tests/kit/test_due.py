"""Due work: every row is worked by one at a time, none is forgotten, whatever happens to processes and server."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from tests.kit.jobs import BY_LANE, GATEWAY, JOBS, ONE_BY_ONE, TABLE, add, eventually, finish, finished, number
from tests.support.clock import HandClock
from tests.support.processes import end, start
from torana.kit import due
from torana.kit import runner as runners
from torana.kit.clock import Deadline, SystemClock
from torana.kit.database import LOST_CONNECTION, Database
from torana.kit.due import Claim, Kind, LostLease, claim, release, renew, wake
from torana.kit.runner import Runner
from torana.kit.turns import WHOSE

NEVER_POLLS = 3600.0


@pytest.fixture
async def database(own_database_url: str) -> AsyncIterator[Database]:
    database = Database(own_database_url, size=10)
    await database.open()
    await database.execute(TABLE)
    yield database
    await database.close()


@asynccontextmanager
async def running(
    database: Database,
    handler: Callable[[Claim], Awaitable[None]],
    kind: Kind = JOBS,
    lease_seconds: float = 15.0,
) -> AsyncIterator[Runner]:
    runner = Runner(database, SystemClock(), {kind: handler}, lease_seconds=lease_seconds)
    task = asyncio.create_task(runner.run())
    try:
        yield runner
    finally:
        runner.stop()
        async with asyncio.timeout(30):
            await task


def finishing(database: Database, name: str = "a") -> Callable[[Claim], Awaitable[None]]:
    async def handle(claimed: Claim) -> None:
        await finish(database, claimed, name)

    return handle


async def listening(database: Database, listeners: int = 1) -> None:
    """Wait until the runners' listeners are there."""

    async def there() -> bool:
        count = await database.value(
            "select count(*) from pg_stat_activity where datname = current_database() and query = $1",
            f'LISTEN "{due.CHANNEL}"',
        )
        return bool(count >= listeners)

    await eventually(there)


async def count_finished(database: Database) -> int:
    return len(await finished(database))


async def one(database: Database, *, now: Any = None, lease_seconds: float = 15.0) -> Claim:
    (claimed,) = await claim(database, JOBS, GATEWAY, now or SystemClock().now(), 1, lease_seconds)
    return claimed


async def test_two_runners_work_every_row_exactly_once(database: Database) -> None:
    worked: list[tuple[str, int]] = []

    def handler(name: str) -> Callable[[Claim], Awaitable[None]]:
        async def handle(claimed: Claim) -> None:
            worked.append((name, number(claimed)))
            await asyncio.sleep(0)
            await finish(database, claimed, name)

        return handle

    await add(database, *range(200))
    async with running(database, handler("a")), running(database, handler("b")):
        await eventually(lambda: holds_all(database, 200))

    assert sorted(job for _, job in worked) == list(range(200))
    assert {name for name, _ in worked} == {"a", "b"}
    assert all(len(names) == 1 for names in (await finished(database)).values())


async def holds_all(database: Database, count: int) -> bool:
    return await count_finished(database) == count


async def test_what_is_not_due_yet_is_left_alone(database: Database, clock: HandClock) -> None:
    await add(database, 1, due_at=clock.now() + timedelta(seconds=60))
    runner = Runner(database, clock, {JOBS: finishing(database)})

    early = await runner.drain()
    clock.advance(60)
    in_time = await runner.drain()

    assert (early, in_time) == (0, 1)


async def test_the_longest_waiting_comes_first(database: Database, clock: HandClock) -> None:
    for job_id in (3, 1, 2):
        await add(database, job_id, due_at=clock.now() - timedelta(seconds=10 - job_id))

    first = await claim(database, JOBS, GATEWAY, clock.now(), 2)

    assert sorted(number(each) for each in first) == [1, 2]


async def test_a_claimed_row_is_nobody_elses(database: Database) -> None:
    await add(database, 1)
    await one(database)

    assert await claim(database, JOBS, GATEWAY, SystemClock().now(), 10) == []


async def test_a_late_worker_can_neither_write_nor_renew_nor_release(database: Database) -> None:
    """P08."""
    await add(database, 1)
    late = await one(database, lease_seconds=0.0)
    new = await one(database)

    assert await finish(database, late, "late") is False
    with pytest.raises(LostLease):
        await renew(database, late)
    await release(database, late, None)
    assert await finish(database, new, "new") is True
    assert new.token > late.token
    assert await finished(database) == {1: ["new"]}


async def test_a_worker_whose_lease_may_have_ended_is_told_before_it_acts(database: Database) -> None:
    """P08."""
    await add(database, 1)
    held = await one(database, lease_seconds=30)
    held.check()
    lost = replace(held, lease_seconds=0.0, deadline=Deadline(0.0))

    with pytest.raises(LostLease):
        lost.check()
    await renew(database, lost)
    with pytest.raises(LostLease):
        lost.check()


async def test_a_released_row_comes_again_with_its_failures_forgotten(database: Database, clock: HandClock) -> None:
    await add(database, 1, due_at=clock.now())
    for _ in range(3):
        await release(database, await one(database, now=clock.now()), clock.now(), failed=True)
    fourth = await one(database, now=clock.now())
    await release(database, fourth, clock.now())
    fifth = await one(database, now=clock.now())

    assert (fourth.attempts, fifth.attempts) == (4, 1)


async def test_a_long_handler_keeps_its_row(database: Database) -> None:
    """T05."""
    worked: list[str] = []
    go_on = asyncio.Event()

    def handler(name: str) -> Callable[[Claim], Awaitable[None]]:
        async def handle(claimed: Claim) -> None:
            worked.append(name)
            await go_on.wait()
            claimed.check()
            await finish(database, claimed, name)

        return handle

    await add(database, 1)
    async with running(database, handler("a"), lease_seconds=0.6), running(database, handler("b"), lease_seconds=0.6):
        first_lease = await lease_until(database)

        async def renewed_three_times() -> bool:
            now = await lease_until(database)
            return now is not None and (now - first_lease).total_seconds() > 1.5

        await eventually(renewed_three_times)
        go_on.set()
        await eventually(lambda: holds_all(database, 1))

    assert len(worked) == 1


async def lease_until(database: Database) -> Any:
    async def leased() -> bool:
        return await database.value("select max(lease_until) from jobs") is not None

    await eventually(leased)
    return await database.value("select max(lease_until) from jobs")


async def test_a_notification_wakes_a_runner_that_would_not_look_for_an_hour(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runners, "POLL_SECONDS", NEVER_POLLS)
    async with running(database, finishing(database)):
        await listening(database)
        for job_id in range(3):
            await add(database, job_id)
            await eventually(lambda wanted=job_id + 1: holds_all(database, wanted))  # type: ignore[misc]  # bound now


async def test_a_lost_notification_is_made_up_for_by_the_poll(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Q11."""
    monkeypatch.setattr(runners, "POLL_SECONDS", 0.1)
    async with running(database, finishing(database)):
        await listening(database)
        await add(database, 1, notify=False)
        await eventually(lambda: holds_all(database, 1))


async def test_a_row_that_falls_due_later_needs_no_notification(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runners, "POLL_SECONDS", NEVER_POLLS)
    await add(database, 1, due_at=SystemClock().now() + timedelta(seconds=0.5), notify=False)
    async with running(database, finishing(database)):
        await eventually(lambda: holds_all(database, 1))


async def test_after_all_connections_were_cut_in_mid_work_every_row_is_finished_once(
    database: Database, database_server: str
) -> None:
    """Q02, Q03."""

    async def handle(claimed: Claim) -> None:
        await finish(database, claimed, "a")

    async with running(database, handle, lease_seconds=1.0):
        for cut in range(1, 4):
            await add(database, *range(cut * 100, cut * 100 + 40))
            await cut_all_connections(database_server, database.url)
            await eventually(lambda wanted=cut * 40: survives(database, wanted))  # type: ignore[misc]  # bound now

    assert all(names == ["a"] for names in (await finished(database)).values())


async def test_after_all_connections_were_cut_notifications_wake_again_and_the_order_is_kept(
    database: Database, database_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Q02."""
    monkeypatch.setattr(runners, "POLL_SECONDS", NEVER_POLLS)
    order: list[int] = []

    async def handle(claimed: Claim) -> None:
        if await finish(database, claimed, "a"):
            order.append(number(claimed))

    async with running(database, handle, ONE_BY_ONE):
        await listening(database)
        await cut_all_connections(database_server, database.url)
        await eventually(lambda: answers(database))
        await listening(database)
        waiting_since = SystemClock().now() - timedelta(minutes=1)
        for job_id in (5, 3, 1, 4, 2):
            due_at = waiting_since + timedelta(seconds=job_id)
            await add(database, job_id, due_at=due_at, notify=False)
        async with database.connection() as connection:
            await wake(connection, "jobs", GATEWAY)
        await eventually(lambda: holds_all(database, 5))

    assert order == [1, 2, 3, 4, 5]


async def answers(database: Database) -> bool:
    """Every connection of the pool has noticed the cut and is a new one."""
    lost = False
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(10):
                group.create_task(database.execute("select pg_sleep(0.05)"))
    except* LOST_CONNECTION:
        lost = True
    return not lost


async def cut_all_connections(server: str, url: str) -> None:
    connection = await asyncpg.connect(server)
    name = url.partition("?")[0].rsplit("/", 1)[1]
    await connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name)
    await connection.close()


async def survives(database: Database, count: int) -> bool:
    try:
        return await holds_all(database, count)
    except LOST_CONNECTION:
        return False


async def test_a_server_that_turns_read_only_does_not_end_the_worker(database: Database, database_server: str) -> None:
    """Q04."""
    name = database.url.partition("?")[0].rsplit("/", 1)[1]
    admin = await asyncpg.connect(database_server)
    async with running(database, finishing(database)):
        await listening(database)
        await admin.execute(f"alter database {name} set default_transaction_read_only = on")
        await cut_all_connections(database_server, database.url)
        writer = await asyncpg.connect(database.url, server_settings={"default_transaction_read_only": "off"})
        await writer.execute("insert into jobs (gateway_id, job_id, due_at) values ('gw', '1', now())")

        async def refused_meanwhile() -> bool:
            return bool(
                await admin.fetchval("select xact_rollback >= 2 from pg_stat_database where datname = $1", name)
            )

        await eventually(refused_meanwhile)
        untouched = await writer.fetchval("select lease_token from jobs")
        await writer.close()
        await admin.execute(f"alter database {name} set default_transaction_read_only = off")
        await cut_all_connections(database_server, database.url)
        await eventually(lambda: survives(database, 1))
    await admin.close()

    assert untouched == 0


async def test_a_handler_that_always_raises_is_put_off_further_and_further_and_stops_nobody(
    database: Database, clock: HandClock
) -> None:
    """Q09."""
    gaps: list[float] = []

    async def handle(claimed: Claim) -> None:
        if number(claimed) == 13:
            raise ZeroDivisionError("poison")
        await finish(database, claimed, "a")

    runner = Runner(database, clock, {JOBS: handle})
    await add(database, 13, due_at=clock.now())
    with capture_logs() as logs:
        for round_number in range(60):
            await add(database, 100 + round_number, due_at=clock.now())
            await runner.drain()
            due_at = await database.value("select due_at from jobs where job_id = '13'")
            gaps.append((due_at - clock.now()).total_seconds())
            clock.advance(gaps[-1])

    assert len(await finished(database)) == 60
    assert gaps[0] < 3
    assert all(480 <= gap <= 720 for gap in gaps[12:48])
    assert gaps[55] == 3600.0
    assert [line["attempts"] for line in logs if line["event"] == "due.parked"] == list(range(50, 61))


async def test_a_dead_workers_row_comes_back_when_its_lease_ends(database: Database) -> None:
    """Q08."""
    await add(database, 1)
    await one(database, lease_seconds=0.3)
    async with running(database, finishing(database)):
        await eventually(lambda: holds_all(database, 1))

    assert await finished(database) == {1: ["a"]}


async def test_a_stopped_process_that_goes_on_after_its_lease_writes_nothing(
    database: Database, tmp_path: Path
) -> None:
    """P08."""
    log = tmp_path / "stopped.log"
    await add(database, 1)
    with log.open("wb") as lines:
        stopped = start(
            "tests.kit.due_process",
            database.url,
            "stopped",
            environment={"TORANA_FAULTPOINTS": "tests.due_process.claimed@1=stop"},
            output=lines,
        )
    try:
        await lease_until(database)
        async with running(database, finishing(database, "other")):
            await eventually(lambda: holds_all(database, 1))
        stopped.send_signal(signal.SIGCONT)

        async def noticed() -> bool:
            return "due.lease_lost" in log.read_text()

        await eventually(noticed)
    finally:
        await end([stopped])

    assert await finished(database) == {1: ["other"]}


async def test_a_runner_that_is_stopped_finishes_what_it_holds_and_takes_nothing_new(database: Database) -> None:
    """P09."""
    holding, go_on = asyncio.Event(), asyncio.Event()

    async def handle(claimed: Claim) -> None:
        holding.set()
        await go_on.wait()
        await finish(database, claimed, "a")

    await add(database, 1, 2)
    async with running(database, handle, ONE_BY_ONE) as runner:
        await holding.wait()
        runner.stop()
        go_on.set()

    assert len(await finished(database)) == 1


async def test_no_more_rows_are_held_than_the_kind_allows(database: Database) -> None:
    at_once = most = 0

    async def handle(claimed: Claim) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.01)
        at_once -= 1
        await finish(database, claimed, "a")

    await add(database, *range(60))
    async with running(database, handle, Kind("jobs", ("gateway_id", "job_id"), concurrency=5)):
        await eventually(lambda: holds_all(database, 60))

    assert most == 5


async def test_a_condition_keeps_rows_out(database: Database, clock: HandClock) -> None:
    await add(database, 1, 2, due_at=clock.now())
    await database.execute("update jobs set note = 'not now' where job_id = '1'")
    picky = Kind("jobs", ("gateway_id", "job_id"), where="note <> 'not now'")

    claimed = await claim(database, picky, GATEWAY, clock.now(), 10)

    assert [number(each) for each in claimed] == [2]


async def test_a_notification_of_another_kind_wakes_nobody(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runners, "POLL_SECONDS", NEVER_POLLS)
    runner = Runner(database, SystemClock(), {JOBS: finishing(database)})

    runner._woken(None, 0, due.CHANNEL, "batches gw")
    asleep = runner._work[JOBS].event.is_set()
    runner._woken(None, 0, due.CHANNEL, "jobs gw")

    assert (asleep, runner._work[JOBS].event.is_set()) == (False, True)


async def test_a_runner_with_nothing_to_do_rests(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0

    def counted(look: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def count(*args: Any) -> Any:
            nonlocal looks
            looks += 1
            return await look(*args)

        return count

    monkeypatch.setattr(runners, "claim_and_peek", counted(due.claim_and_peek))
    monkeypatch.setattr(runners, "waiting", counted(due.waiting))
    await add(database, 1)
    async with running(database, finishing(database)):
        await eventually(lambda: holds_all(database, 1))
        await listening(database)
        await asyncio.sleep(0.1)
        before = looks
        await asyncio.sleep(0.5)

    assert looks - before <= 1


async def test_what_a_handler_needs_comes_with_its_claim(database: Database, clock: HandClock) -> None:
    await add(database, 1, due_at=clock.now())
    await database.execute("update jobs set note = 'blue' where job_id = '1'")
    told = Kind(
        "jobs",
        ("gateway_id", "job_id"),
        columns="claimed.note, other.note as same",
        joins="left join jobs other on other.gateway_id = claimed.gateway_id and other.job_id = claimed.job_id",
    )

    (claimed,) = await claim(database, told, GATEWAY, clock.now(), 10)

    assert (claimed.row["note"], claimed.row["same"], number(claimed)) == ("blue", "blue", 1)


async def test_a_lane_that_hangs_holds_up_no_other(database: Database) -> None:
    """S07."""
    let_go = asyncio.Event()
    hanging: set[int] = set()

    async def handle(claimed: Claim) -> None:
        if claimed.lane == "hangs":
            hanging.add(number(claimed))
            await let_go.wait()
        await finish(database, claimed, "a")

    await add(database, *range(20), lane="hangs")
    async with running(database, handle, BY_LANE):
        await eventually(lambda: as_many(hanging, BY_LANE.per_lane))
        await add(database, *range(100, 140), lane="quick")
        await eventually(lambda: holds_all(database, 40))
        assert len(hanging) == BY_LANE.per_lane
        let_go.set()
        await eventually(lambda: holds_all(database, 60))

    assert all(names == ["a"] for names in (await finished(database)).values())


async def as_many(found: set[int], count: int) -> bool:
    return len(found) >= count


async def test_each_lane_gives_its_longest_waiting_first(database: Database, clock: HandClock) -> None:
    for job_id in range(12):
        due_at = clock.now() - timedelta(seconds=60 - job_id)
        await add(database, job_id, due_at=due_at, lane="ab"[job_id % 2])
    await add(database, 50, due_at=clock.now() + timedelta(seconds=9), lane="c")

    first, next_due = await due.claim_and_peek(database, BY_LANE, GATEWAY, clock.now(), 50, 15.0, {"a": 2})
    again, _ = await due.claim_and_peek(database, BY_LANE, GATEWAY, clock.now(), 3, 15.0, {"a": 0, "b": 2})

    assert [number(each) for each in first] == [0, 1, 2, 3, 5]
    assert [number(each) for each in again] == [7, 9]
    assert next_due == clock.now() + timedelta(seconds=9)


async def test_a_claim_never_takes_more_than_was_asked_for(database: Database, clock: HandClock) -> None:
    for job_id, lane in enumerate("abcabcabc"):
        await add(database, job_id, due_at=clock.now() - timedelta(seconds=10 - job_id), lane=lane)

    taken = await claim(database, BY_LANE, GATEWAY, clock.now(), 2)

    assert [number(each) for each in taken] == [0, 1]


@pytest.mark.parametrize(("ahead", "claimable"), [(50.0, False), (3600.0, True)])
async def test_a_lease_from_before_the_time_of_the_database_was_set_back_holds_nobody_up(
    database: Database, ahead: float, claimable: bool
) -> None:
    """T01: no lease is that long."""
    await add(database, 1)
    now = SystemClock().now()
    (first,) = await claim(database, JOBS, GATEWAY, now, 1)

    await database.execute("update jobs set lease_until = clock_timestamp() + make_interval(secs => $1)", ahead)
    again = await claim(database, JOBS, GATEWAY, now, 1)

    assert [claimed.token for claimed in again] == ([first.token + 1] if claimable else [])


async def test_a_gateway_with_hundreds_due_does_not_hold_up_one_with_a_single_row(database: Database) -> None:
    """S07."""
    worked: list[str] = []
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def handle(claimed: Claim) -> None:
        worked.append(claimed.gateway_id)
        begun.set()
        await go_on.wait()
        await finish(database, claimed, "a")

    await add(database, *range(300), gateway_id="flood")
    async with running(database, handle):
        await begun.wait()
        await add(database, 1000, gateway_id="small")
        go_on.set()
        await eventually(lambda: holds_all(database, 301))

    assert worked.index("small") <= 2 * JOBS.concurrency


async def test_a_row_is_worked_on_in_the_turn_of_its_gateway(database: Database) -> None:
    await add(database, 1)
    seen: list[str] = []

    async def handle(claimed: Claim) -> None:
        seen.append(WHOSE.get())
        await finish(database, claimed, "a")

    await Runner(database, SystemClock(), {JOBS: handle}).drain()

    assert seen == [GATEWAY]


async def test_what_hangs_of_one_gateway_leaves_places_in_its_lane_to_others(database: Database) -> None:
    """S07: two gateways have investors at one broker."""
    shared = replace(BY_LANE, gateway_places_in_lane=2)
    let_go = asyncio.Event()
    hanging: set[int] = set()

    async def handle(claimed: Claim) -> None:
        if claimed.gateway_id == "flood":
            hanging.add(number(claimed))
            await let_go.wait()
        await finish(database, claimed, "a")

    await add(database, *range(20), gateway_id="flood", lane="broker")
    async with running(database, handle, shared):
        await eventually(lambda: as_many(hanging, 2))
        await add(database, *range(100, 110), gateway_id="small", lane="broker")
        await eventually(lambda: holds_all(database, 10))
        assert len(hanging) == 2
        let_go.set()
        await eventually(lambda: holds_all(database, 30))


async def test_what_hangs_of_one_gateway_leaves_places_to_others(database: Database) -> None:
    """S07: each endpoint of a gateway is a lane, and it has many of them."""
    shared = replace(BY_LANE, gateway_places=5)
    let_go = asyncio.Event()
    hanging: set[int] = set()

    async def handle(claimed: Claim) -> None:
        if claimed.gateway_id == "flood":
            hanging.add(number(claimed))
            await let_go.wait()
        await finish(database, claimed, "a")

    for job_id in range(20):
        await add(database, job_id, gateway_id="flood", lane=f"endpoint {job_id}")
    async with running(database, handle, shared):
        await eventually(lambda: as_many(hanging, 5))
        await add(database, *range(100, 110), gateway_id="small", lane="another")
        await eventually(lambda: holds_all(database, 10))
        assert len(hanging) == 5
        let_go.set()
        await eventually(lambda: holds_all(database, 30))


async def test_a_claim_takes_no_row_of_another_gateway(database: Database, clock: HandClock) -> None:
    await add(database, 1, due_at=clock.now() - timedelta(seconds=9), gateway_id="another")
    await add(database, 2, due_at=clock.now(), gateway_id=GATEWAY)

    found = await due.waiting(database, JOBS, clock.now())
    claimed = await claim(database, JOBS, GATEWAY, clock.now(), 10)

    assert found == {"another": clock.now() - timedelta(seconds=9), GATEWAY: clock.now()}
    assert [number(each) for each in claimed] == [2]
