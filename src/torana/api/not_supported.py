"""Paths of the interface that this version does not serve: a caller is told so, instead of that there is nothing."""

from typing import Any

from litestar import Response, Router, route
from litestar.enums import HttpMethod

from torana.kit.errors import ApiError

PATHS = ("/v1/{name:str}/engine/subscriptions",)


@route(list(PATHS), http_method=[HttpMethod.GET, HttpMethod.POST], include_in_schema=False, sync_to_thread=False)
def not_supported() -> Response[Any]:
    raise ApiError(
        "This path exists in the interface, but is not supported by this version of Torana",
        status=404,
        anchor="not-supported",
        errors=("NotSupported",),
    )


not_supported_router = Router("/", route_handlers=[not_supported])
