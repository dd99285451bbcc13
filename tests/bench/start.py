"""How long `torana serve` and `torana worker` take to be ready, and what they hold then, by the list they go by."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import timeit
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from tests.bench.installation import free_port, own_database, ready
from tests.bench.instruments import made_up
from tests.support.brokers import ANY_BROKER, OTHER_BROKER
from torana.connectors.upstox import instruments as upstox
from torana.kit.database import Database
from torana.market import store
from torana.market.sorting import Sorting, Tally

ROUNDS = 3
BROKERS = (OTHER_BROKER, ANY_BROKER, "angelbroking")
_AT_ONCE = 10_000
_PROCESSES = ("serve", "worker")


@dataclass(frozen=True)
class Start:
    """Seconds to ready and megabytes then, of one process."""

    seconds: float
    megabytes: float


def measure() -> dict[tuple[str, bool], Start]:
    """By process, and by whether the tables hold a whole list; else the process goes by the packaged one."""
    found: dict[tuple[str, bool], Start] = {}
    for whole in (False, True):
        with own_database() as url:
            if whole:
                asyncio.run(_fill(url))
            for name in _PROCESSES:
                rounds = [_start(url, name) for _ in range(ROUNDS)]
                found[name, whole] = Start(
                    median(one.seconds for one in rounds), median(one.megabytes for one in rounds)
                )
    return found


async def _fill(url: str) -> None:
    """Store the made-up securities, with codes of several brokers."""
    database, now = Database(url, size=1), datetime.now(UTC)
    await database.open()
    body = json.dumps(list(made_up())).encode()
    for broker in BROKERS:
        async with database.transaction() as connection:
            sorting = Sorting(broker, now.date(), upstox.read([body], Tally()), Tally(), None)
            while (part := sorting.some(_AT_ONCE)).codes:
                await store.put(connection, part if broker == BROKERS[0] else part._replace(securities=[]))
            await store.note_read(connection, broker, now, sum(sorting.tradable.values()), 0)
    await database.close()


def _start(url: str, name: str) -> Start:
    """One start, from the program's first instruction until it says that it works."""
    port = free_port()
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **os.environ,
            "TORANA_HOME": home,
            "TORANA_DATABASE_URL": url,
            "TORANA_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "TORANA_INSTRUMENTS_DAILY": "0",
        }
        words = [name, "--port", str(port)] if name == "serve" else [name]
        began = timeit.default_timer()
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "torana.cli", *words],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert process.stdout is not None
        try:
            if name == "serve":
                asyncio.run(ready(f"http://127.0.0.1:{port}/healthz"))
            else:
                assert any(b"worker.ready" in line for line in process.stdout), "the worker ended before it was ready"
            return Start(timeit.default_timer() - began, _megabytes(process.pid))
        finally:
            process.terminate()
            process.communicate(timeout=20)


def _megabytes(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024
