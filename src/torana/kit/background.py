"""Work beside the requests that has to go on as long as the process does: it never ends without a word."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from torana.kit.metrics import BACKGROUND_ENDED, BACKGROUND_UP

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds before what ended is started again."""

log = structlog.get_logger(__name__)


class Background:
    """Background tasks by name. One that ends, however it does, is reported and started again after a pause."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []
        self._down: set[str] = set()

    @property
    def down(self) -> list[str]:
        """The tasks that have ended and are not started again yet."""
        return sorted(self._down)

    def start(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run it from now on; it is expected never to return."""
        self._tasks.append(asyncio.create_task(self._keep(name, run), name=name))

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        pause, loop = FIRST_PAUSE, asyncio.get_running_loop()
        while True:
            self._down.discard(name)
            BACKGROUND_UP.labels(name).set(1)
            began = loop.time()
            try:
                await run()
                log.error("background.ended", task_name=name)
            except Exception:  # whatever it was: nothing in the background may end unseen
                log.exception("background.failed", task_name=name)
            self._down.add(name)
            BACKGROUND_UP.labels(name).set(0)
            BACKGROUND_ENDED.labels(name).inc()
            pause = FIRST_PAUSE if loop.time() - began > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
            await asyncio.sleep(pause)


@asynccontextmanager
async def in_background() -> AsyncIterator[Background]:
    """What is started inside the block ends with it."""
    background = Background()
    try:
        yield background
    finally:
        await background.end()
