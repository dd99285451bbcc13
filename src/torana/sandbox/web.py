"""A thin layer over ASGI. The sandbox needs the wire itself: broken bodies, single bytes, dead connections."""

import asyncio
import re
import socket
import struct
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Generic, TypeAlias, TypeVar
from urllib.parse import parse_qsl

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

Scope: TypeAlias = dict[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[dict[str, Any]]]
Send: TypeAlias = Callable[[dict[str, Any]], Awaitable[None]]

T = TypeVar("T")

CONNECTION = "torana.connection"
LARGEST_BODY = 500_000
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
"""Content types of a body."""

_json = msgspec.json.Encoder(decimal_format="number", order="deterministic")


class ConnectionProtocol(HttpToolsProtocol):
    """Uvicorn's protocol, with the connection itself in the scope: the transport, and whether it was used before."""

    def on_message_begin(self) -> None:
        reused = getattr(self, "_served", False)
        super().on_message_begin()
        self.scope["extensions"] = {CONNECTION: {"transport": self.transport, "reused": reused}}
        self._served = True


class Gone(Exception):
    """The client closed the connection."""


class TooLarge(Exception):
    """The request's body is over the limit."""


class Request:
    """One request. Names of headers are lower case."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers: Mapping[str, str] = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        self.query_pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        self._receive = receive
        self._body: bytes | None = None

    @property
    def query(self) -> dict[str, str]:
        return dict(self.query_pairs)

    @property
    def content_type(self) -> str:
        """What the body says it is, in lower case and without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def reused_connection(self) -> bool:
        return bool(self._connection.get("reused"))

    @property
    def transport(self) -> asyncio.Transport:
        """Raises `RuntimeError` under another server than the sandbox's own."""
        transport = self._connection.get("transport")
        if not isinstance(transport, asyncio.Transport):
            raise RuntimeError("faults of the connection need the sandbox's own server")
        return transport

    @property
    def _connection(self) -> Mapping[str, object]:
        found: Mapping[str, object] = self.scope.get("extensions", {}).get(CONNECTION, {})
        return found

    @property
    def cookies(self) -> dict[str, str]:
        pairs = (pair.strip().partition("=") for pair in self.headers.get("cookie", "").split(";"))
        return {name: value for name, _, value in pairs if name}

    async def body(self) -> bytes:
        """The whole body. Raises `Gone` when it stops coming, `TooLarge` when it is over the limit."""
        if self._body is None:
            parts: list[bytes] = []
            size = 0
            while True:
                message = await self._receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > LARGEST_BODY:
                    raise TooLarge
                if not message.get("more_body"):
                    break
            self._body = b"".join(parts)
        return self._body

    async def form(self) -> dict[str, str]:
        """The body as a url-encoded form; of a repeated name the last value."""
        return dict(await self.form_pairs())

    async def form_pairs(self) -> list[tuple[str, str]]:
        try:
            return parse_qsl((await self.body()).decode(), keep_blank_values=True)
        except UnicodeDecodeError:
            return []

    async def gone(self) -> None:
        """Return when the client has closed the connection. The body must have been read."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def reset(self) -> None:
        """Break the connection with a TCP reset, without another byte."""
        handle = self.transport.get_extra_info("socket")
        if handle is not None:
            handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


class Manner(Enum):
    """How an answer goes out."""

    WHOLE = auto()
    DRIP = auto()
    CUT = auto()
    RESET = auto()


@dataclass(slots=True)
class Response:
    """One answer. `pause` is the seconds between single bytes for `DRIP`."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: list[tuple[str, str]] = field(default_factory=list)
    manner: Manner = Manner.WHOLE
    pause: float = 1.0

    async def send(self, request: Request, send: Send) -> None:
        if self.manner is Manner.RESET:
            request.reset()
            return
        await send({"type": "http.response.start", "status": self.status, "headers": list(self._raw_headers())})
        if self.manner is Manner.DRIP:
            await self._drip(send)
            return
        if self.manner is Manner.CUT:
            await send({"type": "http.response.body", "body": self.body[: len(self.body) // 2], "more_body": True})
            await asyncio.sleep(0.01)
            request.transport.close()
            return
        await send({"type": "http.response.body", "body": self.body})

    async def _drip(self, send: Send) -> None:
        for at in range(len(self.body)):
            await send({"type": "http.response.body", "body": self.body[at : at + 1], "more_body": True})
            await asyncio.sleep(self.pause)
        await send({"type": "http.response.body", "body": b""})

    def _raw_headers(self) -> Iterable[tuple[bytes, bytes]]:
        yield b"content-type", self.content_type.encode("latin-1")
        yield b"content-length", str(len(self.body)).encode("ascii")
        for name, value in self.headers:
            yield name.encode("latin-1"), value.encode("latin-1")


def json(data: object, status: int = 200) -> Response:
    """JSON; a Decimal becomes a number with its own digits."""
    return Response(status, _json.encode(data), "application/json")


def redirect(url: str, status: int = 302) -> Response:
    return Response(status, headers=[("location", url), ("cache-control", "no-store")])


class Router(Generic[T]):
    """Where the paths of one prefix lead. In a pattern `{name}` stands for one path segment."""

    def __init__(self) -> None:
        self._routes: list[tuple[str, re.Pattern[str], T]] = []

    def add(self, method: str, path: str, target: T) -> None:
        pattern = "".join(
            f"(?P<{part[1:-1]}>[^/]+)" if part.startswith("{") else re.escape(part)
            for part in re.split(r"(\{\w+\})", path)
        )
        self._routes.append((method, re.compile(pattern), target))

    def match(self, method: str, path: str) -> tuple[T, dict[str, str]] | None:
        """The first target that fits, with what its pattern caught. HEAD is answered like GET."""
        wanted = "GET" if method == "HEAD" else method
        for known, pattern, target in self._routes:
            if known == wanted and (found := pattern.fullmatch(path)):
                return target, found.groupdict()
        return None

    def knows(self, path: str) -> bool:
        """Whether any method fits this path."""
        return any(pattern.fullmatch(path) for _, pattern, _ in self._routes)
