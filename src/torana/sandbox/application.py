"""The sandbox put together: the control API, every simulated broker, and the world that they share, as one ASGI app."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from torana.kit.clock import Clock, SystemClock
from torana.sandbox.control import Control
from torana.sandbox.dialect import Dialect, KnownApp, Route, dialects
from torana.sandbox.exchange import Exchange, Tempo
from torana.sandbox.faults import Faults
from torana.sandbox.front import Front
from torana.sandbox.ledger import Ledger
from torana.sandbox.postbacks import Postbacks
from torana.sandbox.registrar import PREFIX
from torana.sandbox.web import Gone, Receive, Request, Response, Router, Scope, Send, TooLarge
from torana.sandbox.world import App, World

DEFAULT_GATEWAY = "http://127.0.0.1:8080"
TICK_SECONDS = 0.02


class Sandbox:
    """The sandbox as one ASGI application. `url` is where browsers and clients reach it, without a slash at its end."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.url = world.url
        self._control = Control(world)
        self._fronts: list[tuple[str, Router[Route], Front]] = []
        for dialect in dialects():
            front = Front(world, dialect)
            self._fronts += [(prefix, router, front) for prefix, router in front.routers.items()]

    @property
    def exchange(self) -> Exchange:
        return self.world.exchange

    @property
    def faults(self) -> Faults:
        return self.world.faults

    @property
    def ledger(self) -> Ledger:
        return self.world.exchange.ledger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        try:
            try:
                response = await self._answer(request)
            except TooLarge:
                response = Response(413, b"The request is too large.\n", headers=[("connection", "close")])
            await response.send(request, send)
        except Gone:
            return

    async def _answer(self, request: Request) -> Response:
        if (path := _below("/sandbox", request.path)) is not None:
            return await self._control.answer(request, path)
        if (path := _below(PREFIX, request.path)) is not None:
            return await self.world.registrar.answer(request, path)
        for prefix, router, front in self._fronts:
            if (path := _below(prefix, request.path)) is not None:
                return await front.answer(request, router, path)
        if request.path == "/":
            return Response(302, headers=[("location", "/sandbox/")])
        return Response(404, b"No simulated broker lives here. See /sandbox/.\n")

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        ticker = asyncio.create_task(self._tick())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        ticker.cancel()
        self.world.closing.set()
        await self.world.postbacks.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _tick(self) -> None:
        """Let time pass while nobody asks."""
        while True:
            self.exchange.catch_up()
            await asyncio.sleep(TICK_SECONDS)


def _below(prefix: str, path: str) -> str | None:
    """The rest of a path behind a prefix; None when it does not begin with it."""
    return (path.removeprefix(prefix) or "/") if path == prefix or path.startswith(f"{prefix}/") else None


@dataclass(frozen=True, slots=True)
class PrefixedApp:
    """The sandbox as seen by an official client that cannot be given a path: each request gets this prefix."""

    app: Sandbox
    prefix: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "path": self.prefix + scope["path"]}
            await self.app(scope, receive, send)


def build(
    *,
    clock: Clock | None = None,
    url: str = "http://127.0.0.1:8081",
    gateway_url: str = DEFAULT_GATEWAY,
    seed: int = 1,
    tempo: Tempo | None = None,
    trading_hours: bool = False,
    rate_limits: bool = True,
    apps: Mapping[str, Mapping[str, App]] | None = None,
) -> Sandbox:
    """The sandbox as an ASGI application.

    `gateway_url` is where the gateway is reached from here: the default redirect and postback addresses of the apps
    are made from it. `trading_hours` sets the exchange clock to trading hours when the market is closed.
    """
    exchange = Exchange(clock or SystemClock(), seed=seed, tempo=tempo)
    if trading_hours:
        exchange.time.to_trading_hours()
    faults = Faults()
    world = World(
        exchange=exchange,
        faults=faults,
        postbacks=Postbacks(faults, exchange.ledger),
        url=url.rstrip("/"),
        gateway_url=gateway_url.rstrip("/"),
        rate_limits=rate_limits,
    )
    known = default_apps(world.gateway_url) if apps is None else apps
    world.apps = {broker: dict(of_broker) for broker, of_broker in known.items()}
    return Sandbox(world)


def default_apps(gateway_url: str) -> dict[str, dict[str, App]]:
    """The apps that the simulated brokers know from the start, by broker and key."""

    def app(dialect: Dialect, known: KnownApp) -> App:
        redirect_url = f"{gateway_url}/portal/callback/{dialect.broker}"
        return App(known.key, known.secret, redirect_url, f"{gateway_url}{known.postback}")

    return {dialect.broker: {known.key: app(dialect, known) for known in dialect.apps} for dialect in dialects()}
