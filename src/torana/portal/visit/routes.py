"""The pages of a visit over HTTP: the pop-up's first form, the investor's forms, the brokers' way back."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response, Router, get, post
from litestar.datastructures import Cookie
from litestar.response import Stream

from torana.api.answers import JSON, encode, takes_gzip
from torana.api.form_fields import query_fields, text_fields
from torana.api.request_ids import about
from torana.connectors.contract import Callback
from torana.flows import store as flow_store
from torana.flows.context import CurrentVisit, FlowServices, csrf_of
from torana.flows.contract import Changed, Keep
from torana.flows.registry import FLOWS
from torana.flows.visits import Stage
from torana.pages.texts.languages import LANGUAGES
from torana.partners.models import Gateway
from torana.portal import store
from torana.portal.admission.admit import check_open, up_to_date
from torana.portal.admission.browser_auth import (
    LOGIN_PATH,
    VISIT_COOKIE,
    VISIT_ID,
    browser_cookie,
    hashed,
    matches,
    same,
)
from torana.portal.admission.open_visit import Opened, open_visit
from torana.portal.language import speak
from torana.portal.login.attach_login import use_own_login
from torana.portal.login.broker_login import come_back
from torana.portal.login.choose import choose
from torana.portal.page_response import page_headers, sent
from torana.portal.refusals import HANDLERS, UnprovenBrowser
from torana.portal.sdk.close import cancelled_at
from torana.portal.visit.end import leave
from torana.portal.visit.show import Shown, rendered, show
from torana.portal.visit.status_stream import status_stream
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
async def open_window(request: AnyRequest, services: FlowServices) -> Response[bytes]:
    """The SDK's form, from the partner's page: no secret in any address."""
    services.overload.check()
    form = await text_fields(request)
    texts = speak(request, form.get("language", ""))
    opened = await open_visit(services, form, request.headers.get("origin"), texts.language)
    return _see_other(opened.home, _cookie(services, VISIT_COOKIE, opened.cookie, opened.home, AWAY_SECONDS))


_CALLBACK = [f"{LOGIN_PATH}/{{broker:str}}", f"{LOGIN_PATH}/{{broker:str}}/{{ticket:str}}"]


@get(_CALLBACK)
async def callback(request: AnyRequest, broker: str, services: FlowServices, ticket: str = "") -> Response[bytes]:
    """The broker sends the browser back."""
    return await _back(request, services, broker, ticket, {})


@post(_CALLBACK, status_code=200, request_max_body_size=LARGEST_FORM)
async def posted_callback(
    request: AnyRequest, broker: str, services: FlowServices, ticket: str = ""
) -> Response[bytes]:
    """The broker's page sends the browser back by a form. Who may is seen from ticket and cookie, as ever."""
    return await _back(request, services, broker, ticket, await text_fields(request))


async def _back(
    request: AnyRequest, services: FlowServices, broker: str, ticket: str, form: Mapping[str, str]
) -> Response[bytes]:
    given = Callback(query_fields(request), form)
    back = await come_back(services, broker, given, request.cookies, ticket)
    return _see_other(
        back.path,
        _cookie(services, back.cookie_name, "", LOGIN_PATH, 0),
        _cookie(services, back.browser_cookie, back.browser, "/", KNOWN_SECONDS),
    )


@get("/portal/{gateway:str}/{visit:str}")
async def visit_page(request: AnyRequest, services: FlowServices) -> Response[bytes]:
    current = await _current_visit(request, services)
    check_open(current.gateway, current.transaction)
    current = await use_own_login(services, current, _browser(request, services, current.gateway))
    # What is read back from an address is not zipped with secrets beside it, for its length would tell of them.
    zips = not request.query_params and takes_gzip(request.headers.get("accept-encoding", ""))
    return _page(services, await show(services, current, query_fields(request)), zips=zips)


@post("/portal/{gateway:str}/{visit:str}/broker", status_code=200, request_max_body_size=LARGEST_FORM)
async def broker(request: AnyRequest, services: FlowServices) -> Response[bytes]:
    current, form = await _posted(request, services)
    check_open(current.gateway, current.transaction)
    key = form.get("broker", "")
    await choose(services, current, key)
    return _see_other(f"{current.home}?login=1" if key else current.home)


