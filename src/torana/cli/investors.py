"""`torana investor …`: what is kept of a person, and its erasure."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from torana.cli.gateways import with_database

if TYPE_CHECKING:
    from torana.kit.cipher import Cipher
    from torana.kit.database import Database


@click.group()
def investor() -> None:
    """Export or erase what is kept of an investor."""


@investor.command()
@click.argument("gateway")
@click.argument("investor_id")
def export(gateway: str, investor_id: str) -> None:
    """Print everything that GATEWAY keeps of INVESTOR_ID (a smallcaseAuthId) as JSON, without secrets."""
    import json

    from torana.retention import person

    async def read(database: "Database", cipher: "Cipher") -> dict[str, Any]:
        return await person.export(database, await _gateway_id(database, cipher, gateway), investor_id)

    click.echo(json.dumps(with_database(read), ensure_ascii=False, indent=2))


@investor.command()
@click.argument("gateway")
@click.argument("investor_id")
@click.confirmation_option(prompt="This cannot be taken back. Erase the person from everything that is kept?")
def erase(gateway: str, investor_id: str) -> None:
    """Take the person out of what GATEWAY keeps of INVESTOR_ID. The order log stays, without the person."""
    from torana.kit.clock import SystemClock
    from torana.retention import person

    now: datetime = SystemClock().now()

    async def forget(database: "Database", cipher: "Cipher") -> None:
        await person.erase(database, await _gateway_id(database, cipher, gateway), investor_id, now)

    with_database(forget)
    click.echo(f"Erased. What is left of {investor_id} leads to nobody.")


async def _gateway_id(database: "Database", cipher: "Cipher", name: str) -> str:
    from torana.kit.clock import SystemClock
    from torana.kit.errors import ConfigurationError
    from torana.partners.gateways import Gateways

    found = await Gateways(database, SystemClock(), cipher).by_name(name)
    if found is None:
        raise ConfigurationError(f"there is no gateway named {name!r}: see torana gateway list")
    return found.gateway_id
