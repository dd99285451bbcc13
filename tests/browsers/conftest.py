"""A whole installation, a partner's page, and one browser after the other. Only `make browsers` runs what is here."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web

from tests.browsers.engine import Engine
from tests.browsers.engines import ENGINES
from tests.journeys.installation import Installation, installed
from tests.journeys.partner import Partner, serving
from tests.sdk.pages import OPEN_SHADOWS
from tests.support.tables import write_table

collect_ignore = [] if os.environ.get("TORANA_BROWSERS") else ["test_journeys.py"]


class OpenPartner(Partner):
    """A story may look into the shadow roots that the SDK closes."""

    async def _page(self, request: web.Request) -> web.Response:
        page = await super()._page(request)
        assert page.text is not None
        page.text = page.text.replace("<script", f"<script>{OPEN_SHADOWS}</script><script", 1)
        return page


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def partner(worked_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Partner]:
    async with (
        serving(OpenPartner) as partner,
        installed(worked_database_url, tmp_path_factory.mktemp("home"), [partner.url]) as installation,
    ):
        partner.installation = installation
        yield partner


@pytest.fixture
def installation(partner: Partner) -> Installation:
    assert partner.installation is not None
    return partner.installation


@pytest_asyncio.fixture(loop_scope="session", params=ENGINES)
async def engine(request: pytest.FixtureRequest, tmp_path: Path, versions: dict[str, str]) -> AsyncIterator[Engine]:
    """A fresh browser."""
    async with ENGINES[request.param](tmp_path) as engine:
        versions[request.param] = f"{engine.name} {engine.version}"
        yield engine


@pytest.fixture(scope="session")
def versions() -> dict[str, str]:
    return {}


@pytest.fixture(scope="module")
def results(versions: dict[str, str], request: pytest.FixtureRequest) -> Iterator[dict[tuple[str, str], str]]:
    """What became of each story (its words) in each engine. The table is written if nothing was left out."""
    found: dict[tuple[str, str], str] = {}
    yield found
    stories = [name for name in vars(request.module) if name.startswith("test_")]
    if len(found) == len(stories) * len(ENGINES):
        head = ["what the investor does", *(versions[engine] for engine in ENGINES)]
        told = dict.fromkeys(story for story, _ in found)
        write_table("README.md", "browsers", head, {one: [found[one, name] for name in ENGINES] for one in told})
