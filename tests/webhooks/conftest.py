from collections.abc import AsyncIterator

import pytest

from tests.support.clock import HandClock
from tests.webhooks.partner import Api
from tests.webhooks.world import World
from torana.kit.clock import SystemClock
from torana.kit.database import Database


@pytest.fixture
async def world(own_database_url: str, clock: HandClock) -> AsyncIterator[World]:
    database = Database(own_database_url, size=5)
    await database.open()
    world = await World(database, clock).open()
    yield world
    await world.close()
    await database.close()


@pytest.fixture
async def patient_world(own_database_url: str) -> AsyncIterator[World]:
    """Its clock is the machine's, and it waits a minute for an answer."""
    database = Database(own_database_url, size=5)
    await database.open()
    world = await World(database, SystemClock(), seconds=60).open()
    yield world
    await world.close()
    await database.close()


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    api = Api(world, world.gateway)
    yield api
    await api.http.aclose()
