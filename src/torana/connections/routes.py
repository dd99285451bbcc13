"""The partner's look at an investor's connection with their broker."""

from typing import Any

from litestar import Request, Response, Router, get

from torana.api.answers import success
from torana.connections import store
from torana.connections.schemas import ConnectionOperation, connection_body
from torana.kit.errors import ApiError, NotFound
from torana.partners.access import authenticate
from torana.partners.api_services import ApiServices, given


@get(
    "/v1/{name:str}/engine/user/connection",
    summary="An investor's connection with their broker",
    tags=["Investors"],
    operation_class=ConnectionOperation,
)
async def user_connection(request: Request[Any, Any, Any], name: str, services: ApiServices) -> Response[bytes]:
    """The broker of the token's investor, since when and until when their login lives, and what is needed if they have
    none. The broker is not asked: a login may have ended there a moment ago.

    The webhooks `connection.ended` and `connection.restored` carry the same."""
    now = services.clock.now()
    access = await authenticate(services.gateways, name, request.headers, now)
    if access.investor_id is None:
        raise ApiError("Send the token of a connected investor", anchor="connected-only")
    found = await store.of_investor(services.database, access.gateway.gateway_id, access.investor_id, now)
    if found is None:
        raise NotFound("this gateway knows no such investor")
    return success(connection_body(found.as_of(now)))


def connections_router(services: ApiServices) -> Router:
    return Router(path="", route_handlers=[user_connection], dependencies=given(services))
