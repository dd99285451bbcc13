"""Clocks that tests move."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path


class HandClock:
    """A clock that stands still until a test moves it; `sleep` moves it too."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def steady(self) -> float:
        return self._now.timestamp()

    async def sleep(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


class ClockFile:
    """The file of a `ShiftedClock`: moves the time of every process that reads it."""

    def __init__(self, path: Path, *, ahead: float = 0.0) -> None:
        """`ahead`: the seconds by which its time is ahead of the machine's."""
        self.path = path
        path.write_text(f"{ahead} 0")

    def advance(self, seconds: float) -> None:
        """Let so many seconds go by."""
        self._move(seconds, seconds)

    def set(self, seconds: float) -> None:
        """Somebody sets the clocks forward, or back, by so many seconds; no time goes by."""
        self._move(seconds, 0.0)

    def _move(self, wall: float, passed: float) -> None:
        before = [float(number) for number in self.path.read_text().split()]
        moved = self.path.with_suffix(".new")
        moved.write_text(f"{before[0] + wall} {before[1] + passed}")
        moved.replace(self.path)
