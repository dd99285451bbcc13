"""Whose turn it is: which gateways have due work of one kind, and how many places each has taken.

Of the gateways that have something due the one with the fewest rows in work comes first (fair queuing), so that one
which has hundreds takes no more turns than one that has a single row.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from torana.kit.clock import Clock
from torana.kit.due import Claim, Kind

T = TypeVar("T")

GATHER_SECONDS = 0.02
"""After a row was handled: so long others are waited for before its gateway is looked at again."""
HURRY_SECONDS = 0.004
"""The same while a gateway waits for a place."""


class FairQueue:
    """One kind of due work in one process. `poll_seconds`: how often all gateways are asked about, by our clock."""

    def __init__(self, kind: Kind, clock: Clock, poll_seconds: float) -> None:
        self.kind = kind
        self.event = asyncio.Event()
        """Set when there may be something to claim."""
        self.running: set[asyncio.Task[None]] = set()
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._of_gateway: Counter[str] = Counter()
        self._in_lane: Counter[str] = Counter()
        self._of_gateway_in_lane: Counter[tuple[str, str]] = Counter()
        self._due: dict[str, None] = {}
        """Gateways to claim for, in the order in which they were heard of."""
        self._later: dict[str, datetime] = {}
        self._behind: set[str] = set()
        """Gateways that had more due than there were places for."""
        self._poll_at = clock.steady()

    # for which gateway

    def woken(self, gateway_id: str) -> None:
        self._due.setdefault(gateway_id)
        self.event.set()

    def poll_now(self) -> None:
        self._poll_at = self._clock.steady()
        self.event.set()

    @property
    def poll_is_due(self) -> bool:
        return self._clock.steady() >= self._poll_at

    @property
    def soon(self) -> datetime:
        """What is due by then is heard of before the next poll."""
        return self._clock.now() + timedelta(seconds=self._poll_seconds)

    def polled(self, found: Mapping[str, datetime]) -> None:
        self._poll_at = self._clock.steady() + self._poll_seconds
        self._later |= found

    def next_gateway(self) -> str | None:
        """The gateway to claim for now; None: there is none, or no place is free."""
        now = self._clock.now()
        for gateway_id in [each for each, due_at in self._later.items() if due_at <= now]:
            del self._later[gateway_id]
            self._due.setdefault(gateway_id)
        if len(self.running) >= self.kind.concurrency:
            return None
        able = [each for each in self._due if self._of_gateway[each] < self.kind.most_of_gateway]
        if not able:
            return None
        gateway_id = min(able, key=self._of_gateway.__getitem__)
        del self._due[gateway_id]
        return gateway_id

    def claimed(self, gateway_id: str, next_due: datetime | None, *, all_taken: bool) -> None:
        """A claim for this gateway was made. Not `all_taken`: there may be more of it due."""
        if next_due is None:
            self._later.pop(gateway_id, None)
        else:
            self._later[gateway_id] = next_due
        if all_taken and all(self.free_in_lanes(gateway_id).values()):
            self._behind.discard(gateway_id)
        else:
            self._behind.add(gateway_id)

    @property
    def seconds_to_wait(self) -> float:
        """Of our clock, until the next row that we know of is due, at most until the next poll."""
        now = self._clock.now()
        times = [(due_at - now).total_seconds() for due_at in self._later.values()]
        return max(min([self._poll_at - self._clock.steady(), *times]), 0.001)

    # what is in work

    def places_for(self, gateway_id: str) -> int:
        """How many rows may be claimed for this gateway."""
        free = self.kind.concurrency - len(self.running)
        return min(free, self.kind.most_of_gateway - self._of_gateway[gateway_id])

    def free_in_lanes(self, gateway_id: str) -> dict[str, int]:
        """The places left for this gateway in every lane of which rows are in work."""
        if not self.kind.lane:
            return {}
        return {
            lane: max(
                min(
                    self.kind.per_lane - count,
                    self.kind.most_in_lane - self._of_gateway_in_lane[gateway_id, lane],
                ),
                0,
            )
            for lane, count in self._in_lane.items()
        }

    def begun(self, claimed: Claim, task: asyncio.Task[None]) -> None:
        self.running.add(task)
        self._of_gateway[claimed.gateway_id] += 1
        self._in_lane[claimed.lane] += 1
        self._of_gateway_in_lane[claimed.gateway_id, claimed.lane] += 1
        task.add_done_callback(partial(self._ended, claimed))

    def _ended(self, claimed: Claim, task: asyncio.Task[None]) -> None:
        self.running.discard(task)
        _one_less(self._of_gateway, claimed.gateway_id)
        _one_less(self._in_lane, claimed.lane)
        _one_less(self._of_gateway_in_lane, (claimed.gateway_id, claimed.lane))
        seconds = HURRY_SECONDS if self._behind or self._due else GATHER_SECONDS
        asyncio.get_running_loop().call_later(seconds, self._look_again, claimed.gateway_id)

    def _look_again(self, gateway_id: str) -> None:
        """A row of this gateway was handled: it may be due again soon, and somebody may wait for its place."""
        for each in (*self._behind, gateway_id):
            self._due.setdefault(each)
        self._behind.clear()
        self.event.set()


def _one_less(counts: Counter[T], key: T) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