@post(
    [f"/portal/{{gateway:str}}/{{visit:str}}/{action}" for action in ("confirm", "again")],
    status_code=200,
    request_max_body_size=LARGEST_FORM,
)
async def submit(request: AnyRequest, services: FlowServices) -> Response[bytes]:
    """A form of the flow's own pages."""
    current, form = await _posted(request, services)
    check_open(current.gateway, current.transaction)
    if current.stage in (Stage.OPENING, Stage.CHOOSING) or not current.own_login:
        return _see_other(current.home)
    step = await FLOWS.of(current.transaction).submit(services, current, form)
    if isinstance(step, Keep):
        visit = current.visit
        await flow_store.keep_answers(services.database, visit.gateway_id, visit.visit_id, step.answers)
    if isinstance(step, Keep | Changed):
        return _see_other(current.home)
    return _page(services, await rendered(services, current, step))


@post("/portal/{gateway:str}/{visit:str}/cancel", status_code=200, request_max_body_size=LARGEST_FORM)
async def cancel(request: AnyRequest, services: FlowServices) -> Response[bytes]:
    current, form = await _posted(request, services)
    error = _reason(form.get("reason", ""), current)
    async with services.database.transaction() as connection:
        await leave(connection, current.transaction, current.stage, error, services.clock.now())
    return _see_other(current.home)


@post("/portal/{gateway:str}/{visit:str}/language", status_code=200, request_max_body_size=LARGEST_FORM)
async def language(request: AnyRequest, services: FlowServices) -> Response[bytes]:
    """The pages go on in another language, at the place where the investor is."""
    current, form = await _posted(request, services)
    wanted = form.get("language", "")
    if wanted in LANGUAGES:
        await store.set_language(services.database, current.visit.gateway_id, current.visit.visit_id, wanted)
    address, _, query = request.headers.get("referer", "").partition("?")
    return _see_other(f"{current.home}?{query}" if query and address.endswith(current.home) else current.home)


@post("/portal/{gateway:str}/{visit:str}/left", status_code=200, request_max_body_size=LARGEST_FORM)
async def left(request: AnyRequest, services: FlowServices) -> Response[bytes]:
    """Our page is left for the broker's. A basket goes there once: a second page learns not to."""
    current, _ = await _posted(request, services)
    go = await store.mark_left(
        services.database,
        current.visit.gateway_id,
        current.visit.visit_id,
        services.clock.now(),
        unless_since=current.transaction.confirmed_at,
    )
    return _json({"go": go})


@post("/portal/{gateway:str}/{visit:str}/apart", status_code=200, request_max_body_size=LARGEST_FORM)
async def apart(request: AnyRequest, services: FlowServices) -> Response[bytes]:
    """Our page is open and has no opener: the partner's page, whose policy did that, takes the window for closed."""
    current, _ = await _posted(request, services)
    visit = current.visit
    for visit_id in filter(None, (visit.visit_id, visit.outer_visit_id)):
        await store.mark_apart(services.database, visit.gateway_id, visit_id, services.clock.now())
    return _json({})


@get("/portal/{gateway:str}/{visit:str}/returned")
async def returned(request: AnyRequest, services: FlowServices) -> Response[bytes]:
    """Back from the broker's own page. What this request says of it, its flow judges."""
    current = await _current_visit(request, services)
    if current.stage in (Stage.CONFIRMED, Stage.DONE):
        await FLOWS.of(current.transaction).came_back(services, current, query_fields(request))
    return _see_other(current.home)


@get("/portal/{gateway:str}/{visit:str}/prices")
async def prices(request: AnyRequest, services: FlowServices) -> Response[bytes]:
    """Numbers for an open page."""
    current = await _current_visit(request, services)
    return _json(await FLOWS.of(current.transaction).figures(services, current, query_fields(request)))


@get("/portal/{gateway:str}/{visit:str}/stream", exclude_from_compression=True)
async def stream(request: AnyRequest, services: FlowServices) -> Stream:
    current = await _current_visit(request, services)
    if not current.own_login:
        raise UnprovenBrowser("the orders are of a login that this browser did not make", current.gateway)
    headers = page_headers() | {"x-accel-buffering": "no"}
    return Stream(
        status_stream(services, current, query_fields(request)), media_type="text/event-stream", headers=headers
    )


