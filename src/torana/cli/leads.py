"""`torana lead …`: what is kept of somebody who wanted an account, and its erasure."""

from typing import TYPE_CHECKING, Any

import click

from torana.cli.gateways import gateway_id_of, with_database

if TYPE_CHECKING:
    from torana.kit.cipher import Cipher
    from torana.kit.database import Database
    from torana.retention.person import Erased


@click.group()
def lead() -> None:
    """Export or erase what is kept of somebody who wanted to open an account."""


@lead.command()
@click.argument("gateway")
@click.argument("phone")
def export(gateway: str, phone: str) -> None:
    """Print every lead of PHONE (an Indian mobile number) at GATEWAY as JSON, with the data that belongs to it."""
    import json

    from torana.leads.progress import transactions_of
    from torana.retention import person

    number = _number(phone)

    async def read(database: "Database", cipher: "Cipher") -> dict[str, Any]:
        gateway_id = await gateway_id_of(database, cipher, gateway)
        theirs = await transactions_of(database, cipher, gateway_id, number)
        return await person.export_transactions(database, cipher, gateway_id, theirs)

    click.echo(json.dumps(with_database(read), ensure_ascii=False, indent=2))


@lead.command()
@click.argument("gateway")
@click.argument("phone")
@click.confirmation_option(prompt="This cannot be taken back. Erase the person from their leads?")
def erase(gateway: str, phone: str) -> None:
    """Remove the person with PHONE from their leads at GATEWAY. How far each lead got stays, without the person."""
    from torana.cli.installation import installation_clock
    from torana.leads.progress import transactions_of
    from torana.retention import person

    number, now = _number(phone), installation_clock().now()

    async def forget(database: "Database", cipher: "Cipher") -> "Erased":
        gateway_id = await gateway_id_of(database, cipher, gateway)
        theirs = await transactions_of(database, cipher, gateway_id, number)
        return await person.erase_transactions(database, gateway_id, theirs, now)

    erased = with_database(forget)
    click.echo(f"Erased from {erased.transactions} leads.")
    if erased.unfinished:
        ids = ", ".join(erased.unfinished)
        raise click.ClickException(
            f"{len(erased.unfinished)} are not finished: run this again when they have ended: {ids}"
        )


def _number(phone: str) -> str:
    from torana.kit.errors import ConfigurationError
    from torana.leads.reading import read_phone

    judged = read_phone(phone)
    if judged.problem is not None:
        raise ConfigurationError("this is not an Indian mobile number")
    return judged.value
