"""`torana doctor`: what must always hold, checked on the installation as it is."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from torana.baskets.isin_changes import Unlisted
    from torana.connectors.egress import Way
    from torana.orders.compare import Comparison
    from torana.orders.invariants import Violation
    from torana.orders.store import InAttention
    from torana.settings import Settings


DAYS = 3


@dataclass(frozen=True, slots=True)
class _Looked:
    """What the installation tells of itself. `halts` and `attention` are lines to be printed."""

    halts: "list[str]"
    violations: "list[Violation]"
    comparison: "Comparison"
    attention: "list[str]"


@click.group(invoke_without_command=True)
@click.option("--all", "everything", is_flag=True, help="Check everything that was ever stored, however long it takes.")
@click.pass_context
def doctor(context: click.Context, everything: bool) -> None:
    """Check the invariants of this installation, and its orders against the brokers' books; change nothing.

    Looks at what is open and at the last 3 days, lists where new orders are stopped and which orders need a person
    (neither is a failure), and warns when the market calendar is about to end. Exits 0 when everything holds and
    agrees, 1 with one line for each violation and difference otherwise. A book that cannot be read is listed and is not
    a failure.
    """
    from torana.kit.logs import set_up_logging

    set_up_logging("console", level=logging.WARNING)
    if context.invoked_subcommand is not None:
        return
    from torana.cli.installation import join_database, load_settings
    from torana.kit.clock import machine_clock
    from torana.market.calendar import current
    from torana.market.calendar_end import today_of, warnings
    from torana.orders.compare import TEXTS
    from torana.orders.invariants import RULES

    settings = join_database(load_settings())
    click.echo("Database: reachable, its schema is up to date.")
    for warning in warnings(current(), today_of(machine_clock(settings.clock_file)), settings.calendar_warning_days):
        click.secho(f"{warning} Set TORANA_CALENDAR_FILE to a file with later days.", fg="yellow")
    for text, old in asyncio.run(_instruments(settings)):
        click.secho(text, fg="yellow" if old else None)
    looked = asyncio.run(_look(settings, None if everything else timedelta(days=DAYS)))
    found, comparison = looked.violations, looked.comparison
    for text in looked.halts:
        click.secho(f"Kill switch: {text}", fg="yellow")
    for text in looked.attention:
        click.secho(f"Needs a person: {text}", fg="yellow")
    for violation in found:
        click.secho(f"{violation.invariant}  {violation.subject}  {violation.text}", fg="red")
    for difference in comparison.differences:
        text = f"{difference.subject}  {difference.broker}: {TEXTS[difference.kind]} ({difference.detail})"
        click.secho(f"{difference.kind}  {text}", fg="red")
    for book in comparison.unread:
        click.secho(f"Not compared: {book.broker} account {book.broker_user_id}: {book.why}", fg="yellow")
    if found or comparison.differences:
        counted = [f"{len(found)} violation(s)"] if found else []
        if comparison.differences:
            counted.append(f"{len(comparison.differences)} difference(s) from the brokers' books")
        raise click.ClickException(f"{', '.join(counted)}. Nothing was changed.")
    click.echo(f"Invariants: all {len(RULES) + 1} of orders and those of investments hold.")
    click.echo(f"Brokers' books: {comparison.read} read and agree, {len(comparison.unread)} not read.")


@doctor.command()
@click.option("--ask", metavar="URL", help="URL of a service that answers with the address it sees.")
def ip(ask: str | None) -> None:
    """Show the address from which each account's orders are sent, to register it with the broker.

    Behind a router, brokers see the router's address instead: --ask names an https service that reports it, and each
    route is tried.
    """
    from torana.cli.installation import load_settings
    from torana.services import egress_of

    settings = load_settings()
    ways: list[tuple[str, Way | None]] = [("every other account", None)]
    ways += [(f"{way.broker} {way.account or '(every account)'}", way) for way in egress_of(settings).ways]
    for whose, way in ways:
        click.echo(f"{whose}: {way.told if way else 'by the default route of this machine'}")
        if ask:
            click.echo(f"  seen as {asyncio.run(_seen_address(ask, way))}")
    live = ", ".join(sorted(settings.brokers)) or "none is configured"
    click.echo(
        f"Register these addresses at the brokers (live: {live}). They reject orders from other addresses, with the"
    )
    click.echo("reason egress_not_registered.")


async def _seen_address(url: str, way: "Way | None") -> str:
    from torana.connectors.egress import seen_address
    from torana.kit.http import TransportFailure

    try:
        return await seen_address(url, way) or "nothing: the service answered no address"
    except TransportFailure as failure:
        return f"nothing: {failure.reason}"


async def _instruments(settings: "Settings") -> list[tuple[str, bool]]:
    """How old the lists of securities are, and whether that is too old or a file could not be read."""
    from torana.kit.clock import IST, machine_clock
    from torana.kit.database import Database
    from torana.market.calendar_end import today_of
    from torana.market.keep import OLD_DAYS, load_listing
    from torana.market.securities import current
    from torana.market.store import file_states

    database = Database(settings.database_url or "", size=1)
    await database.open()
    try:
        await load_listing(database)
        states = await file_states(database)
    finally:
        await database.close()
    listing, lines = current(), []
    for exchange, day in listing.dates.items():
        count = listing.counts()[exchange]
        age = (today_of(machine_clock(settings.clock_file)) - day).days
        text = f"Instruments: {count:,} of {exchange}, the {listing.origin} list of {day:%d %B %Y}, {age} days old."
        remedy = " Run: torana instruments refresh" if age > OLD_DAYS else ""
        lines.append((text + remedy, age > OLD_DAYS))
    for state in states:
        read = f"read on {state.read_at.astimezone(IST):%d %B %Y at %H:%M}" if state.read_at else "never read"
        unread = f", {state.unreadable:,} rows unreadable" if state.unreadable else ""
        failed = f"; the last attempt changed nothing: {state.problem}" if state.problem else ""
        lines.append((f"Instrument file of {state.broker}: {read}{unread}{failed}.", state.problem is not None))
    return lines


async def _look(settings: "Settings", back: timedelta | None) -> _Looked:
    from torana.baskets import invariants as baskets
    from torana.baskets.isin_changes import unlisted
    from torana.cli.halts import halt_lines
    from torana.orders.compare import compare
    from torana.orders.invariants import violations
    from torana.orders.store import in_attention
    from torana.partners.store import all_gateways, gateway_ids
    from torana.services import build_services, opened

    async with opened(build_services(settings)) as services:
        now = services.clock.now()
        since = None if back is None else now - back
        return _Looked(
            await halt_lines(services.database),
            [
                *await violations(services.database, now, since=since),
                *await baskets.violations(services.database, since=since),
            ],
            await compare(services.database, services.sessions, services.connectors, now),
            [
                _line(order, now - order.since)
                for gateway_id in await gateway_ids(services.database)
                for order in await in_attention(services.database, gateway_id, since)
            ]
            + [
                _unlisted_line(gateway.name, one)
                for gateway in await all_gateways(services.database)
                for one in await unlisted(services.database, gateway.gateway_id)
            ],
        )


def _unlisted_line(gateway: str, one: "Unlisted") -> str:
    """One line: what of it is held and sold, and what it may be now."""
    held, now = one.held, one.now
    what = f"{held.shares} shares in {held.investments} investment(s)"
    baskets = f", sold in {', '.join(one.scids)}" if one.scids else ""
    maybe = "" if now is None else f" {now.symbol} is {now.isin} today: if these became those, say so there."
    return (
        f"NOT_LISTED  {held.symbol} ({held.isin}) of {gateway}: {what}{baskets}, and no list has it. "
        f"See torana baskets isin-changes.{maybe}"
    )


def _line(order: "InAttention", age: timedelta) -> str:
    """One line: which order, at which broker, why and for how long."""
    minutes = int(age.total_seconds() // 60)
    old = f"{minutes} min" if minutes < 120 else f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} d"
    return (
        f"{order.kind}  {order.order_id} ({order.transaction_id}) of {order.gateway} at {order.broker}, {order.state}, "
        f"for {old}: {order.text or ''}"
    )
