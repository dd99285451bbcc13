"""One world a test, each with a database of its own: a worker works on all of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.holdings.world import World, world_of
from tests.portal.installation import Browser


@pytest.fixture
async def world(own_database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(own_database_url, tmp_path) as world:
        yield world


@pytest.fixture
async def browser(world: World) -> AsyncIterator[Browser]:
    async with world.installation.browser() as browser:
        yield browser
