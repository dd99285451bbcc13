"""A whole installation as an operator runs it: gateway and worker in processes of their own, the simulated brokers, a
receiver of webhooks."""

import asyncio
import signal
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.sandbox import Control
from torana.cli.demo_partner.gateway import GatewayClient
from torana.cli.processes import Part, Parts, answers
from torana.cli.receiver import Received, Receiver
from torana.cli.stack import free_port
from torana.kit.clock import IST
from torana.market import calendar
from torana.orders.invariants import violations
from torana.partners.models import Gateway, Mode
from torana.sandbox.exchange import Tempo
from torana.sandbox.server import RunningSandbox, running_sandbox
from torana.services import Services, build_services, opened
from torana.settings import Settings

PATIENCE = 60.0
"""Seconds that anything here may take on a busy machine."""
PATIENCE_AT_START = 180.0
SETTLE_WINDOW = 2.0
LEASE_SECONDS = 3.0
BRANDING = {
    "accent": "#0f766e",
    "logo": "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' "
    "height='32' rx='9' fill='%230f766e'/%3E%3Cpath d='M9 21 16 9l7 12z' fill='none' stroke='%23fff' "
    "stroke-width='2.5' stroke-linejoin='round'/%3E%3C/svg%3E",
}


@dataclass
class Installation:
    """What a journey may look at and do behind the scenes. `webhooks` are what arrived, by transaction."""

    services: Services
    gateway: Gateway
    url: str
    sandbox: RunningSandbox
    parts: dict[str, Part]
    http: aiohttp.ClientSession
    webhooks: dict[str, list[Received]] = field(default_factory=lambda: defaultdict(list))

    # the sandbox

    async def tell(self, method: str, path: str, body: object = None) -> Any:
        return await Control(self.http, self.sandbox.url).tell(method, f"/sandbox{path}", body)

    async def fault(self, kind: str, user: str | None, *, operation: str = "place", **how: object) -> None:
        """Something goes wrong at the broker; without a user for everybody."""
        about = {"kind": kind, "operation": operation, **({} if user is None else {"account": user})}
        await self.tell("POST", "/faults", about | how)

    async def left_long_ago(self, transaction_id: str) -> None:
        """Our page gave way to the broker's half a minute ago."""
        question = "select left_at is not null from visits where transaction_id = $1"
        async with asyncio.timeout(PATIENCE):
            while not await self.services.database.value(question, transaction_id):
                await asyncio.sleep(0.05)
        change = "update visits set left_at = left_at - interval '30 seconds' where transaction_id = $1"
        await self.services.database.execute(change, transaction_id)

    async def heal(self) -> None:
        await self.tell("DELETE", "/faults")

    async def ledger(self, user: str) -> list[dict[str, Any]]:
        """Every order that the simulated brokers ever took from this user name."""
        return await Control(self.http, self.sandbox.url).orders(account=user)

    async def placed(self, user: str, count: int) -> list[dict[str, Any]]:
        """Wait until this user has so many orders at their broker."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE
        while len(orders := await self.ledger(user)) < count:
            assert loop.time() < deadline, f"{user} never had {count} orders: {orders}"
            await asyncio.sleep(0.05)
        return orders

    async def fill(self, user: str) -> None:
        """What this user has open at their broker is filled now."""
        for order in await self.ledger(user):
            if order["filled"] < order["quantity"]:
                await self.tell("POST", f"/orders/{order['orderId']}/advance", {"action": "fill"})

    @asynccontextmanager
    async def closed_market(self, *, after_logins: bool = False) -> AsyncIterator[Callable[[], Awaitable[None]]]:
        """The exchange is closed and after-market orders are taken; in the end it is open in any case.

        It is seven in the morning of the next trading day, when the logins of the day before are over.
        Or, for those that have logged in already, eight in the evening of the present one. The value opens the market.
        """
        now = self.sandbox.exchange.now()
        opens = calendar.next_open(now)
        assert opens is not None

        async def open_market() -> None:
            await self._exchange_time({"now": (opens + timedelta(hours=1)).isoformat()})

        evening = now.astimezone(IST).replace(hour=20, minute=0)
        morning = opens - timedelta(hours=2, minutes=15)
        await self._exchange_time({"now": (evening if after_logins else morning).isoformat()})
        try:
            yield open_market
        finally:
            await self._exchange_time({"mode": "trading"})

    async def _exchange_time(self, clock: dict[str, str]) -> None:
        await self.tell("POST", "/clock", clock)
        await asyncio.sleep(0.6)  # the gateway asks for the exchange's time at most twice a second

    # the processes

    async def kill(self, name: str) -> None:
        """End a process as the kernel does when memory runs out."""
        process = self.parts[name].process
        assert process is not None
        process.send_signal(signal.SIGKILL)
        assert await process.wait() == -signal.SIGKILL

    @asynccontextmanager
    async def killed_at(self, point: str, name: str) -> AsyncIterator[None]:
        """Inside the block that process ends itself when it comes to this fault point; then it starts again."""
        file = fault_file(self.services.settings)
        file.write_text(f"{point}=kill")
        try:
            yield
            process = self.parts[name].process
            assert process is not None
            async with asyncio.timeout(PATIENCE):
                assert await process.wait() == -signal.SIGKILL
        finally:
            file.unlink()
        await self.start(name)

    async def start(self, name: str) -> None:
        """Start a process again and wait until it works."""
        part = self.parts[name]
        begun = part.log_file.stat().st_size
        await part.start()
        await ready(part, begun)

    # the database

    async def expire(self, transaction_id: str) -> None:
        """The time of this transaction is over."""
        await self.services.database.execute(
            "update transactions set expires_at = now() - interval '1 second' where transaction_id = $1",
            transaction_id,
        )

    async def end_login(self, investor_id: str) -> None:
        """The investor's login at their broker is over, and we know it."""
        await self.services.database.execute(
            "update broker_sessions set ended_at = now() where investor_id = $1 and ended_at is null", investor_id
        )

    async def check(self) -> None:
        """What must hold of every order, always, does hold."""
        found = await violations(self.services.database, self.services.clock.now())
        assert not found, found

    # the webhooks

    async def webhook(self, transaction_id: str, event: str = "batch.completed") -> dict[str, Any]:
        """The webhook of this event once it is there. It has proven itself in both ways."""

        def arrived() -> list[Received]:
            return [one for one in self.webhooks[transaction_id] if one.event.get("event") == event]

        await eventually(arrived, f"{event} of {transaction_id} arrived")
        received = arrived()[0]
        assert received.checks.checksum
        assert received.checks.signature
        return received.event


