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
    """Tells the time and waits. Inside, time is UTC; IST is for the edges."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    def steady(self) -> float:
        """Seconds since some moment, by a clock that does not step when somebody sets the time. For how long a process
        waits where money hangs on it; two processes' readings have nothing to do with each other."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after this many seconds of this clock."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def steady(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class ShiftedClock:
    """The machine's clock plus offsets in seconds that several processes read from one file.

    One number sets the time, as an operator would who sets the machine's clock: `now` steps, `steady` does not. A
    second number lets so many seconds pass for `steady` too: with two equal ones a test lets time go by for a whole
    installation. A missing file means no offset.
    """

    def __init__(self, offset_file: Path, *, look_every: float = 0.02) -> None:
        self._file = offset_file
        self._look_every = look_every
        self._sleeping: list[tuple[float, asyncio.Event]] = []
        """Until when each sleeper sleeps, by `steady`. One task looks for all of them."""
        self._looking: asyncio.Task[None] | None = None

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._offsets()[0])

    def steady(self) -> float:
        return time.monotonic() + self._offsets()[1]

    async def sleep(self, seconds: float) -> None:
        if seconds <= self._look_every:
            return await asyncio.sleep(seconds)
        wake_at, awake = self.steady() + seconds, asyncio.Event()
        sleeper = (wake_at, awake)
        self._sleeping.append(sleeper)
        try:
            while self.steady() < wake_at:
                if self._looking is None or self._looking.done():
                    self._looking = asyncio.create_task(self._look())
                awake.clear()
                await awake.wait()
        finally:
            self._sleeping.remove(sleeper)

    async def _look(self) -> None:
        try:
            while self._sleeping:
                now = self.steady()
                for wake_at, awake in self._sleeping:
                    if wake_at <= now:
                        awake.set()
                first = min(wake_at for wake_at, _ in self._sleeping)
                await asyncio.sleep(max(min(first - now, self._look_every), 0.0))
        except (OSError, ValueError):  # each sleeper reads the file again and raises it
            for _, awake in self._sleeping:
                awake.set()

    def _offsets(self) -> tuple[float, float]:
        """Of the time, and of what has passed."""
        try:
            numbers = [float(number) for number in self._file.read_text().split()]
        except FileNotFoundError:
            numbers = []
        wall, passed = (*numbers, 0.0, 0.0)[:2]
        return wall, passed


def machine_clock(offset_file: Path | None) -> Clock:
    """The clock of this installation: the machine's, shifted if the setting names a file of offsets."""
    return SystemClock() if offset_file is None else ShiftedClock(offset_file)


class ForwardClock:
    """Another clock whose time never goes back: set back, it goes on from where it was until the other catches up.

    What is due is due by this clock: work that was put off before somebody set the time back does not wait for hours.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._latest = clock.now()
        self._read_at = clock.steady()

    def now(self) -> datetime:
        steady = self._clock.steady()
        gone_on = self._latest + timedelta(seconds=max(steady - self._read_at, 0.0))
        self._latest, self._read_at = max(self._clock.now(), gone_on), steady
        return self._latest

    def steady(self) -> float:
        return self._clock.steady()

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds)


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
