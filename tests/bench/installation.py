"""A whole installation for measuring: real processes, a database of its own, a partner, an investor with a session."""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.support.brokers import OTHER_BROKER
from tests.support.database import copied, template
from torana.kit import embedded
from torana.partners.models import Gateway, Mode
from torana.services import Services, build_services, opened
from torana.settings import Settings

ORIGIN = "http://partner.example"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def own_database() -> Iterator[str]:
    """A migrated database, on the disk of whoever runs this: no setting is changed for it."""
    server = os.environ.get("TORANA_TEST_DATABASE_URL") or embedded.start(embedded.default_home())
    with copied(server, template(server)) as url:
        yield url


@dataclass
class Installation:
    """`port` is the gateway's. The processes are the gateway's and the worker's."""

    services: Services
    gateway: Gateway
    port: int
    serve: subprocess.Popen[bytes]
    worker: subprocess.Popen[bytes]
    environment: dict[str, str]


@asynccontextmanager
async def sandbox(gateway_port: int = 8080) -> AsyncIterator[str]:
    """The simulated brokers in a process of their own; the market is open and no rate is limited. Yields the URL."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "torana.cli", "sandbox", "--port", str(port), "--trading-hours"],
        env={**os.environ, "TORANA_PUBLIC_URL": f"http://127.0.0.1:{gateway_port}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        await ready(f"{url}/sandbox/clock")
        async with aiohttp.ClientSession() as http:
            await http.post(f"{url}/sandbox/settings", json={"rateLimits": False})
        yield url
    finally:
        process.terminate()
        process.wait(20)


@asynccontextmanager
async def installation(
    database_url: str, sandbox_url: str, *, worker: Sequence[str] = ("torana.cli", "worker"), port: int = 0
) -> AsyncIterator[Installation]:
    """Gateway and worker as processes of their own, without a rate limit, logging errors only to a file."""
    with tempfile.TemporaryDirectory() as home:
        port = port or free_port()
        settings = Settings(
            home=Path(home),
            database_url=database_url,
            public_url=f"http://127.0.0.1:{port}",
            sandbox_url=sandbox_url,
            test_modes={OTHER_BROKER: "server_api"},
        )
        environment = {
            **os.environ,
            "TORANA_HOME": home,
            "TORANA_DATABASE_URL": database_url,
            "TORANA_INSTRUMENTS_DAILY": "0",
            "TORANA_SANDBOX_URL": sandbox_url,
            "TORANA_PUBLIC_URL": settings.public_url,
            f"TORANA_TEST_MODE_{OTHER_BROKER.upper()}": "server_api",
            "TORANA_REQUESTS_PER_MINUTE": "0",
            "TORANA_WEBHOOK_ALLOWED_HOSTS": "127.0.0.0/8",
        }
        async with opened(build_services(settings)) as services:
            gateway = await services.gateways.create(
                name="bench", display_name="Bench", mode=Mode.TEST, allowed_origins=[ORIGIN]
            )
            with (Path(home) / "log").open("wb") as log:
                processes = [
                    subprocess.Popen(
                        [sys.executable, "-W", "ignore", "-m", *words],
                        env=environment,
                        stdout=log,
                        stderr=log,
                    )
                    for words in (("torana.cli", "serve", "--port", str(port)), worker)
                ]
            try:
                await ready(f"{settings.public_url}/readyz")
                yield Installation(services, gateway, port, processes[0], processes[1], environment)
            finally:
                for process in processes:
                    process.terminate()
                for process in processes:
                    process.wait(20)


async def ready(url: str, *, seconds: float = 60) -> None:
    """Wait until this address answers 200."""
    async with asyncio.timeout(seconds), aiohttp.ClientSession() as http:
        while True:
            try:
                async with http.get(url) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.02)
