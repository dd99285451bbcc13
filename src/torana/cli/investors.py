"""`torana investor …`: what is kept of a person, and its erasure."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from torana.cli.gateways import gateway_id_of, with_database

if TYPE_CHECKING:
    from torana.kit.cipher import Cipher
    from torana.kit.database import Database

_TRANSACTION = "TRX_"


@click.group()
def investor() -> None:
    """Export or erase what is kept of an investor."""


@investor.command()
@click.argument("gateway")
@click.argument("investor_id")
def export(gateway: str, investor_id: str) -> None:
    """Print everything that GATEWAY keeps of INVESTOR_ID (a smallcaseAuthId) as JSON, without secrets.

    A guest is named by their transaction (TRX_…).
    """
    import json

    from torana.retention import person

    async def read(database: "Database", cipher: "Cipher") -> dict[str, Any]:
        gateway_id = await gateway_id_of(database, cipher, gateway)
        if investor_id.startswith(_TRANSACTION):
            return await person.export_transactions(database, cipher, gateway_id, [investor_id])
        return await person.export(database, cipher, gateway_id, investor_id)

    click.echo(json.dumps(with_database(read), ensure_ascii=False, indent=2))


@investor.command()
@click.argument("gateway")
@click.argument("investor_id")
@click.confirmation_option(prompt="This cannot be taken back. Erase the person from everything that is kept?")
def erase(gateway: str, investor_id: str) -> None:
    """Remove the person from what GATEWAY keeps of INVESTOR_ID. The order log stays, without the person.

    A guest is named by their transaction (TRX_…).
    """
    from torana.cli.installation import installation_clock
    from torana.retention import person

    now: datetime = installation_clock().now()

    async def forget(database: "Database", cipher: "Cipher") -> None:
        gateway_id = await gateway_id_of(database, cipher, gateway)
        erase = person.erase_transaction if investor_id.startswith(_TRANSACTION) else person.erase
        await erase(database, gateway_id, investor_id, now)

    with_database(forget)
    click.echo(f"Erased. What is left of {investor_id} identifies nobody.")
