"""A whole installation, a partner on another site, a real browser."""

import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.journeys.installation import Installation, installed
from tests.journeys.journey import Camera, Journey, begun
from tests.journeys.partner import Partner, serving
from tests.support import chromium

PICTURES = Path(__file__).parents[2] / "artefacts/journeys"
browser, launched = chromium.browser, chromium.launched

Begin = Callable[..., AbstractAsyncContextManager[Journey]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def partner(worked_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Partner]:
    async with (
        serving() as partner,
        installed(worked_database_url, tmp_path_factory.mktemp("home"), [partner.url]) as services,
    ):
        partner.installation = services
        yield partner


@pytest.fixture
def installation(partner: Partner) -> Installation:
    assert partner.installation is not None
    return partner.installation


@pytest.fixture
def camera(request: pytest.FixtureRequest) -> Camera:
    folder = PICTURES / re.sub(r"[^\w-]+", "-", request.node.name).strip("-")
    shutil.rmtree(folder, ignore_errors=True)
    return Camera(folder)


@pytest_asyncio.fixture(loop_scope="session")
async def begin(browser: Browser, installation: Installation, partner: Partner, camera: Camera) -> AsyncIterator[Begin]:
    """Begins a journey; in the end the installation is looked over."""
    yield partial(begun, browser, installation, partner, camera)
    await installation.heal()
    await installation.check()


@pytest_asyncio.fixture(loop_scope="session")
async def journey(begin: Begin) -> AsyncIterator[Journey]:
    """A journey at a desk, by day."""
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(begin())
