"""`torana halt|resume|halts`: the kill switch of the operator."""

from typing import TYPE_CHECKING

import click

from torana.cli.gateways import gateway_id_of, with_database

if TYPE_CHECKING:
    from torana.kit.cipher import Cipher
    from torana.kit.database import Database
    from torana.orders.models import Halt

_GATEWAY = click.option("--gateway", metavar="NAME", help="Of this gateway alone. Default: of all of them.")
_BROKER = click.option("--broker", metavar="KEY", default="", help="To this broker alone. Default: to all of them.")


@click.command()
@_GATEWAY
@_BROKER
@click.option("--reason", required=True, help="Why, in one line. Investors read it.")
def halt(gateway: str | None, broker: str, reason: str) -> None:
    """Stop new orders: everywhere, or at one gateway, or to one broker.

    Nothing that has not left for a broker is sent any more; what was sent is followed, and cancellations go on.
    Partners and investors are told. End it with `torana resume` and the same options.
    """
    reason = reason.strip()
    if not (0 < len(reason) <= 200 and reason.isprintable()):
        raise click.BadParameter("one line of at most 200 characters", param_hint="--reason")
    changed = _change(gateway, _known(broker), reason, ends=False)
    where = _where(gateway, broker)
    click.echo(f"New orders are stopped {where}." if changed else f"New orders were stopped {where} before.")


@click.command()
@_GATEWAY
@_BROKER
def resume(gateway: str | None, broker: str) -> None:
    """Let new orders go on that `torana halt` had stopped with the same options.

    What waited is sent; an investor whose order has become too old is asked again.
    """
    changed = _change(gateway, _known(broker), "", ends=True)
    where = _where(gateway, broker)
    click.echo(f"New orders go on {where}." if changed else f"You had not stopped new orders {where}.")


@click.command()
def halts() -> None:
    """List where new orders are stopped, by whom, since when and why."""
    from torana.orders import store

    async def read(database: "Database", cipher: "Cipher") -> "list[Halt]":
        return await store.all_halts(database)

    found = with_database(read)
    if not found:
        click.echo("New orders are stopped nowhere.")
    for one in found:
        click.echo(line_of(one))


def line_of(halt: "Halt") -> str:
    """One halt, for a person."""
    where = _where(halt.gateway_id or None, halt.broker)
    return f"New orders are stopped {where} since {halt.since:%Y-%m-%d %H:%M}Z, by the {halt.ordered_by}: {halt.reason}"


def _known(broker: str) -> str:
    from torana.connectors.registry import BROKERS

    if broker and broker not in BROKERS:
        raise click.BadParameter(f"there is {', '.join(BROKERS)}", param_hint="--broker")
    return broker


def _where(gateway: str | None, broker: str) -> str:
    of = f"at {gateway}" if gateway else "at every gateway"
    return f"{of}, to {broker}" if broker else of


def _change(gateway: str | None, broker: str, reason: str, *, ends: bool) -> bool:
    from torana.cli.installation import installation_clock
    from torana.orders import halt as switch
    from torana.orders.models import Halt, HaltedBy
    from torana.partners.store import gateway_ids

    now = installation_clock().now()

    async def change(database: "Database", cipher: "Cipher") -> bool:
        gateway_id = await gateway_id_of(database, cipher, gateway) if gateway else ""
        concerned = [gateway_id] if gateway_id else await gateway_ids(database)
        one = Halt(gateway_id, broker, HaltedBy.OPERATOR, reason, now)
        async with database.transaction() as connection:
            if ends:
                return await switch.resume(connection, one, concerned, now)
            return await switch.halt(connection, one, concerned)

    return with_database(change)
