"""`make bench`: every figure beside its baseline, measured in this run. Nothing here asserts."""

import argparse
import asyncio
from statistics import quantiles

from rich.console import Console
from rich.table import Table

from tests.bench import (
    basket,
    basket_order,
    create,
    demo,
    each_broker,
    flooded,
    flow,
    grow,
    hanging,
    holdings,
    instruments,
    portfolio,
    start,
)
from tests.bench.installation import free_port, installation, own_database, sandbox
from tests.faults.stage import port_of
from tests.support.wire import Wire
from torana.kit.logs import set_up_logging
from torana.sandbox.exchange import Tempo
from torana.sandbox.server import running_sandbox

Row = tuple[str, str, str, str]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--grow", type=int, help="what things cost after so many transactions, and nothing else")
    asked.add_argument("--instruments", action="store_true", help="reading and finding instruments, nothing else")
    asked.add_argument("--hanging", action="store_true", help="what a broker that hangs does to others, nothing else")
    asked.add_argument("--orders", action="store_true", help="creating, placing and following orders, nothing else")
    asked.add_argument("--investing", action="store_true", help="an order on a basket, nothing else")
    asked.add_argument("--start", action="store_true", help="starting with all instruments, nothing else")
    asked.add_argument("--flooded", action="store_true", help="what a gateway that floods does to others, nothing else")
    asked.add_argument("--brokers", action="store_true", help="a basket through each connector, nothing else")
    asked.add_argument("--holdings", action="store_true", help="holdings of 500 securities, nothing else")
    asked.add_argument("--portfolio", action="store_true", help="indices and investments of baskets, nothing else")
    given = asked.parse_args()
    set_up_logging(level=50)
    if given.grow:
        with own_database() as url:
            _show_growth(asyncio.run(grow.measure(url, given.grow)), given.grow)
        return
    if given.orders:
        _show(_orders())
        return
    if given.investing:
        with own_database() as url:
            _show(asyncio.run(_basket_order(url)))
        return
    if given.instruments:
        _show(_instruments())
        return
    if given.start:
        _show(_starts())
        return
    if given.flooded:
        _show(_flooded())
        return
    if given.brokers:
        _show(_brokers())
        return
    if given.holdings:
        _show(_holdings())
        return
    if given.portfolio:
        _show(_portfolio())
        return
    if given.hanging:
        _show(_hanging())
        return
    _everything()


def _everything() -> None:
    """What was measured is shown as it comes, for a run that breaks later, and as one table in the end."""
    rows: list[Row] = []
    for part in (_orders, _brokers, _hanging, _flooded, _holdings, _portfolio, _instruments, _starts, _demo):
        found = part()
        for row in found:
            print(" | ".join(row), flush=True)
        rows += found
    _show(rows)


def _orders() -> list[Row]:
    rows = []
    for measure in (_processes, _basket, _paced_basket, _basket_order):
        with own_database() as url:
            rows += asyncio.run(measure(url))
    return rows


def _brokers() -> list[Row]:
    with own_database() as url:
        return list(each_broker.rows(asyncio.run(each_broker.measure(url))))


def _demo() -> list[Row]:
    seconds, memory = asyncio.run(demo.measure())
    return [
        ("`torana demo` to ready, installed", f"{seconds:.1f} s", "", "5 s"),
        ("resident memory of the demo's gateway", f"{memory:.0f} MB", "", "150 MB"),
    ]


def _hanging() -> list[Row]:
    found: dict[int, tuple[float, float]] = {}
    for count in (0, *hanging.HANGING):
        with own_database() as url:
            found[count] = asyncio.run(hanging.measure(url, count))
    calm = found.pop(0)
    return [
        (
            f"confirm to accepted at one broker, {count} baskets hanging at another, {name}",
            f"{took[at] * 1000:.1f} ms",
            f"{calm[at] * 1000:.1f} ms, none hanging",
            f"at most 1.1 of it: {took[at] / calm[at]:.2f}",
        )
        for count, took in found.items()
        for at, name in enumerate(("p50", "p99"))
    ]


def _flooded() -> list[Row]:
    found = []
    for flood in (False, True):
        with own_database() as url:
            found.append(asyncio.run(flooded.measure(url, flooded=flood)))
    calm, crowded = found
    return [
        (
            f"confirm to {until}, another gateway keeps {flooded.DUE} batches due, {name}",
            f"{crowded[until][at] * 1000:.1f} ms",
            f"{calm[until][at] * 1000:.1f} ms, alone",
            f"at most twice: {crowded[until][at] / calm[until][at]:.2f}",
        )
        for until in calm
        for at, name in enumerate(("p50", "p99"))
    ]


def _holdings() -> list[Row]:
    async def measured(database_url: str) -> holdings.Figures:
        port = free_port()
        async with sandbox(port) as sandbox_url, installation(database_url, sandbox_url, port=port) as place:
            return await holdings.measure(place)

    with own_database() as url:
        return holdings.rows(asyncio.run(measured(url)))


def _portfolio() -> list[Row]:
    async def measured(database_url: str) -> portfolio.Figures:
        port = free_port()
        async with sandbox(port) as sandbox_url, installation(database_url, sandbox_url, port=port) as place:
            return await portfolio.measure(place)

    with own_database() as url:
        return portfolio.rows(asyncio.run(measured(url)))