@asynccontextmanager
async def installed(
    database_url: str, home: Path, origins: Sequence[str], **test_modes: str
) -> AsyncIterator[Installation]:
    """One broker by server API and another by a basket in the browser, but for `test_modes`; the market is open."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with (
        running_sandbox(gateway_url=url, trading_hours=True, tempo=Tempo(0.1, 0.3)) as sandbox,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http,
    ):
        settings = Settings(
            home=home, database_url=database_url, public_url=url, sandbox_url=sandbox.url, test_modes=test_modes
        )
        async with opened(build_services(settings)) as services:
            gateway = await services.gateways.create(
                name="kuber",
                display_name="Kuber Wealth",
                mode=Mode.TEST,
                allowed_origins=list(origins),
                branding=BRANDING,
            )
            parts = Parts(say=print)
            installation = Installation(services, gateway, url, sandbox, _parts(settings, port), http)
            try:
                for part in installation.parts.values():
                    await parts.start(part)
                await asyncio.gather(*(ready(part) for part in installation.parts.values()))
                async with _receiving(installation):
                    yield installation
            finally:
                await parts.stop()


def fault_file(settings: Settings) -> Path:
    """The fault points that are armed in gateway and worker."""
    return settings.home / "faultpoints"


def _parts(settings: Settings, port: int) -> dict[str, Part]:
    environment = {
        "TORANA_HOME": str(settings.home),
        "TORANA_DATABASE_URL": settings.database_url or "",
        "TORANA_INSTRUMENTS_DAILY": "0",
        "TORANA_PUBLIC_URL": settings.public_url,
        "TORANA_SANDBOX_URL": settings.sandbox_url,
        "TORANA_WEBHOOK_ALLOWED_HOSTS": "127.0.0.0/8",
        "TORANA_SETTLE_WINDOW": str(SETTLE_WINDOW),
        "TORANA_LEASE_SECONDS": str(LEASE_SECONDS),
        **{f"TORANA_TEST_MODE_{broker.upper()}": mode for broker, mode in settings.test_modes.items()},
        "TORANA_FAULTPOINT_FILE": str(fault_file(settings)),
        "PYTHONWARNINGS": "ignore",
    }

    def part(name: str, *command: str, ready_url: str | None = None) -> Part:
        argv = [sys.executable, "-m", "torana.cli", *command]
        return Part(name, argv, environment, settings.home / f"{name}.log", ready_url)

    serve = part("gateway", "serve", "--port", str(port), ready_url=f"{settings.public_url}/readyz")
    return {part.name: part for part in (serve, part("worker", "worker"))}


@asynccontextmanager
async def _receiving(installation: Installation) -> AsyncIterator[None]:
    """The partner's receiver, registered as its endpoint."""
    gateway = installation.gateway

    def arrived(received: Received) -> None:
        installation.webhooks[str(received.event.get("transactionId"))].append(received)

    client = GatewayClient(installation.url, gateway.name, gateway.secret, gateway.api_secret)
    receiver = Receiver(gateway.api_secret, arrived)
    receiver.start()
    try:
        receiver.signing_secret = await client.register_endpoint(receiver.url)
        yield
    finally:
        receiver.stop()
        await client.close()


async def ready(part: Part, begun: int = 0) -> None:
    """Wait until a process works: until its address answers, or else for its word in the log from byte `begun` on."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_AT_START
    while True:
        if part.process is None or part.process.returncode is not None:
            raise part.failure("did not start")
        if part.ready_url is not None:
            works = await asyncio.to_thread(answers, part.ready_url)
        else:
            works = f"{part.name}.ready".encode() in part.log_file.read_bytes()[begun:]
        if works:
            return
        if asyncio.get_running_loop().time() > deadline:
            raise part.failure(f"was not ready after {PATIENCE_AT_START:.0f} s")
        await asyncio.sleep(0.05)


async def eventually(holds: Callable[[], object], what: str) -> None:
    """Wait until `holds()` is true. Fails with `what` when that takes too long."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while not holds():
        assert asyncio.get_running_loop().time() < deadline, f"not within {PATIENCE:.0f} s: {what}"
        await asyncio.sleep(0.02)
