"""The kill switch over HTTP: a partner stops the new orders of their own gateway.

All routes take the header `x-gateway-secret` alone: they are about the gateway, not about an investor.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.datastructures import State
from litestar.openapi.spec import Operation, RequestBody

from torana.api.answers import success
from torana.api.documented import json_content
from torana.connectors.registry import BROKERS
from torana.kit.database import Connection
from torana.kit.errors import ApiError
from torana.kit.json_input import InvalidJson, read_json
from torana.orders import store
from torana.orders.halt import LONGEST_REASON, halt, read_reason, resume
from torana.orders.models import Halt
from torana.orders.schemas import halt_body
from torana.orders.states import HaltedBy
from torana.partners.access import gateway_by_secret
from torana.partners.api_services import ApiServices
from torana.partners.idempotency import once

AnyRequest = Request[None, None, State]
MOST_BYTES = 4096
_PATH = "/v1/{name:str}/halts"


class HaltBody(msgspec.Struct):
    reason: str
    broker: str | None = None


_decoder = msgspec.json.Decoder(HaltBody)
_SCHEMA = {
    "type": "object",
    "required": ["reason"],
    "properties": {
        "reason": {
            "type": "string",
            "minLength": 1,
            "maxLength": LONGEST_REASON,
            "description": "Why, in one line. Investors read it.",
        },
        "broker": {"enum": [*BROKERS, None], "description": "Left out: to every broker."},
    },
}


@dataclass
class StopOperation(Operation):
    def __post_init__(self) -> None:
        example = {"reason": "We are looking into wrong prices."}
        self.request_body = RequestBody(json_content(_SCHEMA, stop=example), required=True)


@get(_PATH, summary="List the halts of new orders", tags=["Kill switch"])
async def list_halts(request: AnyRequest, name: str, services: ApiServices) -> Response[bytes]:
    """Every halt that applies to this gateway: its own, and those of the operator."""
    gateway = await gateway_by_secret(services.gateways, name, request.headers)
    return success([halt_body(one) for one in await store.halts_of(services.database, gateway.gateway_id)])


@post(
    _PATH,
    status_code=200,
    request_max_body_size=MOST_BYTES,
    summary="Stop new orders",
    tags=["Kill switch"],
    operation_class=StopOperation,
)
async def stop_orders(request: AnyRequest, name: str, services: ApiServices) -> Response[bytes]:
    """Stop new orders of this gateway, to one broker if it is named. Orders that have not left for a broker are held,
    orders that were sent are tracked, and cancellations continue. Doing it twice changes nothing, and returns the halt
    that is in force."""
    gateway = await gateway_by_secret(services.gateways, name, request.headers)
    gateway_id, now = gateway.gateway_id, services.clock.now()
    wanted = _read(await request.body(), gateway_id, now)

    async def stop(connection: Connection) -> object:
        await halt(connection, wanted, [gateway_id])
        return halt_body(await store.standing_halt(connection, wanted))

    same = [wanted.reason, wanted.broker]
    return await once(request, services.database, services.cipher, stop, gateway_id=gateway_id, same=same, now=now)


@delete(_PATH, status_code=200, summary="Resume new orders", tags=["Kill switch"])
async def let_orders_go_on(request: AnyRequest, name: str, services: ApiServices, broker: str = "") -> Response[bytes]:
    """End the gateway's own halt, that to `broker` if it is named. The answer lists what still stops orders: the
    operator's halts stay. Orders that were held are sent; where one has become too old, the investor is asked again."""
    gateway = await gateway_by_secret(services.gateways, name, request.headers)
    now = services.clock.now()
    ended = Halt(gateway.gateway_id, broker, HaltedBy.PARTNER, "", now)
    async with services.database.transaction() as connection:
        await resume(connection, ended, [gateway.gateway_id], now)
    return success([halt_body(one) for one in await store.halts_of(services.database, gateway.gateway_id)])


def _read(body: bytes, gateway_id: str, now: datetime) -> Halt:
    """Raises `ApiError` (400)."""
    try:
        given: Any = read_json(body, _decoder)
    except InvalidJson as error:
        raise ApiError(f'The body must be JSON as {{"reason": "We are looking into wrong prices."}}: {error}') from None
    reason, broker = read_reason(given.reason), given.broker or ""
    if broker and broker not in BROKERS:
        raise ApiError(f"broker must be one of {', '.join(BROKERS)}")
    return Halt(gateway_id, broker, HaltedBy.PARTNER, reason, now)


HALT_ROUTES = (list_halts, stop_orders, let_orders_go_on)
