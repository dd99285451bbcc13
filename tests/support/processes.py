"""Processes of ours that a test can stop and kill.

They are forked from a process that has imported everything (`fork_server`): a start takes a few milliseconds instead of
two seconds of a processor, which is longer than most stories.
"""

import asyncio
import atexit
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO

import msgspec

ROOT = Path(__file__).parents[2]
NUMBER = struct.Struct("!i")


class Order(msgspec.Struct):
    """What is to run, as `python -m`."""

    module: str
    arguments: list[str]
    environment: dict[str, str]


class Process:
    """A started process. Ends with the test session at the latest."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.pid: int = NUMBER.unpack(connection.recv(NUMBER.size))[0]
        self._code: int | None = None
        connection.setblocking(False)

    @property
    def returncode(self) -> int | None:
        """The exit code, negative for the signal that killed it; None while it runs."""
        if self._code is None:
            try:
                self._code = NUMBER.unpack(self._connection.recv(NUMBER.size))[0]
            except BlockingIOError:
                return None
            self._connection.close()
        return self._code

    async def wait(self) -> int:
        while (code := self.returncode) is None:
            await asyncio.sleep(0.005)
        return code

    def end(self) -> None:
        """Kill it if it still runs, and wait for that."""
        if self.returncode is None:
            self.kill()
            self._connection.settimeout(20)
            self._code = NUMBER.unpack(self._connection.recv(NUMBER.size))[0]
            self._connection.close()

    def send_signal(self, what: int) -> None:
        """Raises `ProcessLookupError` when it has ended."""
        if self.returncode is not None:
            raise ProcessLookupError(self.pid)
        os.kill(self.pid, what)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


def start(
    module: str,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    output: IO[bytes] | int = subprocess.DEVNULL,
    errors: IO[bytes] | int | None = None,
) -> Process:
    """Start `python -m module` with `environment` added to that of this process. Errors go where the output goes."""
    order = Order(module, list(arguments), {**os.environ, **(environment or {})})
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(_server())
    with open(os.devnull, "wb") as nothing:
        targets = [_number(output, nothing), _number(output if errors is None else errors, nothing)]
        encoded = msgspec.json.encode(order)
        socket.send_fds(connection, [NUMBER.pack(len(encoded))], targets)
        connection.sendall(encoded)
        return Process(connection)


class Ran(msgspec.Struct):
    """A process that has ended."""

    code: int
    output: str
    errors: str

    @property
    def said(self) -> str:
        return self.output + self.errors


async def ran(module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Ran:
    """Start `python -m module`, as `start` does, and wait for its end."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = start(module, *arguments, environment=environment, output=output, errors=errors)
        try:
            code = await process.wait()
        finally:
            process.end()
        return Ran(code, *(_text(file) for file in (output, errors)))


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


async def end(processes: Sequence[Process]) -> None:
    """Kill those that still run; the loop goes on meanwhile."""
    for process in processes:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _number(target: IO[bytes] | int, nothing: IO[bytes]) -> int:
    if target == subprocess.DEVNULL:
        return nothing.fileno()
    return target if isinstance(target, int) else target.fileno()


@cache
def _server() -> str:
    """The address of this test session's fork server. It ends when its standard input does: with this process."""
    folder = tempfile.TemporaryDirectory(prefix="torana-fork-")
    path = f"{folder.name}/socket"
    server = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.support.fork_server", path],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert server.stdin is not None
    assert server.stdout is not None

    def stop() -> None:
        assert server.stdin is not None
        server.stdin.close()
        server.wait(20)
        folder.cleanup()

    atexit.register(stop)
    assert server.stdout.readline() == b"ready\n"
    server.stdout.close()
    return path
