"""Places that many want: those who wait are served gateway by gateway, each in its turn.

First come, first served would let a gateway with hundreds of tasks go before one that has a single task, at every
statement of it anew.
"""

import asyncio
from collections import deque
from contextvars import ContextVar

WHOSE: ContextVar[str] = ContextVar("whose", default="")
"""For which gateway this task works; empty: for none of them."""


class Turns:
    """So many places, each held by one task at a time."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}
        """By gateway, the one whose turn it is first. While any place is free there are none."""

    @property
    def all_taken(self) -> bool:
        return not self._free

    async def take(self) -> None:
        """Wait for a place, and hold it until `give_back`."""
        if self._free:
            self._free -= 1
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(WHOSE.get(), deque()).append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self.give_back()  # it had come, and nobody takes it
            raise

    def give_back(self) -> None:
        """The place is the next one's."""
        while self._waiting:
            whose = next(iter(self._waiting))
            queue = self._waiting.pop(whose)
            one = queue.popleft()
            if queue:
                self._waiting[whose] = queue
            if not one.done():
                one.set_result(None)
                return
        self._free += 1
