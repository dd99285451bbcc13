"""An installation in which an order was placed and told of."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.stage import Stage, set_stage
from tests.support.brokers import ANY_BROKER


@pytest.fixture
async def stage(own_database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with set_stage(own_database_url, tmp_path, ANY_BROKER) as stage:
        yield stage
