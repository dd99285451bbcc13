"""What a connected investor has in baskets, and the orders on baskets, in the interface's form."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from litestar import Request, Response, Router, get
from litestar.datastructures import State
from litestar.params import Parameter

from torana.api.answers import success
from torana.baskets import store
from torana.baskets.investment_schemas import aggregated, exited, item
from torana.baskets.store.overview import Overview, overviews
from torana.kit.errors import ApiError, NotFound
from torana.kit.letter_case import upper
from torana.market import store as market
from torana.market.models import Close
from torana.orders import store as orders
from torana.orders.schemas import basket_keys, order_batch
from torana.partners.access import Access, authenticate
from torana.partners.api_services import ApiServices, given

AnyRequest = Request[None, None, State]
_MOST_IDS = 100
_Iscid = Annotated[str | None, Parameter(description="24 hexadecimal digits.", max_length=100)]


@get("/v1/{name:str}/engine/user/investments", summary="Investments of a connected investor", tags=["Baskets"])
async def user_investments(
    request: AnyRequest,
    name: str,
    services: ApiServices,
    iscid: _Iscid = None,
    aggregated_data: Annotated[
        str | None, Parameter(query="aggregatedData", description="true: all of them as one, in data.aggregated.")
    ] = None,
) -> Response[bytes]:
    """What they hold of baskets, with average costs, returns and what is to be done (`actions`). With `iscid` one of
    them; those that are exited are in a list of their own. Values are those of the last closing prices, null while one
    is not known, as are keys that nothing tells. `divReturns` are the dividends that you supplied, null where none of
    them is of these shares: never 0."""
    access = await connected(request, name, services)
    found = await overviews(
        services.database, access.gateway.gateway_id, access.investor_id or "", services.clock.now(), iscid
    )
    closes = await _closes(services, access, found)
    if iscid is not None:
        if not found:
            raise NotFound("this investor has no investment of this iscid", errors=("IscidNotFound",))
        return success(item(found[0], closes))
    if _flag(aggregated_data):
        begun = [shown for shown in found if shown.investment.positions]
        return success({"aggregated": aggregated(begun, closes)})
    shown = [one for one in found if one.investment.is_there and one.investment.exited_at is None]
    return success({"investments": [item(one, closes) for one in shown]})


@get("/v1/{name:str}/engine/user/investments/exited", summary="Exited investments", tags=["Baskets"])
async def exited_investments(request: AnyRequest, name: str, services: ApiServices) -> Response[bytes]:
    """Those of a connected investor of which everything is sold, with what they brought."""
    access = await connected(request, name, services)
    at = access.gateway.gateway_id, access.investor_id or ""
    found = await overviews(services.database, *at, services.clock.now())
    over = [one for one in found if one.investment.exited_at is not None]
    return success({"exitedInvestments": [exited(one, {}) for one in over]})


@get("/v1/{name:str}/engine/orders/smt", summary="Orders on baskets", tags=["Baskets"])
async def orders_smt(
    request: AnyRequest,
    name: str,
    services: ApiServices,
    transaction_ids: Annotated[list[str] | None, Parameter(query="transactionId", max_items=_MOST_IDS)] = None,
    batch_ids: Annotated[list[str] | None, Parameter(query="batchId", max_items=_MOST_IDS)] = None,
    iscid: _Iscid = None,
) -> Response[bytes]:
    """Batches of completed transactions on baskets, as `engine/orders/sst` has those of single shares, each with its
    `scid`, `iscid` and `smallcaseName`; by ids, or all of one investment."""
    access = await authenticate(services.gateways, name, request.headers, services.clock.now())
    if access.investor_id is None and not transaction_ids and not batch_ids:
        raise ApiError("a guest token needs transactionId or batchId")
    gateway_id = access.gateway.gateway_id
    ids = transaction_ids or [], batch_ids or []
    batches = await orders.finished(
        services.database, gateway_id, access.investor_id, *ids, of_baskets=True, iscid=iscid
    )
    names = await store.names(services.database, gateway_id, [batch.scid or "" for batch in batches])
    found = [
        order_batch(batch) | basket_keys(batch) | {"smallcaseName": names.get(batch.scid or "")} for batch in batches
    ]
    return success({"orderBatches": found, "orders": found})


async def connected(request: AnyRequest, name: str, services: ApiServices) -> Access:
    """Of whom the token is. Raises `AccessDenied`, and `ApiError` (400) for a guest."""
    access = await authenticate(services.gateways, name, request.headers, services.clock.now())
    if access.investor_id is None:
        text = "Investments are of a connected investor: send their token"
        raise ApiError(text, errors=("InvalidIntent",), anchor="connected-only")
    return access


async def _closes(services: ApiServices, access: Access, found: Sequence[Overview]) -> Mapping[str, Close]:
    isins = [one.isin for shown in found for one in shown.investment.held]
    return await market.latest_closes(services.database, access.gateway.mode.value, isins) if isins else {}


def _flag(given: str | None) -> bool:
    """Raises `ApiError` (400)."""
    word = upper(given or "false")
    if word not in ("TRUE", "FALSE"):
        raise ApiError("aggregatedData must be true or false")
    return word == "TRUE"


def investments_router(services: ApiServices) -> Router:
    """The routes of what investors have in baskets."""
    return Router(
        path="", route_handlers=[user_investments, exited_investments, orders_smt], dependencies=given(services)
    )
