"""The exchange's time, and what happens in it.

Exchange time is the process clock plus an offset that the control API sets. Things that happen later wait in one heap
and run when time is looked at: by a ticker in a running sandbox, and before every request. So a test that moves a
clock by hand sees everything happen in its order, and nothing happens while the clock stands still.
"""

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

from torana.kit.clock import IST, Clock
from torana.market import calendar

DEMO_HOUR = timedelta(hours=10, minutes=30)
FARTHEST = timedelta(days=36_525)
"""How far the exchange's clock may be set from the machine's."""


class Timeline:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset = timedelta()
        self._present: datetime | None = None
        self._due: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = count()

    @property
    def offset(self) -> timedelta:
        return self._offset

    def now(self) -> datetime:
        """Exchange time, UTC. While an event runs it is the moment at which that event was due."""
        return self._present or self._clock.now() + self._offset

    def set_now(self, moment: datetime) -> None:
        """Raises `ValueError` for a moment beyond `FARTHEST`, and `OverflowError`."""
        self.set_offset(moment - self._clock.now())

    def set_offset(self, offset: timedelta) -> None:
        """Raises `ValueError` for more than `FARTHEST`: near the end of all dates no time of an event is one."""
        if abs(offset) > FARTHEST:
            raise ValueError(f"the clock goes at most {FARTHEST.days} days away from the machine's")
        self._offset = offset

    def to_trading_hours(self) -> None:
        """Real time if the market is open in it; else 10:30 IST of the next trading day of the calendar."""
        self._offset = timedelta()
        now = self.now()
        if calendar.phase(now) is calendar.Phase.OPEN:
            return
        opening = calendar.next_open(now)
        if opening is None:
            raise ValueError("the market calendar knows no trading day")
        midnight = opening.astimezone(IST).replace(hour=0, minute=0)
        self.set_now(midnight + DEMO_HOUR)

    def at(self, moment: datetime, action: Callable[[], None]) -> None:
        """Run the action when exchange time has reached this moment."""
        heapq.heappush(self._due, (moment, next(self._order), action))

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        self.at(self.now() + timedelta(seconds=seconds), action)

    def catch_up(self) -> None:
        """Run everything that is due, the earliest first; what an event adds and is due already runs too."""
        if self._present is not None:
            return
        present = self.now()
        try:
            while self._due and self._due[0][0] <= present:
                self._present, _, action = heapq.heappop(self._due)
                action()
        finally:
            self._present = None

    def forget(self) -> None:
        """Drop everything that waits."""
        self._due.clear()
