"""Whether this installation has more to do than it can: then nothing new is begun, and what was begun goes on.

How late a process comes round says it: a queue that stands for a whole second, however short the work, only grows (the
rule of CoDel, of network routers). A single late moment, such as a long garbage collection, is none.
"""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress

from torana.kit.database import LOST_CONNECTION, Database
from torana.kit.errors import ApiError
from torana.kit.heartbeat import BEAT_SECONDS, workers_overloaded
from torana.kit.metrics import OVERLOAD_REFUSED, OVERLOADED

TICK_SECONDS = 0.1
LATE_SECONDS = 0.1
"""So late, each time through `STANDING_SECONDS`, is overload."""
STANDING_SECONDS = 1.0
FEWEST_TICKS = 5
"""Of one long stop, and of the few ticks after it, nothing is concluded."""
RETRY_AFTER_SECONDS = (1, 4)
"""Between these: whoever was refused does not come back all at once."""


class Overloaded(ApiError):
    """Nothing new is begun for a moment."""

    def __init__(self) -> None:
        super().__init__(
            "More is asked for than this installation can do for the moment. Send the same request again after "
            "Retry-After; nothing was begun.",
            status=503,
            error_type="InternalError",
            anchor="unavailable",
            headers={"retry-after": str(random.randint(*RETRY_AFTER_SECONDS))},  # noqa: S311  # spreads load
            errors=("Service Unavailable",),
        )


class Overload:
    """One process as it sees itself, and the workers as the gateway sees them. Seconds of the monotonic clock."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._late_since: float | None = None
        self._late_ticks = 0
        self.workers_overloaded = False
        """Whether every worker of the installation is."""

    @property
    def here(self) -> bool:
        """Whether this process is overloaded."""
        if self._late_since is None or self._late_ticks < FEWEST_TICKS:
            return False
        return self._monotonic() - self._late_since >= STANDING_SECONDS

    def note(self, late: float) -> None:
        """A tick came so many seconds late."""
        if late < LATE_SECONDS:
            self._late_since, self._late_ticks = None, 0
        else:
            self._late_ticks += 1
            if self._late_since is None:
                self._late_since = self._monotonic() - late
        OVERLOADED.set(self.here)

    def check(self) -> None:
        """Call it before something new is begun. Raises `Overloaded`."""
        if self.here or self.workers_overloaded:
            OVERLOAD_REFUSED.inc()
            raise Overloaded

    async def watch(self, database: Database) -> None:
        """Note how late this process comes round and gets a connection to its database, until cancelled."""
        while True:
            due = self._monotonic() + TICK_SECONDS
            await asyncio.sleep(TICK_SECONDS)
            # A database that is away is no overload: whoever needs it says so.
            with suppress(*LOST_CONNECTION):
                async with database.connection():
                    pass
            self.note(self._monotonic() - due)

    async def watch_workers(self, database: Database) -> None:
        """Note whether every worker is overloaded, until cancelled."""
        while True:
            self.workers_overloaded = await workers_overloaded(database)
            await asyncio.sleep(BEAT_SECONDS)
