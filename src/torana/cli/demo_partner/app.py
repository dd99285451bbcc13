"""The shop's backend. Secrets stay here; the page gets a short-lived token and a transaction's id."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Litestar, Request, Response, get, post
from litestar.datastructures import Cookie, State
from litestar.exceptions import HTTPException
from litestar.response import ServerSentEvent, ServerSentEventMessage
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler
from msgspec import Meta

from torana.cli.demo_partner.asking import ASKING_ROUTES
from torana.cli.demo_partner.baskets import BASKETS
from torana.cli.demo_partner.gateway import GatewayClient, GatewayRefused
from torana.cli.demo_partner.people import Connection, Notice
from torana.cli.demo_partner.portfolio import PORTFOLIO_ROUTES
from torana.cli.demo_partner.proof import Checks, auth_token, check_webhook, investor_of
from torana.cli.demo_partner.scenarios import SCENARIO_ROUTES, SCENARIOS
from torana.cli.demo_partner.shop import COOKIE, CookieKey, Session, Shop
from torana.cli.demo_partner.trace import LONGEST_TEXT, Step, message, noting, pretty, source

HERE = Path(__file__).parent
STATIC = (HERE / "static", HERE.parents[1] / "kit" / "static")
"""Folders of what the browser gets; the second is every page's: how a button copies has nothing to do with Torana."""
PAGES = Environment(
    loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self' {gateway}; "
    "connect-src 'self' {gateway}; form-action {gateway}; base-uri 'none'; frame-ancestors 'none'"
)


class Outcome(msgspec.Struct, rename="camel"):
    """What the page's promise said. Only what the gateway signed is believed; the rest is for the page."""

    result: str
    summary: str = ""
    broker: str | None = None
    smallcase_auth_token: str | None = None


class Call(msgspec.Struct, rename="camel"):
    """A call of the SDK, as the page tells it."""

    key: Annotated[str, Meta(max_length=100)]
    story: Annotated[str, Meta(max_length=100)]
    title: Annotated[str, Meta(max_length=100)]
    milliseconds: float | None = None
    good: bool | None = None
    note: Annotated[str, Meta(max_length=200)] = ""
    sent: Annotated[str, Meta(max_length=LONGEST_TEXT)] = ""
    got: Annotated[str, Meta(max_length=LONGEST_TEXT)] = ""


CODE = {
    "call": ("Python", source(GatewayClient._call, auth_token)),
    "webhook": ("Python", source(check_webhook)),
    "sdk": ("JavaScript", (HERE / "static" / "sample.js").read_text()),
}
"""The lines that did what a step shows, by `Step.code`."""


@get("/healthz", sync_to_thread=False)
def healthz(state: State) -> Response[str]:
    """Ready when webhooks have somewhere to go."""
    return Response("", status_code=200 if state.shop.signing_secret else 503)


@get("/", media_type="text/html", sync_to_thread=False)
def page(state: State, lantern: CookieKey = None) -> Response[str]:
    shop: Shop = state.shop
    html = PAGES.get_template("page.html").render(
        gateway_url=shop.client.url,
        sandbox_url=shop.sandbox_url,
        baskets=BASKETS.values(),
        scenarios=SCENARIOS.values() if shop.sandbox_url else (),
        code=CODE,
    )
    policy = {"Content-Security-Policy": PAGE_POLICY.replace("{gateway}", shop.client.url)}
    if shop.people.known(lantern):
        return Response(html, headers=policy)
    key, _ = shop.people.arrive()
    return Response(html, headers=policy, cookies=[Cookie(key=COOKIE, value=key, httponly=True, samesite="lax")])


@get("/api/session", sync_to_thread=False)
def session(state: State, lantern: CookieKey = None) -> Session:
    shop: Shop = state.shop
    return shop.session(shop.person(lantern))


@get("/api/connection")
async def connection(state: State, lantern: CookieKey = None) -> Connection:
    """Whether the person's login at their broker lives."""
    shop: Shop = state.shop
    investor_id = shop.investor(lantern)
    try:
        with noting() as steps:
            told = await shop.client.connection(investor_id)
    except GatewayRefused as error:
        raise HTTPException(str(error), status_code=502) from None
    finally:
        shop.person(lantern).note(steps)
    return msgspec.convert(told, Connection)


@post("/api/purchases/{transaction_id:str}/outcome", status_code=200, sync_to_thread=False)
def outcome(transaction_id: str, data: Outcome, state: State, lantern: CookieKey = None) -> Session:
    """Note what the promise said, and remember who the investor is for their next visit."""
    shop: Shop = state.shop
    person = shop.person(lantern)
    known = person.purchases.get(transaction_id)
    if known is None:
        raise HTTPException("no such purchase", status_code=404)
    known.result, known.summary = data.result[:80], data.summary[:200]
    if data.smallcase_auth_token and (investor_id := investor_of(shop.secret, data.smallcase_auth_token)):
        person.investor_id, person.broker = investor_id, data.broker
    person.tell(known)
    return shop.session(person)


class Arrival(msgspec.Struct, rename="camel"):
    """What the module's promise said."""

    smallcase_auth_token: str
    broker: str | None = None


