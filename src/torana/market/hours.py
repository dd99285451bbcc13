"""Exchange time. Live it is the clock's; for test gateways it is what the sandbox's exchange says."""

import time
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from torana.kit.clock import Clock
from torana.kit.http import HttpClient, Request, TransportFailure

_FRESH_SECONDS = 0.5


class MarketTime(Protocol):
    async def now(self) -> datetime:
        """The moment, in UTC, that the exchange lives in."""
        ...


class LiveTime:
    """The exchange lives in our time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def now(self) -> datetime:
        return self._clock.now()


class _SandboxClock(msgspec.Struct):
    offset: float = msgspec.field(name="offsetSeconds")


class SandboxTime:
    """Our time plus the offset of the sandbox's exchange, asked for at most once in `fresh_seconds`.

    While the sandbox cannot be reached the last offset stands; before it ever answered, `now` raises
    `TransportFailure`.
    """

    def __init__(self, client: HttpClient, url: str, clock: Clock, *, fresh_seconds: float = _FRESH_SECONDS) -> None:
        self._client = client
        self._url = f"{url.rstrip('/')}/sandbox/clock"
        self._clock = clock
        self._fresh_seconds = fresh_seconds
        self._offset: timedelta | None = None
        self._asked_at = float("-inf")

    async def now(self) -> datetime:
        if time.monotonic() - self._asked_at > self._fresh_seconds:
            await self._ask()
        if self._offset is None:
            raise TransportFailure("the sandbox never told the time", sent=True)
        return self._clock.now() + self._offset

    async def _ask(self) -> None:
        self._asked_at = time.monotonic()
        try:
            answer = await self._client.send(Request("GET", self._url), seconds=2.0)
            clock = msgspec.json.decode(answer.body, type=_SandboxClock)
        except (TransportFailure, msgspec.DecodeError):
            if self._offset is None:
                self._asked_at = float("-inf")
                raise TransportFailure("the sandbox did not tell the time", sent=True) from None
            return
        self._offset = timedelta(seconds=clock.offset)
