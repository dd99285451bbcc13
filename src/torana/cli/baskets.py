"""`torana baskets`: publish baskets and supply dividends from files, after a look at what would change."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from torana.cli.basket_adjustments import reconcile
from torana.cli.basket_isins import isin_changes
from torana.cli.gateways import gateway_id_of, with_database

if TYPE_CHECKING:
    from datetime import datetime

    from torana.baskets.dividends import Supplied
    from torana.baskets.models import Change, Draft, Published
    from torana.kit.cipher import Cipher
    from torana.kit.database import Connection, Database


_PAGE = 1_000


@click.group()
def baskets() -> None:
    """Publish the model portfolios of a gateway."""


baskets.add_command(reconcile)
baskets.add_command(isin_changes)


@baskets.command()
@click.argument("gateway")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--scid", help="The basket whose constituents are in a CSV FILE.")
@click.option("--yes", is_flag=True, help="Publish without asking.")
def push(gateway: str, file: Path, scid: str | None, yes: bool) -> None:
    """Publish the baskets in FILE at GATEWAY, all of them or none.

    A YAML file holds one basket or a list of them, with the fields of the API. A CSV file holds the constituents of a
    basket that exists already (--scid): ticker and weight, or ticker and shares. What would change is shown first.
    """
    as_csv = file.suffix.lower() == ".csv"
    if as_csv != (scid is not None):
        raise click.UsageError("a CSV file needs --scid, a YAML file must not have it")
    drafts = with_database(lambda database, cipher: _drafts(database, cipher, gateway, file, scid))
    planned = with_database(lambda database, cipher: _compare(database, cipher, gateway, drafts))
    _show(planned)
    if not any(each.changes for each in planned):
        click.echo("Nothing to change.")
        return
    if not yes:
        click.confirm("Publish this?", abort=True)
    for each in with_database(lambda database, cipher: _publish(database, cipher, gateway, drafts, as_csv)):
        click.echo(f"{each.scid}: {each.outcome.value}, version {each.version}")


@baskets.command()
@click.argument("gateway")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Write without asking.")
def dividends(gateway: str, file: Path | None, yes: bool) -> None:
    """Supply the dividends in FILE at GATEWAY: investments that held the shares before an ex-date are credited.

    Without FILE those that were supplied are listed, the newest first, as a CSV.

    A CSV file has the columns ticker, exDate (2026-11-13) and perShare (rupees), a YAML file has a list with these
    fields. What would change is shown first. Supply several dividends of one company and day as their sum.
    """
    if file is None:
        for line in with_database(lambda database, cipher: _listed(database, cipher, gateway)):
            click.echo(line)
        return
    supplied = with_database(lambda database, _: _supplied(database, file))
    changes = with_database(lambda database, cipher: _dividends_compared(database, cipher, gateway, supplied))
    for change in changes:
        _show_change(change)
    if not changes:
        click.echo("Nothing to change.")
        return
    if not yes:
        click.confirm("Write this?", abort=True)
    done = with_database(lambda database, cipher: _dividends_written(database, cipher, gateway, supplied))
    click.echo(f"{len(done)} dividend(s) written.")


async def _listed(database: "Database", cipher: "Cipher", gateway: str) -> list[str]:
    from torana.baskets import store
    from torana.baskets.dividends import dividend_body
    from torana.market.keep import load_listing

    await load_listing(database)
    gateway_id, rows = await gateway_id_of(database, cipher, gateway), list[dict[str, Any]]()
    while page := await store.dividends_supplied(database, gateway_id, count=_PAGE, offset=len(rows)):
        rows += [dividend_body(one) for one in page]
    return ["ticker,exchange,exDate,perShare"] + [
        f"{one['ticker']},{one['exchange'] or ''},{one['exDate']},{one['perShare']}" for one in rows
    ]


async def _supplied(database: "Database", file: Path) -> "Supplied":
    from torana.baskets.dividends import DividendsBody, check_dividends, read_dividends_csv, read_dividends_yaml
    from torana.kit.errors import ApiError, ConfigurationError
    from torana.market.keep import load_listing

    await load_listing(database)
    text = file.read_text(encoding="utf-8-sig")
    as_csv = file.suffix.lower() == ".csv"
    rows = read_dividends_csv(text.splitlines(keepends=True)) if as_csv else read_dividends_yaml(text)
    try:
        return check_dividends(DividendsBody(rows))
    except ApiError as refused:
        raise ConfigurationError(refused.message) from None


async def _dividends_compared(
    database: "Database", cipher: "Cipher", gateway: str, supplied: "Supplied"
) -> "list[Change]":
    from torana.baskets.dividends import compare

    gateway_id = await gateway_id_of(database, cipher, gateway)
    async with database.transaction() as connection:
        return await compare(connection, gateway_id, supplied)


async def _dividends_written(
    database: "Database", cipher: "Cipher", gateway: str, supplied: "Supplied"
) -> "list[Change]":
    from torana.baskets.dividends import supply

    gateway_id = await gateway_id_of(database, cipher, gateway)
    async with database.transaction() as connection:
        return await supply(connection, gateway_id, supplied)


async def _drafts(database: "Database", cipher: "Cipher", gateway: str, file: Path, scid: str | None) -> "list[Draft]":
    from torana.baskets.draft import check_draft
    from torana.baskets.files import read_yaml
    from torana.cli.installation import installation_clock
    from torana.kit.clock import IST
    from torana.kit.errors import ApiError, ConfigurationError
    from torana.market.keep import load_listing

    await load_listing(database)
    text = file.read_text(encoding="utf-8-sig")
    if scid is not None:
        return [await _with_constituents(database, await gateway_id_of(database, cipher, gateway), scid, text)]
    today = installation_clock().now().astimezone(IST).date()
    bodies = read_yaml(text)
    if twice := [name for name, number in Counter(body.scid for body in bodies).items() if number > 1]:
        raise ConfigurationError(f"more than once in the file: {', '.join(twice)}")
    found = []
    for body in bodies:
        try:
            found.append(check_draft(body, today))
        except ApiError as refused:
            raise ConfigurationError(f"{body.scid}: {refused.message}") from None
    return found


async def _with_constituents(database: "Database", gateway_id: str, scid: str, text: str) -> "Draft":
    """The basket as it is, with the constituents of a CSV."""
    from torana.baskets import store
    from torana.baskets.draft import Faults, check_constituents
    from torana.baskets.files import read_csv
    from torana.baskets.models import Draft
    from torana.kit.errors import ConfigurationError

    there = await store.find(database, gateway_id, scid)
    if there is None:
        raise ConfigurationError(f"there is no basket {scid}: publish it once from a YAML file")
    faults: Faults = []
    constituents = check_constituents(read_csv(text.splitlines(keepends=True)), faults)
    if faults:
        raise ConfigurationError(f"{scid}: {'; '.join(text for _, text in faults)}")
    return Draft(scid=scid, profile=there.profile, constituents=constituents, active=there.archived_at is None)


async def _compare(database: "Database", cipher: "Cipher", gateway: str, drafts: "list[Draft]") -> "list[Published]":
    from torana.baskets import store
    from torana.baskets.publish import compare

    gateway_id = await gateway_id_of(database, cipher, gateway)
    return [compare(each, await store.find(database, gateway_id, each.scid)) for each in drafts]


async def _publish(
    database: "Database", cipher: "Cipher", gateway: str, drafts: "list[Draft]", as_csv: bool
) -> "list[Published]":
    from torana.baskets.publish import publish
    from torana.cli.installation import installation_clock

    gateway_id, now = await gateway_id_of(database, cipher, gateway), installation_clock().now()
    done = []
    async with database.transaction() as connection:
        # In one order, so that two who push at once wait for each other and do not block each other.
        for each in sorted(drafts, key=lambda one: one.scid):
            wanted = await _as_it_is(connection, gateway_id, each, now) if as_csv else each
            done.append(await publish(connection, gateway_id, wanted, now))
    return done


async def _as_it_is(connection: "Connection", gateway_id: str, draft: "Draft", now: "datetime") -> "Draft":
    """The draft with all that a CSV does not say as it is now, which may not be what it was before the question."""
    from msgspec.structs import replace

    from torana.baskets import store
    from torana.kit.errors import ConfigurationError

    await store.lock(connection, gateway_id, draft.scid, now)
    there = await store.read(connection, gateway_id, draft.scid)
    if there is None:
        raise ConfigurationError(f"there is no basket {draft.scid} any longer")
    return replace(draft, profile=there.profile, active=there.archived_at is None)


def _show(planned: "list[Published]") -> None:
    for each in planned:
        click.secho(f"{each.scid}: {each.outcome.value}, version {each.version}", bold=True)
        for change in each.changes:
            _show_change(change)


def _show_change(change: "Change") -> None:
    if change.before is not None:
        click.secho(f"  - {change.field}: {change.before}", fg="red")
    if change.after is not None:
        click.secho(f"  + {change.field}: {change.after}", fg="green")
