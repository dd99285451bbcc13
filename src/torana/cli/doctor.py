"""`torana doctor`: what must always hold, checked on the installation as it is."""

import asyncio
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from torana.orders.invariants import Violation
    from torana.settings import Settings


@click.command()
def doctor() -> None:
    """Check every invariant of this installation; change nothing.

    Exits 0 when all hold, 1 and one line for each violation when not.
    """
    from torana.cli.installation import join_database, load_settings
    from torana.orders.invariants import RULES

    settings = join_database(load_settings())
    click.echo("Database: reachable, its schema is current.")
    found = asyncio.run(_look(settings))
    for violation in found:
        click.secho(f"{violation.invariant}  {violation.subject}  {violation.text}", fg="red")
    if found:
        raise click.ClickException(f"{len(found)} violation(s). Nothing was changed.")
    click.echo(f"Invariants: all {len(RULES) + 1} hold.")


async def _look(settings: "Settings") -> "list[Violation]":
    from torana.house import clock_of
    from torana.kit.database import Database
    from torana.orders.invariants import violations

    database = Database(settings.database_url or "", size=2)
    await database.open()
    try:
        return await violations(database, clock_of(settings).now())
    finally:
        await database.close()
