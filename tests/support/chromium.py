"""The browser of all browser tests. `make test` says which one there is."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Playwright, async_playwright

CHROMIUM = os.environ.get("TORANA_CHROMIUM", "/usr/bin/chromium")
WITHOUT_WINDOWS = None if os.environ.get("TORANA_WHOLE_BROWSER") else shutil.which("chromium-headless-shell")
"""The same engine, packaged without a browser around it: half the processor time, and no pop-up blocker."""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


class Browsers:
    """One browser of each kind, launched for the first test that wants it."""

    def __init__(self, playwright: Playwright) -> None:
        self._playwright = playwright
        self._launched: dict[bool, Browser] = {}

    async def launched(self, *, pop_up_blocker: bool = False) -> Browser:
        """`pop_up_blocker`: as investors have it, which takes the whole browser."""
        if pop_up_blocker not in self._launched:
            self._launched[pop_up_blocker] = await self._playwright.chromium.launch(
                executable_path=CHROMIUM if pop_up_blocker else WITHOUT_WINDOWS or CHROMIUM,
                args=ARGUMENTS,
                ignore_default_args=["--disable-popup-blocking"] if pop_up_blocker else [],
            )
        return self._launched[pop_up_blocker]

    async def close(self) -> None:
        for browser in self._launched.values():
            await browser.close()


@asynccontextmanager
async def browsers() -> AsyncIterator[Browsers]:
    async with async_playwright() as playwright:
        found = Browsers(playwright)
        try:
            yield found
        finally:
            await found.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def launched() -> AsyncIterator[Browsers]:
    async with browsers() as launched:
        yield launched


@pytest_asyncio.fixture(loop_scope="session")
async def browser(launched: Browsers, request: pytest.FixtureRequest) -> Browser:
    """With the pop-up blocker on, as investors have it, for tests that are marked so."""
    return await launched.launched(pop_up_blocker=request.node.get_closest_marker("pop_up_blocker") is not None)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser that shows no window."""
    async with browsers() as found:
        yield await found.launched()
