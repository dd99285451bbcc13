"""The API reference: `/docs` and what is below it, pages that load nothing from anywhere else."""

import re
from abc import abstractmethod
from collections.abc import Collection, Mapping
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import PurePath
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
from markupsafe import Markup, escape

from torana.api.cached import Cached
from torana.api.documented import completed
from torana.api.guide import REFUSALS
from torana.api.samples import LANGUAGES, call_of, samples
from torana.api.sdk_rejections import REJECTIONS
from torana.api.webhook_guide import EVENTS, Told

PATH = "/docs"


def _read(name: str) -> str:
    return files("torana.api").joinpath("pages", name).read_text("utf-8")


def _shared(name: str) -> str:
    return files("torana.kit").joinpath("static", name).read_text("utf-8")


def _version(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]


_PAGES = ("frame", "reference", "schema", "errors", "webhooks", "sdk", "front")
_COPY = _shared("copy.js")
_STATIC = {
    "reference.css": _read("reference.css"),
    "reference.js": _read("reference.js").replace("./copy.js", f"./copy.js?{_version(_COPY)}"),
    "copy.js": _COPY,
    "mark.svg": _shared("mark.svg"),
}
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_VERSIONS = {name: _version(text) for name, text in _STATIC.items()}
_pages = Environment(
    loader=DictLoader({f"{name}.html": _read(f"{name}.html") for name in _PAGES}),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


class Demo(msgspec.Struct, frozen=True):
    """What `torana demo` runs beside this gateway, and the gateway that everybody may try."""

    shop_url: str
    gateway: str
    secret: str
    """Of its tokens and of its API: no secret, and good for nothing else."""


def page_headers() -> dict[str, str]:
    """Of every page here."""
    return {
        "content-security-policy": _POLICY,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
    }


def rendered(name: str, **values: object) -> bytes:
    """A page of this folder."""
    return _pages.get_template(name).render(**values).encode()


def _asset(name: str) -> str:
    return f"{PATH}/static/{name}?{_VERSIONS[name]}"


def _prose(text: str) -> Markup:
    """What stands between backticks, as code."""
    return Markup(re.sub(r"``?([^`]+)``?", r"<code>\1</code>", str(escape(text))))  # noqa: S704  # escaped just before


_pages.globals["asset"] = _asset
_pages.filters["prose"] = _prose
_pages.filters["pretty"] = lambda value: msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


class _Drawn(OpenAPIRenderPlugin):
    """A form of the reference, made once: the document is the same for as long as this program runs."""

    _drawn: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        if self._drawn is None:
            self._drawn = self.draw(completed(openapi_schema))
        return self._drawn

    @abstractmethod
    def draw(self, document: Mapping[str, Any]) -> bytes: ...


class _Page(_Drawn):
    """The reference for people."""

    def __init__(self, demo: Demo | None) -> None:
        super().__init__(path="/", media_type=MediaType.HTML)
        self._demo = demo

    def draw(self, document: Mapping[str, Any]) -> bytes:
        return rendered(
            "reference.html",
            api=document,
            groups=_groups(document, self._demo.gateway if self._demo else "acme"),
            languages=LANGUAGES,
            demo=(self._demo.gateway, self._demo.secret) if self._demo else None,
        )


class _Json(_Drawn):
    """The reference for programs."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json", media_type=OpenAPIMediaType.OPENAPI_JSON)

    def draw(self, document: Mapping[str, Any]) -> bytes:
        return msgspec.json.encode(document)


def openapi_config(servers: list[Server], demo: Demo | None = None) -> OpenAPIConfig:
    """For `Litestar(openapi_config=…)`. `demo`: its gateway is in the samples, and calls can be sent to it."""
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
        openapi_router=Router(
            PATH, route_handlers=[], response_headers=page_headers(), middleware=[Cached], include_in_schema=False
        ),
        render_plugins=[_Page(demo), _Json()],
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
            Tag(name="Brokers", description="What each broker of a gateway can do."),
            Tag(name="Baskets", description="Model portfolios: what is offered, and how a partner publishes them."),
            Tag(name="Webhooks", description="Where events are delivered, and how that went."),
        ],
    )


def _operation_id(handler: HTTPRouteHandler, _method: Method, _path: Any) -> str:
    return handler.handler_name


def _groups(document: Mapping[str, Any], gateway: str) -> dict[str, list[dict[str, Any]]]:
    """The operations by their tag, in the order of the tags, each with its code."""
    server = next((one["url"] for one in document.get("servers", ())), "")
    groups: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in document.get("tags", ())}
    for path, item in document.get("paths", {}).items():
        for method, operation in item.items():
            call = call_of(method.upper(), path, operation, gateway)
            shown = {"path": path, "method": method.upper(), "call": call, "samples": samples(call, server)}
            for tag in operation.get("tags") or ["Other"]:
                groups.setdefault(tag, []).append({**shown, **operation})
    return {tag: operations for tag, operations in groups.items() if operations}


def docs_router(events: Collection[str], server: str = "") -> Router:
    """The pages beside the reference. `events` are the types that partners are told, `server` is our own address."""
    known = {event.name: event for event in EVENTS}
    told = [event for event in EVENTS if event.name in events]
    told += [Told(name, "") for name in events if name not in known]
    return Router(
        PATH,
        route_handlers=[
            _fixed("/errors", rendered("errors.html", refusals=REFUSALS, rejections=REJECTIONS)),
            _fixed("/webhooks", rendered("webhooks.html", events=told)),
            _fixed("/sdk", rendered("sdk.html", server=server)),
            *(_static(name, _TYPES[PurePath(name).suffix]) for name in _STATIC),
        ],
        middleware=[Cached],
        include_in_schema=False,
    )


def _fixed(path: str, page: bytes) -> HTTPRouteHandler:
    """A page that is the same for everybody, for as long as this program runs."""

    @get(path, media_type=MediaType.HTML, sync_to_thread=False)
    def fixed() -> Response[bytes]:
        return Response(page, media_type=MediaType.HTML, headers=page_headers())

    return fixed


def _static(name: str, kind: str) -> HTTPRouteHandler:
    """A file whose address changes with its content."""
    body = _STATIC[name].encode()

    @get(f"/static/{name}", sync_to_thread=False)
    def static() -> Response[bytes]:
        headers = {"cache-control": "public, max-age=31536000, immutable", "x-content-type-options": "nosniff"}
        return Response(body, media_type=f"{kind}; charset=utf-8", headers=headers)

    return static
