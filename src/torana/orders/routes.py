"""Orders over HTTP: the partner's look at them, and the brokers' postbacks."""

from typing import Annotated

import structlog
from litestar import Request, Response, Router, get, post
from litestar.datastructures import State
from litestar.params import Parameter
from prometheus_client import Counter

from torana.api.answers import success
from torana.kit.errors import AccessDenied, ApiError, NotFound
from torana.orders import store
from torana.orders.halt_routes import HALT_ROUTES
from torana.orders.schemas import order_batch
from torana.partners.access import authenticate
from torana.partners.api_services import ApiServices, given
from torana.partners.models import Mode

POSTBACK = Counter("torana_postbacks_total", "Postbacks of brokers", ["broker", "result"])
LARGEST_POSTBACK = 64 * 1024
MOST_IDS = 100

log = structlog.get_logger(__name__)
AnyRequest = Request[None, None, State]


@get("/v1/{name:str}/engine/orders/sst", summary="Orders of completed transactions", tags=["Orders"])
async def orders_sst(
    request: AnyRequest,
    name: str,
    services: ApiServices,
    transaction_ids: Annotated[list[str] | None, Parameter(query="transactionId", max_items=MOST_IDS)] = None,
    batch_ids: Annotated[list[str] | None, Parameter(query="batchId", max_items=MOST_IDS)] = None,
) -> Response[bytes]:
    """Batches with their orders. A connected token sees its own, and all of them when no id is given; a guest token
    needs ids. Ids that do not exist, or whose transaction is not COMPLETED, are left out.

    A batch is the same here, in transactiondetails, in the SDK's promise and in the webhook. Its orders are those at
    the exchange: a line that is too large for one order becomes several."""
    access = await authenticate(services.gateways, name, request.headers, services.clock.now())
    if access.investor_id is None and not transaction_ids and not batch_ids:
        raise ApiError("a guest token needs transactionId or batchId")
    batches = await store.finished(
        services.database, access.gateway.gateway_id, access.investor_id, transaction_ids or [], batch_ids or []
    )
    found = [order_batch(batch) for batch in batches]
    return success({"orderBatches": found, "orders": found})


@post("/postback/{broker:str}", status_code=200, include_in_schema=False)
async def postback(request: AnyRequest, broker: str, services: ApiServices) -> dict[str, str]:
    return await _take(request, broker, None, services)


@post("/postback/{broker:str}/{url_secret:str}", status_code=200, include_in_schema=False)
async def postback_with_secret(
    request: AnyRequest, broker: str, url_secret: str, services: ApiServices
) -> dict[str, str]:
    return await _take(request, broker, url_secret, services)


async def _take(request: AnyRequest, broker: str, url_secret: str | None, services: ApiServices) -> dict[str, str]:
    """A hint that an order changed: its batch becomes due, and the book is read. Nothing in the body is believed, but
    that an order is in another account: then it is not called absent."""
    body = await request.body()
    if len(body) > LARGEST_POSTBACK:
        raise ApiError("a postback has at most 64 kB", status=413)
    known = False
    for mode in Mode:
        connector = services.connectors.find(mode, broker)
        if connector is None or connector.postbacks is None:
            continue
        known = True
        try:
            hint = connector.postbacks.read(request.headers, body, url_secret)
        except ValueError:
            continue
        woken = await store.hint(
            services.database,
            broker=broker,
            broker_order_id=hint.broker_order_id,
            broker_user_id=hint.broker_user_id,
            tag=hint.tag,
            now=services.clock.now(),
        )
        POSTBACK.labels(broker, "taken" if woken else "unknown order").inc()
        return {"status": "taken"}
    if not known:
        raise NotFound("there is no such broker here")
    POSTBACK.labels(broker, "refused").inc()
    log.warning("orders.postback_refused", broker=broker)
    raise AccessDenied("this is not a postback of ours", status=403)


def orders_router(services: ApiServices) -> Router:
    return Router(
        path="",
        route_handlers=[
            orders_sst,
            postback,
            postback_with_secret,
            *HALT_ROUTES,
        ],
        dependencies=given(services),
    )
