"""`torana …`: every command. What a command needs is imported when it runs, so that `--help` answers at once."""

import click

from torana.cli.baskets import baskets
from torana.cli.brokers import broker
from torana.cli.connectors import connector
from torana.cli.demo import demo
from torana.cli.doctor import doctor
from torana.cli.encryption_keys import keys
from torana.cli.gateway_changes import resume, rotate, suspend, update
from torana.cli.gateways import gateway
from torana.cli.halts import halt, halts
from torana.cli.halts import resume as resume_orders
from torana.cli.instruments import instruments
from torana.cli.investors import investor
from torana.cli.leads import lead
from torana.cli.orders import order
from torana.cli.prices import prices
from torana.cli.serve import migrate, sandbox, serve, worker
from torana.cli.trial import trial
from torana.kit.errors import ToranaError


class Commands(click.Group):
    """Shows errors that we raise on purpose as one line instead of a trace."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except ToranaError as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Torana: a self-hosted gateway to Indian stockbrokers.

    Settings come from the environment (TORANA_…, see docs/operations.md). Without TORANA_DATABASE_URL the data is kept
    by an embedded PostgreSQL in TORANA_HOME.
    """


@main.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as version_of

    click.echo(version_of("torana"))


for command in (update, rotate, suspend, resume):
    gateway.add_command(command)
for command in (
    serve,
    worker,
    sandbox,
    migrate,
    gateway,
    keys,
    investor,
    lead,
    instruments,
    order,
    baskets,
    prices,
    halt,
    resume_orders,
    halts,
    demo,
    trial,
    broker,
    connector,
    doctor,
    version,
):
    main.add_command(command)
