"""What the developer's side of the page shows: each call between Lantern and Torana, and the lines that did it."""

import inspect
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

LONGEST_TEXT = 20_000
_MASKED = ("x-gateway-secret", "x-gateway-authtoken")

Kind = Literal["request", "sandbox", "sdk", "webhook"]


class Step(msgspec.Struct, rename="camel"):
    """One call and its answer. `story` is the transaction that it belongs to, empty for what the page reads."""

    key: str
    """A later step of the same key takes its place."""
    story: str
    kind: Kind
    title: str
    at: datetime
    milliseconds: float | None = None
    """None while there is no answer."""
    good: bool | None = None
    note: str = ""
    """A status, or what a check found."""
    sent: str = ""
    got: str = ""
    code: str = ""
    """A key of `CODE`."""


_noted: ContextVar[list[Step] | None] = ContextVar("noted", default=None)


@contextmanager
def noting() -> Iterator[list[Step]]:
    """The calls that are made inside."""
    steps: list[Step] = []
    before = _noted.set(steps)
    try:
        yield steps
    finally:
        _noted.reset(before)


class Watch:
    """Measures one call, and notes it where somebody notes."""

    def __init__(self, kind: Kind, title: str, sent: str, code: str = "") -> None:
        self._began = time.perf_counter()
        self._step = Step(f"{kind}-{time.monotonic_ns()}", "", kind, title, datetime.now(UTC), sent=sent, code=code)

    def end(self, status: int, body: bytes) -> None:
        self._end(good=status < 400, note=str(status), got=pretty(body))

    def lose(self) -> None:
        """No answer came."""
        self._end(good=False, note="no answer", got="")

    def _end(self, *, good: bool, note: str, got: str) -> None:
        step, steps = self._step, _noted.get()
        step.milliseconds = round((time.perf_counter() - self._began) * 1000, 1)
        step.good, step.note, step.got = good, note, got
        if steps is not None:
            steps.append(step)


def message(method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> str:
    """A request as it went out, without its secrets."""
    shown = [f"{name}: {'••••••' if name.lower() in _MASKED else value}" for name, value in headers.items()]
    return "\n".join([f"{method} {path}", *shown, *(["", pretty(body)] if body else [])])


def pretty(body: bytes) -> str:
    try:
        text = msgspec.json.format(body, indent=2).decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        text = body.decode(errors="replace")
    return text[:LONGEST_TEXT]


def source(*parts: Callable[..., Any]) -> str:
    """The lines of these functions, as they stand in the file."""
    return "\n\n".join(inspect.cleandoc("\n" + inspect.getsource(part)) for part in parts)
