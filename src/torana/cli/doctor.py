"""`torana doctor`: what must always hold, checked on the installation as it is."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from torana.orders.invariants import Violation
    from torana.settings import Settings


DAYS = 3


@click.command()
@click.option("--all", "everything", is_flag=True, help="Check all that was ever stored, however long that takes.")
def doctor(everything: bool) -> None:
    """Check every invariant of this installation; change nothing.

    Looks at what is open and at what was begun within the last three days.

    Exits 0 when all hold, 1 and one line for each violation when not.
    """
    from torana.cli.installation import join_database, load_settings
    from torana.orders.invariants import RULES

    settings = join_database(load_settings())
    click.echo("Database: reachable, its schema is current.")
    found = asyncio.run(_look(settings, None if everything else timedelta(days=DAYS)))
    for violation in found:
        click.secho(f"{violation.invariant}  {violation.subject}  {violation.text}", fg="red")
    if found:
        raise click.ClickException(f"{len(found)} violation(s). Nothing was changed.")
    click.echo(f"Invariants: all {len(RULES) + 1} hold.")


async def _look(settings: "Settings", back: timedelta | None) -> "list[Violation]":
    from torana.house import clock_of
    from torana.kit.database import Database
    from torana.orders.invariants import violations

    database = Database(settings.database_url or "", size=2)
    await database.open()
    try:
        now = clock_of(settings).now()
        return await violations(database, now, since=None if back is None else now - back)
    finally:
        await database.close()
