"""Where `torana try` runs: at the demo that is there, or in an installation of its own that is gone afterwards."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import click
import msgspec

from torana.cli.demo_partner.gateway import GatewayClient, GatewayRefused
from torana.cli.installation import load_settings
from torana.cli.processes import PartFailed, Parts, answers
from torana.cli.stack import Ports, Stack, free_port
from torana.cli.trial_outcome import Outcome
from torana.cli.trial_run import Trial
from torana.flows.contract import Flow
from torana.kit import embedded
from torana.settings import DEMO_GATEWAY, DEMO_SECRET


def run_trial(url: str, flow: Flow[Any], *, broker: str, user: str, as_json: bool) -> bool:
    """Run one trial, show it, and return whether all is well."""
    from torana.cli.time_line import TimeLine

    line = TimeLine(live=not as_json and sys.stdout.isatty())

    async def run() -> Outcome:
        async with _gateway(url, say=line.note) as (gateway, origin):
            return await Trial(gateway, origin, flow=flow, broker=broker, user=user, tell=line.show).run()

    try:
        with line:
            outcome = asyncio.run(run())
    except PartFailed as error:
        raise click.ClickException(str(error)) from None
    finally:
        embedded.stop()
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(outcome) | {"good": outcome.good}, ensure_ascii=False))
    else:
        line.end(outcome)
    return outcome.good


@asynccontextmanager
async def _gateway(url: str, *, say: Callable[[str], None]) -> AsyncIterator[tuple[str, str]]:
    """The address of a gateway with the demo's secret and of a page that it allows."""
    url = url.rstrip("/")
    if await asyncio.to_thread(answers, f"{url}/readyz") and await _is_demo(url):
        yield url, url
        return
    say("No demo is running; starting an installation of its own")
    with TemporaryDirectory(prefix="torana-try-") as folder:
        settings = msgspec.structs.replace(load_settings(), home=Path(folder))
        stack = Stack(settings, Ports(free_port(), free_port(), free_port()), Parts(say))
        try:
            await stack.start_sandbox(trading_hours=True)
            await asyncio.to_thread(stack.prepare_database)
            await stack.make_demo_gateway()
            await stack.start_gateway()
            await stack.start_worker()
            await stack.parts.ready()
            yield stack.gateway_url, stack.gateway_url
        finally:
            await stack.parts.stop()
            await asyncio.to_thread(embedded.stop)


async def _is_demo(url: str) -> bool:
    client = GatewayClient(url, DEMO_GATEWAY, DEMO_SECRET, DEMO_SECRET)
    try:
        await client.endpoints()
    except (GatewayRefused, aiohttp.ClientError, OSError):
        return False
    finally:
        await client.close()
    return True
