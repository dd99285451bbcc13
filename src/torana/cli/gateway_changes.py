"""`torana gateway update|rotate|suspend|resume`: change a gateway that is in use. No investor is lost by any of it."""

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from torana.cli.gateways import print_rows, with_database

if TYPE_CHECKING:
    from datetime import datetime

    from torana.kit.cipher import Cipher
    from torana.kit.database import Database
    from torana.partners.change import Rotated
    from torana.partners.store import GatewayRow

_LINK = "Your page on {}, linked at the foot of the portal: https, mailto or tel; empty: none."
_SOON = "Running processes see it within 5 seconds."


@click.command()
@click.argument("name")
@click.option("--display-name", help="What investors see.")
@click.option("--origin", "origins", multiple=True, help="Allowed origin; replaces all allowed origins.")
@click.option("--add-origin", "add_origins", multiple=True, help="One more allowed origin.")
@click.option("--remove-origin", "remove_origins", multiple=True, help="An origin that is no longer allowed.")
@click.option("--no-origins", is_flag=True, help="Allow no origin.")
@click.option(
    "--broker", "brokers", multiple=True, help="Broker that investors may use; replaces those allowed so far."
)
@click.option("--all-brokers", is_flag=True, help="Investors may use every broker of this installation.")
@click.option("--accent", help="Colour of the buttons, #rrggbb.")
@click.option("--no-accent", is_flag=True, help="Use Torana's own colour for the buttons.")
@click.option("--terms-url", help=_LINK.format("terms"))
@click.option("--privacy-url", help=_LINK.format("privacy policy"))
@click.option("--help-url", help=_LINK.format("help"))
@click.option("--grievance-url", help=_LINK.format("grievance redressal"))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def update(
    name: str,
    display_name: str | None,
    origins: tuple[str, ...],
    add_origins: tuple[str, ...],
    remove_origins: tuple[str, ...],
    no_origins: bool,
    brokers: tuple[str, ...],
    all_brokers: bool,
    accent: str | None,
    no_accent: bool,
    terms_url: str | None,
    privacy_url: str | None,
    help_url: str | None,
    grievance_url: str | None,
    as_json: bool,
) -> None:
    """Change the given settings of gateway NAME; all others stay."""
    from msgspec import UNSET

    from torana.connectors.registry import BROKERS
    from torana.partners import change

    if (origins and no_origins) or (brokers and all_brokers) or (accent and no_accent):
        raise click.UsageError("an option and its opposite are both given: keep one of them")
    links = {"terms": terms_url, "privacy": privacy_url, "help": help_url, "grievance": grievance_url}
    wanted = change.GatewayChange(
        display_name=display_name,
        origins=() if no_origins else origins or None,
        add_origins=add_origins,
        remove_origins=remove_origins,
        brokers=None if all_brokers else brokers or UNSET,
        accent=None if no_accent else UNSET if accent is None else accent,
        links={name: link for name, link in links.items() if link is not None},
    )
    if wanted == change.GatewayChange():
        raise click.UsageError("nothing to change: see torana gateway update --help")

    async def work(database: "Database", _: "Cipher") -> "GatewayRow":
        return await change.update(database, name, wanted, tuple(BROKERS))

    row = with_database(work)
    print_rows(
        {
            "name": row.name,
            "displayName": row.display_name,
            "allowedOrigins": ", ".join(row.allowed_origins) or "none: the SDK answers to no page",
            "brokers": "all" if row.brokers is None else ", ".join(row.brokers),
            "accent": row.branding.get("accent", "ours"),
            "links": ", ".join(f"{name} {link}" for name, link in row.links.items()) or "none",
        },
        as_json,
    )
    click.echo(_SOON, err=True)


@click.command()
@click.argument("name")
@click.option("--secret", is_flag=True, help="The secret that signs auth tokens.")
@click.option("--api-secret", is_flag=True, help="The secret of the header x-gateway-secret.")
@click.option(
    "--overlap",
    type=click.FloatRange(0, 720),
    default=24.0,
    show_default=True,
    help="Hours for which the old secret also works.",
)
@click.option("--end-overlap", is_flag=True, help="Make no new secret; stop the old ones now.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def rotate(name: str, secret: bool, api_secret: bool, overlap: float, end_overlap: bool, as_json: bool) -> None:
    """Make a new secret for gateway NAME and print it. It is not shown again; the old one keeps working for a while."""
    from torana.cli.installation import installation_clock
    from torana.partners import change

    if end_overlap:
        both = not secret and not api_secret

        async def end(database: "Database", _: "Cipher") -> None:
            await change.end_overlap(database, name, secret=secret or both, api_secret=api_secret or both)

        with_database(end)
        print_rows({"name": name, "oldWorksUntil": "now"}, as_json)
        click.echo(_SOON, err=True)
        return
    if not secret and not api_secret:
        raise click.UsageError("say which secret to change: --secret, --api-secret or both")

    async def work(database: "Database", cipher: "Cipher") -> "Rotated":
        return await change.rotate(
            database,
            cipher,
            name,
            secret=secret,
            api_secret=api_secret,
            overlap=timedelta(hours=overlap),
            now=installation_clock().now(),
        )

    made = with_database(work)
    shown = {"name": name}
    if made.secret is not None:
        shown["secret"] = made.secret
    if made.api_secret is not None:
        shown["apiSecret"] = made.api_secret
    print_rows(shown | {"oldWorksUntil": made.until.isoformat(timespec="seconds")}, as_json)
    click.echo(f"Keep it on your server; it is not shown again. {_SOON}", err=True)


@click.command()
@click.argument("name")
def suspend(name: str) -> None:
    """Suspend gateway NAME: nothing new is accepted. Confirmed orders continue, and webhooks report how they end."""
    from torana.cli.installation import installation_clock
    from torana.partners import change

    async def work(database: "Database", _: "Cipher") -> "datetime":
        return await change.suspend(database, name, installation_clock().now())

    since = with_database(work)
    click.echo(f"{name} is suspended since {since.isoformat(timespec='seconds')}. {_SOON}")


@click.command()
@click.argument("name")
def resume(name: str) -> None:
    """Accept requests of gateway NAME again."""
    from torana.partners import change

    async def work(database: "Database", _: "Cipher") -> None:
        await change.resume(database, name)

    with_database(work)
    click.echo(f"{name} takes requests again. {_SOON}")
