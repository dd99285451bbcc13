"""The composition root of the gateway: settings in, one ASGI application out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from litestar import Litestar, Response, get
from litestar.openapi.spec import Server
from litestar.types import ASGIApp
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from torana.api.dependencies import provide
from torana.api.not_supported import not_supported_router
from torana.api.reference import docs_router, openapi_config
from torana.api.refusals import error_handlers
from torana.api.request_ids import RequestIds
from torana.house import House, build_house, clock_of, opened
from torana.kit.database import LOST_CONNECTION, Database
from torana.kit.logs import set_up_logging
from torana.kit.outbound import PublicClient
from torana.migrations import HEAD
from torana.orders.progress import order_batches
from torana.orders.routes import orders_router
from torana.partners.rate_limit import RateLimit
from torana.portal.lobby import Lobby
from torana.portal.routes import portal_router
from torana.settings import Settings
from torana.transactions.routes import transactions_router
from torana.webhooks.routes import webhooks_router


@get("/healthz", include_in_schema=False)
async def healthz() -> dict[str, str]:
    """The process runs."""
    return {"status": "ok"}


@get("/readyz", include_in_schema=False)
async def readyz(database: Database) -> Response[dict[str, str]]:
    """The process can do its work: the database answers, and its schema is the one this program needs."""
    try:
        found = await database.value("select version_num from alembic_version")
    except (*LOST_CONNECTION, asyncpg.PostgresError):
        return Response({"status": "the database does not answer"}, status_code=503)
    if found != HEAD:
        return Response({"status": f"the database is at revision {found}, not {HEAD}"}, status_code=503)
    return Response({"status": "ready"})


@get("/metrics", include_in_schema=False, media_type=CONTENT_TYPE_LATEST)
async def metrics() -> bytes:
    return generate_latest()


def create_app(settings: Settings) -> Litestar:
    """The application; nothing is opened before it starts. Raises `ConfigurationError`."""
    house = build_house(settings)
    public = PublicClient(settings.webhook_allowed_hosts)

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        set_up_logging(settings.log_format)
        async with opened(house), house.stream.running(), public:
            yield

    return Litestar(
        [
            healthz,
            readyz,
            metrics,
            transactions_router,
            orders_router,
            webhooks_router,
            portal_router(lobby_of(house)),
            docs_router,
            not_supported_router,
        ],
        dependencies=provide(**_parts(house), public=public),
        exception_handlers=dict(error_handlers(_guide(settings))),
        lifespan=[lifespan],
        openapi_config=openapi_config([Server(url=settings.public_url)]),
        logging_config=None,
    )


def create_asgi(settings: Settings) -> ASGIApp:
    """What a server runs: the application behind the rate limit, with an id on every answer."""
    limited = RateLimit(
        create_app(settings),
        clock=clock_of(settings),
        per_minute=settings.requests_per_minute,
        guide_url=_guide(settings),
    )
    return RequestIds(limited)


def _guide(settings: Settings) -> str:
    return f"{settings.public_url}/docs/errors"


def lobby_of(house: House) -> Lobby:
    """What the portal's handlers work with."""
    return Lobby(
        house.database,
        house.clock,
        house.gateways,
        house.sessions,
        house.stream,
        house.connectors,
        house.market_times,
        house.settings.public_url,
    )


def _parts(house: House) -> dict[str, Any]:
    """What handlers may ask for, by the name of their parameter. First what most ask for."""

    async def batches_of(gateway_id: str, transaction_id: str) -> list[dict[str, Any]]:
        return await order_batches(house.database, gateway_id, [transaction_id])

    return {
        "database": house.database,
        "clock": house.clock,
        "gateways": house.gateways,
        "order_batches": batches_of,
        "connectors": house.connectors,
        "cipher": house.cipher,
    }
