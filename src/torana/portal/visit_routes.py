"""The pages of a visit over HTTP: the pop-up's first form, the investor's forms, the brokers' way back."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response, Router, get, post
from litestar.datastructures import Cookie
from litestar.exceptions import ClientException
from litestar.response import Stream

from torana.api.answers import JSON, encode
from torana.api.request_ids import about
from torana.connectors.contract import Callback
from torana.flows.context import csrf_of
from torana.flows.contract import Changed
from torana.flows.registry import FLOWS
from torana.flows.visits import Stage
from torana.partners.models import Gateway
from torana.portal import store
from torana.portal.admit import check_open, current
from torana.portal.follow import follow
from torana.portal.lobby import Guest, Lobby
from torana.portal.log_in import choose, come_back, use_own_login
from torana.portal.open_visit import open_visit
from torana.portal.pages import end, rendered, show
from torana.portal.proofs import LOGIN_PATH, VISIT_COOKIE, VISIT_ID, browser_cookie, hashed, matches, same
from torana.portal.refusals import HANDLERS, Stranger, page
from torana.portal.sdk import cancelled_at
from torana.portal.security import page_headers
from torana.portal.shown import Shown
from torana.transactions.outcomes import NO_BROKER_NOT_LISTED, USER_MISMATCH, FlowError

AnyRequest = Request[Any, Any, Any]
LARGEST_FORM = 64 * 1024
AWAY_SECONDS = 3600
"""How long a browser may be away at a broker and still be known."""
KNOWN_SECONDS = 30 * 86_400
"""How long after its last login a browser is known again; the login itself ends when the broker says."""

_REASONS: Mapping[Stage, Mapping[str, FlowError]] = {
    Stage.CHOOSING: {"no_broker": NO_BROKER_NOT_LISTED},
    Stage.AT_BROKER: {"user_mismatch": USER_MISMATCH},
}
"""What a page of ours may give as the reason of leaving before the login, by stage."""


@post("/portal/open", status_code=200, request_max_body_size=LARGEST_FORM)
async def open_window(request: AnyRequest, lobby: Lobby) -> Response[bytes]:
    """The SDK's form, from the partner's page: no secret in any address."""
    lobby.overload.check()
    opened = await open_visit(lobby, await _fields(request), request.headers.get("origin"))
    return _see_other(opened.home, _cookie(lobby, VISIT_COOKIE, opened.cookie, opened.home, AWAY_SECONDS))


_CALLBACK = [f"{LOGIN_PATH}/{{broker:str}}", f"{LOGIN_PATH}/{{broker:str}}/{{ticket:str}}"]


@get(_CALLBACK)
async def callback(request: AnyRequest, broker: str, lobby: Lobby, ticket: str = "") -> Response[bytes]:
    """The broker sends the browser back."""
    return await _back(request, lobby, broker, ticket, {})


@post(_CALLBACK, status_code=200, request_max_body_size=LARGEST_FORM)
async def posted_callback(request: AnyRequest, broker: str, lobby: Lobby, ticket: str = "") -> Response[bytes]:
    """The broker's page sends the browser back by a form. Who may is seen from ticket and cookie, as ever."""
    return await _back(request, lobby, broker, ticket, await _fields(request))


async def _back(
    request: AnyRequest, lobby: Lobby, broker: str, ticket: str, form: Mapping[str, str]
) -> Response[bytes]:
    told = Callback(dict(request.query_params), form)
    back = await come_back(lobby, broker, told, request.cookies, ticket)
    return _see_other(
        back.path,
        _cookie(lobby, back.cookie_name, "", LOGIN_PATH, 0),
        _cookie(lobby, back.browser_cookie, back.browser, "/", KNOWN_SECONDS),
    )


@get("/portal/{gateway:str}/{visit:str}")
async def visit_page(request: AnyRequest, lobby: Lobby) -> Response[bytes]:
    guest = await _guest(request, lobby)
    check_open(guest.gateway, guest.transaction)
    guest = await use_own_login(lobby, guest, _browser(request, lobby, guest.gateway))
    return _page(lobby, await show(lobby, guest, request.query_params))


@post("/portal/{gateway:str}/{visit:str}/broker", status_code=200, request_max_body_size=LARGEST_FORM)
async def broker(request: AnyRequest, lobby: Lobby) -> Response[bytes]:
    guest, form = await _posted(request, lobby)
    check_open(guest.gateway, guest.transaction)
    key = form.get("broker", "")
    await choose(lobby, guest, key)
    return _see_other(f"{guest.home}?login=1" if key else guest.home)


@post(
    [f"/portal/{{gateway:str}}/{{visit:str}}/{action}" for action in ("confirm", "again")],
    status_code=200,
    request_max_body_size=LARGEST_FORM,
)
async def submit(request: AnyRequest, lobby: Lobby) -> Response[bytes]:
    """A form of the flow's own pages."""
    guest, form = await _posted(request, lobby)
    check_open(guest.gateway, guest.transaction)
    if guest.stage not in (Stage.REVIEWING, Stage.CONFIRMED, Stage.DONE) or not guest.own_login:
        return _see_other(guest.home)
    step = await FLOWS.of(guest.transaction).submit(lobby, guest, form)
    if isinstance(step, Changed):
        return _see_other(guest.home)
    return _page(lobby, await rendered(lobby, guest, step))


@post("/portal/{gateway:str}/{visit:str}/cancel", status_code=200, request_max_body_size=LARGEST_FORM)
async def cancel(request: AnyRequest, lobby: Lobby) -> Response[bytes]:
    guest, form = await _posted(request, lobby)
    await end(lobby, guest, _reason(form.get("reason", ""), guest))
    return _see_other(guest.home)


