"""The composition root of the gateway: settings in, one ASGI application out."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version

import asyncpg
from litestar import Litestar, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Server
from litestar.types import ASGIApp
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from torana.api.edge import Edge
from torana.api.front_page import front_page
from torana.api.not_supported import not_supported_router
from torana.api.reference import Demo, docs_router, openapi_config
from torana.api.refusals import error_handlers
from torana.api.request_ids import RequestIds
from torana.baskets.investment_routes import investments_router
from torana.baskets.isin_change_routes import isin_changes_router
from torana.baskets.reconcile_routes import reconcile_router
from torana.baskets.routes import baskets_router
from torana.connections.routes import connections_router
from torana.connectors.registry import BROKERS
from torana.flows.registry import EVENT_TYPES
from torana.kit import embedded
from torana.kit.background import Background
from torana.kit.clock import machine_clock
from torana.kit.database import LOST_CONNECTION, Database
from torana.kit.garbage import keep_out_of_collections
from torana.kit.heartbeat import workers
from torana.kit.logs import set_up_logging
from torana.kit.overload import Overload
from torana.kit.public_client import PublicClient
from torana.market.calendar_end import watch
from torana.market.keep import keep_listing, load_listing, watch_age
from torana.migrations import HEAD
from torana.orders.routes import orders_router
from torana.partners.api_services import ApiServices
from torana.partners.broker_routes import brokers_router
from torana.partners.rate_limit import RateLimit
from torana.portal.routes import portal_router
from torana.services import Services, build_services, flow_services, opened
from torana.settings import DEMO_GATEWAY, DEMO_SECRET, Settings
from torana.transactions.routes import transactions_router
from torana.webhooks.routes import webhooks_router


@get("/healthz", include_in_schema=False)
async def healthz() -> dict[str, str]:
    """The process runs."""
    return {"status": "ok"}


def _readyz(trouble_of: Callable[[], Awaitable[str | None]]) -> HTTPRouteHandler:
    @get("/readyz", include_in_schema=False)
    async def readyz() -> Response[dict[str, str]]:
        """The installation can do its work: the database answers, its schema is the one that this program needs, live
        updates arrive, a worker lives, and nothing in the background has ended."""
        trouble = await trouble_of()
        return Response({"status": trouble or "ready"}, status_code=503 if trouble else 200)

    return readyz


async def _trouble_of(services: Services, background: Background) -> str | None:
    """What keeps the installation from its work; None: nothing does."""
    try:
        trouble = await _trouble(services.database)
    except (*LOST_CONNECTION, asyncpg.PostgresError):
        trouble = "the database does not answer"
    if trouble is None and not services.stream.is_listening:
        trouble = "no live updates: the connection that listens for them is away"
    if trouble is None and background.down:
        trouble = f"this process is without {', '.join(background.down)}"
    return trouble


async def _trouble(database: Database) -> str | None:
    found = await database.value("select version_num from alembic_version")
    if found != HEAD:
        return f"the database is at revision {found}, not {HEAD}"
    return (await workers(database)).trouble


@get("/metrics", include_in_schema=False, media_type=CONTENT_TYPE_LATEST)
async def metrics() -> bytes:
    return generate_latest()


def create_app(settings: Settings) -> Litestar:
    """The application; nothing is opened before it starts. Raises `ConfigurationError`."""
    services = build_services(settings)
    public = PublicClient(settings.webhook_allowed_hosts)
    background = Background()
    overload = Overload()
    api = api_services(services, overload, public)
    flows = flow_services(services, overload)
    trouble = partial(_trouble_of, services, background)
    demo = Demo(settings.demo_shop_url, DEMO_GATEWAY, DEMO_SECRET) if settings.demo_shop_url else None

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        set_up_logging(settings.log_format)
        watch(services.clock, settings.calendar_warning_days)
        watch_age(services.clock)
        async with opened(services), public:
            loaded = await load_listing(services.database)
            keep_out_of_collections()
            background.start("instruments", partial(keep_listing, services.database, services.clock, loaded))
            background.start("live updates", services.stream.run)
            background.start("overload", partial(overload.watch, services.database))
            background.start("overload of workers", partial(overload.watch_workers, services.database))
            if embedded.is_ours():
                background.start("embedded database", embedded.keep_running)
            try:
                yield
            finally:
                await background.end()

    return Litestar(
        [
            healthz,
            _readyz(trouble),
            front_page(trouble, _facts(), demo=demo, sandbox_url=settings.sandbox_url if demo else None),
            metrics,
            transactions_router(api, flows.intents),
            orders_router(api),
            *(router for flow in flows.intents for router in flow.routes(api, flows)),
            connections_router(api),
            brokers_router(api),
            baskets_router(api),
            investments_router(api),
            reconcile_router(api),
            isin_changes_router(api),
            webhooks_router(api, EVENT_TYPES),
            portal_router(flows, settings.page_creates_per_minute),
            docs_router(EVENT_TYPES, settings.public_url),
            not_supported_router,
        ],
        exception_handlers=dict(error_handlers(_guide(settings))),
        lifespan=[lifespan],
        openapi_config=openapi_config([Server(url=settings.public_url)], demo),
        logging_config=None,
    )


def create_asgi(settings: Settings) -> ASGIApp:
    """What a server runs: the application behind the rate limit, with an id on every answer."""
    limited = RateLimit(
        create_app(settings),
        clock=machine_clock(settings.clock_file),
        per_minute=settings.requests_per_minute,
        guide_url=_guide(settings),
    )
    edge = Edge(limited, metrics_networks=settings.metrics_networks, https=settings.public_url.startswith("https:"))
    return RequestIds(edge)


def _facts() -> dict[str, str]:
    """Of this installation, for its front page."""
    names = sorted(broker.name for broker in BROKERS.values())
    return {"Version": version("torana"), "Database revision": HEAD, "Brokers": ", ".join(names)}


def _guide(settings: Settings) -> str:
    return f"{settings.public_url}/docs/errors"


def api_services(services: Services, overload: Overload, public: PublicClient) -> ApiServices:
    """What the handlers of the partner's API work with."""
    return ApiServices(
        database=services.database,
        clock=services.clock,
        cipher=services.cipher,
        gateways=services.gateways,
        connectors=services.connectors,
        overload=overload,
        public=public,
    )
