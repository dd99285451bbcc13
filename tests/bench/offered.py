"""`make load RATE=40,60,90`: whole transactions that come at a rate, whatever becomes of those before them.

An open model: the next investor comes when chance says so (exponential gaps), not when the last one is served.
Everything runs on this machine; nothing here asserts. Rate limits, ours and the simulated broker's, are off.
"""

import argparse
import asyncio
import random
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import quantiles

import aiohttp
import psutil
from rich.console import Console
from rich.table import Table

from tests.bench.flow import Investor, Purchase, Receiver, Refused, endpoint, log_in
from tests.bench.installation import Installation, free_port, installation, own_database, sandbox
from tests.bench.meters import ServerMeter, cpu_seconds, postmaster
from torana.kit.logs import set_up_logging

INVESTORS = 120
WARM_UP_SECONDS, SECONDS, GRACE_SECONDS = 3.0, 20.0, 20.0
STEPS = ("create", "open and review", "confirm", "confirm to webhook of the end")


@dataclass
class Run:
    """What became of the transactions that were offered at one rate. Times in seconds."""

    offered: int = 0
    refused: int = 0
    failed: int = 0
    finished: int = 0
    finished_in_time: int = 0
    """Before the last one was offered: what goes through, not what is left over."""
    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    cpu: dict[str, float] = field(default_factory=dict)
    """Of one core, by process."""


class Offered:
    """Offers transactions to one installation."""

    def __init__(self, place: Installation, http: aiohttp.ClientSession, receiver: Receiver) -> None:
        self._place, self._http, self._receiver = place, http, receiver

    async def run(self, rate: float, seconds: float, investors: list[Investor]) -> Run:
        """So many transactions a second for so many seconds."""
        run, chance = Run(), random.Random(f"{rate}")  # arrivals, no secrets
        ends_at = time.monotonic() + seconds
        begun: set[asyncio.Task[None]] = set()
        comes_at = time.monotonic()
        while (comes_at := comes_at + chance.expovariate(rate)) < ends_at:
            await asyncio.sleep(comes_at - time.monotonic())
            investor = investors[run.offered % len(investors)]
            run.offered += 1
            task = asyncio.create_task(self._one(run, investor, ends_at))
            begun.add(task)
            task.add_done_callback(begun.discard)
        if begun:
            _, late = await asyncio.wait(begun, timeout=GRACE_SECONDS)
            for task in late:
                task.cancel()
        return run

    async def _one(self, run: Run, investor: Investor, ends_at: float) -> None:
        purchase = Purchase(self._place, self._http, investor)
        try:
            async with _timed(run, STEPS[0]):
                await purchase.create()
            async with _timed(run, STEPS[1]):
                await purchase.review()
            async with _timed(run, STEPS[3]):
                async with _timed(run, STEPS[2]):
                    await purchase.confirm()
                await self._receiver.completed(purchase.transaction_id).wait()
        except Refused:
            run.refused += 1
        except (RuntimeError, aiohttp.ClientError, TimeoutError):
            run.failed += 1
        else:
            run.finished += 1
            run.finished_in_time += time.monotonic() <= ends_at


class _timed:  # noqa: N801  # reads as a word
    def __init__(self, run: Run, step: str) -> None:
        self._run, self._step = run, step

    async def __aenter__(self) -> None:
        self._began = time.monotonic()

    async def __aexit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._run.took[self._step].append(time.monotonic() - self._began)


async def measure(database_url: str, rate: float) -> Run:
    port = free_port()
    async with (
        sandbox(port) as url,
        installation(database_url, url, port=port) as place,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
    ):
        receiver = Receiver()
        async with receiver.serving() as webhook_url:
            await endpoint(place, http, webhook_url)
            investors = [await log_in(place, f"asha-{number}") for number in range(INVESTORS)]
            offered = Offered(place, http, receiver)
            await offered.run(min(rate, 20.0), WARM_UP_SECONDS, investors)
            watched = {"gateway": place.serve.pid, "worker": place.worker.pid, "sandbox": _listens_at(url)}
            watched["this, which offers"] = psutil.Process().pid
            before = {name: cpu_seconds(pid) for name, pid in watched.items()}
            server = ServerMeter(await postmaster(database_url))
            began = time.monotonic()
            with server:
                run = await offered.run(rate, SECONDS, investors)
            took = time.monotonic() - began
            run.cpu = {name: (cpu_seconds(pid) - before[name]) / took for name, pid in watched.items()}
            run.cpu["PostgreSQL"] = server.seconds / took
    return run


def _listens_at(url: str) -> int:
    port = int(url.rpartition(":")[2])
    for process in psutil.Process().children():
        with suppress(psutil.Error):
            if any(socket.laddr.port == port for socket in process.net_connections() if socket.status == "LISTEN"):
                return process.pid
    raise RuntimeError(f"no process of ours listens at {url}")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("rates", help="transactions a second, one or several with commas between")
    set_up_logging(level=50)
    rates = [float(rate) for rate in asked.parse_args().rates.split(",")]
    runs: dict[float, Run] = {}
    for rate in rates:
        with own_database() as url:
            runs[rate] = asyncio.run(measure(url, rate))
    _show(runs)


def _show(runs: dict[float, Run]) -> None:
    table = Table(title=f"Whole transactions, Poisson arrivals for {SECONDS:.0f} s, everything on this machine")
    for heading in ("offered/s", "finished/s", "refused", "failed", *(f"{step}: p50 / p95 / p99 ms" for step in STEPS)):
        table.add_column(heading, justify="right")
    for rate, run in runs.items():
        table.add_row(
            f"{rate:g}",
            f"{run.finished_in_time / SECONDS:.1f}",
            f"{run.refused}",
            f"{run.failed}",
            *(_three(run.took[step]) for step in STEPS),
        )
    Console(width=150).print(table)
    processor = Table(title="Processor, % of one core (the sandbox and what offers are not the product)")
    processor.add_column("offered/s", justify="right")
    for name in next(iter(runs.values())).cpu:
        processor.add_column(name, justify="right")
    for rate, run in runs.items():
        processor.add_row(f"{rate:g}", *(f"{share * 100:.0f}" for share in run.cpu.values()))
    Console(width=150).print(processor)


def _three(values: list[float]) -> str:
    if len(values) < 2:
        return "-"
    cut = quantiles(values, n=100, method="inclusive")
    return " / ".join(f"{cut[at - 1] * 1000:.0f}" for at in (50, 95, 99))


if __name__ == "__main__":
    main()