async def _current_visit(request: AnyRequest, services: FlowServices) -> CurrentVisit:
    """The visit of the path, if the browser's cookie proves that it is its own. Raises `Stranger`."""
    named: Mapping[str, str] = request.path_params
    gateway = await services.gateways.by_name(named["gateway"])
    if gateway is not None and VISIT_ID.fullmatch(named["visit"]) is not None:
        browser = _browser(request, services, gateway)
        found = await store.find_in_browser(
            services.database, gateway.gateway_id, named["visit"], hashed(browser) if browser else None
        )
        cookie = request.cookies.get(VISIT_COOKIE, "")
        if found is not None and matches(cookie, found.visit.cookie_hash):
            about(found.visit.transaction_id)
            return CurrentVisit(
                gateway,
                found.visit,
                await up_to_date(services, found.transaction),
                cookie,
                found.own_login,
                speak(request, found.visit.language or ""),
                services.clock.now(),
                found.session,
                found.halt,
            )
    raise UnprovenBrowser("no visit of this browser", gateway)


def _browser(request: AnyRequest, services: FlowServices, gateway: Gateway) -> str:
    """The secret by which this browser is known again, empty before its first login."""
    return request.cookies.get(browser_cookie(gateway.name, https=services.https), "")


async def _posted(request: AnyRequest, services: FlowServices) -> tuple[CurrentVisit, dict[str, str]]:
    """A form of one of our pages: cookie, token and origin must fit. Raises `Stranger`."""
    current = await _current_visit(request, services)
    form = await text_fields(request)
    if not same(form.get("csrf", ""), csrf_of(current.cookie)):
        raise UnprovenBrowser("the form's token is not this visit's", current.gateway)
    origin = request.headers.get("origin")
    if origin is not None and origin.partition("://")[2] not in (
        request.headers.get("host"),
        urlsplit(services.public_url).netloc,
    ):
        raise UnprovenBrowser("the form comes from another origin", current.gateway)
    return current, form


def _reason(given: str, current: CurrentVisit) -> FlowError:
    """Why the investor leaves: what the page says, where such a page may say it."""
    reasons = _REASONS.get(current.stage, {})
    if current.stage is Stage.REVIEWING:
        reasons = FLOWS.of(current.transaction).leaving
    return reasons.get(given, cancelled_at(current.stage))


def _page(services: FlowServices, page: Shown, *, zips: bool = False) -> Response[bytes]:
    if isinstance(page, Opened):
        return _see_other(page.home, _cookie(services, VISIT_COOKIE, page.cookie, page.home, AWAY_SECONDS))
    response = sent(page.view, page.status, form_hosts=page.form_hosts, zips=zips)
    if page.login_ticket is not None:
        given = page.login_ticket
        response.set_cookie(
            _cookie(services, given.cookie_name, str(given.ticket), LOGIN_PATH, AWAY_SECONDS, given.cross_site)
        )
    return response


def _json(value: object) -> Response[bytes]:
    return Response(encode(value), media_type=JSON, headers=page_headers())


def _see_other(path: str, *cookies: Cookie) -> Response[bytes]:
    headers = page_headers() | {"location": path}
    return Response(b"", status_code=303, headers=headers, cookies=list(cookies))


def _cookie(services: FlowServices, name: str, value: str, path: str, seconds: int, cross_site: bool = False) -> Cookie:
    """`cross_site`: it goes along with a form that another site posts to us, which browsers allow on https only."""
    return Cookie(
        key=name,
        value=value,
        path=path,
        max_age=seconds,
        httponly=True,
        samesite="none" if cross_site and services.https else "lax",
        secure=services.https,
    )


visit_router = Router(
    "/",
    route_handlers=[
        open_window, callback, posted_callback, visit_page, broker, submit, cancel, language, left, apart, returned,
        prices, stream,
    ],
    exception_handlers=HANDLERS,
    include_in_schema=False,
)  # fmt: skip
