"""Named places in the code where a test can stop, kill, delay or fail the process. Inert unless the environment asks.

`TORANA_FAULTPOINTS="orders.place.before_send=kill;webhooks.deliver.after_answer@3=sleep:2"` arms points at start.
`TORANA_FAULTPOINT_FILE` names a file with the same text that is read again at every point, so that a running process
can be armed and disarmed. Before a point acts it adds a line `name pid` to the file of that name plus `.fired`.

`@3` acts at the third passage only. Actions: `kill` (SIGKILL to itself), `stop` (SIGSTOP to itself), `sleep:SECONDS`,
`raise` (raises `FaultInjected`).
"""

import ast
import asyncio
import os
import signal
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from torana.kit.errors import ConfigurationError

_ACTIONS = ("kill", "stop", "sleep", "raise")


class FaultInjected(Exception):
    """Raised at a fault point that is armed with `raise`."""


@dataclass(frozen=True, slots=True)
class _Fault:
    action: str
    seconds: float = 0.0
    passage: int | None = None


@dataclass(slots=True)
class _Plan:
    faults: Mapping[str, _Fault]
    file: Path | None = None
    passages: Counter[str] = field(default_factory=Counter)
    file_text: str = ""
    file_faults: Mapping[str, _Fault] = field(default_factory=dict)

    async def reach(self, name: str) -> None:
        from_file = self._from_file()
        self.passages[name] += 1
        fault = from_file.get(name) or self.faults.get(name)
        if fault is None or (fault.passage is not None and fault.passage != self.passages[name]):
            return
        if self.file is not None:
            with self.file.with_name(self.file.name + ".fired").open("a") as fired:
                fired.write(f"{name} {os.getpid()}\n")
        match fault.action:
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "stop":
                os.kill(os.getpid(), signal.SIGSTOP)
            case "sleep":
                await asyncio.sleep(fault.seconds)
            case _:
                raise FaultInjected(name)

    def _from_file(self) -> Mapping[str, _Fault]:
        if self.file is None:
            return {}
        try:
            text = self.file.read_text()
        except FileNotFoundError:
            text = ""
        if text != self.file_text:
            self.passages.clear()  # `@n` counts from the moment of arming
            self.file_text, self.file_faults = text, _read(text)
        return self.file_faults


_plan: _Plan | None = None


async def reach(name: str) -> None:
    """Pass the fault point of this name. `name` is a literal, `folder.file.place`, so that `names` finds it."""
    if _plan is not None:
        await _plan.reach(name)


@contextmanager
def armed(faults: str) -> Iterator[Counter[str]]:
    """For tests in this process: arm these points inside the block; the value counts every passage by name."""
    global _plan
    before = _plan
    _plan = _Plan(_read(faults))
    try:
        yield _plan.passages
    finally:
        _plan = before


def arm_from_environment(environ: Mapping[str, str] = os.environ) -> None:
    """Runs when this module is imported. Raises `ConfigurationError` for a text that cannot be read."""
    global _plan
    faults = environ.get("TORANA_FAULTPOINTS", "")
    file = environ.get("TORANA_FAULTPOINT_FILE", "")
    _plan = _Plan(_read(faults), Path(file) if file else None) if faults or file else None


def names(folder: Path) -> frozenset[str]:
    """The names of all fault points in the Python files below `folder`, read from their source."""
    found = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Call) and _is_reach(node.func):
                match node.args:
                    case [ast.Constant(value=str(name))]:
                        found.add(name)
    return frozenset(found)


def _is_reach(function: ast.expr) -> bool:
    match function:
        case ast.Name(id="reach") | ast.Attribute(attr="reach", value=ast.Name(id="faultpoints")):
            return True
    return False


def _read(text: str) -> dict[str, _Fault]:
    faults = {}
    for entry in filter(None, (part.strip() for part in text.replace("\n", ";").split(";"))):
        place, equals, action = entry.partition("=")
        name, at, passage = place.partition("@")
        action, _, seconds = action.partition(":")
        try:
            if not name or not equals or action not in _ACTIONS:
                raise ValueError
            faults[name.strip()] = _Fault(action, float(seconds or "0"), int(passage) if at else None)
        except ValueError:
            raise ConfigurationError(
                f"cannot read the fault point {entry!r}: write name[@passage]=kill|stop|sleep:SECONDS|raise"
            ) from None
    return faults


arm_from_environment()
