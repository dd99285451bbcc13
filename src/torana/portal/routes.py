"""Everything that the portal answers: pages, the SDK's calls, files."""

from litestar import Router
from litestar.di import Provide

from torana.portal.lobby import Lobby
from torana.portal.sdk_routes import sdk_router
from torana.portal.static_routes import static_router
from torana.portal.visit_routes import visit_router


def portal_router(lobby: Lobby) -> Router:
    """The routes, each handler with the lobby at hand."""

    def give_lobby() -> Lobby:
        return lobby

    return Router(
        "/",
        route_handlers=[sdk_router(f"{lobby.public_url}/docs/errors"), visit_router, static_router],
        dependencies={"lobby": Provide(give_lobby, sync_to_thread=False)},
    )
