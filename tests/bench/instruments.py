"""Reading a broker's file of 150,000 securities, beside COPY of the same rows; finding one among them, beside a dict.

Run as `python -m tests.bench.instruments DATABASE_URL FILE_URL` it is the process that reads, measured by itself.
"""

import asyncio
import gzip
import json
import string
import sys
import timeit
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import asyncpg
from aiohttp import web

from tests.bench.installation import free_port
from torana.connectors.upstox import instruments as upstox
from torana.kit.database import Database
from torana.kit.outbound import BrokerClient
from torana.market import keep, securities, store
from torana.market.refresh import Brings, Outcome, Source, refresh

ROWS = 150_000
ROUNDS = 3
_COLUMNS, _CODES = store.SECURITY_COLUMNS, store.CODE_COLUMNS
_DIGITS = string.digits + string.ascii_uppercase


@dataclass(frozen=True)
class Figures:
    """Seconds, and megabytes of the process that reads."""

    refresh: float
    copy: float
    megabytes: float
    resolve: float
    dictionary: float


def made_up() -> Iterator[dict[str, object]]:
    """Rows as upstox writes them, three in five of the NSE."""
    for at in range(ROWS):
        exchange = "NSE" if at % 5 < 3 else "BSE"
        issuer = "".join(_DIGITS[at // 36**place % 36] for place in range(4))
        isin = f"INE{issuer}0101{at % 10}"
        yield {
            "segment": f"{exchange}_EQ",
            "name": f"COMPANY NUMBER {at} LIMITED",
            "exchange": exchange,
            "isin": isin,
            "instrument_type": "EQ" if exchange == "NSE" else "A",
            "instrument_key": f"{exchange}_EQ|{isin}",
            "lot_size": 1,
            "freeze_quantity": 100000.0,
            "exchange_token": str(at + 1),
            "tick_size": 5.0,
            "trading_symbol": f"CO{at}",
            "short_name": f"COMPANY {at}",
            "security_type": "NORMAL",
        }


async def measure(url: str) -> Figures:
    """Serve the file from this process; another one reads it."""
    body = gzip.compress(json.dumps(list(made_up())).encode(), compresslevel=6)
    app = web.Application()

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/gzip")

    app.router.add_get("/file", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        reading = await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "ignore", "-m", "tests.bench.instruments", url, f"http://127.0.0.1:{port}/file"),
            stdout=asyncio.subprocess.PIPE,
        )
        told, _ = await reading.communicate()
        return Figures(**json.loads(told.splitlines()[-1]))
    finally:
        await runner.cleanup()


async def read(url: str, file_url: str) -> Figures:
    """Rounds of refresh and COPY take turns, each into an empty table; the middle one of each counts."""
    database, refreshes, copies, megabytes = Database(url, size=2), [], [], 0.0
    await database.open()
    plain = await asyncpg.connect(url)
    for number in range(ROUNDS):
        await plain.execute("truncate instruments, broker_instruments, symbol_changes")
        refreshes.append(await _refresh(database, file_url))
        if number == 0:
            megabytes = _peak_megabytes()
        copies.append(await _copy(plain))
    await plain.close()
    await keep.load_listing(database)
    await database.close()
    resolve, dictionary = _look_ups()
    return Figures(median(refreshes), median(copies), megabytes, resolve, dictionary)


async def _refresh(database: Database, file_url: str) -> float:
    origin = file_url.rsplit("/", 1)[0]
    began = timeit.default_timer()
    async with BrokerClient("bench", [origin]) as client:
        source = Source("upstox", file_url, client, upstox.read, Brings.SECURITIES)
        result = await refresh(database, source, datetime.now(UTC))
    assert result.outcome is Outcome.REFRESHED, result
    return timeit.default_timer() - began


def _peak_megabytes() -> float:
    """Of this process since its program began; `ru_maxrss` would count what its parent held."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


async def _copy(connection: "asyncpg.Connection[asyncpg.Record]") -> float:
    """The rows that the refresh wrote, into the same tables with the same keys."""
    listed = [tuple(row) for row in await connection.fetch(f"select {', '.join(_COLUMNS)} from instruments")]
    codes = [tuple(row) for row in await connection.fetch(f"select {', '.join(_CODES)} from broker_instruments")]
    assert len(listed) == len(codes) == ROWS
    await connection.execute("truncate instruments, broker_instruments")
    began = timeit.default_timer()
    await connection.copy_records_to_table("instruments", records=listed, columns=_COLUMNS)
    await connection.copy_records_to_table("broker_instruments", records=codes, columns=_CODES)
    return timeit.default_timer() - began


def _look_ups() -> tuple[float, float]:
    """One ticker resolved, and the same one in a plain dictionary."""
    listing = securities.current()
    plain = dict(listing.by_symbols["NSE"])
    symbols = list(plain)[:: len(plain) // 1000]

    def each(look_up: Callable[[str], object]) -> float:
        rounds = timeit.repeat(lambda: [look_up(symbol) for symbol in symbols], number=10, repeat=5)
        return min(rounds) / 10 / len(symbols)

    return each(lambda symbol: securities.current().resolve(symbol)), each(plain.get)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(asyncio.run(read(*sys.argv[1:])))) + "\n")
