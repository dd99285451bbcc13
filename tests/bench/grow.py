"""What a transaction and a read cost in an empty database, and in one that has seen a lot."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from statistics import median
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from tests.bench.fill import fill
from tests.bench.flow import Investor, Purchase, Receiver, endpoint, log_in
from tests.bench.installation import Installation, installation
from tests.bench.meters import ServerMeter, postmaster
from torana.orders.invariants import violations
from torana.partners.tokens import issue_token
from torana.sandbox.exchange import Tempo
from torana.sandbox.server import running_sandbox

INVESTORS, ROUNDS, WARM_UP, READS = 24, 8, 2, 31
Row = tuple[str, float, str]
"""What, how much, in which unit."""


class TimedReceiver(Receiver):
    """Notes when the first webhook of a transaction came."""

    def __init__(self) -> None:
        super().__init__()
        self.first: dict[str, float] = {}

    async def take(self, request: web.Request) -> web.Response:
        told = msgspec.json.decode(await request.read())
        self.first.setdefault(told["transactionId"], time.time())
        return await super().take(request)


async def measure(database_url: str, transactions: int) -> list[tuple[str, float, float, str]]:
    """Rows: what, in the empty database, in the filled one, the unit."""
    async with (
        running_sandbox(trading_hours=True, tempo=Tempo(0, 0), rate_limits=False) as sandbox,
        installation(database_url, sandbox.url) as place,
        aiohttp.ClientSession() as http,
    ):
        receiver = TimedReceiver()
        meter = ServerMeter(await postmaster(database_url))
        async with receiver.serving() as webhook_url:
            await endpoint(place, http, webhook_url)
            investors = [await log_in(place, f"asha-{number}") for number in range(INVESTORS)]
            told, last = await _written(place, http, receiver, investors, meter)
            empty = told + await _read(place, http, last)
            await fill(database_url, place.gateway.gateway_id, transactions, place.services.clock.now())
            # The reads come first: beside what was filled in they find what they found before.
            read = await _read(place, http, last)
            told, _ = await _written(place, http, receiver, investors, meter)
            filled = told + read
    return [(what, before, after, unit) for (what, before, unit), (_, after, _) in zip(empty, filled, strict=True)]


async def _written(
    place: Installation,
    http: aiohttp.ClientSession,
    receiver: TimedReceiver,
    investors: list[Investor],
    meter: ServerMeter,
) -> tuple[list[Row], Purchase]:
    """What transactions cost, and the last of them."""
    for _ in range(WARM_UP):
        await _together(place, http, receiver, investors)
    meter.seconds = 0.0
    for _ in range(ROUNDS):
        with meter:
            last = await _together(place, http, receiver, investors)
    told_after = [await _alone(place, http, receiver, investor) for investor in investors]
    return [
        ("CPU of PostgreSQL per transaction", meter.seconds / (ROUNDS * len(investors)) * 1000, "ms"),
        ("confirm to first webhook, p50", median(told_after) * 1000, "ms"),
    ], last


async def _read(place: Installation, http: aiohttp.ClientSession, last: Purchase) -> list[Row]:
    return [(what, await _timed(read) * 1000, "ms") for what, read in _reads(place, http, last)]


async def _together(
    place: Installation, http: aiohttp.ClientSession, receiver: Receiver, investors: list[Investor]
) -> Purchase:
    """One transaction of every investor, with its pages; returns one of them."""
    purchases = [Purchase(place, http, investor) for investor in investors]
    await asyncio.gather(*(purchase.create() for purchase in purchases))
    await asyncio.gather(*(purchase.review() for purchase in purchases))
    await asyncio.gather(*(purchase.confirm() for purchase in purchases))
    await asyncio.gather(*(receiver.completed(purchase.transaction_id).wait() for purchase in purchases))
    await asyncio.gather(*(purchase.watch() for purchase in purchases))
    return purchases[0]


async def _alone(
    place: Installation, http: aiohttp.ClientSession, receiver: TimedReceiver, investor: Investor
) -> float:
    purchase = Purchase(place, http, investor)
    await purchase.create()
    await purchase.review()
    sent_at = await purchase.confirm()
    await receiver.completed(purchase.transaction_id).wait()
    return receiver.first[purchase.transaction_id] - sent_at


def _reads(
    place: Installation, http: aiohttp.ClientSession, purchase: Purchase
) -> list[tuple[str, Callable[[], Awaitable[object]]]]:
    gateway, services = place.gateway, place.services
    token = issue_token(gateway, purchase.investor.investor_id, services.clock.now())
    headers = {"x-gateway-secret": gateway.api_secret, "x-gateway-authtoken": token}
    base, one = f"{services.settings.public_url}/v1/{gateway.name}", f"?transactionId={purchase.transaction_id}"

    def get(path: str) -> Callable[[], Awaitable[object]]:
        async def read() -> Any:
            async with http.get(base + path, headers=headers) as answer:
                answer.raise_for_status()
                return await answer.read()

        return read

    async def doctor(back: timedelta | None) -> object:
        now = services.clock.now()
        found = await violations(services.database, now, since=None if back is None else now - back)
        if found:
            raise RuntimeError(str(found[0]))
        return found

    return [
        ("read: orders/sst, all of an investor", get("/engine/orders/sst")),
        ("read: orders/sst of one transaction", get(f"/engine/orders/sst{one}")),
        ("read: transaction details", get(f"/engine/transactiondetails{one}")),
        ("read: deliveries, the newest", get("/webhooks/deliveries")),
        ("read: deliveries of one transaction", get(f"/webhooks/deliveries{one}")),
        ("doctor, open and last three days", lambda: doctor(timedelta(days=3))),
    ]


async def _timed(read: Callable[[], Awaitable[object]]) -> float:
    took = []
    for _ in range(READS):
        began = time.perf_counter()
        await read()
        took.append(time.perf_counter() - began)
    return median(took)