@post("/api/arrival", status_code=200, sync_to_thread=False)
def arrival(data: Arrival, state: State, lantern: CookieKey = None) -> Session:
    """Remember who the investor is, if the gateway signed that."""
    shop: Shop = state.shop
    person = shop.person(lantern)
    if investor_id := investor_of(shop.secret, data.smallcase_auth_token):
        person.investor_id, person.broker = investor_id, data.broker or person.broker
    return shop.session(person)


@post("/api/steps", status_code=204, sync_to_thread=False)
def call_of_sdk(data: Call, state: State, lantern: CookieKey = None) -> None:
    """Note what the page called of the SDK, on the developer's side."""
    known = msgspec.to_builtins(data)
    step = Step(kind="sdk", at=datetime.now(UTC), code="sdk", **known)
    state.shop.person(lantern).note([step])


@post("/api/forget", status_code=200, sync_to_thread=False)
def forget(state: State, lantern: CookieKey = None) -> Session:
    """Be a guest again."""
    shop: Shop = state.shop
    person = shop.person(lantern)
    person.investor_id = person.broker = None
    return shop.session(person)


@get("/api/stream", sync_to_thread=False)
def stream(state: State, lantern: CookieKey = None) -> ServerSentEvent:
    """Purchases and the login at the broker, as they change."""
    person = state.shop.person(lantern)

    async def changes() -> AsyncIterator[ServerSentEventMessage]:
        async for changed in person.listen(every=15):
            if changed is None:
                yield ServerSentEventMessage(comment="still here")
            else:
                event = type(changed).__name__.lower()
                yield ServerSentEventMessage(event=event, data=msgspec.json.encode(changed).decode())

    return ServerSentEvent(changes())


@post("/webhooks/torana", status_code=200)
async def webhook(request: Request[Any, Any, State]) -> dict[str, str]:
    """Answer 200 only to what proves itself; the gateway sends again what is refused."""
    shop: Shop = request.app.state.shop
    body = await request.body()
    try:
        event = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError:
        raise HTTPException("not a JSON object", status_code=400) from None
    began = time.perf_counter()
    checks = check_webhook(
        body, request.headers, event, api_secret=shop.api_secret, signing_secret=shop.signing_secret or ""
    )
    milliseconds = round((time.perf_counter() - began) * 1000, 1)
    transaction_id = str(event.get("transactionId"))
    _note(shop, transaction_id, event, checks, _step_of(request, body, event, checks, milliseconds))
    if not checks.passed:
        raise HTTPException("the webhook does not prove that it is the gateway's", status_code=401)
    if event.get("event") in ("connection.ended", "connection.restored"):
        for person in shop.people.of_investor(str(event.get("smallcaseAuthId"))):
            person.tell(msgspec.convert(event, Connection))
    return {"received": transaction_id}


def _step_of(
    request: Request[Any, Any, State], body: bytes, event: Mapping[str, Any], checks: Checks, milliseconds: float
) -> Step:
    proofs = (("checksum", checks.checksum), ("signature", checks.signature))
    shown = {name: value for name, value in request.headers.items() if name.startswith("webhook-")}
    return Step(
        key=f"webhook-{request.headers.get('webhook-id', '')}-{checks.passed}",
        story="",
        kind="webhook",
        title=f"{event.get('event', '')} {event.get('status') or ''}".strip(),
        at=datetime.now(UTC),
        milliseconds=milliseconds,
        good=checks.passed,
        note=", ".join(f"{name} {'right' if right else 'wrong'}" for name, right in proofs),
        sent=message("POST", request.url.path, shown, body),
        got=pretty(b'{"received": true}') if checks.passed else "401",
        code="webhook",
    )


def _note(shop: Shop, transaction_id: str, event: Mapping[str, Any], checks: Checks, step: Step) -> None:
    """Show the webhook on the purchase that it is about. Only one that proves itself says how the orders stand."""
    person = shop.people.whose(transaction_id)
    if person is None:
        return
    known = person.purchases[transaction_id]
    if checks.passed:
        known.take_orders(event)
    new = Notice(str(event.get("event", "")), str(event.get("status", "")), datetime.now(UTC), checks)
    # The same webhook can come twice: it is one notice.
    if all((seen.event, seen.status, seen.checks) != (new.event, new.status, new.checks) for seen in known.notices):
        known.notices.append(new)
    person.tell(known)
    person.note([step], transaction_id)


ROUTES: list[ControllerRouterHandler] = [
    healthz,
    page,
    session,
    connection,
    *ASKING_ROUTES,
    *PORTFOLIO_ROUTES,
    *SCENARIO_ROUTES,
    outcome,
    arrival,
    call_of_sdk,
    forget,
    stream,
    webhook,
    create_static_files_router("/static", directories=[*STATIC]),
]


def create_app(environ: Mapping[str, str]) -> Litestar:
    """The shop as an ASGI application; `environ` names its addresses and holds its secrets."""
    shop = Shop(environ)

    @asynccontextmanager
    async def open_for_business(_: Litestar) -> AsyncIterator[None]:
        registering = asyncio.create_task(shop.register())
        try:
            yield
        finally:
            registering.cancel()
            await shop.client.close()

    return Litestar(ROUTES, lifespan=[open_for_business], state=State({"shop": shop}), openapi_config=None)
