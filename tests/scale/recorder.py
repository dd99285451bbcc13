"""Notes every statement that the program sends to PostgreSQL, and who sent it."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partialmethod
from pathlib import Path
from typing import Any

import asyncpg
import pytest

import torana

SOURCE = Path(torana.__file__).parent
_OUR_WAY = "torana.kit.database"


@dataclass
class Recorder:
    """`statements`: the text of each with the arguments that it came with first. `senders`: the functions on the way to
    any."""

    statements: dict[str, Sequence[object]] = field(default_factory=dict)
    senders: set[str] = field(default_factory=set)

    def note(self, sql: str, args: Sequence[object]) -> None:
        frame: Any = sys._getframe(2)
        way: set[str] = set()
        while frame is not None:
            name = frame.f_globals.get("__name__", "")
            if name.startswith("torana.") and name != _OUR_WAY:
                way.add(f"{name}.{frame.f_code.co_name}")
            frame = frame.f_back
        if way:  # otherwise it is a test's own statement
            self.statements.setdefault(sql, args)
            self.senders |= way


def listen_in(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """From now on what goes through asyncpg's connections in this process is noted."""
    recorder = Recorder()

    def noted(connection: Any, sql: str, *args: Any, _method: str, **how: Any) -> Any:
        recorder.note(sql, args)
        return originals[_method](connection, sql, *args, **how)

    originals = {name: getattr(asyncpg.Connection, name) for name in ("fetch", "fetchrow", "fetchval", "execute")}
    for name in originals:
        monkeypatch.setattr(asyncpg.Connection, name, partialmethod(noted, _method=name))
    return recorder
