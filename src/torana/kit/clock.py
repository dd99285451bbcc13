"""The one source of time: every module takes its clock from here."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol, runtime_checkable
from zoneinfo import ZoneInfo

IST = ZoneInfo("Asia/Kolkata")


@runtime_checkable
class Clock(Protocol):
    """Tells the time and waits. Inside the house time is UTC; IST is for the edges."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after this many seconds of this clock."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class ShiftedClock:
    """The machine's clock plus an offset in seconds that several processes read from one file.

    Tests move the time of a whole installation by writing that file. A missing file means no offset.
    """

    def __init__(self, offset_file: Path, *, look_every: float = 0.02) -> None:
        self._file = offset_file
        self._look_every = look_every

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset()

    async def sleep(self, seconds: float) -> None:
        wake_at = self.now() + timedelta(seconds=seconds)
        while (left := (wake_at - self.now()).total_seconds()) > 0:
            await asyncio.sleep(min(left, self._look_every))

    def _offset(self) -> timedelta:
        try:
            return timedelta(seconds=float(self._file.read_text() or "0"))
        except FileNotFoundError:
            return timedelta()


class Deadline:
    """A moment on the monotonic clock: it goes on while the process is stopped and ignores clock changes."""

    __slots__ = ("_at",)

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    @property
    def seconds_left(self) -> float:
        return self._at - time.monotonic()

    @property
    def passed(self) -> bool:
        return self.seconds_left <= 0
