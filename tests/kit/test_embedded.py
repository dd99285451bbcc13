"""PostgreSQL in a wheel: one server a folder, shared by our processes, gone with the last of them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SCRIPT = """
import asyncio, sys
from pathlib import Path
import asyncpg
from torana.kit import embedded

async def main(home):
    connection = await asyncpg.connect(embedded.start(Path(home)))
    print(await connection.fetchval("select pg_postmaster_start_time()::text"), flush=True)
    await connection.close()
    sys.stdin.readline()

asyncio.run(main(sys.argv[1]))
"""


Start = Callable[[], "subprocess.Popen[str]"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def start(home: Path) -> Iterator[Start]:
    """Starts processes that use the server of `home` until told to go; none outlives the test."""
    started: list[subprocess.Popen[str]] = []

    def one() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", SCRIPT, str(home)]
        started.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield one
    for process in started:
        if process.poll() is None:
            end(process)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def started_at(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "the process ended without a word"
    return line


def end(process: subprocess.Popen[str]) -> None:
    process.communicate("go\n", timeout=120)


def server_of(home: Path) -> int | None:
    """The process id of the folder's server while it runs."""
    try:
        pid = int((home / "postgres" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return None
    return pid


def wait_until_gone(home: Path) -> None:
    give_up_at = time.monotonic() + 60
    while server_of(home) is not None:
        assert time.monotonic() < give_up_at, "the server is still there"
        time.sleep(0.05)


def test_processes_of_one_folder_share_its_server_and_the_last_one_ends_it(home: Path, start: Start) -> None:
    first, second = start(), start()

    assert started_at(first) == started_at(second)
    end(first)
    assert server_of(home) is not None
    end(second)
    wait_until_gone(home)


def test_a_killed_process_neither_keeps_the_server_for_ever_nor_harms_the_next(home: Path, start: Start) -> None:
    doomed = start()
    began = started_at(doomed)
    doomed.send_signal(signal.SIGKILL)
    doomed.wait()
    assert server_of(home) is not None

    following = start()
    assert started_at(following) == began
    end(following)
    wait_until_gone(home)


WATCHING = """
import asyncio, sys
from pathlib import Path
import asyncpg
from torana.kit import embedded

async def started_at(url):
    connection = await asyncpg.connect(url)
    print(await connection.fetchval("select pg_postmaster_start_time()::text"), flush=True)
    await connection.close()

async def main(home):
    url = embedded.start(Path(home))
    watching = asyncio.create_task(embedded.keep_running())
    await started_at(url)
    await asyncio.to_thread(sys.stdin.readline)
    while True:
        try:
            await started_at(url)
            break
        except (OSError, asyncpg.PostgresError):
            await asyncio.sleep(0.1)
    await asyncio.to_thread(sys.stdin.readline)
    watching.cancel()

asyncio.run(main(sys.argv[1]))
"""


def test_a_server_that_is_killed_is_started_again(home: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WATCHING, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        first = started_at(process)
        postmaster = int((home / "postgres" / "postmaster.pid").read_text().splitlines()[0])

        os.kill(postmaster, signal.SIGKILL)
        process.stdin.write("\n")
        process.stdin.flush()
        second = started_at(process)

        assert second > first
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
