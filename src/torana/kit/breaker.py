"""Lets a broker rest that does not answer: what only asks waits, what must be sent does not."""

import time
from collections.abc import Callable
from enum import StrEnum

from torana.kit.metrics import BREAKER, BREAKER_REFUSED

FAILURES = 5
"""So many exchanges in a row without an answer open it."""
PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Seconds of rest: the first, and the next after each probe that failed; the last for ever."""
PROBE_SECONDS = 8.0
"""While one caller asks whether the broker is back, the others rest so long: longer than a call may take, or every
caller would come back for nothing while the probe hangs."""

RECENT_SECONDS = 120.0
"""How long what was seen of a broker is told."""
SLOW_SECONDS = 3.0
"""An answer that takes so long, on the whole, is slow to somebody who waits for it."""
NEWEST_WEIGHT = 0.25
"""What the newest answer counts in how long answers take on the whole."""


class BreakerState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"
    """The pause is over; one caller asks, and its answer decides."""


class Health(StrEnum):
    """How a broker has been answering lately."""

    WELL = "well"
    SLOW = "slow"
    DOWN = "down"


class Breaker:
    """One broker as one process sees it. Time is the monotonic clock's: a clock that steps ends no rest.

    Whoever only reads asks `rest` first. Every exchange, also one that sends an order, says how it ended.
    """

    def __init__(self, broker: str, mode: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._labels = (broker, mode)
        self._monotonic = monotonic
        self._failures = 0
        self._failed_at = -RECENT_SECONDS
        self._took = 0.0
        self._answered_at = -RECENT_SECONDS
        self._pause = 0
        self._rests_until = 0.0
        self._to(BreakerState.CLOSED)

    def rest(self) -> float:
        """Seconds for which the broker is not to be asked; 0: ask now. The first caller after a pause is its probe."""
        if self.state is BreakerState.CLOSED:
            return 0.0
        left = self._rests_until - self._monotonic()
        if left <= 0:
            # A probe that never says how it ended is followed by another.
            self._rests_until = self._monotonic() + PROBE_SECONDS
            self._to(BreakerState.HALF_OPEN)
            return 0.0
        BREAKER_REFUSED.labels(*self._labels).inc()
        return left

    @property
    def health(self) -> Health:
        """What was last seen of it; what nobody has asked of late counts as well."""
        now = self._monotonic()
        if self.state is not BreakerState.CLOSED and now - self._failed_at < RECENT_SECONDS:
            return Health.DOWN
        slow = self._took >= SLOW_SECONDS and now - self._answered_at < RECENT_SECONDS
        return Health.SLOW if slow else Health.WELL

    def answered(self, seconds: float = 0.0) -> None:
        """The broker said something, whatever it was, after so many seconds."""
        self._failures = self._pause = 0
        self._answered_at = self._monotonic()
        self._took += (seconds - self._took) * NEWEST_WEIGHT
        if self.state is not BreakerState.CLOSED:
            self._to(BreakerState.CLOSED)

    def failed(self) -> None:
        """No answer came, or one that says that the broker is not well."""
        self._failures += 1
        self._failed_at = self._monotonic()
        if self.state is BreakerState.CLOSED and self._failures >= FAILURES:
            self._open()
        elif self.state is BreakerState.HALF_OPEN:
            self._pause = min(self._pause + 1, len(PAUSES) - 1)
            self._open()

    def _open(self) -> None:
        self._rests_until = self._monotonic() + PAUSES[self._pause]
        self._to(BreakerState.OPEN)

    def _to(self, state: BreakerState) -> None:
        self.state = state
        BREAKER.labels(*self._labels).state(state.value)
