"""`torana baskets isin-changes`: ISINs that became others, after a look at whom they are about."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import click

from torana.cli.gateways import gateway_id_of, with_database

if TYPE_CHECKING:
    from torana.baskets.isin_changes import Unlisted
    from torana.baskets.isin_supply import ChangesBody
    from torana.baskets.store.isin_changes import Supplied
    from torana.kit.cipher import Cipher
    from torana.kit.database import Database


@click.command("isin-changes")
@click.argument("gateway")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--remove", multiple=True, metavar="ISIN", help="One that was supplied and by which nothing was converted."
)
@click.option("--yes", is_flag=True, help="Write without asking.")
def isin_changes(gateway: str, file: Path | None, remove: tuple[str, ...], yes: bool) -> None:
    """Say which ISINs became others, as after a split of the face value: investments at GATEWAY follow.

    The CSV FILE has the columns isin (the old one), ticker (what it is now), oldShares and newShares (so many became so
    many) and date. Without FILE what was supplied is listed, and what is held or sold and is listed no more.
    """
    if file is None and not remove:
        supplied, gone = with_database(lambda database, cipher: _listed(database, cipher, gateway))
        _show(supplied)
        for one in gone:
            _show_unlisted(one)
        if not supplied and not gone:
            click.echo("All that is held and sold is listed, and nothing was supplied.")
        return
    body = _read(file, remove)
    _show(with_database(lambda database, cipher: _written(database, cipher, gateway, body, dry_run=True)))
    if not yes:
        click.confirm("Write this? A worker converts those that wait.", abort=True)
    with_database(lambda database, cipher: _written(database, cipher, gateway, body, dry_run=False))
    click.echo(f"{len(body.changes)} written, {len(body.remove)} removed.")


def _read(file: Path | None, remove: tuple[str, ...]) -> "ChangesBody":
    import msgspec

    from torana.baskets.isin_supply import ChangesBody
    from torana.kit.errors import ConfigurationError

    lines = [] if file is None else file.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    rows = [{name: value for name, value in row.items() if value} for row in csv.DictReader(lines)]
    try:
        return msgspec.convert({"changes": rows, "remove": list(remove)}, ChangesBody, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"the file is no list of ISINs that became others: {error}") from None


async def _listed(database: "Database", cipher: "Cipher", gateway: str) -> "tuple[list[Supplied], list[Unlisted]]":
    from torana.baskets import store
    from torana.baskets.isin_changes import unlisted
    from torana.market.keep import load_listing

    await load_listing(database)
    gateway_id = await gateway_id_of(database, cipher, gateway)
    async with database.connection() as connection:
        supplied = await store.isin_changes(connection, gateway_id)
    return supplied, await unlisted(database, gateway_id)


async def _written(
    database: "Database", cipher: "Cipher", gateway: str, body: "ChangesBody", *, dry_run: bool
) -> "list[Supplied]":
    from torana.baskets.isin_supply import check_changes, supply
    from torana.cli.installation import installation_clock
    from torana.kit.errors import ApiError, ConfigurationError
    from torana.market.keep import load_listing

    await load_listing(database)
    gateway_id, now = await gateway_id_of(database, cipher, gateway), installation_clock().now()
    try:
        changes = check_changes(body, gateway_id, now)
        async with database.transaction() as connection:
            found = await supply(connection, gateway_id, changes, body.remove, now, dry_run=dry_run)
    except ApiError as refused:
        raise ConfigurationError(refused.message) from None
    named = {one.isin for one in changes}
    return [one for one in found if one.change.isin in named]


def _show(supplied: "list[Supplied]") -> None:
    for one in supplied:
        change = one.change
        ratio = f"{change.old_shares} became {change.new_shares} of {change.symbol} ({change.new_isin})"
        click.echo(f"{change.isin}: {ratio} on {change.day}; {one.converted} converted, {one.waiting} wait")


def _show_unlisted(one: "Unlisted") -> None:
    held, sold = one.held, f", sold in {', '.join(one.scids)}" if one.scids else ""
    now = "" if one.now is None else f"; {one.now.symbol} is {one.now.isin} today"
    what = f"{held.shares} shares in {held.investments} investment(s){sold}"
    click.secho(f"{held.isin}: {held.symbol} is listed no more: {what}{now}", fg="yellow")
