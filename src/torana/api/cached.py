"""Answers that a browser keeps and asks about: an ETag of the content, 304 where it is known, gzip where wanted."""

import gzip
from functools import lru_cache
from hashlib import sha256

from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

from torana.api.answers import takes_gzip

_SMALLEST = 500
"""Bytes below which gzip does not pay."""


class Cached:
    """Wraps routes whose answers are whole and the same for everybody; they are read with GET alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        asked = Headers.from_scope(scope)
        start: list[HTTPResponseStartEvent] = []
        parts: list[bytes] = []

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.append(message)
                return
            if message["type"] == "http.response.body":
                parts.append(message["body"])
                if not message["more_body"]:
                    await _answer(start[0], b"".join(parts), asked, send)

        await self._app(scope, receive, keep)


async def _answer(start: HTTPResponseStartEvent, body: bytes, asked: Headers, send: Send) -> None:
    headers = [(name, value) for name, value in start["headers"] if name.lower() not in (b"content-length", b"etag")]
    status = start["status"]
    if status == 200 and body:
        tag = _tag(body)
        headers += [(b"etag", tag.encode()), (b"vary", b"accept-encoding")]
        if b"cache-control" not in dict(headers):
            headers.append((b"cache-control", b"no-cache"))
        if tag in asked.get("if-none-match", ""):
            status, body = 304, b""
        elif takes_gzip(asked.get("accept-encoding", "")) and len(body) > _SMALLEST:
            body = _zipped(body)
            headers.append((b"content-encoding", b"gzip"))
    if status != 304:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


@lru_cache(maxsize=32)
def _tag(body: bytes) -> str:
    return f'W/"{sha256(body).hexdigest()[:20]}"'


@lru_cache(maxsize=32)
def _zipped(body: bytes) -> bytes:
    return gzip.compress(body, 9, mtime=0)