@post("/portal/{gateway:str}/{visit:str}/left", status_code=200, request_max_body_size=LARGEST_FORM)
async def left(request: AnyRequest, lobby: Lobby) -> Response[bytes]:
    """Our page is left for the broker's. A basket goes there once: a second page is told not to."""
    guest, _ = await _posted(request, lobby)
    go = await store.mark_left(
        lobby.database,
        guest.visit.gateway_id,
        guest.visit.visit_id,
        lobby.clock.now(),
        unless_since=guest.transaction.confirmed_at,
    )
    return _json({"go": go})


@get("/portal/{gateway:str}/{visit:str}/returned")
async def returned(request: AnyRequest, lobby: Lobby) -> Response[bytes]:
    """Back from a basket in the broker's own page. What became of it the order book tells, not this request."""
    guest = await _guest(request, lobby)
    if guest.stage in (Stage.CONFIRMED, Stage.DONE):
        await FLOWS.of(guest.transaction).returned(lobby, guest.transaction)
    return _see_other(guest.home)


@get("/portal/{gateway:str}/{visit:str}/prices")
async def prices(request: AnyRequest, lobby: Lobby) -> Response[bytes]:
    """Numbers for an open page."""
    guest = await _guest(request, lobby)
    return _json(await FLOWS.of(guest.transaction).figures(lobby, guest))


@get("/portal/{gateway:str}/{visit:str}/stream", exclude_from_compression=True)
async def stream(request: AnyRequest, lobby: Lobby) -> Stream:
    guest = await _guest(request, lobby)
    if not guest.own_login:
        raise Stranger("the orders are of a login that this browser did not make")
    headers = page_headers() | {"x-accel-buffering": "no"}
    return Stream(follow(lobby, guest), media_type="text/event-stream", headers=headers)


async def _guest(request: AnyRequest, lobby: Lobby) -> Guest:
    """The visit of the path, if the browser's cookie proves that it is its own. Raises `Stranger`."""
    named: Mapping[str, str] = request.path_params
    gateway = await lobby.gateways.by_name(named["gateway"])
    if gateway is not None and VISIT_ID.fullmatch(named["visit"]) is not None:
        browser = _browser(request, lobby, gateway)
        found = await store.find_in_browser(
            lobby.database, gateway.gateway_id, named["visit"], hashed(browser) if browser else None
        )
        cookie = request.cookies.get(VISIT_COOKIE, "")
        if found is not None and matches(cookie, found[0].cookie_hash):
            visit, transaction, own = found
            about(visit.transaction_id)
            return Guest(gateway, visit, await current(lobby, transaction), cookie, own)
    raise Stranger("no visit of this browser")


def _browser(request: AnyRequest, lobby: Lobby, gateway: Gateway) -> str:
    """The secret by which this browser is known again, empty before its first login."""
    return request.cookies.get(browser_cookie(gateway.name, https=lobby.https), "")


async def _posted(request: AnyRequest, lobby: Lobby) -> tuple[Guest, dict[str, str]]:
    """A form of one of our pages: cookie, token and origin must fit. Raises `Stranger`."""
    guest = await _guest(request, lobby)
    form = await _fields(request)
    if not same(form.get("csrf", ""), csrf_of(guest.cookie)):
        raise Stranger("the form's token is not this visit's")
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc not in (
        request.headers.get("host"),
        urlsplit(lobby.public_url).netloc,
    ):
        raise Stranger("the form comes from another origin")
    return guest, form


async def _fields(request: AnyRequest) -> dict[str, str]:
    """The fields that are text. Raises `ClientException` for a form in no encoding that there is."""
    try:
        form = await request.form()
    except (UnicodeError, LookupError, ValueError):
        raise ClientException("the form cannot be read") from None
    return {name: value for name, value in form.items() if isinstance(value, str) and "\0" not in value}


def _reason(given: str, guest: Guest) -> FlowError:
    """Why the investor leaves: what the page says, where such a page may say it."""
    reasons = _REASONS.get(guest.stage, {})
    if guest.stage is Stage.REVIEWING:
        reasons = FLOWS.of(guest.transaction).leaving
    return reasons.get(given, cancelled_at(guest.stage))


def _page(lobby: Lobby, shown: Shown) -> Response[bytes]:
    response = page(shown.view, shown.status, form_hosts=shown.form_hosts)
    if shown.errand is not None:
        errand = shown.errand
        response.set_cookie(
            _cookie(lobby, errand.cookie_name, str(errand.ticket), LOGIN_PATH, AWAY_SECONDS, errand.cross_site)
        )
    return response


def _json(value: object) -> Response[bytes]:
    return Response(encode(value), media_type=JSON, headers=page_headers())


def _see_other(path: str, *cookies: Cookie) -> Response[bytes]:
    headers = page_headers() | {"location": path}
    return Response(b"", status_code=303, headers=headers, cookies=list(cookies))


def _cookie(lobby: Lobby, name: str, value: str, path: str, seconds: int, cross_site: bool = False) -> Cookie:
    """`cross_site`: it goes along with a form that another site posts to us, which browsers allow on https only."""
    return Cookie(
        key=name,
        value=value,
        path=path,
        max_age=seconds,
        httponly=True,
        samesite="none" if cross_site and lobby.https else "lax",
        secure=lobby.https,
    )


visit_router = Router(
    "/",
    route_handlers=[
        open_window, callback, posted_callback, visit_page, broker, submit, cancel, left, returned, prices, stream,
    ],
    exception_handlers=HANDLERS,
    include_in_schema=False,
)  # fmt: skip
