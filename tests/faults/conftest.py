"""The stages on which the fault stories play."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.stage import Stage, set_stage
from tests.support.brokers import ANY_BROKER, BY_LOOK_UP


@pytest.fixture(params=BY_LOOK_UP)
async def stage(request: pytest.FixtureRequest, own_database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """A broker of each kind in turn, by its server API; the settle window is the real one, of the shared clock."""
    async with set_stage(own_database_url, tmp_path, request.param) as stage:
        yield stage


@pytest.fixture
async def any_stage(own_database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """For what does not depend on the broker."""
    async with set_stage(own_database_url, tmp_path, ANY_BROKER) as stage:
        yield stage


@pytest.fixture
async def kite(own_database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with set_stage(own_database_url, tmp_path, "kite") as stage:
        yield stage


@pytest.fixture
async def uplink(own_database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """Upstox as a multi-client app: orders go by a basket in the investor's browser."""
    async with set_stage(own_database_url, tmp_path, "upstox", mode="redirect_basket") as stage:
        yield stage


@pytest.fixture
async def kite_basket(own_database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """Orders go by Kite's basket in the investor's browser, where they log in once more."""
    async with set_stage(own_database_url, tmp_path, "kite", mode="redirect_basket") as stage:
        yield stage


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`TORANA_SEEDS` seeds from `TORANA_FIRST_SEED` on; the seed stands in the test's name."""
    if "seed" in metafunc.fixturenames:
        first = int(os.environ.get("TORANA_FIRST_SEED", "1"))
        few = "5" if metafunc.module.__name__.endswith("test_campaign") else "2"
        metafunc.parametrize("seed", range(first, first + int(os.environ.get("TORANA_SEEDS", few))))
