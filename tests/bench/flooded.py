"""One gateway has hundreds of batches due: how soon an order of another one is placed, at the same broker.

The simulated broker serves both from one process, so that its answers take longer as well: most of what is ours lies
before the sending."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from statistics import quantiles

import aiohttp

from tests.bench.hanging import placed_after
from tests.bench.installation import ORIGIN, free_port, installation, sandbox
from tests.faults.stage import Stage
from tests.support.brokers import ANY_BROKER
from tests.support.clock import ClockFile
from tests.support.wire import Wire
from torana.investors.models import LiveSession
from torana.partners.models import Mode

DUE = 300
"""So many batches of the one gateway are kept due, of so many accounts: each sends what its broker allows."""
ACCOUNTS = 4
PURCHASES, INVESTORS, WARM_UP = 200, 16, 16


async def measure(database_url: str, *, flooded: bool) -> dict[str, tuple[float, float]]:
    """p50 and p99 in seconds from the confirmation until the sending, and until the broker's acceptance is
    written down (`hanging.Placed`)."""
    port = free_port()
    async with (
        sandbox(port) as url,
        installation(database_url, url, port=port) as place,
        aiohttp.ClientSession() as control,
    ):
        clock = ClockFile(Path(place.environment["TORANA_HOME"]) / "clock")
        small = Stage(place.services, place.gateway, ANY_BROKER, url, control, {}, clock, Wire(0))
        gateway = await place.services.gateways.create(
            name="flood", display_name="Flood", mode=Mode.TEST, allowed_origins=[ORIGIN]
        )
        flood = replace(small, gateway=gateway)
        ours = [await _logged_in(small, f"asha-{number}") for number in range(INVESTORS)]
        theirs = [await _logged_in(flood, f"ravi-{number}") for number in range(ACCOUNTS)]
        for number in range(WARM_UP):
            await placed_after(small, ours[number % INVESTORS])
        for number in range(DUE if flooded else 0):
            await flood.buy(theirs[number % ACCOUNTS], ("TCS", 1))
        flooding = asyncio.create_task(_keep_due(flood, theirs)) if flooded else None
        took = [await placed_after(small, ours[number % INVESTORS]) for number in range(PURCHASES)]
        if flooding is not None:
            flooding.cancel()
            with suppress(asyncio.CancelledError):
                await flooding
    return {"sent": _percentiles([one.sent for one in took]), "accepted": _percentiles([one.accepted for one in took])}


def _percentiles(seconds: list[float]) -> tuple[float, float]:
    cut = quantiles(seconds, n=100, method="inclusive")
    return cut[49], cut[98]


async def _logged_in(stage: Stage, user: str) -> LiveSession:
    async with aiohttp.ClientSession() as browser:
        return await replace(stage, control=browser).log_in(user)


async def _keep_due(stage: Stage, sessions: list[LiveSession]) -> None:
    while True:
        due: int = await stage.services.database.value(
            "select count(*) from batches where gateway_id = $1 and placed_at is null", stage.gateway.gateway_id
        )
        for number in range(min(DUE - due, ACCOUNTS)):
            await stage.buy(sessions[number], ("TCS", 1))
        await asyncio.sleep(0.1)  # as many as the broker takes of them
