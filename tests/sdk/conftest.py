"""A real browser, a fake gateway on 127.0.0.1 and a partner's site on localhost: two origins, two sites."""

import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, Page

from tests.sdk.fake_gateway import FakeGateway, Partner
from tests.sdk.pages import OPEN_SHADOWS, PartnerPage
from tests.support import chromium

collect_ignore = [] if os.environ.get("TORANA_FRAMEWORKS") else ["test_frameworks.py"]
browser, launched = chromium.browser, chromium.launched


@pytest_asyncio.fixture(loop_scope="session")
async def gateway() -> AsyncIterator[FakeGateway]:
    gateway = FakeGateway()
    async for url in serve(gateway.routes(), "127.0.0.1"):
        gateway.url = url
        yield gateway


@pytest_asyncio.fixture(loop_scope="session")
async def partner(gateway: FakeGateway) -> AsyncIterator[Partner]:
    partner = Partner(gateway=gateway)
    async for url in serve(partner.routes(), "localhost"):
        partner.url = url
        yield partner


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context()
    context.set_default_timeout(15_000)
    await context.add_init_script(OPEN_SHADOWS)
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext) -> Page:
    return await context.new_page()


@pytest.fixture
def buyer(page: Page, partner: Partner, gateway: FakeGateway) -> PartnerPage:
    return PartnerPage(page, partner, gateway)


async def serve(routes: list[web.RouteDef], name: str) -> AsyncIterator[str]:
    """A site of these routes, by that name of this machine: its address."""
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://{name}:{runner.addresses[0][1]}"
    await runner.cleanup()
