"""What one client may hold of the server: sizes, times and sockets, on top of uvicorn's HTTP protocol.

uvicorn's httptools protocol waits for ever for a request that does not come, and takes headers of any size. Whoever
opens sockets and says nothing, or says it slowly, would take all files that the process may open.
"""

import asyncio
import resource
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from torana.kit.metrics import SOCKETS_REFUSED

MOST_FILES = 65_536
"""The file limit that a start asks for, if the system's hard limit allows it."""
RESERVED_FILES = 200
"""Left for the database, outbound connections, files: no client's socket takes these."""
FEWEST_SOCKETS = 16


@dataclass(frozen=True, slots=True)
class Limits:
    """`head_bytes` of request line and headers; seconds from the first byte that is missing to the last one of the
    head and of the body; sockets in all, and of one address (0: as many as there are)."""

    head_bytes: int = 32 * 1024
    head_seconds: float = 10.0
    body_seconds: float = 30.0
    sockets: int = 10_000
    sockets_per_address: int = 0


class _Phase(Enum):
    """Of the connection."""

    HEAD = auto()
    """No request is at work: its head is awaited."""
    BODY = auto()
    ANSWER = auto()
    """The request is here whole, and the server owes the answer."""
    REFUSED = auto()


@dataclass(slots=True)
class Sockets:
    """The sockets of one server. `waiting` are those that owe us bytes, the longest waiting first."""

    per_address: Counter[str] = field(default_factory=Counter)
    waiting: dict["GuardedProtocol", None] = field(default_factory=dict)


def raise_file_limit() -> int:
    """Ask for as many open files as the system grants, at most `MOST_FILES`; returns how many it is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def sockets_for(files: int, wanted: int) -> int:
    """How many client sockets fit into so many files, at most `wanted`."""
    return wanted if files == resource.RLIM_INFINITY else max(min(wanted, files - RESERVED_FILES), FEWEST_SOCKETS)


def guarded(limits: Limits) -> type[HttpToolsProtocol]:
    """For `uvicorn.run(http=…)`."""
    return type("Guarded", (GuardedProtocol,), {"limits": limits, "sockets": Sockets()})


class GuardedProtocol(HttpToolsProtocol):
    """One connection within the limits. A socket too many costs the one that has waited longest for its client."""

    limits: Limits
    sockets: Sockets

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._phase = _Phase.HEAD
        self._head_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._address = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast(asyncio.Transport, transport))  # a TCP server's transport is one
        self._address = self.client[0] if self.client else ""
        self.sockets.per_address[self._address] += 1
        limit = self.limits.sockets_per_address
        if limit and self.sockets.per_address[self._address] > limit:
            self._refuse(503, "address")
            return
        self._await_client(_Phase.HEAD)
        if len(self.connections) > self.limits.sockets:
            longest = next(iter(self.sockets.waiting))
            if longest is self:
                self._refuse(503, "full")
            else:
                longest.close("full")

    def connection_lost(self, exc: Exception | None) -> None:
        self._await_nothing(self._phase)
        self.sockets.per_address[self._address] -= 1
        if not self.sockets.per_address[self._address]:
            del self.sockets.per_address[self._address]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._phase is _Phase.REFUSED:
            return
        if self._phase is _Phase.HEAD:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._phase is _Phase.HEAD and self._head_bytes > self.limits.head_bytes:
            self._refuse(431, "head")
        elif self._phase is _Phase.BODY and self._timer is None:
            self._await_client(_Phase.BODY)

    def on_message_begin(self) -> None:
        if self._phase is not _Phase.REFUSED:
            super().on_message_begin()

    def on_headers_complete(self) -> None:
        if self._phase is _Phase.REFUSED:
            return
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > self.limits.head_bytes:
            self._refuse(431, "head")
            return
        self._await_nothing(_Phase.BODY)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self._phase is not _Phase.REFUSED:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self._phase is _Phase.REFUSED:
            return
        self._await_nothing(_Phase.ANSWER)
        super().on_message_complete()
        if self.cycle is not None and self.cycle.response_complete and not self.pipeline:
            self._await_client(_Phase.HEAD)  # the answer was quicker than the end of the body

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._phase is _Phase.ANSWER and not self.transport.is_closing() and not self.pipeline:
            self._await_client(_Phase.HEAD)

    def close(self, why: str) -> None:
        """End it to make room. What it asked for, it has not asked yet."""
        SOCKETS_REFUSED.labels(why).inc()
        self._await_nothing(_Phase.REFUSED)
        self.transport.abort()

    def _await_client(self, phase: _Phase) -> None:
        """The next bytes are the client's to send, in so many seconds."""
        self._await_nothing(phase)
        self._head_bytes = 0
        self.sockets.waiting[self] = None
        seconds = self.limits.body_seconds if phase is _Phase.BODY else self.limits.head_seconds
        self._timer = self.loop.call_later(seconds, self._too_slow)

    def _await_nothing(self, phase: _Phase) -> None:
        self._phase = phase
        self.sockets.waiting.pop(self, None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        if self._phase is _Phase.HEAD and not self._head_bytes:
            self.close("idle")
        else:
            self._refuse(408, "slow")

    def _refuse(self, status: int, why: str) -> None:
        SOCKETS_REFUSED.labels(why).inc()
        at_work = self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        answering = bool(self.pipeline) or at_work
        self._await_nothing(_Phase.REFUSED)
        if not answering:
            self.transport.write(STATUS_LINE[status] + b"connection: close\r\ncontent-length: 0\r\n\r\n")
        self.transport.close()
