"""The partner says, for a connected investor, that missing shares have left an investment."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, post
from litestar.datastructures import State
from litestar.openapi.spec import OpenAPIResponse, Operation, RequestBody
from msgspec import Meta

from torana.api.documented import envelope, json_content
from torana.baskets import store
from torana.baskets.adjust import Asked, reconcile
from torana.baskets.investment_routes import connected
from torana.baskets.investment_schemas import adjustment
from torana.baskets.models import AcceptedBy, Adjustment, Investment
from torana.baskets.positions import Left
from torana.baskets.reference import schema_without_references
from torana.kit.database import Connection
from torana.kit.errors import ApiError, NotFound
from torana.kit.json_input import InvalidJson, read_json
from torana.kit.letter_case import upper
from torana.kit.money import Paise, paise
from torana.market.securities import current as listing
from torana.partners.api_services import ApiServices, given
from torana.partners.idempotency import once

MOST_PRICE: Paise = 10_00_00_000_00
_MOST_BYTES = 64 * 1024


_ID = r"^[0-9a-f]{24}$"


class LeftBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Shares of one security that left."""

    ticker: Annotated[str, Meta(min_length=1, max_length=120)]
    shares: Annotated[int, Meta(ge=1, le=1_000_000_000)]
    price: Annotated[
        Decimal | None, Meta(description="Of a share, rupees, as far as it is known: they count as sold at it.")
    ] = None


class ReconcileBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What left an investment without an order of it, and what was said of that before and is taken back."""

    iscid: Annotated[str, Meta(pattern=_ID)]
    left: Annotated[list[LeftBody], Meta(max_length=100)] = []
    take_back: Annotated[
        list[Annotated[str, Meta(pattern=_ID)]],
        Meta(
            max_length=100,
            description="`adjustmentId`s of this investment that were not so: their shares are back "
            "before those in `left` leave.",
        ),
    ] = []
    day: Annotated[
        date | None, Meta(description="When they left, in India; left out: they count from when they were missed.")
    ] = msgspec.field(name="date", default=None)


_decoder = msgspec.json.Decoder(ReconcileBody)
_EXAMPLE = {"iscid": "65f0c0ffee65f0c0ffee65f2", "left": [{"ticker": "NTPC", "shares": 2, "price": 351.5}]}
_ADJUSTMENT = {
    "adjustmentId": "65f0c0ffee65f0c0ffee65f9",
    "date": "2026-11-18",
    "ticker": "NTPC",
    "exchange": "NSE",
    "shares": 2,
    "price": 351.5,
    "cost": 640,
    "acceptedBy": "partner",
    "acceptedAt": "2026-11-18T05:12:30.000Z",
    "takesBack": None,
    "pairedWith": None,
}
_BACK = {"iscid": "65f0c0ffee65f0c0ffee65f2", "takeBack": ["65f0c0ffee65f0c0ffee65f9"]}


@dataclass
class ReconcileOperation(Operation):
    """The reference of the route."""

    def __post_init__(self) -> None:
        body = schema_without_references(ReconcileBody)
        self.request_body = RequestBody(content=json_content(body, left=_EXAMPLE, taken_back=_BACK), required=True)
        rows = {"type": "array", "items": {"type": "object", "required": list(_ADJUSTMENT)}}
        data = {"type": "object", "required": ["iscid", "adjustments"], "properties": {
            "iscid": {"type": "string"}, "adjustments": rows}}  # fmt: skip
        told = {"iscid": _EXAMPLE["iscid"], "adjustments": [_ADJUSTMENT]}
        answer = {"success": True, "errors": None, "data": told}
        self.responses = {
            **(self.responses or {}),
            "200": OpenAPIResponse(
                description="What was taken back, with as many shares and as much cost below 0, and then what left.",
                content=json_content(envelope(data), adjusted=answer),
            ),
        }


@post(
    "/v1/{name:str}/engine/user/investments/reconcile",
    status_code=200,
    request_max_body_size=_MOST_BYTES,
    summary="Accept that missing shares left an investment",
    tags=["Baskets"],
    operation_class=ReconcileOperation,
)
async def reconcile_investment(
    request: Request[None, None, State], name: str, services: ApiServices
) -> Response[bytes]:
    """Take shares that `actions.reconcile` of the investment names as missing, all or some of them, out of it, as its
    investor told you. With a `price` they count as sold at it; without one they leave at their cost, and what was
    received for them stays unknown. Nothing is ordered. The answer is kept with the investment (`adjustments`);
    `takeBack` undoes what was said before, alone or to say it again."""
    access = await connected(request, name, services)
    gateway_id, investor_id = access.gateway.gateway_id, access.investor_id or ""
    body, now = read_reconcile(await request.body()), services.clock.now()

    async def effect(connection: Connection) -> object:
        done = await write_reconciliation(connection, gateway_id, investor_id, body, AcceptedBy.PARTNER, now)
        return {"iscid": body.iscid, "adjustments": [adjustment(one) for one in done]}

    same: Any = [investor_id, body]
    return await once(request, services.database, services.cipher, effect, gateway_id=gateway_id, same=same, now=now)


async def write_reconciliation(
    connection: Connection, gateway_id: str, investor_id: str, body: ReconcileBody, by: AcceptedBy, now: datetime
) -> list[Adjustment]:
    """Raises `ApiError`."""
    investment = await store.read_investment(connection, gateway_id, body.iscid)
    if investment is None or investment.investor_id != investor_id:
        raise NotFound("this investor has no investment with this iscid", errors=("IscidNotFound",))
    asked = Asked(_gone(investment, body.left), body.day, by, tuple(dict.fromkeys(body.take_back)))
    return await reconcile(connection, gateway_id, investor_id, body.iscid, asked, now)


def read_reconcile(body: bytes) -> ReconcileBody:
    """Raises `ApiError` (400)."""
    try:
        found = read_json(body, _decoder)
    except InvalidJson as error:
        raise _invalid(f"the body must say which shares left the investment: {error}") from None
    if not found.left and not found.take_back:
        raise _invalid("left and takeBack are empty: name what left the investment, or which adjustment to take back")
    return found


def _gone(investment: Investment, rows: Sequence[LeftBody]) -> tuple[Left, ...]:
    """Raises `ApiError` (400)."""
    found = tuple(Left(_isin_of(investment, row.ticker), row.shares, _price(row)) for row in rows)
    twice = [isin for isin, number in Counter(one.isin for one in found).items() if number > 1]
    if twice:
        raise _invalid("left names a security twice")
    return found


def _isin_of(investment: Investment, ticker: str) -> str:
    """By the name under which it was bought, or that of today."""
    wanted = upper(ticker)
    for one in sorted(investment.positions, key=lambda position: not position.shares):
        today = listing().by_isin(one.isin, one.exchange)
        if wanted in (one.symbol, None if today is None else today.symbol):
            return one.isin
    raise _invalid(f"the investment holds no shares of {ticker[:30]}")


def _price(row: LeftBody) -> Paise | None:
    if row.price is None:
        return None
    try:
        price = paise(row.price)
    except ValueError:
        price = -1
    if not 0 <= price <= MOST_PRICE:
        raise _invalid(f"the price of {row.ticker[:30]} must be rupees with at most 2 decimals")
    return price


def _invalid(text: str) -> ApiError:
    return ApiError(text, errors=("ReconciliationInvalid",), anchor="reconciliation")


def reconcile_router(services: ApiServices) -> Router:
    """The route."""
    return Router(path="", route_handlers=[reconcile_investment], dependencies=given(services))
