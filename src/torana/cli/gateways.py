"""`torana gateway …`: make gateways and their webhook endpoints; secrets are shown once, when they are made."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from torana.kit.cipher import Cipher
    from torana.kit.database import Database
    from torana.partners.models import Gateway

T = TypeVar("T")


@click.group()
def gateway() -> None:
    """Create, list and change gateways, the integrations of partners."""


@gateway.command()
@click.argument("name")
@click.option("--display-name", help="What investors see. Default: the name.")
@click.option("--mode", type=click.Choice(["test", "live"]), default="test", show_default=True)
@click.option(
    "--origin", "origins", multiple=True, help="Web origin that may use the SDK, such as https://app.example.in"
)
@click.option("--broker", "brokers", multiple=True, help="Broker that investors may use. Default: all.")
@click.option("--accent", help="Colour of the buttons, #rrggbb.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def create(
    name: str,
    display_name: str | None,
    mode: str,
    origins: tuple[str, ...],
    brokers: tuple[str, ...],
    accent: str | None,
    as_json: bool,
) -> None:
    """Create a gateway and print its two secrets. They are not shown again."""
    from torana.cli.installation import installation_clock
    from torana.connectors.registry import BROKERS
    from torana.partners.gateway_details import normal_accent, normal_brokers
    from torana.partners.gateways import Gateways
    from torana.partners.models import Mode

    async def make(database: "Database", cipher: "Cipher") -> "Gateway":
        return await Gateways(database, installation_clock(), cipher).create(
            name=name,
            display_name=display_name or name,
            mode=Mode(mode),
            allowed_origins=origins,
            brokers=normal_brokers(brokers, Mode(mode), tuple(BROKERS)) if brokers else None,
            branding={"accent": normal_accent(accent)} if accent else None,
        )

    made = with_database(make)
    print_rows(
        {
            "name": made.name,
            "mode": made.mode.value,
            "secret": made.secret,
            "apiSecret": made.api_secret,
            "allowedOrigins": ", ".join(made.allowed_origins) or "none yet: the SDK answers to no page",
        },
        as_json,
    )
    if not as_json:
        click.echo("Keep both secrets on your server; they are not shown again.", err=True)


@gateway.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_gateways(as_json: bool) -> None:
    """List the gateways, without their secrets."""
    from torana.partners import store

    async def read(database: "Database", _cipher: "Cipher") -> list[store.GatewayRow]:
        return await store.all_gateways(database)

    for row in with_database(read):
        brokers, origins = row.brokers or ["all brokers"], row.allowed_origins or ["no origin"]
        if as_json:
            told = {"name": row.name, "displayName": row.display_name, "mode": row.mode}
            print_rows(told | {"state": "suspended" if row.suspended_at else "open"}, True)
        else:
            state = "; suspended" if row.suspended_at else ""
            click.echo(
                f"{row.name:24} {row.mode:5} {row.display_name:24} {', '.join(brokers)}; {', '.join(origins)}{state}"
            )


@gateway.group()
def endpoint() -> None:
    """Manage where a gateway's webhooks are sent."""


@endpoint.command()
@click.argument("name")
@click.argument("url")
@click.option("--event", "events", multiple=True, help="Event type to send. Default: all.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def add(name: str, url: str, events: tuple[str, ...], as_json: bool) -> None:
    """Send the webhooks of gateway NAME to URL, and print their signing secret. It is not shown again."""
    from torana.cli.installation import installation_clock, load_settings
    from torana.flows.registry import EVENT_TYPES
    from torana.kit.errors import ConfigurationError
    from torana.kit.public_client import PublicClient
    from torana.partners.gateways import Gateways
    from torana.webhooks import endpoints

    hosts = load_settings().webhook_allowed_hosts

    async def make(database: "Database", cipher: "Cipher") -> tuple[str, str]:
        clock = installation_clock()
        found = await Gateways(database, clock, cipher).by_name(name)
        if found is None:
            raise ConfigurationError(f"there is no gateway named {name!r}: see torana gateway list")
        async with PublicClient(hosts) as public:
            await endpoints.check_url(public, url)
        async with database.transaction() as connection:
            made, secret = await endpoints.create(
                connection,
                cipher,
                gateway_id=found.gateway_id,
                url=url,
                event_types=events or None,
                known_types=EVENT_TYPES,
                now=clock.now(),
            )
        return made.endpoint_id, secret

    endpoint_id, secret = with_database(make)
    print_rows({"id": endpoint_id, "url": url, "secret": secret}, as_json)


def with_database(work: "Callable[[Database, Cipher], Awaitable[T]]") -> T:
    """What `work` returns, given the database and the cipher of this installation."""
    from torana.cli.installation import join_database, load_settings
    from torana.kit.cipher import Cipher
    from torana.kit.database import Database

    settings = join_database(load_settings())
    database = Database(settings.database_url or "", size=2)

    async def run() -> T:
        await database.open()
        try:
            return await work(database, Cipher.from_home(settings.home, settings.encryption_keys))
        finally:
            await database.close()

    return asyncio.run(run())


async def gateway_id_of(database: "Database", cipher: "Cipher", name: str) -> str:
    """Raises `ConfigurationError` when there is no gateway of that name."""
    from torana.cli.installation import installation_clock
    from torana.kit.errors import ConfigurationError
    from torana.partners.gateways import Gateways

    found = await Gateways(database, installation_clock(), cipher).by_name(name)
    if found is None:
        raise ConfigurationError(f"there is no gateway named {name!r}: see torana gateway list")
    return found.gateway_id


def print_rows(rows: dict[str, str], as_json: bool) -> None:
    """One line each, or all as one JSON object."""
    if as_json:
        import json

        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    width = max(map(len, rows))
    for key, value in rows.items():
        click.echo(f"{key:{width}}  {value}")
