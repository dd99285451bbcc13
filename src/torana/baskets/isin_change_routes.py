"""ISINs that became others, over HTTP: what stands there to be looked at, and what the partner supplies. For the
partner's backend alone (the header `x-gateway-secret`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.datastructures import State
from litestar.openapi.spec import OpenAPIResponse, Operation, RequestBody
from litestar.params import Parameter
from msgspec import Meta

from torana.api.answers import iso, success
from torana.api.documented import envelope, json_content
from torana.baskets import store
from torana.baskets.isin_changes import Unlisted, unlisted
from torana.baskets.models import IsinChange
from torana.baskets.reference import schema_without_references
from torana.baskets.store.isin_changes import Supplied
from torana.kit.clock import IST
from torana.kit.database import Connection
from torana.kit.errors import ApiError
from torana.kit.json_input import InvalidJson, read_json
from torana.market.models import EXCHANGES
from torana.market.securities import current as listing
from torana.market.securities import find
from torana.market.series import is_isin
from torana.partners.access import gateway_by_secret
from torana.partners.api_services import ApiServices, given
from torana.partners.idempotency import once

AnyRequest = Request[None, None, State]
_MOST_BYTES = 256 * 1024
_MOST_AHEAD = timedelta(days=365)
_Shares = Annotated[int, Meta(ge=1, le=1_000_000)]


class ChangeBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """One ISIN that is listed no more, and what its shares are now."""

    isin: Annotated[str, Meta(description="The old one.")]
    ticker: Annotated[str, Meta(min_length=1, max_length=120, description="What the shares are now, as it is listed.")]
    exchange: str = "NSE"
    old_shares: Annotated[_Shares, Meta(description="So many of the old shares became so many of the new ones.")]
    new_shares: _Shares
    day: Annotated[date, Meta(description="From this day on, in India.")] = msgspec.field(name="date")


class ChangesBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """ISINs that became others, each in the place of the one of its ISIN, and such to remove."""

    changes: Annotated[list[ChangeBody], Meta(max_length=500)] = []
    remove: Annotated[list[str], Meta(max_length=500)] = []


_decoder = msgspec.json.Decoder(ChangesBody)
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


def read_changes(body: bytes) -> ChangesBody:
    """Raises `ApiError` (400)."""
    try:
        return read_json(body, _decoder)
    except InvalidJson as error:
        raise _invalid(f'the body must be {{"changes": […], "remove": […]}}: {error}') from None


def check_changes(body: ChangesBody, gateway_id: str, now: datetime) -> list[IsinChange]:
    """Raises `ApiError` (400) that names every fault."""
    found, faults = list[IsinChange](), list[str]()
    for at, one in enumerate(body.changes):
        isin, exchange, place = one.isin.upper(), one.exchange.upper(), f"changes[{at}]"
        security = find(one.ticker, exchange) if exchange in EXCHANGES else None
        if not is_isin(isin):
            faults.append(f"{place}.isin: {one.isin[:20]!r} is no ISIN")
        elif any(listing().by_isin(isin, at) is not None for at in EXCHANGES):
            faults.append(f"{place}.isin: {isin} is still listed")
        if isin in [each.isin for each in found] or isin in body.remove:
            faults.append(f"{place}.isin: {isin[:20]} stands twice")
        if one.day > now.astimezone(IST).date() + _MOST_AHEAD:
            faults.append(f"{place}.date is more than a year ahead")
        if security is None:
            faults.append(f"{place}.ticker: {one.ticker[:30]!r} is not listed on {exchange[:10]!r}")
        else:
            found.append(IsinChange(
                gateway_id=gateway_id, isin=isin, new_isin=security.isin, symbol=security.symbol, exchange=exchange,
                old_shares=one.old_shares, new_shares=one.new_shares, day=one.day, supplied_at=now,
            ))  # fmt: skip
    if faults:
        raise _invalid("; ".join(faults))
    return found


async def supply(
    connection: Connection,
    gateway_id: str,
    changes: Sequence[IsinChange],
    remove: Sequence[str],
    now: datetime,
    *,
    dry_run: bool = False,
) -> list[Supplied]:
    """Write it, in the database transaction of the caller, or write nothing; all that is supplied then. Raises
    `ApiError` (400)."""
    await store.lock_isin_changes(connection, gateway_id, [*remove, *(one.isin for one in changes)])
    before = {one.change.isin: one for one in await store.isin_changes(connection, gateway_id)}
    for isin in [*remove, *(one.isin for one in changes if one.isin in before and _differs(one, before[one.isin]))]:
        if isin in before and before[isin].converted:
            text = f"{isin}: investments were converted by it already. Take their adjustments back first"
            raise ApiError(text, errors=("IsinChangeApplied",), anchor="isin-changes")
    savepoint = connection.transaction()
    await savepoint.start()
    due = [(one, max(now, datetime.combine(one.day, time(), IST))) for one in changes]
    await store.remove_isin_changes(connection, gateway_id, remove)
    await store.put_isin_changes(connection, gateway_id, due)
    found = await store.isin_changes(connection, gateway_id)
    await (savepoint.rollback() if dry_run else savepoint.commit())
    return found


def _differs(one: IsinChange, before: Supplied) -> bool:
    return msgspec.structs.replace(one, supplied_at=before.change.supplied_at) != before.change


def _invalid(text: str) -> ApiError:
    return ApiError(text, errors=("IsinChangeInvalid",), anchor="isin-changes")


def change_body(one: Supplied) -> dict[str, Any]:
    """The wire form of a change that was supplied."""
    change = one.change
    return {
        "isin": change.isin,
        "ticker": change.symbol,
        "exchange": change.exchange,
        "newIsin": change.new_isin,
        "oldShares": change.old_shares,
        "newShares": change.new_shares,
        "date": change.day.isoformat(),
        "suppliedAt": iso(change.supplied_at),
        "converted": one.converted,
        "waiting": one.waiting,
    }


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
