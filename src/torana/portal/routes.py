"""Everything that the portal answers: pages, the SDK's calls, and here the files of both."""

from pathlib import Path
from typing import Any

from litestar import Request, Response, Router, get
from litestar.di import Provide
from litestar.exceptions import NotFoundException

from torana.api.answers import takes_gzip
from torana.flows.context import FlowServices
from torana.pages.assets import ASSETS, Asset, Assets
from torana.portal.sdk.create import PageCreates
from torana.portal.sdk.routes import sdk_router
from torana.portal.visit.routes import visit_router

SDK_FOLDER = Path(__file__).parent / "static" / "scdk"
SDK_TYPES = {
    "scdk.js": "text/javascript",
    "scdk.mjs": "text/javascript",
    "scdk.d.ts": "application/typescript; charset=utf-8",
}
AnyRequest = Request[Any, Any, Any]


@get("/portal/static/{file:str}", include_in_schema=False)
async def portal_file(request: AnyRequest, file: str) -> Response[bytes]:
    asset = ASSETS.find(file)
    if asset is None:
        raise NotFoundException
    return _sent(request, asset, {"cache-control": "public, max-age=31536000, immutable"})


@get("/scdk/2.0.0/{file:str}", include_in_schema=False)
async def sdk_file(request: AnyRequest, file: str) -> Response[bytes]:
    """The path of the interface: a page changes the host of its script and nothing else."""
    content_type = SDK_TYPES.get(file)
    asset = None if content_type is None else Assets.one(SDK_FOLDER / file, content_type)
    if asset is None:
        raise NotFoundException
    headers = {
        "cache-control": "public, max-age=300, stale-while-revalidate=86400",
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
    }
    return _sent(request, asset, headers)


def _sent(request: AnyRequest, asset: Asset, headers: dict[str, str]) -> Response[bytes]:
    tag = f'"{asset.etag}"'
    headers = headers | {"etag": tag, "vary": "Accept-Encoding", "x-content-type-options": "nosniff"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    body = asset.body
    if takes_gzip(request.headers.get("accept-encoding", "")):
        body = asset.zipped
        headers["content-encoding"] = "gzip"
    return Response(body, media_type=asset.content_type, headers=headers)


static_router = Router("", route_handlers=[portal_file, sdk_file])


def portal_router(services: FlowServices, page_creates_per_minute: int) -> Router:
    """The routes, each handler with the services at hand. So many transactions a minute may one client address ask a
    gateway for; 0: no limit."""
    creates = PageCreates(services.clock, page_creates_per_minute)

    def give_services() -> FlowServices:
        return services

    def give_creates() -> PageCreates:
        return creates

    return Router(
        "/",
        route_handlers=[sdk_router(f"{services.public_url}/docs/errors"), visit_router, static_router],
        dependencies={
            "services": Provide(give_services, sync_to_thread=False),
            "creates": Provide(give_creates, sync_to_thread=False),
        },
    )
