"""Webhooks, looked after by the partner: endpoints, replay, and what became of each delivery.

All routes take the header `x-gateway-secret` alone: they are about the gateway, not about an investor.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from litestar import Request, Response, Router, delete, get, post
from litestar.datastructures import State
from litestar.params import Parameter

from torana.api.answers import success
from torana.events.types import EventTypes
from torana.kit.database import Connection
from torana.kit.errors import ApiError
from torana.partners.access import gateway_by_secret
from torana.partners.api_services import ApiServices, given
from torana.partners.idempotency import once
from torana.webhooks import endpoints, schemas, store

AnyRequest = Request[None, None, State]
_ENDPOINTS = "/v1/{name:str}/webhooks/endpoints"


@dataclass(frozen=True, kw_only=True)
class WebhookServices(ApiServices):
    """What the handlers of this folder work with: the events that partners are told, too."""

    event_types: EventTypes


@get(_ENDPOINTS, summary="Endpoints of a gateway", tags=["Webhooks"])
async def list_endpoints(request: AnyRequest, name: str, services: WebhookServices) -> Response[bytes]:
    """Where this gateway's events are sent, without the signing secrets."""
    gateway = await gateway_by_secret(services.gateways, name, request.headers)
    return success([schemas.endpoint(found) for found in await store.endpoints(services.database, gateway.gateway_id)])


async def create_endpoint(
    request: AnyRequest,
    name: str,
    services: WebhookServices,
) -> Response[bytes]:
    """Create an endpoint at an https URL on the public internet. The answer carries the signing secret, which no other
    answer shows. A URL has one endpoint: asking a second time is a 409, or with the same Idempotency-Key the first
    answer again."""
    gateway = await gateway_by_secret(services.gateways, name, request.headers)
    gateway_id, now = gateway.gateway_id, services.clock.now()
    data = schemas.read_create_endpoint(await request.body())

    async def make(connection: Connection) -> object:
        made, secret = await endpoints.create(
            connection,
            services.cipher,
            gateway_id=gateway_id,
            url=data.url,
            event_types=data.event_types,
            known_types=services.event_types,
            now=now,
        )
        return {**schemas.endpoint(made), "secret": secret}

    check = partial(endpoints.check_url, services.public, data.url)
    return await once(
        request, services.database, services.cipher, make, gateway_id=gateway_id, same=data, now=now, before=check
    )


@delete(_ENDPOINTS + "/{endpoint_id:str}", status_code=200, summary="Delete an endpoint", tags=["Webhooks"])
async def delete_endpoint(
    request: AnyRequest, name: str, endpoint_id: str, services: WebhookServices
) -> Response[bytes]:
    """What still waits for this endpoint is no longer delivered."""
    gateway = await gateway_by_secret(services.gateways, name, request.headers)
    await endpoints.delete(services.database, gateway.gateway_id, endpoint_id)
    return success(None)


@post(_ENDPOINTS + "/{endpoint_id:str}/enable", status_code=200, summary="Enable an endpoint", tags=["Webhooks"])
async def enable_endpoint(
    request: AnyRequest,
    name: str,
    endpoint_id: str,
    services: WebhookServices,
) -> Response[bytes]:
    """Send to the endpoint again, after it answered 410 Gone or failed at every attempt for 5 days: disabledReason says
    which. Events that were dropped in between come by a replay."""
    gateway = await gateway_by_secret(services.gateways, name, request.headers)
    gateway_id, now = gateway.gateway_id, services.clock.now()

    async def enable(connection: Connection) -> object:
        return schemas.endpoint(await endpoints.enable(connection, gateway_id, endpoint_id))

    return await once(request, services.database, services.cipher, enable, gateway_id=gateway_id, same=None, now=now)


@post(_ENDPOINTS + "/{endpoint_id:str}/rotate", status_code=200, summary="Change the secret", tags=["Webhooks"])
async def rotate_secret(
    request: AnyRequest,
    name: str,
    endpoint_id: str,
    services: WebhookServices,
) -> Response[bytes]:
    """Make a new signing secret, which no other answer shows. For 24 hours the old one also signs. Send an
    Idempotency-Key: without one, a request that is repeated changes the secret twice."""
    gateway = await gateway_by_secret(services.gateways, name, request.headers)
    gateway_id, now = gateway.gateway_id, services.clock.now()

    async def rotate(connection: Connection) -> object:
        secret = await endpoints.rotate(connection, services.cipher, gateway_id, endpoint_id, now)
        return {"id": endpoint_id, "secret": secret}

    return await once(request, services.database, services.cipher, rotate, gateway_id=gateway_id, same=None, now=now)


@post(_ENDPOINTS + "/{endpoint_id:str}/replay", status_code=200, summary="Deliver events again", tags=["Webhooks"])
async def replay(
    request: AnyRequest,
    name: str,
    endpoint_id: str,
    services: WebhookServices,
    since: str,
    until: str | None = None,
    undelivered: bool = False,
) -> Response[bytes]:
    """Send the events from `since` to `until` (ISO 8601, by default now) again, with their original ids; with
    `undelivered=true` only those that the endpoint has not accepted."""
    gateway = await gateway_by_secret(services.gateways, name, request.headers)
    gateway_id, now = gateway.gateway_id, services.clock.now()
    begin = _moment("since", since)
    end = now if until is None else _moment("until", until)

    async def send_again(connection: Connection) -> object:
        count = await endpoints.replay(
            connection,
            gateway_id=gateway_id,
            endpoint_id=endpoint_id,
            since=begin,
            until=end,
            undelivered_only=undelivered,
            known_types=services.event_types,
            now=now,
        )
        return {"deliveries": count}

    return await once(
        request, services.database, services.cipher, send_again, gateway_id=gateway_id, same=None, now=now
    )


@get("/v1/{name:str}/webhooks/deliveries", summary="Deliveries and their attempts", tags=["Webhooks"])
async def list_deliveries(
    request: AnyRequest,
    name: str,
    services: WebhookServices,
    transaction_id: Annotated[str | None, Parameter(query="transactionId")] = None,
    endpoint_id: Annotated[str | None, Parameter(query="endpointId")] = None,
) -> Response[bytes]:
    """The newest hundred deliveries, of one transaction or to one endpoint if asked: each attempt with status, error,
    duration and the beginning of the answer."""
    gateway = await gateway_by_secret(services.gateways, name, request.headers)
    found = await store.deliveries(
        services.database,
        gateway.gateway_id,
        transaction_id=transaction_id,
        endpoint_id=endpoint_id,
    )
    return success([schemas.delivery(each) for each in found])


def _moment(name: str, value: str) -> datetime:
    # In a query an unescaped + means a space.
    try:
        moment = datetime.fromisoformat(value.replace(" ", "+"))
        in_utc = moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        in_utc = None
    if in_utc is None:
        raise ApiError(f"{name} must be a time in ISO 8601 with its time zone, such as 2026-11-18T05:15:00Z")
    return in_utc


def webhooks_router(services: ApiServices, types: EventTypes) -> Router:
    """The routes; `types` are the events that partners are told."""
    making = post(
        _ENDPOINTS,
        status_code=200,
        request_max_body_size=schemas.MOST_BYTES,
        summary="Create an endpoint",
        tags=["Webhooks"],
        operation_class=schemas.create_endpoint_operation(types),
    )
    return Router(
        path="",
        route_handlers=[
            list_endpoints,
            making(create_endpoint),
            delete_endpoint,
            enable_endpoint,
            rotate_secret,
            replay,
            list_deliveries,
        ],
        dependencies=given(WebhookServices(**vars(services), event_types=types)),
    )
