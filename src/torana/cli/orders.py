"""`torana order …`: what an operator decides about an order."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import click

from torana.cli.gateways import gateway_id_of, with_database

if TYPE_CHECKING:
    from torana.kit.cipher import Cipher
    from torana.kit.database import Database
    from torana.orders.models import Order


@click.group()
def order() -> None:
    """Decide an order whose outcome is not known."""


@order.command()
@click.argument("gateway")
@click.argument("order_id")
@click.option("--filled", type=click.IntRange(min=0), required=True, help="Number of shares that were filled.")
@click.option("--average", help="Average price of a share in rupees. Default: the one that is already known.")
def resolve(gateway: str, order_id: str, filled: int, average: str | None) -> None:
    """End the UNRESOLVED order ORDER_ID of GATEWAY as the broker's contract note or the investor's account shows it.

    `torana doctor` lists such orders. The batch completes with its last order, and the partner is told. If the broker
    shows the order later, what it shows counts.
    """
    from torana.cli.installation import installation_clock
    from torana.orders import decide

    now: datetime = installation_clock().now()
    price = None if average is None else _paise(average)

    async def end(database: "Database", cipher: "Cipher") -> "Order":
        at = await gateway_id_of(database, cipher, gateway)
        return await decide.resolve(database, at, order_id, filled=filled, average=price, now=now)

    ended = with_database(end)
    click.echo(f"{order_id} is {ended.state}: {ended.filled_quantity} of {ended.quantity} filled.")


def _paise(rupees: str) -> int:
    """Brokers tell averages with more than two decimals: the nearest paisa is kept."""
    from torana.kit.money import nearest_paise

    try:
        amount = Decimal(rupees)
    except InvalidOperation:
        raise click.BadParameter("not an amount in rupees", param_hint="--average") from None
    if not amount.is_finite() or amount <= 0:
        raise click.BadParameter("not an amount in rupees", param_hint="--average")
    return nearest_paise(amount)
