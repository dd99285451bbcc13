"""How many requests somebody may send a minute: a gateway to the partner's API, a browser where it makes something.

Counted in the memory of each process, in windows of a minute of the clock: with n processes behind one address a
gateway gets up to n times the limit. The partner's API counts per path name *and* API secret as sent, before either is
checked: so nobody who does not know a gateway's secret can use up its minute, and a guesser uses up their own.
"""

import hashlib
from collections import Counter

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from torana.api.edge import one_path
from torana.api.refusals import refusal_body
from torana.kit.clock import Clock
from torana.kit.errors import ApiError

WINDOW_SECONDS = 60
_PREFIXES = ("/gateway/", "/v1/")
_MOST_COUNTED = 10_000


class MinuteCounts:
    """The requests of this minute, by caller."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._window = 0
        self._counts: Counter[bytes] = Counter()

    def count(self, *caller: bytes) -> tuple[int, int]:
        """Requests of this caller in this window with this one, and the seconds that it has left."""
        moment = int(self._clock.now().timestamp())
        window, gone = divmod(moment, WINDOW_SECONDS)
        if window != self._window:
            self._window = window
            self._counts.clear()
        key = hashlib.blake2b(b"\0".join(caller), digest_size=16).digest()
        if key not in self._counts and len(self._counts) >= _MOST_COUNTED:
            self._counts.clear()  # somebody guesses; counting anew is better than shutting out who knows
        self._counts[key] += 1
        return self._counts[key], WINDOW_SECONDS - gone


class RateLimit:
    """Wraps the application; looks at the partner's API only. `per_minute` 0 switches it off.

    Every answer carries `ratelimit-limit`, `ratelimit-remaining` and `ratelimit-reset` (seconds), a refusal
    `retry-after` as well.
    """

    def __init__(self, app: ASGIApp, *, clock: Clock, per_minute: int, guide_url: str) -> None:
        self._app = app
        self._counts = MinuteCounts(clock)
        self._per_minute = per_minute
        self._guide_url = guide_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or not self._per_minute or not _path(scope).startswith(_PREFIXES):
            await self._app(scope, receive, send)
            return
        name = _path(scope).split("/", 3)[2]
        secret = next((value for header, value in scope["headers"] if header == b"x-gateway-secret"), b"")
        used, seconds_left = self._counts.count(name.encode(errors="replace"), secret)
        headers = [
            (b"ratelimit-limit", str(self._per_minute).encode()),
            (b"ratelimit-remaining", str(max(self._per_minute - used, 0)).encode()),
            (b"ratelimit-reset", str(seconds_left).encode()),
        ]
        if used > self._per_minute:
            await self._refuse(headers, seconds_left, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *headers]
            await send(message)

        await self._app(scope, receive, send_with_headers)

    async def _refuse(self, headers: list[tuple[bytes, bytes]], seconds_left: int, send: Send) -> None:
        refusal = ApiError(
            f"This gateway sent more than {self._per_minute} requests this minute: go on in {seconds_left} seconds",
            status=429,
            error_type="AccessDenied",
            anchor="rate-limit",
            errors=("Too Many Requests",),
        )
        body = refusal_body(refusal, self._guide_url)
        await send(
            {
                "type": "http.response.start",
                "status": 429,
                "headers": [
                    (b"content-type", b"application/json"),
                    (b"content-length", str(len(body)).encode()),
                    (b"retry-after", str(seconds_left).encode()),
                    *headers,
                ],
            }
        )
        await send({"type": "http.response.body", "body": body, "more_body": False})


def _path(scope: Scope) -> str:
    """As routes are found: with repeated slashes as one."""
    return f"{one_path(scope['path'])}/"
