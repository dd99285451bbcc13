"""Baskets over HTTP: discovery in the interface's form, for guests and connected investors, and publishing, for the
partner's backend alone (the header `x-gateway-secret`)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from litestar import Request, Response, Router, get, post
from litestar.datastructures import State
from litestar.params import Parameter

from torana.api.answers import success
from torana.baskets import dividends, schemas, store
from torana.baskets.discover import MOST, Listed, Order, Query, page
from torana.baskets.draft import check_draft
from torana.baskets.figures import Performances
from torana.baskets.models import Basket
from torana.baskets.publish import compare, publish
from torana.baskets.reference import DividendsListOperation, DividendsOperation, NewsOperation, PublishOperation
from torana.baskets.worth import holdings, minimum, priced_on
from torana.kit.clock import IST
from torana.kit.database import Connection
from torana.kit.errors import ApiError, NotFound
from torana.kit.money import Paise, paise
from torana.market import store as market
from torana.market.models import Close
from torana.partners.access import Access, authenticate, gateway_by_secret
from torana.partners.api_services import ApiServices, given
from torana.partners.idempotency import once
from torana.partners.models import Gateway

AnyRequest = Request[None, None, State]
_MOST_OFFSET = 1_000_000
_RANGE = re.compile(r"([0-9]{1,12})-([0-9]{1,12})")
Count = Annotated[int, Parameter(ge=1, le=MOST)]
Offset = Annotated[int, Parameter(ge=0, le=_MOST_OFFSET)]
Text = Annotated[str, Parameter(max_length=100)]


@dataclass(frozen=True, kw_only=True)
class BasketServices(ApiServices):
    """What the handlers of this folder work with."""

    performances: Performances


@get("/v1/{name:str}/engine/smallcases", summary="Baskets of the gateway", tags=["Baskets"])
async def smallcases(
    request: AnyRequest,
    name: str,
    services: BasketServices,
    count: Count = 20,
    offset: Offset = 0,
    sort_by: Annotated[Order, Parameter(query="sortBy")] = Order.DEFAULT,
    sort_order: Annotated[int, Parameter(query="sortOrder", ge=-1, le=1)] = 1,
    min_invest: Annotated[
        str, Parameter(query="minInvest", pattern=r"^$|^[0-9]{1,12}-[0-9]{1,12}$", description="Rupees, as 0-5000.")
    ] = "",
    search: Text = "",
    kind: Annotated[str, Parameter(query="type", max_length=100)] = "",
    tier: Text = "",
    scids: Annotated[list[str] | None, Parameter(query="scids[]", max_items=MOST)] = None,
) -> Response[bytes]:
    """Baskets that can be bought. `sortOrder` 1 is ascending, -1 descending; a basket without the value that the list
    is sorted by comes last. Amounts and weights that need a price are null while one is not known."""
    access = await _access(request, name, services)
    found = await store.all_baskets(services.database, access.gateway.gateway_id)
    prices = await market.latest_closes(services.database, access.gateway.mode.value, _isins(found))
    query = Query(
        count=count,
        offset=offset,
        order=sort_by,
        descending=sort_order < 0,
        minimum=_range(min_invest),
        search=search.strip(),
        type=kind.strip(),
        tier=tier.strip(),
        scids=tuple(scids or ()),
    )
    listed = page([Listed(each, minimum(each.constituents, prices)) for each in found], query)
    told = await _told(services, access.gateway, [each.basket for each in listed.baskets], prices)
    return success({"smallcases": told, "total": listed.total, "count": len(told), "offset": offset})


@get("/v1/{name:str}/engine/smallcase", summary="One basket", tags=["Baskets"])
async def smallcase(request: AnyRequest, name: str, services: BasketServices, scid: str) -> Response[bytes]:
    """Its constituents, texts, figures. One that is archived is there as well, with flags.active false."""
    access = await _access(request, name, services)
    basket = await _basket(services, access.gateway, scid)
    prices = await market.latest_closes(services.database, access.gateway.mode.value, _isins([basket]))
    return success((await _told(services, access.gateway, [basket], prices))[0])


@get("/v1/{name:str}/engine/smallcase/history", summary="Index of a basket", tags=["Baskets"])
async def smallcase_history(request: AnyRequest, name: str, services: BasketServices, scid: str) -> Response[bytes]:
    """The index of a basket by day: 100 at the first close after its first version was published. A day on which some
    constituent has no closing price is left out; the list is empty where there is none."""
    access = await _access(request, name, services)
    basket = await _basket(services, access.gateway, scid)
    points = await services.performances.points(basket, access.gateway.mode)
    return success({"scid": basket.scid, "points": [schemas.point(each) for each in points]})


@get("/v1/{name:str}/engine/market/news", summary="News about baskets", tags=["Baskets"])
async def market_news(
    request: AnyRequest,
    name: str,
    services: BasketServices,
    scids: Annotated[list[str] | None, Parameter(query="scids[]", max_items=MOST)] = None,
    scid: Annotated[str | None, Parameter(query="scid")] = None,
    count: Count = 20,
    offset: Offset = 0,
) -> Response[bytes]:
    """The news that you supplied, the newest first: about these baskets, or about all."""
    access = await _access(request, name, services)
    wanted = [*(scids or ()), *([scid] if scid is not None else [])]
    found = await store.news(services.database, access.gateway.gateway_id, wanted, count, offset)
    return success({"news": [schemas.news_item(each) for each in found]})


@post(
    "/v1/{name:str}/baskets",
    status_code=200,
    request_max_body_size=schemas.MOST_BYTES,
    summary="Publish a basket",
    tags=["Baskets"],
    operation_class=PublishOperation,
)
async def publish_basket(
    request: AnyRequest,
    name: str,
    services: BasketServices,
    dry_run: Annotated[bool, Parameter(query="dryRun")] = False,
) -> Response[bytes]:
    """Publish a whole basket, new or changed; the answer says what differs from before. Other constituents, weights or
    shares make a new version. `active: false` withdraws it. With `dryRun=true` nothing is written."""
    gateway = await gateway_by_secret(services.gateways, name, request.headers)
    gateway_id, now = gateway.gateway_id, services.clock.now()
    body = schemas.read_basket(await request.body())
    draft = check_draft(body, now.astimezone(IST).date())

    async def effect(connection: Connection) -> object:
        if dry_run:
            return schemas.published(compare(draft, await store.read(connection, gateway_id, draft.scid)))
        return schemas.published(await publish(connection, gateway_id, draft, now))

    return await once(request, services.database, services.cipher, effect, gateway_id=gateway_id, same=body, now=now)


@post(
    "/v1/{name:str}/baskets/news",
    status_code=200,
    request_max_body_size=schemas.MOST_BYTES,
    summary="Supply news",
    tags=["Baskets"],
    operation_class=NewsOperation,
)
async def supply_news(request: AnyRequest, name: str, services: BasketServices) -> Response[bytes]:
    """Write the items in `news`, each replacing the one with its id, and remove those whose ids are in `remove`. The
    answer says how many were written, and how many were there to be removed."""
    gateway = await gateway_by_secret(services.gateways, name, request.headers)
    gateway_id, now = gateway.gateway_id, services.clock.now()
    items, remove = schemas.read_news(await request.body())

    async def effect(connection: Connection) -> object:
        await store.put_news(connection, gateway_id, items)
        removed = await store.remove_news(connection, gateway_id, remove)
        return {"written": len(items), "removed": removed}

    same = [items, remove]
    return await once(request, services.database, services.cipher, effect, gateway_id=gateway_id, same=same, now=now)


@post(
    "/v1/{name:str}/baskets/dividends",
    status_code=200,
    request_max_body_size=dividends.MOST_BYTES,
    summary="Supply dividends",
    tags=["Baskets"],
    operation_class=DividendsOperation,
)
async def supply_dividends(
    request: AnyRequest,
    name: str,
    services: BasketServices,
    dry_run: Annotated[bool, Parameter(query="dryRun")] = False,
) -> Response[bytes]:
    """Supply what companies pay on a share, with the ex-date: investments that held shares before that day are credited
    in `engine/user/investments`. Writes those in `dividends`, removes those in `remove`; the answer says what differs
    from before. With `dryRun=true` nothing is written."""
    gateway = await gateway_by_secret(services.gateways, name, request.headers)
    gateway_id, now = gateway.gateway_id, services.clock.now()
    body = dividends.read_dividends(await request.body())
    supplied = dividends.check_dividends(body)

    async def effect(connection: Connection) -> object:
        act = dividends.compare if dry_run else dividends.supply
        return {"changes": dividends.change_body(await act(connection, gateway_id, supplied))}

    return await once(request, services.database, services.cipher, effect, gateway_id=gateway_id, same=body, now=now)


@get(
    "/v1/{name:str}/baskets/dividends",
    summary="Dividends supplied",
    tags=["Baskets"],
    operation_class=DividendsListOperation,
)
async def supplied_dividends(
    request: AnyRequest,
    name: str,
    services: BasketServices,
    ticker: Annotated[str | None, Parameter(max_length=120, description="Of this security alone; or its ISIN.")] = None,
    exchange: Annotated[str, Parameter(max_length=10)] = "NSE",
    since: Annotated[date | None, Parameter(query="from", description="The first ex-date.")] = None,
    until: Annotated[date | None, Parameter(query="to", description="The last ex-date.")] = None,
    count: Count = MOST,
    offset: Offset = 0,
) -> Response[bytes]:
    """What you supplied and did not remove, the newest ex-date first."""
    gateway = await gateway_by_secret(services.gateways, name, request.headers)
    isin = None if ticker is None else dividends.isin_of(ticker, exchange)
    at = services.database, gateway.gateway_id
    found = await store.dividends_supplied(*at, isin=isin, since=since, until=until, count=count, offset=offset)
    told = [dividends.dividend_body(one) for one in found]
    return success({"dividends": told, "count": len(told), "offset": offset})


async def _access(request: AnyRequest, name: str, services: BasketServices) -> Access:
    return await authenticate(services.gateways, name, request.headers, services.clock.now())


async def _basket(services: BasketServices, gateway: Gateway, scid: str) -> Basket:
    basket = await store.find(services.database, gateway.gateway_id, scid)
    if basket is None:
        raise NotFound("this gateway has no basket with this scid", errors=("ScidNotFound",))
    return basket


async def _told(
    services: BasketServices, gateway: Gateway, baskets: Sequence[Basket], prices: Mapping[str, Close]
) -> list[dict[str, Any]]:
    figures = await services.performances.figures(baskets, gateway.mode)
    return [
        schemas.smallcase(
            basket,
            holdings(basket.constituents, prices),
            minimum(basket.constituents, prices),
            priced_on(basket.constituents, prices),
            found,
        )
        for basket, found in zip(baskets, figures, strict=True)
    ]


def _isins(baskets: Sequence[Basket]) -> list[str]:
    return [each.isin for basket in baskets for each in basket.constituents]


def _range(text: str) -> tuple[Paise, Paise] | None:
    """Paise, of rupees as `0-5000`; None for an empty text. Raises `ApiError`."""
    if not text:
        return None
    found = _RANGE.fullmatch(text)
    if found is None or int(found[1]) > int(found[2]):
        raise ApiError("minInvest must be a range in rupees, such as 0-5000")
    return paise(int(found[1])), paise(int(found[2]))


def baskets_router(services: ApiServices) -> Router:
    """The routes of baskets."""
    performances = Performances(services.database)
    return Router(
        path="",
        route_handlers=[
            smallcases,
            smallcase,
            smallcase_history,
            market_news,
            publish_basket,
            supply_news,
            supply_dividends,
            supplied_dividends,
        ],
        dependencies=given(BasketServices(**vars(services), performances=performances)),
    )
