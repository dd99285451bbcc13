"""Take the picture of the README: the review page of the pop-up, light, from a demo that this starts and ends."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Page, async_playwright

from torana.cli.stack import free_port

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
BASKET = "Night light"
WIDTH, HEIGHT = 420, 760


@asynccontextmanager
async def demo(home: str) -> AsyncIterator[str]:
    """A demo on free ports; yields the address of its shop."""
    shop = free_port()
    options = {"--port": free_port(), "--sandbox-port": free_port(), "--shop-port": shop}
    argv = [part for name, port in options.items() for part in (name, str(port))]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "torana.cli",
        "demo",
        *argv,
        env={**os.environ, "TORANA_HOME": home},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        while b"Ctrl-C" not in await process.stdout.readline():
            if process.returncode is not None:
                sys.exit("the demo did not start")
        yield f"http://localhost:{shop}"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def review(page: Page, shop: str) -> Page:
    """Walk from the shop to the page where the investor confirms."""
    await page.goto(shop)
    button = page.locator("article", has_text=BASKET).get_by_role("button")
    async with page.expect_popup() as opening:
        await button.click()
    popup = await opening.value
    await popup.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    await popup.get_by_role("button", name="Zerodha").first.click()
    await popup.locator("input[name=user], input[name=user_id]").first.fill("asha")
    await popup.locator("button").first.click()
    await popup.locator("form[action$='/confirm']").wait_for()
    return popup


async def main(target: Path) -> None:
    chromium = os.environ.get("TORANA_CHROMIUM", "/usr/bin/chromium")
    with TemporaryDirectory(prefix="torana-picture-") as home:
        async with demo(home) as shop, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            context = await browser.new_context(color_scheme="light", device_scale_factor=2)
            popup = await review(await context.new_page(), shop)
            target.parent.mkdir(parents=True, exist_ok=True)
            await popup.screenshot(path=target, animations="disabled")
            await browser.close()
    sys.stdout.write(f"{target}\n")


asyncio.run(main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images/popup.png")))
