"""`torana halt|resume|halts`: the kill switch of the operator."""

from typing import TYPE_CHECKING

import click

from torana.cli.gateways import gateway_id_of, with_database

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torana.kit.cipher import Cipher
    from torana.kit.database import Database
    from torana.orders.models import Halt

_GATEWAY = click.option("--gateway", metavar="NAME", help="Only of this gateway. Default: of all gateways.")
_BROKER = click.option("--broker", metavar="KEY", help="Only to this broker. Default: to all brokers.")


@click.command()
@_GATEWAY
@_BROKER
@click.option("--reason", required=True, help="Why, in one line. Investors read it.")
def halt(gateway: str | None, broker: str | None, reason: str) -> None:
    """Stop new orders: everywhere, or at one gateway, or to one broker.

    Orders that have not been sent to a broker are held; orders that were sent are tracked, and cancellations continue.
    Partners and investors are told. End it with `torana resume` and the same options.
    """
    from torana.kit.errors import ApiError
    from torana.orders.halt import read_reason

    try:
        reason = read_reason(reason)
    except ApiError as refused:
        raise click.BadParameter(refused.message, param_hint="--reason") from None
    changed = _change(gateway, _known(broker), reason, ends=False)
    where = _where(gateway, broker)
    click.echo(f"New orders are stopped {where}." if changed else f"New orders were already stopped {where}.")


@click.command()
@_GATEWAY
@_BROKER
def resume(gateway: str | None, broker: str | None) -> None:
    """Resume new orders that `torana halt` stopped with the same options.

    Orders that were held are sent; where an order has become too old, its investor is asked again.
    """
    changed = _change(gateway, _known(broker), "", ends=True)
    where = _where(gateway, broker)
    click.echo(f"New orders are accepted again {where}." if changed else f"You had not stopped new orders {where}.")


@click.command()
def halts() -> None:
    """List where new orders are stopped, by whom, since when and why."""

    async def read(database: "Database", cipher: "Cipher") -> list[str]:
        return await halt_lines(database)

    for line in with_database(read) or ["New orders are stopped nowhere."]:
        click.echo(line)


async def halt_lines(database: "Database") -> list[str]:
    """Every halt that stands, in a line: where, since when, who ordered it and why."""
    from torana.orders import store
    from torana.partners.store import all_gateways

    found = await store.all_halts(database)
    names = {row.gateway_id: row.name for row in await all_gateways(database)} if found else {}
    return [_line(one, names) for one in found]


def _line(halt: "Halt", names: "Mapping[str, str]") -> str:
    where = _where(names.get(halt.gateway_id, halt.gateway_id) or None, halt.broker or None)
    return f"New orders are stopped {where} since {halt.since:%Y-%m-%d %H:%M}Z, by the {halt.ordered_by}: {halt.reason}"


def _known(broker: str | None) -> str:
    """Empty: every broker."""
    from torana.connectors.registry import BROKERS

    if broker is not None and broker not in BROKERS:
        raise click.BadParameter(f"there is {', '.join(BROKERS)}", param_hint="--broker")
    return broker or ""


def _where(gateway: str | None, broker: str | None) -> str:
    of = "at every gateway" if gateway is None else f"at {gateway}"
    return of if broker is None else f"{of}, to {broker}"


def _change(gateway: str | None, broker: str, reason: str, *, ends: bool) -> bool:
    from torana.cli.installation import installation_clock
    from torana.orders import halt as switch
    from torana.orders.models import Halt
    from torana.orders.states import HaltedBy
    from torana.partners.store import gateway_ids

    now = installation_clock().now()

    async def change(database: "Database", cipher: "Cipher") -> bool:
        gateway_id = "" if gateway is None else await gateway_id_of(database, cipher, gateway)
        concerned = [gateway_id] if gateway_id else await gateway_ids(database)
        one = Halt(gateway_id, broker, HaltedBy.OPERATOR, reason, now)
        async with database.transaction() as connection:
            if ends:
                return await switch.resume(connection, one, concerned, now)
            return await switch.halt(connection, one, concerned)

    return with_database(change)
