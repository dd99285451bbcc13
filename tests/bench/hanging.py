"""One broker hangs: how soon an order at another one is placed, beside a calm day."""

import asyncio
from dataclasses import replace
from pathlib import Path
from statistics import quantiles
from typing import NamedTuple

import aiohttp

from tests.bench.installation import free_port, installation, sandbox
from tests.faults.stage import Stage
from tests.support.brokers import ANY_BROKER, OTHER_BROKER
from tests.support.clock import ClockFile
from tests.support.wire import Wire
from torana.investors.models import LiveSession

HANGING = (70, 220)
PURCHASES, INVESTORS, WARM_UP = 400, 16, 16


async def measure(database_url: str, hanging: int) -> tuple[float, float]:
    """p50 and p99 in seconds from the confirmation until the other broker's acceptance is written down, while so many
    baskets hang at the first. To be called with a new database for each number: books of orders grow with every
    purchase, and whatever is measured later on the same ones looks slower."""
    port = free_port()
    async with (
        sandbox(port) as url,
        installation(database_url, url, port=port) as place,
        aiohttp.ClientSession() as control,
    ):
        clock = ClockFile(Path(place.environment["TORANA_HOME"]) / "clock")
        resting = Stage(place.services, place.gateway, ANY_BROKER, url, control, {}, clock, Wire(0))
        calm = replace(resting, broker=OTHER_BROKER)
        theirs = await resting.log_in("asha")
        ours = []
        for number in range(INVESTORS):
            async with aiohttp.ClientSession() as browser:
                ours.append(await replace(calm, control=browser).log_in(f"asha-{number}"))
        for number in range(WARM_UP):
            await placed_after(calm, ours[number % INVESTORS])
        if hanging:
            await resting.fault("hang", "*", times=None, seconds=600)
        for _ in range(hanging):
            await resting.buy(theirs, ("TCS", 1))
        took = [(await placed_after(calm, ours[number % INVESTORS])).accepted for number in range(PURCHASES)]
    cut = quantiles(took, n=100, method="inclusive")
    return cut[49], cut[98]


class Placed(NamedTuple):
    """Seconds from the confirmation of one order: until a worker writes that it is sent now, and until the broker's
    acceptance is written down. Between them lie the commit of the first and the broker's answer."""

    sent: float
    accepted: float


async def placed_after(stage: Stage, session: LiveSession) -> Placed:
    asked_at = stage.services.clock.now()
    transaction_id = await stage.buy(session, ("INFY", 1))
    while True:
        async with stage.services.database.connection() as connection:
            attempt = await connection.fetchrow(
                """
                select a.started_at, a.ended_at from attempts a join orders o using (gateway_id, order_id)
                join batches b using (gateway_id, batch_id) where b.gateway_id = $1 and b.transaction_id = $2
                """,
                stage.gateway.gateway_id,
                transaction_id,
            )
        if attempt is not None and attempt["ended_at"] is not None:
            await asyncio.sleep(0.05)
            return Placed(*((attempt[at] - asked_at).total_seconds() for at in ("started_at", "ended_at")))
        await asyncio.sleep(0.01)
