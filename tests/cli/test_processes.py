"""Processes that are watched: ready, started again, ended, never left behind."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE
from torana.cli.processes import Part, PartFailed, Parts

SLEEPS = "import time; time.sleep(600)"
IGNORES_TERM = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)


def part(folder: Path, program: str, *, ready_url: str | None = None) -> Part:
    return Part("worker", [sys.executable, "-c", program], {}, folder / "worker.log", ready_url)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(0.01)


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_killed_part_is_started_again_and_said_so(tmp_path: Path) -> None:
    said: list[str] = []
    parts, worker = Parts(said.append), part(tmp_path, SLEEPS)
    await parts.start(worker)
    watching = asyncio.create_task(parts.watch())
    assert worker.process is not None
    first = worker.process.pid

    os.kill(first, signal.SIGKILL)
    await until(lambda: bool(said))

    assert said == ["worker ended (SIGKILL); started again"]
    assert worker.process.pid != first
    second = worker.process.pid
    await parts.stop()
    await watching
    assert not lives(second)


async def test_a_part_that_keeps_ending_ends_the_whole_with_the_end_of_its_log(tmp_path: Path) -> None:
    parts = Parts(lambda line: None)
    await parts.start(part(tmp_path, "raise SystemExit('no such broker')"))

    with pytest.raises(PartFailed, match=r"worker keeps ending \(status 1\)(.|\n)*no such broker"):
        await parts.watch()


async def test_a_part_that_does_not_start_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    parts, worker = Parts(lambda line: None), part(tmp_path, "raise SystemExit('no such broker')")
    await parts.start(worker)
    assert worker.process is not None
    await worker.process.wait()

    with pytest.raises(PartFailed, match=r"worker did not start(.|\n)*no such broker"):
        await parts.ready()


async def test_a_part_that_never_answers_is_given_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        parts = Parts(lambda line: None)
        await parts.start(part(tmp_path, SLEEPS, ready_url=f"http://127.0.0.1:{port}/"))

        with pytest.raises(PartFailed, match="was not ready"):
            await parts.ready(seconds=0.1)
        await parts.stop()


async def test_a_part_that_does_not_listen_to_sigterm_is_ended_all_the_same(tmp_path: Path) -> None:
    worker = part(tmp_path, IGNORES_TERM)
    await worker.start()
    await until(lambda: "up" in worker.log_file.read_text())

    await worker.stop(seconds=0.1)

    assert worker.process is not None
    assert worker.process.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="the signal at the parent's death is Linux's")
async def test_parts_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    parent = f"""
import asyncio, sys
from pathlib import Path
from torana.cli.processes import Part

async def main():
    part = Part("worker", [sys.executable, "-c", {SLEEPS!r}], {{}}, Path({str(tmp_path / "log")!r}))
    await part.start()
    print(part.process.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", parent, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    child = int(await process.stdout.readline())
    assert lives(child)

    process.kill()
    await process.wait()

    await until(lambda: not lives(child))
