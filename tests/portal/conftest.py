"""One installation per test, each with a database of its own: a worker works on all of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.portal.installation import Browser, Installation, installed


@pytest.fixture
async def installation(own_database_url: str, tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(own_database_url, tmp_path) as installation:
        yield installation


@pytest.fixture
async def browser(installation: Installation) -> AsyncIterator[Browser]:
    async with installation.browser() as browser:
        yield browser
