"""Engines with a driver that speaks WebDriver over HTTP: Chromium, and WebKit as GTK has it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.browsers.engine import Gone, until
from torana.cli.stack import free_port

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class WebDriver:
    """One session. Commands go one after the other: each names the window first."""

    def __init__(self, http: aiohttp.ClientSession, url: str, name: str, version: str) -> None:
        self.name = name
        self.version = version
        self._http = http
        self._url = url
        self._turn = asyncio.Lock()

    async def windows(self) -> list[str]:
        async with self._turn:
            return list(await self._ask("GET", "/window/handles"))

    async def goto(self, window: str, url: str) -> None:
        async with self._in(window):
            await self._ask("POST", "/url", {"url": url})

    async def evaluate(self, window: str, expression: str) -> Any:
        async with self._in(window):
            return await self._script(expression)

    async def click(self, window: str, expression: str) -> None:
        async with self._in(window):
            element = await self._script(expression)
            if not element:
                raise LookupError(expression)
            await self._ask("POST", f"/element/{element[ELEMENT]}/click", {})

    async def close(self, window: str) -> None:
        async with self._in(window):
            await self._ask("DELETE", "/window")

    @asynccontextmanager
    async def _in(self, window: str) -> AsyncIterator[None]:
        async with self._turn:
            await self._ask("POST", "/window", {"handle": window})
            yield

    async def _script(self, expression: str) -> Any:
        return await self._ask("POST", "/execute/sync", {"script": f"return {expression}", "args": []})

    async def _ask(self, method: str, path: str, body: object = None) -> Any:
        return await ask(self._http, method, self._url + path, body)


async def ask(http: aiohttp.ClientSession, method: str, url: str, body: object = None) -> Any:
    """The value that a driver answers with."""
    async with http.request(method, url, json=body) as answer:
        value = (await answer.json(content_type=None))["value"]
    if answer.status == 200:
        return value
    if value["error"] == "no such window":
        raise Gone
    raise LookupError(f"{value['error']}: {value['message']}")


@asynccontextmanager
async def session(
    name: str, driver: Sequence[str], capabilities: Mapping[str, object], environment: Mapping[str, str]
) -> AsyncIterator[WebDriver]:
    """A browser of its own, with its driver."""
    port = free_port()
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        *driver, f"--port={port}", env=environment, stdout=quiet, stderr=quiet, start_new_session=True
    )
    url = f"http://127.0.0.1:{port}"
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=120)) as http:
        try:

            async def answers() -> bool:
                try:
                    return bool(await ask(http, "GET", f"{url}/status"))
                except aiohttp.ClientError:
                    return False

            await until(answers, f"the driver of {name} answers")
            made = await ask(http, "POST", f"{url}/session", {"capabilities": {"alwaysMatch": capabilities}})
            begun = f"{url}/session/{made['sessionId']}"
            try:
                yield WebDriver(http, begun, name, made["capabilities"]["browserVersion"])
            finally:
                await ask(http, "DELETE", begun)
        finally:
            os.killpg(process.pid, signal.SIGTERM)  # xvfb-run leaves behind what it started
            await process.wait()
