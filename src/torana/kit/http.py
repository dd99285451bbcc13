"""Outbound HTTP to brokers: one answer or one failure, never a retry, never a redirect."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO, Protocol

import msgspec


class Request(msgspec.Struct, frozen=True):
    """One request as it goes on the wire. At most one of `form` and `json` is set. A struct, for it is changed a few
    times for each order on its way (`msgspec.structs.replace`)."""

    method: str
    url: str
    headers: Mapping[str, str] = {}
    query: tuple[tuple[str, str], ...] = ()
    form: Mapping[str, str] | tuple[tuple[str, str], ...] | None = None
    """Pairs where a name comes more than once."""
    json: bytes | None = None
    account: str = ""
    """Whose account it acts on, as the broker names it; it decides by which address the request leaves."""
    may_rest: bool = False
    """It changes nothing at the broker, and is not sent while a broker rests that does not answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers (lower-case names), the whole body in bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class TransportFailure(Exception):
    """No whole answer came. `sent` is False only when it is certain that no byte of the request left us. `rest` is set
    when nothing was sent because the broker rests: the seconds until it may be asked again."""

    def __init__(self, reason: str, *, sent: bool, rest: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent
        self.rest = rest


class HttpClient(Protocol):
    """What a connector is given to speak with its broker."""

    async def send(self, request: Request, *, seconds: float = 7.0) -> Answer:
        """Send once. `seconds` bounds the whole exchange.

        Raises `TransportFailure`. A 3xx is an answer like any other; a body over the size limit is a failure.
        """
        ...


class FileClient(Protocol):
    """What fetches a broker's public file."""

    async def download(self, request: Request, into: BinaryIO, *, limit: int) -> Answer:
        """Write the body of a 200 to this file, at most `limit` bytes of it. Raises `TransportFailure`."""
        ...
