"""One whole installation on this machine: database, gateway, worker, sandbox, as one process tree."""

import socket
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import click

from torana.cli.installation import bring_up_to_date, start_embedded
from torana.cli.processes import Part, Parts
from torana.cli.sample_baskets import make_sample_baskets
from torana.kit.cipher import Cipher
from torana.kit.clock import machine_clock
from torana.kit.database import Database
from torana.partners import store
from torana.partners.gateways import Gateways
from torana.partners.models import Mode
from torana.settings import DEMO_GATEWAY, DEMO_SECRET, Settings


@dataclass(frozen=True, slots=True)
class Ports:
    gateway: int
    sandbox: int
    shop: int

    def named(self) -> Iterator[tuple[str, int, str]]:
        """Who listens, where, and the option of `torana demo` that changes it."""
        yield "gateway", self.gateway, "--port"
        yield "sandbox", self.sandbox, "--sandbox-port"
        yield "shop", self.shop, "--shop-port"


class Stack:
    """What `torana demo` and `torana try` run. Nothing of it outlives `stop`."""

    def __init__(self, settings: Settings, ports: Ports, parts: Parts) -> None:
        self.settings = settings
        self.ports = ports
        self.parts = parts
        self.logs = settings.home / "logs"
        self.database_url = ""

    @property
    def gateway_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.gateway}"

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.sandbox}"

    @property
    def shop_url(self) -> str:
        return f"http://localhost:{self.ports.shop}"

    def prepare_database(self) -> None:
        """Start the embedded server and bring its schema up to date. Blocks for a second or two.

        It is always a server of its own: the demo's secret is no secret and must not get into a real database.
        """
        self.database_url = start_embedded(self.settings.home)
        bring_up_to_date(self.database_url)

    async def make_demo_gateway(self) -> None:
        """Make the demo's gateway, or have it allow the origins of the present ports."""
        origins = [self.shop_url, self.shop_url.replace("localhost", "127.0.0.1"), self.gateway_url]
        database = Database(self.database_url, size=2)
        await database.open()
        try:
            cipher = Cipher.from_home(self.settings.home, self.settings.encryption_keys)
            gateways = Gateways(database, machine_clock(self.settings.clock_file), cipher)
            if await gateways.by_name(DEMO_GATEWAY) is not None:
                await store.set_allowed_origins(database, DEMO_GATEWAY, origins)
                return
            await gateways.create(
                name=DEMO_GATEWAY,
                display_name="Lantern",
                mode=Mode.TEST,
                allowed_origins=origins,
                secret=DEMO_SECRET,
                api_secret=DEMO_SECRET,
                branding={"accent": "#a8480f", "logo": _lantern()},
            )
        finally:
            await database.close()

    async def make_sample_baskets(self) -> None:
        """The demo's gateway sells the sample baskets; the sandbox, which must run, has their prices."""
        database, clock = Database(self.database_url, size=2), machine_clock(self.settings.clock_file)
        await database.open()
        try:
            cipher = Cipher.from_home(self.settings.home, self.settings.encryption_keys)
            gateway = await Gateways(database, clock, cipher).by_name(DEMO_GATEWAY)
            assert gateway is not None, "it is made before"
            await make_sample_baskets(database, gateway.gateway_id, self.sandbox_url, clock.now())
        finally:
            await database.close()

    async def start_sandbox(self, *, trading_hours: bool) -> None:
        await self._start(
            "sandbox",
            ["sandbox", "--port", str(self.ports.sandbox), *(["--trading-hours"] if trading_hours else [])],
            f"{self.sandbox_url}/sandbox/clock",
        )

    async def start_gateway(self) -> None:
        await self._start("gateway", ["serve", "--port", str(self.ports.gateway)], f"{self.gateway_url}/readyz")

    async def start_worker(self) -> None:
        await self._start("worker", ["worker"], None)

    async def _start(self, name: str, command: list[str], ready_url: str | None) -> None:
        argv = [sys.executable, "-m", "torana.cli", *command]
        await self.parts.start(Part(name, argv, self._environment(), self.log_file(name), ready_url))

    def log_file(self, name: str) -> Path:
        self.logs.mkdir(parents=True, exist_ok=True)
        return self.logs / f"{name}.log"

    def _environment(self) -> dict[str, str]:
        return {
            "TORANA_HOME": str(self.settings.home),
            "TORANA_DATABASE_URL": self.database_url,
            "TORANA_PUBLIC_URL": self.gateway_url,
            "TORANA_SANDBOX_URL": self.sandbox_url,
            "TORANA_DEMO_SHOP_URL": self.shop_url,
            # The demo's receivers live on this machine, where webhooks of a real installation must not reach.
            "TORANA_WEBHOOK_ALLOWED_HOSTS": f"localhost:{self.ports.shop},127.0.0.0/8",
        }


def _lantern() -> str:
    """The shop's mark, as the head of the pop-up shows it."""
    drawing = files("torana.cli.demo_partner").joinpath("static", "lantern.svg").read_bytes()
    return f"data:image/svg+xml;base64,{b64encode(drawing).decode()}"


def require_free(ports: Ports) -> None:
    """Raise `click.ClickException` that names the first port that is taken."""
    for who, port, option in ports.named():
        with closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise click.ClickException(
                    f"port {port} (for the {who}) is taken. Choose another: torana demo {option} {port + 10}"
                ) from None


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
