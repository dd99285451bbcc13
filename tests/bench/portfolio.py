"""Baskets at their size: the index of ten years, and an investor's 50 investments beside a bare route that reads one
row and sends as many bytes."""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median

import msgspec

from tests.bench.flow import log_in
from tests.bench.installation import Installation
from tests.bench.load import drive
from tests.bench.looks import beside_a_bare_route, request_for
from tests.bench.meters import cpu_seconds
from torana.baskets import store
from torana.baskets.figures import Performances
from torana.baskets.models import Benchmark, Constituent, Draft, Investment, Profile, Registration, Schedule
from torana.baskets.positions import Position
from torana.baskets.publish import publish
from torana.baskets.store.trades import Trade
from torana.market import store as market
from torana.market.models import Close
from torana.market.securities import all_securities

CONSTITUENTS, YEARS, INVESTMENTS = 30, 10, 50
LOOKS, REQUESTS = 20, 150


@dataclass(frozen=True)
class Figures:
    """Seconds of a history, computed and warm; requests per second and core."""

    computed: float
    warm: float
    points: int
    look: float
    bare: float
    kilobytes: float
    anew: float
    """The same while every look comes after a change."""


async def measure(place: Installation) -> Figures:
    """A basket of 30 with ten years of closing prices, in which one investor has 50 investments."""
    database, gateway_id = place.services.database, place.gateway.gateway_id
    listed = [one for one in all_securities().values() if one.series == "EQ"][:CONSTITUENTS]
    first = datetime.now(UTC) - timedelta(days=365 * YEARS)
    days = [day for day in (first.date() + timedelta(days=at) for at in range(365 * YEARS)) if day.weekday() < 5]
    closes = [
        Close(one.isin, day, 100_00 + (at * 37 + number * 11) % 9_000)
        for number, one in enumerate(listed)
        for at, day in enumerate(days)
    ]
    constituents = tuple(Constituent(one.symbol, one.exchange, one.isin, shares=1) for one in listed)
    async with database.transaction() as connection:
        await market.put_closes(connection, place.gateway.mode.value, closes)
        await publish(connection, gateway_id, a_draft("BENCH_1", constituents), first)
    investor = await log_in(place, "investor")
    await _invested(place, investor.investor_id, constituents, days[-250])
    basket = await store.find(database, gateway_id, "BENCH_1")
    assert basket is not None
    performances, times = Performances(database), []
    for _ in range(LOOKS + 1):
        began = time.perf_counter()
        points = await performances.points(basket, place.gateway.mode)
        times.append(time.perf_counter() - began)
    path = f"/v1/{place.gateway.name}/engine/user/investments"
    looks = await beside_a_bare_route(place, investor.investor_id, path, requests=REQUESTS)
    assert len(msgspec.json.decode(looks.answer)["data"]["investments"]) == INVESTMENTS
    anew = await _made_anew(place, investor.investor_id, path)
    return Figures(times[0], median(times[1:]), len(points), looks.ours, looks.bare, len(looks.answer) / 1024, anew)


async def _made_anew(place: Installation, investor_id: str, path: str) -> float:
    """Looks per second and core, each of them after an order on one of the investments began or ended."""
    request = request_for(place, investor_id, path)
    changed = """
        update investments set revision = revision + 1 where gateway_id = $1 and iscid = $2
    """
    used = 0.0
    for _ in range(REQUESTS):
        await place.services.database.execute(changed, place.gateway.gateway_id, f"{0:024x}")
        before = cpu_seconds(place.serve.pid)
        await drive(place.serve.pid, place.port, request, requests=1, connections=1)
        used += cpu_seconds(place.serve.pid) - before
    return REQUESTS / used


def a_draft(scid: str, constituents: tuple[Constituent, ...]) -> Draft:
    profile = Profile(
        name="Thirty",
        short_description="Thirty companies.",
        rationale="They are measured.",
        publisher_name="Bench",
        registration=Registration("INH000000000"),
        benchmark=Benchmark("Nifty 50", "Price index."),
        rebalance_schedule=Schedule.YEARLY,
    )
    return Draft(scid=scid, profile=profile, constituents=constituents, active=True)


async def _invested(place: Installation, investor_id: str, of: tuple[Constituent, ...], day: date) -> None:
    database, gateway_id, now = place.services.database, place.gateway.gateway_id, place.services.clock.now()
    positions = tuple(Position(one.symbol, one.exchange, one.isin, 3, 300_00) for one in of)
    for number in range(INVESTMENTS):
        iscid = f"{number:024x}"
        made = Investment(
            gateway_id=gateway_id, iscid=iscid, investor_id=investor_id, scid="BENCH_1", version=1,
            positions=positions, batch_count=1, created_at=now, updated_at=now,
        )  # fmt: skip
        async with database.transaction() as connection:
            await store.insert_investment(connection, made)
            traded = [Trade(day + timedelta(days=30 * at), one.isin, 1, 100_00) for one in of for at in range(3)]
            await store.add_trades(connection, gateway_id, iscid, traded)


def rows(found: Figures) -> list[tuple[str, str, str, str]]:
    return [
        (
            f"index of {YEARS} years x {CONSTITUENTS} constituents ({found.points:,} days), warm",
            f"{found.warm * 1000:.1f} ms",
            f"{found.computed * 1000:.0f} ms, computed",
            "50 ms",
        ),
        (
            f"GET {INVESTMENTS} investments of {CONSTITUENTS} ({found.kilobytes:.0f} kB), requests/s per core",
            f"{found.look:.0f}",
            f"{found.bare:.0f}, bare route + asyncpg of as many bytes",
            f"at least 0.6 of it: {found.look / found.bare:.2f}",
        ),
        ("  each after a change of one of them", f"{found.anew:.0f}", "", ""),
    ]
