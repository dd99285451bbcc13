"""Every request has an id: in the header `x-request-id` of its answer, in its error, and in every log line."""

import re
import time
from contextvars import ContextVar

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from torana.kit.ids import new_id
from torana.kit.logs import log_exchange

HEADER = b"x-request-id"
_SANE = re.compile(rb"[A-Za-z0-9._:-]{1,100}")
_current: ContextVar[str | None] = ContextVar("torana_request_id", default=None)


def request_id() -> str | None:
    """The id of the request that is being answered, None outside of one."""
    return _current.get()


def about(transaction_id: str) -> None:
    """From here on the log lines of this request carry the id of the transaction that it is about."""
    structlog.contextvars.bind_contextvars(transaction_id=transaction_id)


def _loggable(path: str) -> str:
    """The path without what may be a secret: the last part of a broker's postback address."""
    parts = path.split("/")
    return "/".join([*parts[:3], "…"]) if parts[1] == "postback" and len(parts) > 3 else path


class RequestIds:
    """Wraps the whole application, so that answers given before any route is found carry an id as well.

    A caller's own `x-request-id` is kept when it is 1 to 100 letters, digits, dots, underscores, colons or hyphens.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == HEADER), b"")
        if _SANE.fullmatch(given) is None:
            given = new_id("req").encode()

        status = 0
        began = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (HEADER, given)]
            await send(message)

        text = given.decode()
        token = _current.set(text)
        bound = structlog.contextvars.bind_contextvars(request_id=text)
        try:
            await self._app(scope, receive, send_with_id)
        finally:
            took = round((time.perf_counter() - began) * 1000, 1)
            log_exchange("http.request", method=scope["method"], path=_loggable(scope["path"]), status=status, ms=took)
            structlog.contextvars.reset_contextvars(**bound)
            _current.reset(token)
