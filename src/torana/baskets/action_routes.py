"""What is asked of a connected investor, for the partner's app to show."""

from typing import Annotated, Any

from litestar import Request, Response, Router, get
from litestar.params import Parameter

from torana.api.answers import success
from torana.baskets import store
from torana.baskets.action_schemas import PendingActionsOperation, pending_body
from torana.baskets.investment_routes import connected
from torana.partners.api_services import ApiServices, given


@get(
    "/v1/{name:str}/engine/user/pendingActions",
    summary="What is asked of a connected investor",
    tags=["Baskets"],
    operation_class=PendingActionsOperation,
)
async def pending_actions(
    request: Request[Any, Any, Any],
    name: str,
    services: ApiServices,
    iscid: Annotated[str | None, Parameter(description="Of this investment alone.", max_length=100)] = None,
) -> Response[bytes]:
    """What an investment needs from its investor: REPAIR, REBALANCE, SIP or RECONCILE, at most one of each kind. The
    webhooks `pending_action.raised` and `pending_action.ended` carry the same; what is over is not listed."""
    access = await connected(request, name, services)
    found = await store.pending(services.database, access.gateway.gateway_id, access.investor_id or "", iscid)
    return success({"pendingActions": [pending_body(one) for one in found]})


def actions_router(services: ApiServices) -> Router:
    """The route of pending actions."""
    return Router(path="", route_handlers=[pending_actions], dependencies=given(services))
