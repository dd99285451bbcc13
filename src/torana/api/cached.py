"""Answers that a browser keeps and asks about: an ETag of the content, 304 where it is known, gzip where wanted."""

import gzip
from functools import lru_cache
from hashlib import sha256

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

_SMALLEST = 500
"""Bytes below which gzip does not pay."""


class Cached:
    """Wraps routes whose answers are whole and the same for everybody."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        asked = {name: value for name, value in scope["headers"] if name in (b"if-none-match", b"accept-encoding")}
        start: list[Message] = []
        parts: list[bytes] = []

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.append(message)
                return
            if message["type"] == "http.response.body":
                parts.append(message.get("body", b""))
                if not message.get("more_body"):
                    await _answer(start[0], b"".join(parts), asked, scope["method"], send)

        await self._app(scope, receive, keep)


async def _answer(start: Message, body: bytes, asked: dict[bytes, bytes], method: str, send: Send) -> None:
    headers = [(name, value) for name, value in start["headers"] if name.lower() not in (b"content-length", b"etag")]  # type: ignore[typeddict-item]
    status: int = start["status"]  # type: ignore[typeddict-item]
    if status == 200 and body:
        tag = _tag(body)
        headers += [(b"etag", tag), (b"vary", b"accept-encoding")]
        if b"cache-control" not in dict(headers):
            headers.append((b"cache-control", b"no-cache"))
        if tag in asked.get(b"if-none-match", b""):
            status, body = 304, b""
        elif b"gzip" in asked.get(b"accept-encoding", b"") and len(body) > _SMALLEST:
            body = _zipped(body)
            headers.append((b"content-encoding", b"gzip"))
    if status != 304:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body, "more_body": False})


@lru_cache(maxsize=32)
def _tag(body: bytes) -> bytes:
    return f'W/"{sha256(body).hexdigest()[:20]}"'.encode()


@lru_cache(maxsize=32)
def _zipped(body: bytes) -> bytes:
    return gzip.compress(body, 9, mtime=0)
