"""ISINs that became others, over HTTP: what stands there to be looked at, and what the partner supplies. For the
partner's backend alone (the header `x-gateway-secret`)."""

from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Request, Response, Router, get, post
from litestar.datastructures import State
from litestar.openapi.spec import OpenAPIResponse, Operation, RequestBody
from litestar.params import Parameter

from torana.api.answers import success
from torana.api.documented import envelope, json_content
from torana.baskets import store
from torana.baskets.isin_changes import Unlisted, unlisted
from torana.baskets.isin_supply import ChangesBody, change_body, check_changes, read_changes, supply
from torana.baskets.reference import schema_without_references
from torana.kit.database import Connection
from torana.partners.access import gateway_by_secret
from torana.partners.api_services import ApiServices, given
from torana.partners.idempotency import once

AnyRequest = Request[None, None, State]
_MOST_BYTES = 256 * 1024
_CHANGE = {
    "isin": "INE000A01011",
    "ticker": "NTPC",
    "exchange": "NSE",
    "oldShares": 1,
    "newShares": 5,
    "date": "2026-11-16",
}
_TOLD = _CHANGE | {"newIsin": "INE733E01010", "suppliedAt": "2026-11-18T05:12:30.000Z", "converted": 12, "waiting": 0}
_UNLISTED = {
    "isin": "INE000A01011",
    "ticker": "NTPC",
    "exchange": "NSE",
    "shares": 40,
    "investments": 12,
    "scids": ["LANTERN_0001"],
    "listedNow": {"ticker": "NTPC", "exchange": "NSE", "isin": "INE733E01010"},
}


def _answers(**examples: Any) -> dict[str, OpenAPIResponse]:
    rows = {name: {"type": "array", "items": {"type": "object", "required": list(told[0])}}
            for name, told in examples.items()}  # fmt: skip
    data = {"type": "object", "required": list(examples), "properties": rows}
    answer = {"success": True, "errors": None, "data": examples}
    return {"200": OpenAPIResponse(description="As they are now.", content=json_content(envelope(data), told=answer))}


@dataclass
class ChangesOperation(Operation):
    """The reference of supplying."""

    def __post_init__(self) -> None:
        body = schema_without_references(ChangesBody)
        self.request_body = RequestBody(content=json_content(body, split={"changes": [_CHANGE]}), required=True)
        self.responses = {**(self.responses or {}), **_answers(changes=[_TOLD])}


@dataclass
class ChangesListOperation(Operation):
    """The reference of the list."""

    def __post_init__(self) -> None:
        self.responses = {**(self.responses or {}), **_answers(changes=[_TOLD], unlisted=[_UNLISTED])}


@get(
    "/v1/{name:str}/baskets/isin-changes",
    summary="ISINs that became others",
    tags=["Baskets"],
    operation_class=ChangesListOperation,
)
async def told_isin_changes(request: AnyRequest, name: str, services: ApiServices) -> Response[bytes]:
    """What you supplied, the newest first: how many investments were `converted` by it, and how many hold the old
    shares still (`waiting`, as while an order of theirs is open). In `unlisted` stands what investments hold, or
    baskets are sold with, and their exchange lists no more: `listedNow` has the same name today, if anything has."""
    gateway = await gateway_by_secret(services.gateways, name, request.headers)
    async with services.database.connection() as connection:
        supplied = await store.isin_changes(connection, gateway.gateway_id)
    gone = await unlisted(services.database, gateway.gateway_id)
    return success(
        {"changes": [change_body(one) for one in supplied], "unlisted": [unlisted_body(one) for one in gone]}
    )


@post(
    "/v1/{name:str}/baskets/isin-changes",
    status_code=200,
    request_max_body_size=_MOST_BYTES,
    summary="Supply ISINs that became others",
    tags=["Baskets"],
    operation_class=ChangesOperation,
)
async def supply_isin_changes(
    request: AnyRequest,
    name: str,
    services: ApiServices,
    dry_run: Annotated[bool, Parameter(query="dryRun")] = False,
) -> Response[bytes]:
    """Investments that hold the old shares hold the new ones from then on, with what they cost; each tells it in
    `adjustments`. What was converted already is not changed by another ratio: take the adjustments back first. The
    answer is all that is supplied then. With `dryRun=true` nothing is written, and `waiting` says how many investments
    it is about."""
    gateway = await gateway_by_secret(services.gateways, name, request.headers)
    gateway_id, now = gateway.gateway_id, services.clock.now()
    body = read_changes(await request.body())
    changes = check_changes(body, gateway_id, now)

    async def effect(connection: Connection) -> object:
        supplied = await supply(connection, gateway_id, changes, body.remove, now, dry_run=dry_run)
        return {"changes": [change_body(one) for one in supplied]}

    return await once(request, services.database, services.cipher, effect, gateway_id=gateway_id, same=body, now=now)


def unlisted_body(one: Unlisted) -> dict[str, Any]:
    """The wire form of what is listed no more."""
    held, now = one.held, one.now
    return {
        "isin": held.isin,
        "ticker": held.symbol,
        "exchange": held.exchange,
        "shares": held.shares,
        "investments": held.investments,
        "scids": list(one.scids),
        "listedNow": None if now is None else {"ticker": now.symbol, "exchange": now.exchange, "isin": now.isin},
    }


def isin_changes_router(services: ApiServices) -> Router:
    """The routes."""
    return Router(path="", route_handlers=[told_isin_changes, supply_isin_changes], dependencies=given(services))
