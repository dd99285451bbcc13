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
from torana.orders import decide
from torana.orders.progress import progress
from torana.partners.models import Gateway
from torana.portal import store
from torana.portal.account import read_account
from torana.portal.admit import Suspended, check_open, current
from torana.portal.confirm import confirm as confirm_review
from torana.portal.confirm import live_session
from torana.portal.follow import follow
from torana.portal.lines import drafts_of
from torana.portal.lobby import Guest, Lobby
from torana.portal.log_in import choose, come_back, use_own_login
from torana.portal.models import Stage
from torana.portal.open_visit import open_visit
from torana.portal.pages import show, show_reviewed
from torana.portal.proofs import LOGIN_PATH, VISIT_COOKIE, VISIT_ID, browser_cookie, csrf_of, hashed, matches, same
from torana.portal.refusals import HANDLERS, Stranger, page
from torana.portal.sdk import cancelled_at
from torana.portal.security import page_headers
from torana.portal.shown import Shown
from torana.portal.views import Review
from torana.transactions import life_cycle
from torana.transactions.outcomes import (
    INSUFFICIENT_HOLDINGS,
    INTENT_NOT_ENABLED,
    NO_BROKER_NOT_LISTED,
    USER_MISMATCH,
    FlowError,
)

AnyRequest = Request[Any, Any, Any]
LARGEST_FORM = 64 * 1024
AWAY_SECONDS = 3600
"""How long a browser may be away at a broker and still be known."""
KNOWN_SECONDS = 30 * 86_400
"""How long after its last login a browser is known again; the login itself ends when the broker says."""

_REASONS = {
    "no_broker": (NO_BROKER_NOT_LISTED, (Stage.CHOOSING,)),
    "user_mismatch": (USER_MISMATCH, (Stage.AT_BROKER,)),
    "insufficient_holdings": (INSUFFICIENT_HOLDINGS, (Stage.REVIEWING,)),
    "too_large": (INTENT_NOT_ENABLED, (Stage.REVIEWING,)),
}
"""What a page of ours may give as the reason of leaving, and at which stages it is believed."""


_DECISIONS = {"again": decide.place_again, "leave": decide.leave, "cancel": decide.cancel}


@post("/portal/open", status_code=200, request_max_body_size=LARGEST_FORM)
async def open_window(request: AnyRequest, lobby: Lobby) -> Response[bytes]:
    """The SDK's form, from the partner's page: no secret in any address."""
    lobby.overload.check()
    opened = await open_visit(lobby, await _fields(request), request.headers.get("origin"))
    return _see_other(opened.home, _cookie(lobby, VISIT_COOKIE, opened.cookie, opened.home, AWAY_SECONDS))


@get(f"{LOGIN_PATH}/{{broker:str}}")
async def callback(request: AnyRequest, broker: str, lobby: Lobby) -> Response[bytes]:
    """The broker sends the browser back."""
    back = await come_back(lobby, broker, dict(request.query_params), request.cookies)
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


@post("/portal/{gateway:str}/{visit:str}/confirm", status_code=200, request_max_body_size=LARGEST_FORM)
async def confirm(request: AnyRequest, lobby: Lobby) -> Response[bytes]:
    guest, form = await _posted(request, lobby)
    check_open(guest.gateway, guest.transaction)
    broker = guest.transaction.broker
    if guest.stage is not Stage.REVIEWING or broker is None or not guest.own_login:
        return _see_other(guest.home)
    connector = lobby.connector(guest.gateway, broker)
    reviewed = await confirm_review(lobby, guest, connector, form)
    if reviewed is None:
        return _see_other(guest.home)
    status = 422 if isinstance(reviewed, Review) else 200
    return _page(lobby, await show_reviewed(lobby, guest, reviewed, status))


