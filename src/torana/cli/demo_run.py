"""What `torana demo` does: starts the parts, opens the market, says where everything is, watches, ends it all."""

import asyncio
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from torana.cli.exchange_clock import open_market as move_to_open_market
from torana.cli.installation import load_settings
from torana.cli.processes import Part, PartFailed, Parts
from torana.cli.stack import Ports, Stack, require_free
from torana.kit import embedded
from torana.kit.cipher import Cipher
from torana.kit.clock import IST, SystemClock
from torana.kit.database import Database
from torana.partners.gateways import Gateways
from torana.partners.models import Mode

GATEWAY = "gatewaydemo"
SECRET = "gatewayDemo_secret"
"""The pair of names that public samples of the interface use; nothing but a demo may accept it."""
_SHOP = Path(__file__).parent / "demo_partner"


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
    running = asyncio.create_task(_bring_up(stack, open_market=open_market, began=began))
    ending = asyncio.create_task(ended.wait())
    try:
        await asyncio.wait({running, ending}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
    finally:
        running.cancel()
        ending.cancel()
        await asyncio.gather(running, ending, return_exceptions=True)
        await stack.parts.stop()
    click.echo("\nEnded; nothing is left running.")


async def _bring_up(stack: Stack, *, open_market: bool, began: float) -> None:
    await stack.start_sandbox()
    await _start_shop(stack)
    url = await asyncio.to_thread(stack.prepare_database)
    await _make_gateway(stack, url)
    await stack.start_gateway()
    await stack.start_worker()
    await stack.parts.ready()
    market_line = await asyncio.to_thread(move_to_open_market, stack.sandbox_url, SystemClock()) if open_market else None
    _introduce(stack, time.monotonic() - began, market_line)
    await stack.parts.watch()


async def _start_shop(stack: Stack) -> None:
    environment = {
        "SHOP_URL": stack.shop_url,
        "SHOP_PORT": str(stack.ports.shop),
        "TORANA_URL": stack.gateway_url,
        "TORANA_GATEWAY": GATEWAY,
        "TORANA_SECRET": SECRET,
        "TORANA_API_SECRET": SECRET,
    }
    argv = [sys.executable, "-m", "torana.cli.demo_partner"]
    await stack.parts.start(Part("shop", argv, environment, stack.log_file("shop"), f"{stack.shop_url}/healthz"))


async def _make_gateway(stack: Stack, url: str) -> None:
    database = Database(url, size=2)
    await database.open()
    try:
        cipher = Cipher.from_home(stack.settings.home, stack.settings.encryption_keys)
        gateways = Gateways(database, SystemClock(), cipher)
        if await gateways.by_name(GATEWAY) is None:
            await gateways.create(
                name=GATEWAY,
                display_name="Lantern",
                mode=Mode.TEST,
                allowed_origins=["http://localhost", "http://127.0.0.1"],
                secret=SECRET,
                api_secret=SECRET,
                branding={"accent": "#a8480f"},
            )
    finally:
        await database.close()


def _introduce(stack: Stack, seconds: float, market_line: str | None) -> None:
    click.secho(f"\nTorana is ready ({seconds:.1f} s).\n", bold=True)
    for name, address, what in (
        ("Shop", stack.shop_url, "start here: buy a basket through your broker"),
        ("Gateway", stack.gateway_url, f"the partner API; gateway {GATEWAY}, secret {SECRET}"),
        ("Sandbox", f"{stack.sandbox_url}/sandbox", "simulated exchange and brokers, magic inputs"),
        ("Logs", str(stack.logs), "one file for each process"),
    ):
        click.echo(f"  {name:8} {address:34} {what}")
    click.echo("")
    if market_line:
        click.echo(f"  {market_line}")
    click.echo("  Without a browser: torana try. Ctrl-C ends everything.\n")
