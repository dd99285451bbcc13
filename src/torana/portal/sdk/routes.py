"""The SDK's calls over HTTP: JSON, for pages of the gateway's allowed origins; other pages can read why not."""

from functools import partial
from typing import Any
from urllib.parse import urlsplit

import msgspec
from litestar import Request, Response, Router, post, route
from litestar.enums import HttpMethod

from torana.api.answers import JSON, encode, encode_success
from torana.api.request_ids import about
from torana.flows.context import FlowServices
from torana.kit.json_input import InvalidJson, read_json
from torana.portal.admission.admit import DEVELOPER, Admitted, NotAdmitted, Suspended, admit
from torana.portal.language import sdk_words, speak
from torana.portal.sdk import close as closing_window
from torana.portal.sdk import watch as watching
from torana.portal.sdk.connected import archive_investment, broker_logout
from torana.portal.sdk.create import PageCreates, create_for_page

AnyRequest = Request[Any, Any, Any]
LARGEST_BODY = 16 * 1024
LONGEST_ID = 40


class Caller(msgspec.Struct, rename="camel"):
    """Who asks."""

    gateway: str = ""
    auth_token: str | None = None


class Starting(Caller, rename="camel"):
    """In which language what it shows is to be."""

    language: str = ""


class FlowCaller(Caller, rename="camel"):
    """About which transaction, in which flow. `since` is the version that the page knows."""

    transaction_id: str = ""
    flow: str = ""
    since: int = 0
    sure: bool | None = False


class Asking(FlowCaller, rename="camel"):
    """For a transaction of that id: `wanted` is the body of a create."""

    wanted: msgspec.Raw = msgspec.Raw(b"{}")


class Investment(Caller, rename="camel"):
    """About which investment in a basket."""

    iscid: str = ""


_DECODERS: dict[type[Caller], msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(kind) for kind in (Caller, Starting, FlowCaller, Asking, Investment)
}


@post("/session", status_code=200, request_max_body_size=LARGEST_BODY)
async def session(request: AnyRequest, services: FlowServices) -> Response[bytes]:
    caller = await _read(request, Starting)
    admitted = await _admit(request, services, caller)
    if admitted.gateway.suspended_at is not None:
        raise Suspended(admitted.gateway)
    said = sdk_words(speak(request, caller.language), caller.language)
    return _answer(request, watching.session(services, admitted) | said | _moved(request, services))


@post("/create", status_code=200, request_max_body_size=LARGEST_BODY)
async def create(request: AnyRequest, services: FlowServices, creates: PageCreates) -> Response[bytes]:
    caller = await _read(request, Asking)
    admitted = await _admit(request, services, caller)
    creates.check(admitted.gateway, request.client.host if request.client else "")
    state = await create_for_page(services, admitted, caller.transaction_id, caller.flow, bytes(caller.wanted))
    return _answer(request, state.data() | _moved(request, services))


@post("/watch", status_code=200, request_max_body_size=LARGEST_BODY)
async def watch(request: AnyRequest, services: FlowServices) -> Response[bytes]:
    caller = await _read(request, FlowCaller)
    admitted = await _admit(request, services, caller)
    state = await watching.watch(services, admitted, caller.transaction_id, caller.flow, caller.since)
    return _answer(request, state.data() | _moved(request, services))


@post("/close", status_code=200, request_max_body_size=LARGEST_BODY)
async def close(request: AnyRequest, services: FlowServices) -> Response[bytes]:
    caller = await _read(request, FlowCaller)
    admitted = await _admit(request, services, caller)
    closing = await closing_window.close(services, admitted, caller.transaction_id, caller.flow, sure=bool(caller.sure))
    return _answer(request, closing.data())


@post("/logout", status_code=200, request_max_body_size=LARGEST_BODY)
async def logout(request: AnyRequest, services: FlowServices) -> Response[bytes]:
    admitted = await _admit(request, services, await _read(request, Caller))
    return _answer(request, await broker_logout(services, admitted))


@post("/archive", status_code=200, request_max_body_size=LARGEST_BODY)
async def archive(request: AnyRequest, services: FlowServices) -> Response[bytes]:
    caller = await _read(request, Investment)
    admitted = await _admit(request, services, caller)
    return _answer(request, await archive_investment(services, admitted, caller.iscid))


@route(
    ["/session", "/create", "/watch", "/close", "/logout", "/archive"],
    http_method=[HttpMethod.OPTIONS],
    status_code=204,
    include_in_schema=False,
)
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
        raise NotAdmitted("invalid_request", DEVELOPER.body_unreadable(why=str(error)), status=400) from None


async def _admit(request: AnyRequest, services: FlowServices, caller: Caller) -> Admitted:
    if isinstance(caller, FlowCaller):
        about(caller.transaction_id[:LONGEST_ID])
    return await admit(
        services, gateway=caller.gateway, auth_token=caller.auth_token or "", origin=request.headers.get("origin")
    )


def _moved(request: AnyRequest, services: FlowServices) -> dict[str, str]:
    """The public address, for a page that reached us under another: logins come back there, so its form goes there."""
    if request.headers.get("host") == urlsplit(services.public_url).netloc:
        return {}
    return {"address": services.public_url.rstrip("/")}


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
        "docUrl": f"{guide_url}#{error.anchor}",
    }
    headers = _headers(request) | error.headers
    return Response(encode(body), status_code=error.status, media_type=JSON, headers=headers)


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
        route_handlers=[preflight, session, create, watch, close, logout, archive],
        exception_handlers={NotAdmitted: partial(_not_admitted, guide_url)},
        tags=["Web SDK"],
        include_in_schema=False,
    )
