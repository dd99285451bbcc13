"""What every test may ask for: a database, a clock it moves, a partner who calls the API."""

import logging
import os
import re
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zlib import crc32

import hypothesis
import pytest
import structlog
from xdist.scheduler import LoadScopeScheduling

from tests.support import database as databases
from tests.support.clock import HandClock
from tests.support.gateway import Batches, Caller, application, calling
from tests.support.partner import make_gateway
from torana.connectors.registry import BROKERS
from torana.kit import logs
from torana.kit.database import Database

HERE = Path(__file__).parent
hypothesis.settings.register_profile("torana", hypothesis.settings(), deadline=None)
hypothesis.settings.load_profile("torana")
TOGETHER = ("journeys", "sdk")
"""Folders whose tests share a browser, and an installation with processes of its own: one worker does all of a folder.
What each worker would start for itself costs more than many of these tests."""
LONGEST = [
    *("journeys", "sdk", "contract/test_t30_failures", "faults/test_answers", "faults/test_crashes"),
    *("orders/test_mutants", "cli/test_try", "portal/test_basket_repairs", "contract/test_t10_orders"),
    *("portal/test_gallery", "connectors/test_answers", "faults/test_campaign", "portal/test_browser"),
    *("faults/test_restores", "portal/test_review_script", "portal/test_sell_authorised"),
    *("faults/test_days", "portal/test_typed", "faults/test_clocks"),
    *("portal/test_authorise", "api/test_contract", "cli/test_demo"),
]
"""What takes longest, longest first: one worker does a whole file, so a long one must not be the last."""


SLICED = {
    HERE / "cli/test_try.py": 8,
    HERE / "connectors/test_answers.py": 45,
    HERE / "connectors/test_readiness.py": 4,
    HERE / "connectors/test_rows.py": 4,
    HERE / "contract/test_t30_failures.py": 26,
    **{
        HERE / f"contract/{name}.py": 6
        for name in ("test_t01_login", "test_t10_orders", "test_t20_account", "test_t60_authorisation")
    },
}
"""One of so many rows of these files, always the same, in `make test`; all in `make campaign`. They grow with every
broker and every flow."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = _done_by_one
    return scheduler


def _done_by_one(nodeid: str) -> str:
    """One worker does a whole file, or a whole folder of `TOGETHER`."""
    file, _, _ = nodeid.partition("::")
    return next((folder for folder in TOGETHER if file.startswith(f"tests/{folder}/")), file)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest files first. The order within a file stays."""
    if not os.environ.get("TORANA_WHOLE"):
        left_out = _with_other_brokers([item for item in items if HERE / "faults" in item.path.parents])
        for path, one_of in SLICED.items():
            rows = [item for item in items if item.path == path and "[" in item.name]
            left_out |= _beyond_the_slice(rows, one_of)
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]
    items.sort(key=lambda item: _turn(item.path.relative_to(HERE).with_suffix("").as_posix()))


def _turn(file: str) -> int:
    folder, _, _ = file.partition("/")
    return next((number for number, name in enumerate(LONGEST) if name in (file, folder)), len(LONGEST))


def _beyond_the_slice(items: Sequence[pytest.Item], one_of: int) -> set[pytest.Item]:
    """All but one of so many rows, and at least one of each test. The broker that was taken least often comes next, so
    that none is left out."""
    tests: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        tests[item.nodeid.partition("[")[0]].append(item)
    taken = Counter[frozenset[str]]()
    due = 0
    for rows in tests.values():
        rows.sort(key=lambda item: crc32(item.nodeid.encode()))
        due += len(rows)
        for _ in range(max(1, due // one_of)):
            due -= one_of
            row = min(rows, key=lambda item: taken[_brokers_of(item)])
            rows.remove(row)
            taken[_brokers_of(row)] += 1
    return {item for rows in tests.values() for item in rows}


def _brokers_of(item: pytest.Item) -> frozenset[str]:
    return frozenset(_words(item)).intersection(BROKERS)


def _words(item: pytest.Item) -> list[str]:
    return re.split(r"[-\[\]]", item.nodeid)


def _with_other_brokers(items: Sequence[pytest.Item]) -> set[pytest.Item]:
    """Of stories that are told with several brokers, all but one, which is always the same."""
    tellings: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        tellings["-".join(part for part in _words(item) if part not in BROKERS)].append(item)
    kept = {same[crc32(story.encode()) % len(same)] for story, same in tellings.items()}
    return set(items).difference(kept)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Whoever sets logging up, by a command that is run in this process for instance, does it for one test."""
    root = logging.getLogger()
    handlers, level, as_json = root.handlers, root.level, logs._lines_are_json
    yield
    if structlog.is_configured():
        structlog.reset_defaults()
        root.handlers, root.level, logs._lines_are_json = handlers, level, as_json


@pytest.fixture
def clock() -> HandClock:
    """Wednesday 18 November 2026, 10:30 in India: the market is open."""
    return HandClock(datetime(2026, 11, 18, 5, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def database_server() -> str:
    return databases.server()


@pytest.fixture(scope="session")
def migrated_database(database_server: str) -> str:
    """The name of a migrated database that nobody connects to: others are copied from it."""
    return databases.template(database_server)


@pytest.fixture(scope="session")
def database_url(database_server: str, migrated_database: str) -> Iterator[str]:
    """One fresh, migrated database per test session."""
    with databases.copied(database_server, migrated_database) as url:
        yield url


@pytest.fixture(scope="session")
def worked_database_url(database_server: str, migrated_database: str) -> Iterator[str]:
    """Another one, for those who keep a worker running over all of it."""
    with databases.copied(database_server, migrated_database) as url:
        yield url


@pytest.fixture(scope="module")
def module_database_url(database_server: str, migrated_database: str) -> Iterator[str]:
    """A fresh, migrated database for the tests of one module."""
    with databases.copied(database_server, migrated_database) as url:
        yield url


@pytest.fixture(scope="session")
def database_pool(database_server: str, migrated_database: str) -> Iterator[databases.Pool]:
    pool = databases.Pool(database_server, migrated_database)
    yield pool
    pool.close()


@pytest.fixture
def own_database_url(database_pool: databases.Pool) -> Iterator[str]:
    """An empty, migrated database for this test alone, for those who run a worker over all of it."""
    with database_pool.taken() as url:
        yield url


@pytest.fixture
def fresh_database_url(database_server: str, migrated_database: str) -> Iterator[str]:
    """The same, made for this test, for those who look at how statements are planned in it or put another in its
    place."""
    with databases.copied(database_server, migrated_database) as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, size=5)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def batches() -> Batches:
    return Batches()


@pytest.fixture
async def partner(database: Database, clock: HandClock, batches: Batches) -> AsyncIterator[Caller]:
    """A partner who calls the API."""
    async with calling(application(database, clock, batches=batches)) as client:
        yield Caller(client, await make_gateway(database, clock), clock)


@pytest.fixture
async def stranger(database: Database, clock: HandClock, partner: Caller) -> Caller:
    """Another partner of the same installation."""
    return Caller(partner.client, await make_gateway(database, clock), clock)
