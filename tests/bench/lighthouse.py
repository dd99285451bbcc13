"""What Lighthouse says of the pages that people meet first, on the phone that it simulates: `make lighthouse`.

A demo of its own, walked up to each page; Lighthouse loads it anew in the same browser. Its processor is this
machine's: a busy one shows less than there is. Ends with 1 where a column stands below `LEAST`.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.async_api import BrowserContext, Page, async_playwright

from tests.cli.running_demo import Demo, running_demo
from tests.judges.installed import NODE, NPM
from tests.support.chromium import ARGUMENTS, CHROMIUM
from torana.cli.stack import free_port

LIGHTHOUSE = "13.5.0"
LEAST = 98
COLUMNS = ("performance", "accessibility", "best-practices")
FIGURES = ("first-contentful-paint", "largest-contentful-paint", "cumulative-layout-shift", "total-blocking-time")
HOME = Path(__file__).parents[2] / ".torana" / "lighthouse"
ENDING = "Rejected"
"""Such an end stays for as long as it is looked at; one that went as wished counts down and closes."""


def installed() -> Path:
    """Lighthouse's program, fetched from npm once."""
    program = HOME / LIGHTHOUSE / "node_modules" / "lighthouse" / "cli" / "index.js"
    if not program.exists():
        place: list[str | Path] = [
            "--prefix",
            HOME / LIGHTHOUSE,
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--loglevel=error",
        ]
        subprocess.run([NODE, NPM, "install", *place, f"lighthouse@{LIGHTHOUSE}"], check=True)
    return program


@asynccontextmanager
async def browser(home: str, port: int) -> AsyncIterator[BrowserContext]:
    """One whose pages Lighthouse can load, with the cookies of the walk."""
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            home, executable_path=CHROMIUM, args=[*ARGUMENTS, f"--remote-debugging-port={port}"]
        )
        yield context
        await context.close()


async def walked(demo: Demo, page: Page) -> AsyncIterator[tuple[str, str]]:
    """The pages by name, each as the walk has come to it."""
    for name, url in (
        ("front door", f"{demo.gateway_url}/"),
        ("/docs", f"{demo.gateway_url}/docs"),
        ("sandbox", f"{demo.sandbox_url}/sandbox/"),
        ("shop", demo.shop_url),
    ):
        yield name, url
    await page.goto(demo.shop_url)
    await page.get_by_role("button", name=ENDING).click()
    await page.locator(".shares.set").first.wait_for()
    async with page.expect_popup() as opening:
        await page.locator("[data-basket]").first.click()
    popup = await opening.value
    await popup.get_by_role("heading", name="Choose your broker").wait_for()
    yield "chooser", popup.url
    await popup.locator("button.tile").first.click()
    await popup.locator("[data-continue]").click()
    await popup.get_by_label("User name").fill("asha")
    await popup.get_by_role("button", name="Log in", exact=True).click()
    await popup.locator("form#confirm").wait_for()
    yield "review", popup.url
    await popup.locator("button.primary[form=confirm]").click()
    await popup.locator("[data-finish]").wait_for()
    yield "result", popup.url


async def report(program: Path, url: str, port: int) -> tuple[dict[str, int], list[str], list[str]]:
    """The columns from 0 to 100, the figures as Lighthouse words them, and what it finds wanting."""
    process = await asyncio.create_subprocess_exec(
        *(NODE, program, url, f"--port={port}", "--output=json", "--quiet", "--disable-storage-reset"),
        f"--only-categories={','.join(COLUMNS)}",
        stdout=asyncio.subprocess.PIPE,
    )
    told = json.loads((await process.communicate())[0])
    scores = {name: round(100 * (told["categories"][name]["score"] or 0)) for name in COLUMNS}
    return scores, [told["audits"][name]["displayValue"] for name in FIGURES], list(_wanting(told))


def _wanting(told: dict[str, Any]) -> Iterator[str]:
    for category in told["categories"].values():
        for audit in category["auditRefs"]:
            found = told["audits"][audit["id"]]
            if audit["weight"] and found["score"] is not None and found["score"] < 0.9:
                yield f"{found['title']} {found.get('displayValue', '')}"


async def main() -> bool:
    program, port, low = installed(), free_port(), False
    print(f"| page | {' | '.join(COLUMNS)} | FCP / LCP / CLS / TBT |\n|---|{'---|' * (len(COLUMNS) + 1)}")
    with TemporaryDirectory(prefix="torana-lighthouse-") as home:
        async with running_demo(Path(home) / "demo") as demo, browser(f"{home}/profile", port) as context:
            await demo.until("Ctrl-C stops everything")
            async for name, url in walked(demo, await context.new_page()):
                scores, figures, wanting = await report(program, url, port)
                low = low or min(scores.values()) < LEAST
                columns = " | ".join(str(score) for score in scores.values())
                print(f"| {name} | {columns} | {' / '.join(figures)} |", flush=True)
                for one in wanting:
                    print(f"    {name}: {one}", file=sys.stderr, flush=True)
    return low


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
