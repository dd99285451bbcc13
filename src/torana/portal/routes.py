"""Everything that the portal answers: pages, the SDK's calls, files."""

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Router
from litestar.di import Provide
from litestar.params import Dependency

from torana.connectors.registry import Connectors
from torana.events.stream import EventStream
from torana.investors.sessions import Sessions
from torana.kit.database import Database
from torana.market.hours import MarketTime
from torana.partners.gateways import Gateways
from torana.partners.models import Mode
from torana.portal.lobby import Lobby
from torana.portal.sdk_routes import sdk_router
from torana.portal.static_routes import static_router
from torana.portal.visit_routes import visit_router

__all__ = ["portal_router", "static_router"]


def _lobby(
    database: Database,
    clock: Annotated[Any, Dependency(skip_validation=True)],
    gateways: Gateways,
    sessions: Sessions,
    stream: EventStream,
    connectors: Connectors,
    market_times: Annotated[Mapping[Mode, MarketTime], Dependency(skip_validation=True)],
    public_url: str,
) -> Lobby:
    return Lobby(database, clock, gateways, sessions, stream, connectors, market_times, public_url)


portal_router = Router(
    "/",
    route_handlers=[sdk_router, visit_router, static_router],
    dependencies={"lobby": Provide(_lobby, sync_to_thread=False)},
)
