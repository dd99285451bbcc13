"""The page at `/`: what this is, where to go from here, and how the installation is."""

from collections.abc import Awaitable, Callable, Mapping

from litestar import Response, get
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler

from torana.api.reference import Demo, page_headers, rendered

Trouble = Callable[[], Awaitable[str | None]]
"""What keeps the installation from its work, in words; None: nothing does."""


def front_page(
    trouble: Trouble, facts: Mapping[str, str], *, demo: Demo | None, sandbox_url: str | None
) -> HTTPRouteHandler:
    """`facts` are shown as they are; they hold nothing that a stranger may not know."""

    @get("/", media_type=MediaType.HTML, include_in_schema=False)
    async def front() -> Response[bytes]:
        page = rendered(
            "front.html",
            trouble=await trouble(),
            facts=facts,
            shop_url=demo.shop_url if demo else None,
            sandbox_url=sandbox_url,
            demo=(demo.gateway, demo.secret) if demo else None,
        )
        return Response(page, media_type=MediaType.HTML, headers={**page_headers(), "cache-control": "no-store"})

    return front
