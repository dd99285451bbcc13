"""Firefox, which speaks WebDriver BiDi without a driver: JSON over a WebSocket."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp

from tests.browsers.engine import PATIENCE, Gone

PREFERENCES = {
    "remote.prefs.recommended": False,  # they would let every pop-up through
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "browser.aboutwelcome.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "privacy.trackingprotection.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
}


class Firefox:
    """One session."""

    name = "Firefox"
    version = ""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = count(1)
        self._turn = asyncio.Lock()

    async def begin(self) -> None:
        begun = await self._ask("session.new", {"capabilities": {}})
        self.version = begun["capabilities"]["browserVersion"]

    async def windows(self) -> list[str]:
        tree = await self._ask("browsingContext.getTree", {"maxDepth": 0})
        return [one["context"] for one in tree["contexts"]]

    async def goto(self, window: str, url: str) -> None:
        await self._ask("browsingContext.navigate", {"context": window, "url": url, "wait": "complete"})

    async def evaluate(self, window: str, expression: str) -> Any:
        told = await self._script(window, f"JSON.stringify({expression})")
        return json.loads(told["value"]) if told["type"] == "string" else None

    async def click(self, window: str, expression: str) -> None:
        element = await self._script(window, expression)
        if element["type"] != "node":
            raise LookupError(expression)
        origin = {"type": "element", "element": {"sharedId": element["sharedId"]}}
        steps: list[dict[str, Any]] = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": origin},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        mouse = {"type": "pointer", "id": "mouse", "actions": steps}
        await self._ask("input.performActions", {"context": window, "actions": [mouse]})

    async def close(self, window: str) -> None:
        await self._ask("browsingContext.close", {"context": window})

    async def _script(self, window: str, expression: str) -> Any:
        answer = await self._ask(
            "script.evaluate", {"expression": expression, "target": {"context": window}, "awaitPromise": True}
        )
        if answer["type"] == "exception":
            raise LookupError(answer["exceptionDetails"]["text"])
        return answer["result"]

    async def _ask(self, method: str, parameters: dict[str, Any]) -> Any:
        async with self._turn, asyncio.timeout(PATIENCE):
            number = next(self._numbers)
            await self._socket.send_json({"id": number, "method": method, "params": parameters})
            while True:
                answer = await self._socket.receive_json()
                if answer.get("id") == number:
                    break
        if answer["type"] == "success":
            return answer["result"]
        if answer["error"] in ("no such frame", "no such window"):
            raise Gone
        raise LookupError(f"{method}: {answer['error']}: {answer['message']}")


@asynccontextmanager
async def firefox(program: str, home: Path) -> AsyncIterator[Firefox]:
    """A Firefox of its own, with a fresh profile in `home`."""
    profile = home / "profile"
    profile.mkdir()
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items())
    profile.joinpath("user.js").write_text("".join(lines))
    process = await asyncio.create_subprocess_exec(
        *(program, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"),
        env=os.environ | {"HOME": str(home)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stderr is not None
        async with asyncio.timeout(PATIENCE):
            while b"WebDriver BiDi listening on" not in (line := await process.stderr.readline()):
                assert line, "Firefox did not start"
        reading = asyncio.create_task(process.stderr.read())
        url = line.decode().rpartition(" ")[2].strip()
        async with aiohttp.ClientSession() as http, http.ws_connect(f"{url}/session", max_msg_size=0) as socket:
            found = Firefox(socket)
            await found.begin()
            yield found
        reading.cancel()
    finally:
        process.terminate()
        await process.wait()
