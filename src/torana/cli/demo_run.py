"""What `torana demo` does: starts the parts, opens the market, says where everything is, watches, ends it all."""

import asyncio
import json
import signal
import sys
import time
from contextlib import closing
from datetime import datetime
from http.client import HTTPConnection
from urllib.parse import urlsplit

import click
import msgspec

from torana.cli.installation import load_settings
from torana.cli.processes import Part, PartFailed, Parts
from torana.cli.stack import Ports, Stack, require_free
from torana.kit import embedded
from torana.kit.background import Background
from torana.kit.clock import IST
from torana.settings import DEMO_GATEWAY, DEMO_SECRET

_NOTICEABLE_SECONDS = 60.0


def run_demo(ports: Ports, *, open_market: bool) -> None:
    require_free(ports)
    settings = load_settings()
    settings = msgspec.structs.replace(settings, home=settings.home / "demo")
    stack = Stack(settings, ports, Parts(lambda line: click.echo(line, err=True)))
    try:
        asyncio.run(_run(stack, open_market=open_market, began=time.monotonic()))
    except PartFailed as error:
        raise click.ClickException(str(error)) from None
    finally:
        embedded.stop()


async def _run(stack: Stack, *, open_market: bool, began: float) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for wanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(wanted, ended.set)
    background = Background()
    running = asyncio.create_task(_bring_up(stack, background, open_market=open_market, began=began))
    ending = asyncio.create_task(ended.wait())
    try:
        await asyncio.wait({running, ending}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
    finally:
        running.cancel()
        ending.cancel()
        await asyncio.gather(running, ending, return_exceptions=True)
        await background.end()
        await stack.parts.stop()
    click.echo("\nStopped; nothing is left running.")


async def _bring_up(stack: Stack, background: Background, *, open_market: bool, began: float) -> None:
    await stack.start_sandbox(trading_hours=open_market)
    await _start_shop(stack)
    await asyncio.to_thread(stack.prepare_database)
    if embedded.is_ours():
        background.start("embedded database", embedded.keep_running)
    await stack.make_demo_gateway()
    await stack.start_gateway()
    await stack.start_worker()
    await stack.parts.ready()
    await stack.make_sample_baskets()
    _introduce(stack, time.monotonic() - began, await asyncio.to_thread(_other_time, stack.sandbox_url))
    await stack.parts.watch()


async def _start_shop(stack: Stack) -> None:
    environment = {
        "SHOP_URL": stack.shop_url,
        "SHOP_PORT": str(stack.ports.shop),
        "TORANA_URL": stack.gateway_url,
        "SANDBOX_URL": stack.sandbox_url,
        "TORANA_GATEWAY": DEMO_GATEWAY,
        "TORANA_SECRET": DEMO_SECRET,
        "TORANA_API_SECRET": DEMO_SECRET,
    }
    argv = [sys.executable, "-m", "torana.cli.demo_partner"]
    await stack.parts.start(Part("shop", argv, environment, stack.log_file("shop"), f"{stack.shop_url}/healthz"))


def _introduce(stack: Stack, seconds: float, exchange_time: str | None) -> None:
    click.secho(f"\nTorana is ready ({seconds:.1f} s).\n", bold=True)
    for name, address, what in (
        ("Start", f"{stack.gateway_url}/", "open this: it leads to everything below"),
        ("Shop", stack.shop_url, "buy a basket through your broker, and see each call behind it"),
        ("Sandbox", f"{stack.sandbox_url}/sandbox", "the simulated exchange, live, and magic inputs"),
        ("API", f"{stack.gateway_url}/docs", f"reference; gateway {DEMO_GATEWAY}, secret {DEMO_SECRET}"),
        ("Logs", str(stack.logs), "one file for each process"),
    ):
        click.echo(f"  {name:8} {address:34} {what}")
    click.echo("")
    if exchange_time:
        click.echo(
            f"  The market is closed now, so the sandbox's clock is set to {exchange_time} (not with --market real)."
        )
    click.echo("  Without a browser: torana try. Ctrl-C stops everything.\n")


def _other_time(sandbox_url: str) -> str | None:
    """The exchange's moment in India when it is not ours, such as `Monday 23 November 2026, 10:30`; None otherwise."""
    with closing(HTTPConnection(urlsplit(sandbox_url).netloc, timeout=5)) as connection:
        connection.request("GET", "/sandbox/clock")
        clock = json.loads(connection.getresponse().read())
    if abs(clock["offsetSeconds"]) < _NOTICEABLE_SECONDS:
        return None
    return f"{datetime.fromisoformat(clock['now']).astimezone(IST):%A %-d %B %Y, %H:%M}"
