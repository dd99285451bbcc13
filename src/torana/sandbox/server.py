"""Serves the sandbox: as `torana sandbox`, or inside a test."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
import uvicorn

from torana.kit.clock import Clock
from torana.sandbox.application import DEFAULT_GATEWAY, PrefixedApp, Sandbox, build
from torana.sandbox.exchange import Exchange, Tempo
from torana.sandbox.faults import Faults
from torana.sandbox.ledger import Ledger
from torana.sandbox.web import ConnectionProtocol
from torana.sandbox.world import World

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class RunningSandbox:
    """A sandbox that is being served in this process. Tests may look at it directly."""

    url: str
    sandbox: Sandbox

    @property
    def world(self) -> World:
        return self.sandbox.world

    @property
    def exchange(self) -> Exchange:
        return self.sandbox.exchange

    @property
    def faults(self) -> Faults:
        return self.sandbox.faults

    @property
    def ledger(self) -> Ledger:
        return self.sandbox.ledger

    @asynccontextmanager
    async def at_root(self, prefix: str) -> AsyncIterator[str]:
        """A further address, without a path, that leads to one prefix: for clients that cannot be given a path."""
        async with _served(PrefixedApp(self.sandbox, prefix), _listen("127.0.0.1", 0)) as url:
            yield url


@asynccontextmanager
async def running_sandbox(
    *,
    clock: Clock | None = None,
    gateway_url: str = DEFAULT_GATEWAY,
    host: str = "127.0.0.1",
    port: int = 0,
    seed: int = 1,
    tempo: Tempo | None = None,
    trading_hours: bool = False,
    rate_limits: bool = True,
) -> AsyncIterator[RunningSandbox]:
    """Serve a fresh sandbox in this process, by default on a free port."""
    listener = _listen(host, port)
    url = f"http://{host}:{listener.getsockname()[1]}"
    sandbox = build(
        clock=clock,
        url=url,
        gateway_url=gateway_url,
        seed=seed,
        tempo=tempo,
        trading_hours=trading_hours,
        rate_limits=rate_limits,
    )
    async with _served(sandbox, listener, closing=sandbox.world.closing):
        yield RunningSandbox(url, sandbox)


def run(
    host: str = "127.0.0.1",
    port: int = 8081,
    *,
    url: str | None = None,
    gateway_url: str = DEFAULT_GATEWAY,
    clock: Clock | None = None,
    seed: int = 1,
    tempo: Tempo | None = None,
    trading_hours: bool = False,
    rate_limits: bool = True,
) -> None:
    """Serve the sandbox until the process is told to stop. `url` is how browsers reach it, if not by host and port."""
    sandbox = build(
        clock=clock,
        url=url or f"http://{host}:{port}",
        gateway_url=gateway_url,
        seed=seed,
        tempo=tempo,
        trading_hours=trading_hours,
        rate_limits=rate_limits,
    )
    log.info("sandbox.started", url=sandbox.url)
    _Server(_config(sandbox, host=host, port=port), sandbox.world.closing).run()


class _Server(uvicorn.Server):
    """Lets go of hanging requests when told to stop."""

    def __init__(self, config: uvicorn.Config, closing: asyncio.Event | None = None, *, signals: bool = True) -> None:
        super().__init__(config)
        self._closing = closing
        self._signals = signals

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        if not self._signals:
            yield
            return
        with super().capture_signals():
            yield

    async def main_loop(self) -> None:
        """As Uvicorn's, but it notices the end within milliseconds."""
        ticks = 0
        while not await self.on_tick(ticks // 10):
            ticks += 1
            await asyncio.sleep(0.01)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._closing is not None:
            self._closing.set()
        await super().shutdown(sockets)


def _config(app: Sandbox | PrefixedApp, *, host: str = "127.0.0.1", port: int = 0) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=ConnectionProtocol,
        ws="none",
        lifespan="on" if isinstance(app, Sandbox) else "off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=2,
    )


@asynccontextmanager
async def _served(
    app: Sandbox | PrefixedApp, listener: socket.socket, *, closing: asyncio.Event | None = None
) -> AsyncIterator[str]:
    server = _Server(_config(app), closing, signals=False)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if serving.done():
                await serving
                raise RuntimeError("the sandbox did not start")
            await asyncio.sleep(0.005)
        host, port = listener.getsockname()[:2]
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        await serving
        listener.close()


def _listen(host: str, port: int) -> socket.socket:
    # The protocol is named so that asyncio switches off Nagle on what it accepts: 40 ms an answer otherwise.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(512)
    return listener
