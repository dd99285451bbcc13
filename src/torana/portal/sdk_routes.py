"""The SDK's calls over HTTP: JSON, for pages of the gateway's allowed origins; other pages can read why not."""

from typing import Any

import msgspec
from litestar import Request, Response, Router, post, route
from litestar.enums import HttpMethod

from torana.api.answers import JSON, encode, encode_success
from torana.api.request_ids import about
from torana.kit.json_input import InvalidJson, read_json
from torana.portal import sdk
from torana.portal.admit import Admitted, NotAdmitted, admit
from torana.portal.lobby import Lobby

AnyRequest = Request[Any, Any, Any]
LARGEST_BODY = 16 * 1024
LONGEST_ID = 40


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
    return _answer(request, sdk.session(lobby, await _admit(request, lobby, hello)))


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
    state, unsure = await sdk.close(lobby, admitted, question.transaction_id, question.flow, sure=bool(question.sure))
    return _answer(request, state.data() | {"unsure": unsure})


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


def not_admitted(request: AnyRequest, error: NotAdmitted) -> Response[bytes]:
    """Readable by every page: it tells a developer at once what is wrong, and nothing that a page must not know."""
    body = {
        "success": False,
        "errors": [error.name],
        "errorType": "InputException" if error.status in (400, 404) else "AccessDenied",
        "message": error.message,
        "data": None,
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


sdk_router = Router(
    "/portal/sdk",
    # The preflight first: behind another handler of its path Litestar would answer OPTIONS by itself.
    route_handlers=[preflight, session, watch, close],
    exception_handlers={NotAdmitted: not_admitted},
    tags=["Web SDK"],
    include_in_schema=False,
)
