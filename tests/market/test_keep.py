"""A listing stays up to date by itself."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY

from tests.market.brokers_files import FileServer, file_server, kite_file, sources_at, upstox_file
from tests.support.clock import HandClock
from torana.kit.database import Database
from torana.market import keep, securities, store
from torana.market.listing import Origin
from torana.market.models import Security
from torana.market.packaged import packaged_securities
from torana.market.refresh import Source, refresh_all

WHOLE = list(packaged_securities())
NEWCOMER = Security("NEWCO", "New Company", "INE111A01011", "EQ", 5, 1, 999_901, "equity")
MORNING = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
"""08:30 in India: the files of the day are not expected yet."""


class StepClock(HandClock):
    """Each sleep waits until the test lets the time pass."""

    def __init__(self, now: datetime) -> None:
        super().__init__(now)
        self.asleep = asyncio.Event()
        self._wake = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.asleep.set()
        await self._wake.wait()
        self._wake.clear()

    async def one_round(self, passing: timedelta = timedelta(seconds=60)) -> None:
        """Let so much time pass, and wait until all is done that it made due."""
        await self.asleep.wait()
        self.asleep.clear()
        self.advance(passing.total_seconds())
        self._wake.set()
        await self.asleep.wait()


@pytest.fixture
async def own(fresh_database_url: str) -> AsyncIterator[Database]:
    database = Database(fresh_database_url, size=3)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def served() -> AsyncIterator[FileServer]:
    async with file_server() as server:
        server.files = {"upstox": upstox_file(WHOLE), "kite": kite_file(WHOLE)}
        yield server


@pytest.fixture(autouse=True)
def packaged_again() -> Iterator[None]:
    yield
    securities.use(None)


@asynccontextmanager
async def refreshing(database: Database, clock: StepClock, served: FileServer) -> AsyncIterator[None]:
    @asynccontextmanager
    async def sources(due: Collection[str]) -> AsyncIterator[list[Source]]:
        async with sources_at(served, *due) as found:
            yield found

    task = asyncio.create_task(keep.keep_refreshing(database, clock, ["upstox", "kite"], sources))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_a_worker_reads_every_file_once_a_day(own: Database, served: FileServer) -> None:
    clock = StepClock(MORNING)
    async with refreshing(own, clock, served):
        await clock.one_round()
        assert served.asked == ["upstox", "kite"], "nothing was ever read: at once"
        await clock.one_round()
        assert served.asked == ["upstox", "kite"]
        await clock.one_round(timedelta(minutes=40))
        assert served.asked == ["upstox", "kite"] * 2, "08:45 has passed"
        await clock.one_round(timedelta(hours=20))
        assert served.asked == ["upstox", "kite"] * 2
        await clock.one_round(timedelta(hours=5))
        assert served.asked == ["upstox", "kite"] * 3


async def test_a_file_that_failed_is_tried_again_after_half_an_hour(own: Database, served: FileServer) -> None:
    clock = StepClock(MORNING + timedelta(hours=1))
    served.status = "500 Oops"
    async with refreshing(own, clock, served):
        await clock.one_round()
        await clock.one_round(timedelta(minutes=20))
        assert served.asked == ["upstox", "kite"]
        served.status = "200 OK"
        await clock.one_round(timedelta(minutes=20))
        assert served.asked == ["upstox", "kite"] * 2

    assert [state.problem for state in await store.file_states(own)] == [None, None]


async def test_of_two_workers_one_reads(own: Database, served: FileServer) -> None:
    first, second = StepClock(MORNING), StepClock(MORNING)
    async with refreshing(own, first, served), refreshing(own, second, served):
        await asyncio.gather(first.one_round(), second.one_round())

    assert sorted(served.asked) == ["kite", "upstox"]


async def test_a_process_follows_the_tables(own: Database, served: FileServer) -> None:
    clock = StepClock(MORNING)
    assert await keep.load_listing(own) == 0
    assert securities.current().origin is Origin.PACKAGED
    following = asyncio.create_task(keep.keep_listing(own, clock, 0))
    try:
        await clock.one_round()
        assert securities.current().origin is Origin.PACKAGED
        served.files["upstox"] = upstox_file([*WHOLE, NEWCOMER])
        async with sources_at(served, "upstox") as sources:
            await refresh_all(own, sources, clock.now())
        assert securities.find("NEWCO") is None

        await clock.one_round()

        assert securities.current().origin is Origin.REFRESHED
        assert securities.find("NEWCO") == NEWCOMER
    finally:
        following.cancel()
        await asyncio.wait({following})


async def test_the_age_of_the_list_is_a_metric(own: Database, served: FileServer) -> None:
    clock = HandClock(MORNING)
    keep.watch_age(clock)

    def age(exchange: str) -> float | None:
        return REGISTRY.get_sample_value("torana_instruments_age_days", {"exchange": exchange})

    assert (age("NSE"), age("BSE")) == (149, 382)
    async with sources_at(served, "upstox") as sources:
        await refresh_all(own, sources, clock.now())
    await keep.load_listing(own)
    clock.advance(3 * 86_400)

    assert (age("NSE"), age("BSE")) == (3, 3)


@pytest.mark.parametrize(
    ("now", "made"),
    [
        ("2026-11-27T08:44:59+05:30", "2026-11-26T08:45:00+05:30"),
        ("2026-11-27T08:45:00+05:30", "2026-11-27T08:45:00+05:30"),
        ("2026-11-26T19:00:00+00:00", "2026-11-26T08:45:00+05:30"),
        ("2026-11-27T04:00:00+00:00", "2026-11-27T08:45:00+05:30"),
    ],
)
def test_the_files_of_the_day_are_there_from_a_quarter_to_nine(now: str, made: str) -> None:
    assert keep.files_made_at(datetime.fromisoformat(now)) == datetime.fromisoformat(made)
