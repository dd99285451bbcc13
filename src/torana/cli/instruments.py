"""`torana instruments …`: read the brokers' lists of what can be traded now; look a security up."""

import asyncio
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from torana.market.listing import Listing
    from torana.market.refresh import Refreshed
    from torana.settings import Settings


@click.group()
def instruments() -> None:
    """Update the lists of securities; look up a security."""


@instruments.command()
@click.option(
    "--fewer", is_flag=True, help="Accept a file even if it lists over a tenth fewer securities than were known."
)
def refresh(fewer: bool) -> None:
    """Read the brokers' instrument files now, as a worker does once a day.

    With live keys of a broker its file comes from the broker, otherwise from the sandbox. A file that is cut off, empty
    or lists far fewer securities than were known changes nothing. Exits 1 when a file changed nothing.
    """
    from torana.cli.installation import join_database, load_settings
    from torana.market.refresh import Outcome

    results = asyncio.run(_refresh(join_database(load_settings()), fewer=fewer))
    for result in results:
        failed = result.outcome is not Outcome.REFRESHED
        click.secho(f"{result.broker}: {result.text}", fg="red" if failed else None)
    failed_of = [result.broker for result in results if result.outcome is not Outcome.REFRESHED]
    if failed_of:
        raise click.ClickException(f"{', '.join(failed_of)}: nothing was changed")


@instruments.command()
@click.argument("name")
def show(name: str) -> None:
    """Show the security with this symbol, ISIN, exchange code or broker's code."""
    from torana.cli.installation import join_database, load_settings
    from torana.market.models import EXCHANGES

    listing = asyncio.run(_listing(join_database(load_settings())))
    found = [one for exchange in EXCHANGES for one in listing.all_of(name, exchange)]
    for one in dict.fromkeys(found):
        freeze = f", freeze quantity {one.freeze_quantity:,}" if one.freeze_quantity else ""
        figures = f"series {one.series}, token {one.exchange_token}, tick {one.tick} paise, lot {one.lot}{freeze}"
        click.echo(f"{one.exchange}:{one.symbol}  {one.isin}  {one.name}  {figures}")
        for code in listing.codes_of(one):
            click.echo(f"  {code.broker}: {code.symbol}  {code.code}")
    if not found:
        days = ", ".join(f"{one} {listing.dates[one]:%d %B %Y}" for one in EXCHANGES if one in listing.dates)
        raise click.ClickException(f"no security named {name!r} in the lists of {days}")


async def _refresh(settings: "Settings", *, fewer: bool) -> "list[Refreshed]":
    from torana.market.refresh import refresh_all
    from torana.services import build_services, instrument_brokers, instrument_sources, opened

    async with (
        opened(build_services(settings)) as services,
        instrument_sources(settings)(instrument_brokers()) as sources,
    ):
        return await refresh_all(services.database, sources, services.clock.now(), fewer=fewer)


async def _listing(settings: "Settings") -> "Listing":
    from torana.market.keep import load_listing
    from torana.market.securities import current
    from torana.services import build_services, opened

    async with opened(build_services(settings)) as services:
        await load_listing(services.database)
        return current()
