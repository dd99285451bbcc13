"""The API reference: `/docs`, `/docs/openapi.json` and `/docs/errors`, pages that load nothing from anywhere."""

import base64
from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import msgspec
from jinja2 import DictLoader, Environment
from litestar import Request, Response, Router, get
from litestar.enums import MediaType, OpenAPIMediaType
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme, Server, Tag
from litestar.types import Method

from torana.api.documented import completed
from torana.api.guide import REFUSALS, REJECTIONS

PATH = "/docs"


def _read(name: str) -> str:
    return files("torana.api").joinpath("pages", name).read_text("utf-8")


_STYLE = _read("reference.css")
_pages = Environment(
    loader=DictLoader({name: _read(name) for name in ("frame.html", "reference.html", "schema.html", "errors.html")}),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
_pages.globals["style"] = _STYLE
_pages.globals["style_hash"] = base64.b64encode(sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "content-security-policy": "; ".join(
        (
            "default-src 'none'",
            f"style-src 'sha256-{_pages.globals['style_hash']}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_pages.filters["pretty"] = lambda value: msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


class _Page(OpenAPIRenderPlugin):
    """The reference for people."""

    def __init__(self) -> None:
        super().__init__(path="/", media_type=MediaType.HTML)

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        document = completed(openapi_schema)
        return _pages.get_template("reference.html").render(api=document, groups=_groups(document)).encode()


class _Json(OpenAPIRenderPlugin):
    """The reference for programs."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json", media_type=OpenAPIMediaType.OPENAPI_JSON)

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return msgspec.json.encode(completed(openapi_schema))


def openapi_config(servers: list[Server]) -> OpenAPIConfig:
    """For `Litestar(openapi_config=…)`."""
    return OpenAPIConfig(
        title="Torana partner API",
        version=version("torana"),
        description=(
            "Create a transaction on your server, hand its id to the web SDK in your page, and learn the result from "
            "the SDK's promise, from a webhook, and here."
        ),
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        servers=servers,
        path=PATH,
        openapi_router=Router(PATH, route_handlers=[], response_headers=_HEADERS, include_in_schema=False),
        render_plugins=[_Page(), _Json()],
        use_handler_docstrings=True,
        operation_id_creator=_operation_id,
        components=Components(
            security_schemes={
                "apiSecret": SecurityScheme(
                    type="apiKey",
                    name="x-gateway-secret",
                    security_scheme_in="header",
                    description="The gateway's API secret.",
                ),
                "authToken": SecurityScheme(
                    type="apiKey",
                    name="x-gateway-authtoken",
                    security_scheme_in="header",
                    description='A JWT (HS256, the gateway\'s signing secret) that says {"guest": true} or '
                    '{"smallcaseAuthId": "…"}.',
                ),
            }
        ),
        security=[{"apiSecret": [], "authToken": []}],
        tags=[
            Tag(name="Transactions", description="One intent of one investor, used once, short-lived."),
            Tag(name="Orders", description="What became of the orders."),
            Tag(name="Baskets", description="Model portfolios: what is sold, and how a partner publishes them."),
            Tag(name="Webhooks", description="Where events are delivered, and how that went."),
        ],
    )


def _operation_id(handler: HTTPRouteHandler, _method: Method, _path: Any) -> str:
    return handler.handler_name


def _groups(document: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The operations by their tag, in the order of the tags."""
    groups: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in document.get("tags", ())}
    for path, item in document.get("paths", {}).items():
        for method, operation in item.items():
            for tag in operation.get("tags") or ["Other"]:
                groups.setdefault(tag, []).append({"path": path, "method": method.upper(), **operation})
    return {tag: operations for tag, operations in groups.items() if operations}


@get(f"{PATH}/errors", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=False)
def errors_page() -> Response[bytes]:
    """The error guide, where every docUrl leads."""
    page = _pages.get_template("errors.html").render(refusals=REFUSALS, rejections=REJECTIONS)
    return Response(page.encode(), media_type=MediaType.HTML, headers=_HEADERS)


docs_router = Router("/", route_handlers=[errors_page])
