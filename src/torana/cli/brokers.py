"""`torana broker …`: what can be found out about a broker before live gateways have it."""

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

if TYPE_CHECKING:
    from torana.connectors.readiness.finding import Candidate, Verdict

_COLOURS = {"OK": "green", "FAILED": "red", "NOT KNOWN": "yellow"}


@click.group()
def broker() -> None:
    """Check whether everything is ready for a broker."""


@broker.command()
@click.argument("name")
@click.option("--sandbox", is_flag=True, help="Check its simulator in the sandbox instead of the broker.")
@click.option("--ask", metavar="URL", help="URL of a service that answers with the address it sees.")
def check(name: str, *, sandbox: bool, ask: str | None) -> None:
    """Check keys, clock, addresses, hosts and instrument file of the broker NAME (its key: kite, upstox, …).

    Places no order and logs nobody in. Prints a line for each check: OK, FAILED, or NOT KNOWN where only the broker or
    a first login can tell, with what to do. Exits 1 when a check failed.
    """
    import logging

    from torana.connectors.readiness.finding import Verdict
    from torana.kit.logs import set_up_logging

    set_up_logging("console", level=logging.WARNING)
    if ask is not None and not _is_web_address(ask):
        raise click.BadParameter("an address that begins with http:// or https://", param_hint="--ask")
    failed = [
        verdict for verdict in asyncio.run(_check(_candidate(name, ask, sandbox=sandbox))) if verdict is Verdict.FAILED
    ]
    if failed:
        raise click.ClickException(f"{len(failed)} of the checks failed.")


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
        )
    except ValueError:
        return False


def _candidate(name: str, ask: str | None, *, sandbox: bool) -> "Candidate":
    from torana.cli.installation import load_settings
    from torana.connectors.readiness.finding import Candidate
    from torana.connectors.registry import BROKERS
    from torana.kit.clock import machine_clock
    from torana.services import egress_of

    settings = load_settings()
    if name not in BROKERS:
        raise click.ClickException(f"no broker {name!r}; there is {', '.join(BROKERS)}")
    one = BROKERS[name]
    return Candidate(
        broker=one,
        given=one.sandbox_keys[one.default_mode] if sandbox else settings.brokers.get(name, {}),
        public_url=settings.public_url,
        clock=machine_clock(settings.clock_file),
        sandbox_url=settings.sandbox_url if sandbox else None,
        serves=settings.serves,
        approval=settings.vendor_approval,
        egress=egress_of(settings),
        address_service=ask,
    )


async def _check(candidate: "Candidate") -> "list[Verdict]":
    from torana.connectors.readiness.check import findings

    verdicts = []
    async for finding in findings(candidate):
        verdicts.append(finding.verdict)
        click.secho(f"{finding.verdict:<9}  {finding.subject}: {finding.text}", fg=_COLOURS[finding.verdict])
        if finding.remedy:
            click.echo(f"           {finding.remedy}")
    return verdicts