def _instruments() -> list[Row]:
    with own_database() as url:
        found = asyncio.run(instruments.measure(url))
    extra = (found.resolve - found.dictionary) * 1e6
    return [
        (
            f"instrument refresh of {instruments.ROWS:,} rows",
            f"{found.refresh:.2f} s",
            f"{found.copy:.2f} s, COPY of the same rows",
            f"at most 3 times: {found.refresh / found.copy:.2f}",
        ),
        ("  and its memory, the whole process", f"{found.megabytes:.0f} MB", "", "300 MB"),
        (
            f"resolve a ticker among {instruments.ROWS:,} instruments",
            f"{found.resolve * 1e6:.2f} µs",
            f"{found.dictionary * 1e6:.2f} µs, a dictionary",
            f"at most 20 µs more: {extra:.2f}",
        ),
    ]


def _starts() -> list[Row]:
    found = start.measure()
    codes = f"{instruments.ROWS:,} instruments with codes of {len(start.BROKERS)} brokers"
    rows: list[Row] = []
    for name in ("serve", "worker"):
        whole, packaged = found[name, True], found[name, False]
        at_start = f"`torana {name}` to ready, {codes}"
        rows.append((at_start, f"{whole.seconds:.1f} s", f"{packaged.seconds:.1f} s, the packaged list", ""))
        rows.append(("  and its memory", f"{whole.megabytes:.0f} MB", f"{packaged.megabytes:.0f} MB", ""))
    return rows


async def _basket(url: str) -> list[Row]:
    ours, bare = await basket.measure(url)
    return [
        (
            "basket of 20, 50 ms broker, pace of orders switched off: confirm to last accepted",
            f"{ours * 1000:.0f} ms",
            f"{bare * 1000:.0f} ms, asyncio + aiohttp loop",
            f"at most 1.15 of it: {ours / bare:.2f}",
        )
    ]


async def _paced_basket(url: str) -> list[Row]:
    ours, least = await basket.measure_paced(url)
    return [
        (
            "basket of 20, 50 ms broker, ten orders a second: confirm to last accepted",
            f"{ours * 1000:.0f} ms",
            f"{least * 1000:.0f} ms, arithmetic",
            f"at most 1.05 of it: {ours / least:.2f}",
        )
    ]


async def _basket_order(url: str) -> list[Row]:
    port = free_port()
    at = f"http://127.0.0.1:{port}"
    async with (
        running_sandbox(gateway_url=at, trading_hours=True, tempo=Tempo(0, 0), rate_limits=False) as simulated,
        installation(url, simulated.url, worker=["tests.bench.unpaced_worker"], port=port) as place,
    ):
        return basket_order.rows(*await basket_order.measure(place))


async def _processes(url: str) -> list[Row]:
    tap = flow.Tap()
    async with (
        running_sandbox(trading_hours=True, tempo=Tempo(0, 0), rate_limits=False) as sandbox,
        Wire(port_of(sandbox.url), tap).laid() as wire,
        installation(url, wire.url) as place,
    ):
        ours, bare, yardstick = await create.measure(place)
        figures = await flow.measure(place, tap)
    broker, hook = figures.to_broker, figures.to_webhook
    whole = figures.cpu_of_trade + figures.cpu_of_pages + figures.cpu_of_database
    return [
        (
            "create transaction, requests/s per core, our rate limit switched off",
            f"{ours:.0f}",
            f"{bare:.0f}, bare route + asyncpg",
            f"at least 0.7 of it: {ours / bare:.2f}",
        ),
        (
            "CPU of gateway and worker per transaction: create, confirm, place, fill, webhooks",
            f"{figures.cpu_of_trade * 1000:.1f} ms",
            "",
            "5 ms",
        ),
        ("  and for its pages: opening, review, watching", f"{figures.cpu_of_pages * 1000:.1f} ms", "", ""),
        (
            "  and the whole, PostgreSQL counted (the broker's and our rate limits switched off)",
            f"{whole * 1000:.1f} ms, of it PostgreSQL {figures.cpu_of_database * 1000:.1f} ms",
            f"{yardstick * 1000:.2f} ms, a request of the bare route: {whole / yardstick:.0f} of them",
            "22 ms",
        ),
        ("confirm to first byte at the broker, p50", f"{_percentile(broker, 50) * 1000:.1f} ms", "", "10 ms"),
        ("confirm to first byte at the broker, p99", f"{_percentile(broker, 99) * 1000:.1f} ms", "", "50 ms"),
        ("state change to webhook attempt, p99", f"{_percentile(hook, 99) * 1000:.1f} ms", "", "250 ms"),
    ]


def _percentile(values: list[float], percent: int) -> float:
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def _show(rows: list[Row]) -> None:
    table = Table(title="Torana, measured in this run")
    for heading in ("figure", "measured", "baseline", "aim"):
        table.add_column(heading)
    for row in rows:
        table.add_row(*row)
    Console(width=140).print(table)


def _show_growth(rows: list[tuple[str, float, float, str]], transactions: int) -> None:
    table = Table(title=f"Torana, measured in this run: an empty database and {transactions:,} finished transactions")
    for heading in ("figure", "empty", "filled", "aim"):
        table.add_column(heading)
    for what, empty, filled, unit in rows:
        table.add_row(what, f"{empty:.1f} {unit}", f"{filled:.1f} {unit}", f"at most 1.1 of it: {filled / empty:.2f}")
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
