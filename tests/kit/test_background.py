"""What runs in the background is never missed without a word."""

import asyncio

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from tests.support.patience import PATIENCE
from torana.kit import background as background_module
from torana.kit.background import Background, in_background
from torana.kit.database import Database
from torana.kit.heartbeat import LOST_AFTER_SECONDS, beat, leave, workers


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background_module, "FIRST_PAUSE", 0.05)


def up(task: str) -> float | None:
    return REGISTRY.get_sample_value("torana_background_up", {"task": task})


async def until(background: Background, down: list[str]) -> None:
    async with asyncio.timeout(PATIENCE):
        while background.down != down:
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("how", ["raises", "returns"])
async def test_a_task_that_ends_is_reported_and_started_again(how: str) -> None:
    runs = 0

    async def work() -> None:
        nonlocal runs
        runs += 1
        if runs > 1:
            await asyncio.Event().wait()
        if how == "raises":
            raise ZeroDivisionError("nobody thought of it")

    with capture_logs() as logs:
        async with in_background() as background:
            background.start(f"work that {how}", work)
            await until(background, [f"work that {how}"])
            assert up(f"work that {how}") == 0
            await until(background, [])

    assert runs == 2
    assert up(f"work that {how}") == 1
    assert [entry["log_level"] for entry in logs] == ["error"]


async def test_others_go_on_and_all_end_with_the_block() -> None:
    ended = asyncio.Event()

    async def broken() -> None:
        raise ZeroDivisionError

    async def steady() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with capture_logs():
        async with in_background() as background:
            background.start("steady", steady)
            background.start("broken", broken)
            await until(background, ["broken"])
            assert not ended.is_set()

    assert ended.is_set()


async def test_a_worker_is_seen_as_long_as_it_says_that_it_lives(own_database_url: str) -> None:
    database = Database(own_database_url)
    await database.open()
    never = await workers(database)
    async with in_background() as background:
        background.start("heartbeat", lambda: beat(database, "wrk_1", background, lambda: False))
        async with asyncio.timeout(PATIENCE):
            while (alive := await workers(database)).seen is None:
                await asyncio.sleep(0.01)

    await database.execute("update workers set seen_at = seen_at - make_interval(secs => $1)", LOST_AFTER_SECONDS + 1)
    stopped = await workers(database)
    await leave(database, "wrk_1")
    left = await workers(database)
    await database.close()

    assert never.trouble == "no worker runs: nothing is placed, followed or delivered"
    assert alive.trouble is None
    assert stopped.trouble is not None
    assert stopped.trouble.startswith("no worker was seen for 3")
    assert left == never


async def test_what_a_worker_has_lost_is_known_elsewhere(own_database_url: str) -> None:
    database = Database(own_database_url)
    await database.open()
    for worker_id, down, age in (("wrk_1", ["retention"], 1), ("wrk_2", [], 1), ("wrk_3", ["heartbeat"], 100)):
        await database.execute(
            "insert into workers (worker_id, seen_at, down) "
            "values ($1, clock_timestamp() - make_interval(secs => $3), $2)",
            worker_id,
            down,
            age,
        )

    found = await workers(database)
    await database.close()

    assert found.down == ["retention"], "what is long gone counts no more"
    assert found.trouble == "a worker is without retention"