@post("/portal/{gateway:str}/{visit:str}/cancel", status_code=200, request_max_body_size=LARGEST_FORM)
async def cancel(request: AnyRequest, lobby: Lobby) -> Response[bytes]:
    guest, form = await _posted(request, lobby)
    async with lobby.database.transaction() as connection:
        await life_cycle.fail(
            connection,
            gateway_id=guest.visit.gateway_id,
            transaction_id=guest.visit.transaction_id,
            error=_reason(form.get("reason", ""), guest.stage),
            now=lobby.clock.now(),
        )
    return _see_other(guest.home)


@post("/portal/{gateway:str}/{visit:str}/again", status_code=200, request_max_body_size=LARGEST_FORM)
async def again(request: AnyRequest, lobby: Lobby) -> Response[bytes]:
    """What the investor decides about orders that are not at the broker."""
    guest, form = await _posted(request, lobby)
    batch = await progress(lobby.database, guest.visit.gateway_id, guest.visit.transaction_id)
    decision = _DECISIONS.get(form.get("decision", ""))
    if decision is decide.place_again and guest.gateway.suspended_at is not None:
        raise Suspended(guest.gateway)
    if batch is not None and decision is not None and guest.own_login:
        now = lobby.clock.now()
        await decision(lobby.database, batch.gateway_id, batch.batch_id, batch.transaction_id, now)
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
        now = lobby.clock.now()
        await decide.returned(lobby.database, guest.visit.gateway_id, guest.visit.transaction_id, now)
    return _see_other(guest.home)


@get("/portal/{gateway:str}/{visit:str}/prices")
async def prices(request: AnyRequest, lobby: Lobby) -> Response[bytes]:
    """Last prices in paise, for the estimate on the review."""
    guest = await _guest(request, lobby)
    session = await live_session(lobby, guest.transaction)
    if guest.stage is not Stage.REVIEWING or session is None or not guest.own_login:
        return _json({"prices": {}})
    connector = lobby.connector(guest.gateway, session.broker)
    instruments = [draft.instrument for draft in drafts_of(guest.transaction, connector.capabilities)]
    account = await read_account(connector, session.as_session(), instruments, with_funds=False, with_shares=False)
    return _json({"prices": account.prices or {}})


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
        found = await store.find(lobby.database, gateway.gateway_id, named["visit"])
        cookie = request.cookies.get(VISIT_COOKIE, "")
        if found is not None and matches(cookie, found[0].cookie_hash):
            visit, transaction = found
            about(visit.transaction_id)
            browser = _browser(request, lobby, gateway)
            own = transaction.session_id is None or (
                bool(browser) and await store.login_is_of(lobby.database, transaction, hashed(browser))
            )
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


def _reason(given: str, stage: Stage) -> FlowError:
    error, stages = _REASONS.get(given, (cancelled_at(stage), tuple(Stage)))
    return error if stage in stages else cancelled_at(stage)


def _page(lobby: Lobby, shown: Shown) -> Response[bytes]:
    response = page(shown.view, shown.status, form_hosts=shown.form_hosts)
    if shown.errand is not None:
        errand = shown.errand
        response.set_cookie(_cookie(lobby, errand.cookie_name, str(errand.ticket), LOGIN_PATH, AWAY_SECONDS))
    return response


def _json(value: object) -> Response[bytes]:
    return Response(encode(value), media_type=JSON, headers=page_headers())


def _see_other(path: str, *cookies: Cookie) -> Response[bytes]:
    headers = page_headers() | {"location": path}
    return Response(b"", status_code=303, headers=headers, cookies=list(cookies))


def _cookie(lobby: Lobby, name: str, value: str, path: str, seconds: int) -> Cookie:
    return Cookie(
        key=name,
        value=value,
        path=path,
        max_age=seconds,
        httponly=True,
        samesite="lax",
        secure=lobby.https,
    )


visit_router = Router(
    "/",
    route_handlers=[
        open_window, callback, visit_page, broker, confirm, cancel, again, left, returned, prices, stream,
    ],
    exception_handlers=HANDLERS,
    include_in_schema=False,
)  # fmt: skip
