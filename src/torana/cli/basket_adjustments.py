"""`torana baskets reconcile`: shares that left an investment without an order, or had not left it after all."""

import re
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import click

from torana.cli.gateways import gateway_id_of, with_database

if TYPE_CHECKING:
    from torana.baskets.models import Adjustment
    from torana.baskets.reconcile_routes import LeftBody, ReconcileBody
    from torana.kit.cipher import Cipher
    from torana.kit.database import Database

_LEFT = re.compile(r"(?P<ticker>[^=@]{1,120})=(?P<shares>[0-9]{1,10})(@(?P<price>[0-9.]{1,16}))?", re.ASCII)


@click.command()
@click.argument("gateway")
@click.argument("iscid")
@click.option("--left", multiple=True, metavar="TICKER=SHARES[@PRICE]", help="Shares that left it; the price of one.")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day in India on which they left.")
@click.option("--take-back", multiple=True, metavar="ID", help="An adjustment that was not so.")
@click.option("--yes", is_flag=True, help="Write without asking.")
def reconcile(
    gateway: str, iscid: str, left: tuple[str, ...], day: datetime | None, take_back: tuple[str, ...], yes: bool
) -> None:
    """Say what left the investment ISCID at GATEWAY without an order of it, or what had not.

    Without an option what was said before is listed. What was said wrong is taken back, and said anew in one go:

        torana baskets reconcile lantern 65f0… --take-back 65f1… --left NTPC=2@351.50 --on 2026-11-16
    """
    from torana.baskets.reconcile_routes import ReconcileBody

    rows = [_left(text) for text in left]
    body = ReconcileBody(iscid, rows, list(take_back), None if day is None else day.date())
    if not rows and not take_back:
        _show(with_database(lambda database, cipher: _kept(database, cipher, gateway, iscid)))
        return
    if not yes:
        click.confirm(f"Write this of the investment {iscid}?", abort=True)
    _show(with_database(lambda database, cipher: _written(database, cipher, gateway, body)))


def _left(text: str) -> "LeftBody":
    from torana.baskets.reconcile_routes import LeftBody

    found = _LEFT.fullmatch(text)
    try:
        if found is not None:
            price = None if found["price"] is None else Decimal(found["price"])
            return LeftBody(found["ticker"], int(found["shares"]), price)
    except ArithmeticError:
        pass
    raise click.UsageError(f"--left is TICKER=SHARES or TICKER=SHARES@PRICE, not {text[:60]!r}")


async def _kept(database: "Database", cipher: "Cipher", gateway: str, iscid: str) -> "list[Adjustment]":
    from torana.baskets import store

    gateway_id = await gateway_id_of(database, cipher, gateway)
    async with database.transaction() as connection:
        return await store.adjustments_of(connection, gateway_id, iscid)


async def _written(database: "Database", cipher: "Cipher", gateway: str, body: "ReconcileBody") -> "list[Adjustment]":
    from torana.baskets import store
    from torana.baskets.models import AcceptedBy
    from torana.baskets.reconcile_routes import write_reconciliation
    from torana.cli.installation import installation_clock
    from torana.kit.errors import ApiError, ConfigurationError
    from torana.market.keep import load_listing

    await load_listing(database)
    gateway_id = await gateway_id_of(database, cipher, gateway)
    try:
        async with database.transaction() as connection:
            found = await store.read_investment(connection, gateway_id, body.iscid)
            whose, now = "" if found is None else found.investor_id, installation_clock().now()
            return await write_reconciliation(connection, gateway_id, whose, body, AcceptedBy.PARTNER, now)
    except ApiError as refused:
        raise ConfigurationError(f"{', '.join(refused.errors)}: {refused.message}") from None


def _show(adjustments: "list[Adjustment]") -> None:
    from torana.kit.money import inr

    for one in adjustments:
        price = "at a price that nobody told" if one.price is None else f"at {inr(one.price)}"
        what = f"{one.adjustment_id}  {one.day}  {one.symbol}: {abs(one.shares)} shares"
        click.echo(f"{what} {price}" if one.takes_back is None else f"{what} are back: {one.takes_back} was not so")
    if not adjustments:
        click.echo("Nothing left it without an order.")
