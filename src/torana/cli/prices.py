"""`torana prices …`: closing prices, which the minimum amounts and the indices of baskets are computed from."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from torana.cli.gateways import with_database

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from torana.kit.cipher import Cipher
    from torana.kit.database import Database
    from torana.market.models import Close

_SINCE = click.DateTime(["%Y-%m-%d"])


@click.group()
def prices() -> None:
    """Load closing prices, for minimum amounts and indices of baskets."""


@prices.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--mode",
    type=click.Choice(["test", "live"]),
    default="live",
    show_default=True,
    help="For test or for live gateways.",
)
def load(file: Path, mode: str) -> None:
    """Load the closing prices in FILE, a CSV with the columns day, close (rupees), and isin or symbol (of the NSE).

    Prices must be adjusted for splits and bonus issues. What is loaded for a day replaces what was there.
    """
    from torana.cli.installation import load_settings
    from torana.kit.clock import machine_clock
    from torana.market.calendar_end import today_of
    from torana.market.closes import read_file
    from torana.market.keep import load_listing

    today = today_of(machine_clock(load_settings().clock_file))

    async def work(database: "Database", _: "Cipher") -> int:
        await load_listing(database)
        with file.open(encoding="utf-8-sig", newline="") as lines:
            found = read_file(lines, today)
        await _put(database, mode, found)
        return len(found)

    click.echo(f"{with_database(work)} closing prices loaded for {mode} gateways.")


@prices.command()
@click.option("--since", type=_SINCE, required=True, help="The first day, such as 2026-01-01.")
@click.argument("symbols", nargs=-1, required=True)
def sandbox(since: datetime, symbols: tuple[str, ...]) -> None:
    """Load the simulated closing prices of these NSE SYMBOLS from the running sandbox, for test gateways."""
    from torana.cli.installation import load_settings

    url = load_settings().sandbox_url

    async def work(database: "Database", _: "Cipher") -> int:
        from torana.market.keep import load_listing

        await load_listing(database)
        found = await simulated_closes(url, symbols, since.date())
        await _put(database, "test", found)
        return len(found)

    click.echo(f"{with_database(work)} closing prices loaded for test gateways.")


async def simulated_closes(sandbox_url: str, symbols: "Sequence[str]", since: "date") -> "list[Close]":
    """What the sandbox says of these symbols of the NSE. Raises `ConfigurationError` for a symbol that is not listed
    there, and when the sandbox refuses or does not answer."""
    from datetime import date

    from torana.kit.errors import ConfigurationError
    from torana.market.models import Close
    from torana.market.securities import find

    found = {symbol: find(symbol) for symbol in symbols}
    if unknown := [symbol for symbol, security in found.items() if security is None]:
        raise ConfigurationError(f"not listed on the NSE: {', '.join(unknown)}")
    isins = {security.symbol: security.isin for security in found.values() if security is not None}
    query = [("since", since.isoformat()), *(("symbol", symbol) for symbol in isins)]
    told = await _asked(f"{sandbox_url}/sandbox/closes", query)
    return [Close(isins[row["symbol"]], date.fromisoformat(row["day"]), row["close"]) for row in told]


async def _asked(url: str, query: "Sequence[tuple[str, str]]") -> "list[dict[str, Any]]":
    """The closes that this address tells. Raises `ConfigurationError`."""
    import aiohttp

    from torana.kit.errors import ConfigurationError

    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as http,
            http.get(url, params=query) as answer,
        ):
            told = await answer.json()
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise ConfigurationError(f"no sandbox answers at {url} ({type(error).__name__}): is it running?") from None
    if "closes" not in told:
        raise ConfigurationError(f"the sandbox refuses: {told.get('error')}")
    closes: list[dict[str, Any]] = told["closes"]
    return closes


async def _put(database: "Database", mode: str, found: "list[Close]") -> None:
    from torana.market import store

    async with database.transaction() as connection:
        await store.put_closes(connection, mode, found)
