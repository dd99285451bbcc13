"""The browser of all browser tests. `make test` says which one there is."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

CHROMIUM = os.environ.get("TORANA_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@asynccontextmanager
async def chromium(*, pop_up_blocker: bool = False) -> AsyncIterator[Browser]:
    """A browser without a window. `pop_up_blocker`: as investors have it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=ARGUMENTS,
            ignore_default_args=["--disable-popup-blocking"] if pop_up_blocker else [],
        )
        try:
            yield browser
        finally:
            await browser.close()
