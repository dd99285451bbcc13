"""Processor time of our processes and of the database."""

from pathlib import Path

import asyncpg
import psutil

from tests.bench.installation import Installation


class Meter:
    """CPU seconds that gateway and worker used, to the nanosecond (a process' own times count in ticks of 10 ms)."""

    def __init__(self, place: Installation) -> None:
        self._processes = (place.serve.pid, place.worker.pid)
        self._before = self._used()
        self.seconds = 0.0

    def _used(self) -> float:
        return sum(cpu_seconds(pid) for pid in self._processes)

    def __enter__(self) -> None:
        self._before = self._used()

    def __exit__(self, *_: object) -> None:
        self.seconds += self._used() - self._before


def cpu_seconds(pid: int) -> float:
    """What this process has used of the processor until now."""
    return (
        sum(int((thread / "schedstat").read_text().split()[0]) for thread in Path(f"/proc/{pid}/task").iterdir()) / 1e9
    )


class ServerMeter:
    """CPU seconds of the PostgreSQL server's processes that lived through the whole measurement."""

    def __init__(self, postmaster: int) -> None:
        self._postmaster = psutil.Process(postmaster)
        self._before: dict[int, int] = {}
        self.seconds = 0.0

    def _used(self) -> dict[int, int]:
        used = {}
        for process in self._postmaster.children():
            told = Path(f"/proc/{process.pid}/schedstat")
            if told.exists():
                used[process.pid] = int(told.read_text().split()[0])
        return used

    def __enter__(self) -> None:
        self._before = self._used()

    def __exit__(self, *_: object) -> None:
        after = self._used()
        self.seconds += sum(after[pid] - used for pid, used in self._before.items() if pid in after) / 1e9


async def postmaster(database_url: str) -> int:
    """The process id of the PostgreSQL server, which must be on this machine."""
    connection = await asyncpg.connect(database_url)
    try:
        parent: int = psutil.Process(await connection.fetchval("select pg_backend_pid()")).ppid()
        return parent
    finally:
        await connection.close()
