"""What a connected investor has in baskets, and the orders on baskets, in the interface's form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
from litestar import Request, Response, Router, get
from litestar.datastructures import State
from litestar.params import Parameter

from torana.api.answers import JSON, encode, success
from torana.baskets import store
from torana.baskets.investment_answers import Asked, InvestmentAnswers, Telling
from torana.baskets.investment_schemas import aggregated, exited, item, sums
from torana.baskets.store.overview import Overview
from torana.kit.errors import ApiError, NotFound
from torana.kit.letter_case import upper
from torana.market.models import Close
from torana.orders import store as orders
from torana.orders.schemas import basket_keys, order_batch
from torana.partners.access import Access, authenticate
from torana.partners.api_services import ApiServices, given

AnyRequest = Request[None, None, State]
_MOST_IDS = 100
_Iscid = Annotated[str | None, Parameter(description="24 hexadecimal digits.", max_length=100)]


@dataclass(frozen=True, kw_only=True)
class InvestmentServices(ApiServices):
    """What the handlers of this folder's investments work with: the answers that are kept, too."""

    answers: InvestmentAnswers


@get("/v1/{name:str}/engine/user/investments", summary="Investments of a connected investor", tags=["Baskets"])
async def user_investments(
    request: AnyRequest,
    name: str,
    services: InvestmentServices,
    iscid: _Iscid = None,
    aggregated_data: Annotated[
        str | None, Parameter(query="aggregatedData", description="true: all of them as one, in data.aggregated.")
    ] = None,
) -> Response[bytes]:
    """The baskets that the investor holds, with average costs, returns and pending actions (`actions`). With `iscid`,
    one of them; investments that were sold are in a list of their own. Values use the last closing prices and are null
    while one is not known, as are keys for which nothing is known. `divReturns` are the dividends that you supplied,
    null (never 0) where none of them is for these shares."""
    if iscid is not None:
        return await _told(request, name, services, ONE, iscid)
    return await _told(request, name, services, TOGETHER if _flag(aggregated_data) else RUNNING)


@get("/v1/{name:str}/engine/user/investments/exited", summary="Exited investments", tags=["Baskets"])
async def exited_investments(request: AnyRequest, name: str, services: InvestmentServices) -> Response[bytes]:
    """The connected investor's investments of which everything is sold, with what was received for them."""
    return await _told(request, name, services, EXITED)


def _only(found: Sequence[msgspec.Raw]) -> msgspec.Raw:
    """Raises `NotFound`."""
    if not found:
        raise NotFound("this investor has no investment with this iscid", errors=("IscidNotFound",))
    return found[0]


def _item(shown: Overview, closes: Mapping[str, Close]) -> msgspec.Raw:
    return msgspec.Raw(encode(item(shown, closes)))


def _is_running(shown: Overview) -> bool:
    return shown.investment.is_there and shown.investment.exited_at is None


def _is_over(shown: Overview) -> bool:
    return shown.investment.exited_at is not None


ONE = Telling(_item, _only)
RUNNING = Telling(
    lambda shown, closes: _item(shown, closes) if _is_running(shown) else None, lambda parts: {"investments": parts}
)
TOGETHER = Telling(
    lambda shown, closes: sums(shown, closes) if shown.investment.positions else None,
    lambda parts: {"aggregated": aggregated(parts)},
)
EXITED = Telling(
    lambda shown, closes: msgspec.Raw(encode(exited(shown, closes))) if _is_over(shown) else None,
    lambda parts: {"exitedInvestments": parts},
)


async def _told(
    request: AnyRequest, name: str, services: InvestmentServices, telling: Telling, iscid: str | None = None
) -> Response[bytes]:
    access = await connected(request, name, services)
    gateway = access.gateway
    asked = Asked(gateway.gateway_id, gateway.mode.value, access.investor_id or "", iscid)
    return Response(await services.answers.find(asked, telling, services.clock.now()), media_type=JSON)


@get("/v1/{name:str}/engine/orders/smt", summary="Orders on baskets", tags=["Baskets"])
async def orders_smt(
    request: AnyRequest,
    name: str,
    services: InvestmentServices,
    transaction_ids: Annotated[list[str] | None, Parameter(query="transactionId", max_items=_MOST_IDS)] = None,
    batch_ids: Annotated[list[str] | None, Parameter(query="batchId", max_items=_MOST_IDS)] = None,
    iscid: _Iscid = None,
) -> Response[bytes]:
    """Batches of completed transactions on baskets, in the form in which `engine/orders/sst` has those of single
    shares, each with its `scid`, `iscid` and `smallcaseName`; by ids, or all of one investment."""
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


def _flag(given: str | None) -> bool:
    """Raises `ApiError` (400)."""
    word = upper(given or "false")
    if word not in ("TRUE", "FALSE"):
        raise ApiError("aggregatedData must be true or false")
    return word == "TRUE"


def investments_router(services: ApiServices) -> Router:
    """The routes of what investors have in baskets."""
    answers = InvestmentAnswers(services.database)
    return Router(
        path="",
        route_handlers=[user_investments, exited_investments, orders_smt],
        dependencies=given(InvestmentServices(**vars(services), answers=answers)),
    )
