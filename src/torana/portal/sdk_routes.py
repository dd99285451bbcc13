"""The SDK's calls over HTTP: JSON, for pages of the gateway's allowed origins; other pages can read why not."""

from functools import partial
from typing import Any
from urllib.parse import urlsplit

import msgspec
from litestar import Request, Response, Router, post, route
from litestar.enums import HttpMethod

from torana.api.answers import JSON, encode, encode_success
from torana.api.request_ids import about
from torana.kit.json_input import InvalidJson, read_json
from torana.partners.access import SUSPENDED_ANCHOR
from torana.portal import sdk
from torana.portal.admit import Admitted, NotAdmitted, Suspended, admit
from torana.portal.lobby import Lobby

AnyRequest = Request[Any, Any, Any]
LARGEST_BODY = 16 * 1024
LONGEST_ID = 40
_ANCHORS = {
    "invalid_gateway": "access",
    "invalid_jwt": "invalid-jwt",
    "invalid_user_data": "invalid-jwt",
    "gateway_suspended": SUSPENDED_ANCHOR,
}
"""The paragraphs of the error guide, by name."""


class Hello(msgspec.Struct, rename="camel"):
    """Who asks."""

    gateway: str = ""
    auth_token: str | None = None


class Question(Hello, rename="camel"):
    """About which transaction, in which flow. `since` is the version that the page knows."""

    transaction_id: str = ""
    flow: str = ""
    since: int = 0
    sure: bool | None = False


_DECODERS: dict[type[Hello], msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(kind) for kind in (Hello, Question)
}


@post("/session", status_code=200, request_max_body_size=LARGEST_BODY)
async def session(request: AnyRequest, lobby: Lobby) -> Response[bytes]:
    hello = await _read(request, Hello)
    admitted = await _admit(request, lobby, hello)
    if admitted.gateway.suspended_at is not None:
        raise Suspended(admitted.gateway)
    session = sdk.session(lobby, admitted)
    if request.headers.get("host") != urlsplit(lobby.public_url).netloc:
        session["address"] = lobby.public_url.rstrip("/")
    return _answer(request, session)


@post("/watch", status_code=200, request_max_body_size=LARGEST_BODY)
async def watch(request: AnyRequest, lobby: Lobby) -> Response[bytes]:
    question = await _read(request, Question)
    admitted = await _admit(request, lobby, question)
    state = await sdk.watch(lobby, admitted, question.transaction_id, question.flow, question.since)
    return _answer(request, state.data())


@post("/close", status_code=200, request_max_body_size=LARGEST_BODY)
async def close(request: AnyRequest, lobby: Lobby) -> Response[bytes]:
    question = await _read(request, Question)
    admitted = await _admit(request, lobby, question)
    closing = await sdk.close(lobby, admitted, question.transaction_id, question.flow, sure=bool(question.sure))
    return _answer(request, closing.data())


@route(["/session", "/watch", "/close"], http_method=[HttpMethod.OPTIONS], status_code=204, include_in_schema=False)
async def preflight(request: AnyRequest) -> Response[None]:
    """Which gateway will be asked is in the body that follows; there the origin is checked."""
    headers = _cors(request) | {
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "content-type",
        "access-control-max-age": "600",
    }
    return Response(None, status_code=204, headers=headers)


async def _read(request: AnyRequest, kind: type[Any]) -> Any:
    """JSON, whatever its content type says: as plain text it needs no preflight."""
    try:
        return read_json(await request.body(), _DECODERS[kind])
    except InvalidJson as error:
        raise NotAdmitted("invalid_request", f"The body cannot be read: {error}", status=400) from None


async def _admit(request: AnyRequest, lobby: Lobby, hello: Hello) -> Admitted:
    if isinstance(hello, Question):
        about(hello.transaction_id[:LONGEST_ID])
    return await admit(
        lobby, gateway=hello.gateway, auth_token=hello.auth_token or "", origin=request.headers.get("origin")
    )


def _answer(request: AnyRequest, data: dict[str, Any]) -> Response[bytes]:
    return Response(encode_success(data), media_type=JSON, headers=_headers(request))


def _not_admitted(guide_url: str, request: AnyRequest, error: NotAdmitted) -> Response[bytes]:
    """Readable by every page: it tells a developer at once what is wrong, and nothing that a page must not know."""
    body = {
        "success": False,
        "errors": [error.name],
        "errorType": "InputException" if error.status in (400, 404) else "AccessDenied",
        "message": error.message,
        "data": None,
        "docUrl": f"{guide_url}#{_ANCHORS.get(error.name, 'input')}",
    }
    return Response(encode(body), status_code=error.status, media_type=JSON, headers=_headers(request))


def _headers(request: AnyRequest) -> dict[str, str]:
    return _cors(request) | {
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
    }


def _cors(request: AnyRequest) -> dict[str, str]:
    origin = request.headers.get("origin")
    return {"vary": "Origin"} | ({"access-control-allow-origin": origin} if origin else {})


def sdk_router(guide_url: str) -> Router:
    """The SDK's routes. `guide_url` is where the error guide is."""
    return Router(
        "/portal/sdk",
        # The preflight first: behind another handler of its path Litestar would answer OPTIONS by itself.
        route_handlers=[preflight, session, watch, close],
        exception_handlers={NotAdmitted: partial(_not_admitted, guide_url)},
        tags=["Web SDK"],
        include_in_schema=False,
    )
