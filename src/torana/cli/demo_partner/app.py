"""The shop's backend. Secrets stay here; the page gets a short-lived token and a transaction's id."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from litestar import Litestar, Request, Response, get, post
from litestar.datastructures import Cookie, State
from litestar.exceptions import HTTPException
from litestar.params import Parameter
from litestar.response import ServerSentEvent, ServerSentEventMessage
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler

from torana.cli.demo_partner.baskets import BASKETS, Basket
from torana.cli.demo_partner.gateway import GatewayClient, GatewayRefused
from torana.cli.demo_partner.people import Notice, People, Person, Purchase
from torana.cli.demo_partner.proof import auth_token, check_webhook, investor_of

HERE = Path(__file__).parent
COOKIE = "lantern"
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self' {gateway}; "
    "connect-src 'self' {gateway}; form-action {gateway}; base-uri 'none'; frame-ancestors 'none'"
)

CookieKey = Annotated[str | None, Parameter(cookie=COOKIE)]


class Session(msgspec.Struct, rename="camel"):
    """What the page needs to begin."""

    gateway: str
    auth_token: str
    connected: bool
    broker: str | None
    baskets: list[Basket]
    purchases: list[Purchase]


class Choice(msgspec.Struct):
    basket: str


class Outcome(msgspec.Struct, rename="camel"):
    """What the page's promise said. Only what the gateway signed is believed; the rest is for the page."""

    result: str
    summary: str = ""
    broker: str | None = None
    smallcase_auth_token: str | None = None


class Shop:
    """What the routes share."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.url = environ["SHOP_URL"]
        self.gateway_name = environ["TORANA_GATEWAY"]
        self.secret = environ["TORANA_SECRET"]
        self.api_secret = environ["TORANA_API_SECRET"]
        self.client = GatewayClient(environ["TORANA_URL"], self.gateway_name, self.secret, self.api_secret)
        self.people = People()
        self.signing_secret: str | None = None

    def session(self, person: Person) -> Session:
        return Session(
            gateway=self.gateway_name,
            auth_token=auth_token(self.secret, person.investor_id),
            connected=person.investor_id is not None,
            broker=person.broker,
            baskets=list(BASKETS.values()),
            purchases=sorted(person.purchases.values(), key=lambda purchase: purchase.started_at, reverse=True),
        )

    def person(self, key: str | None) -> Person:
        person = self.people.known(key)
        if person is None:
            raise HTTPException("open the page first", status_code=401)
        return person

    async def register(self) -> None:
        """Have webhooks sent here; the gateway may still be starting."""
        while self.signing_secret is None:
            try:
                self.signing_secret = await self.client.register_endpoint(f"{self.url}/webhooks/torana")
            except (GatewayRefused, OSError):
                await asyncio.sleep(0.25)


@get("/healthz", sync_to_thread=False)
def healthz(state: State) -> Response[str]:
    """Ready when webhooks have somewhere to go."""
    return Response("", status_code=200 if state.shop.signing_secret else 503)


@get("/", media_type="text/html", sync_to_thread=False)
def page(state: State, lantern: CookieKey = None) -> Response[str]:
    shop: Shop = state.shop
    html = (HERE / "page.html").read_text().replace("{gateway_url}", shop.client.url)
    policy = {"Content-Security-Policy": PAGE_POLICY.replace("{gateway}", shop.client.url)}
    if shop.people.known(lantern):
        return Response(html, headers=policy)
    key, _ = shop.people.arrive()
    return Response(html, headers=policy, cookies=[Cookie(key=COOKIE, value=key, httponly=True, samesite="lax")])


@get("/api/session", sync_to_thread=False)
def session(state: State, lantern: CookieKey = None) -> Session:
    shop: Shop = state.shop
    return shop.session(shop.person(lantern))


@post("/api/purchases")
async def purchase(data: Choice, state: State, lantern: CookieKey = None) -> Purchase:
    """Create the transaction that the page will trigger."""
    shop: Shop = state.shop
    person = shop.person(lantern)
    basket = BASKETS.get(data.basket)
    if basket is None:
        raise HTTPException("no such basket", status_code=404)
    try:
        transaction_id = await shop.client.create_transaction(basket, person.investor_id)
    except GatewayRefused as error:
        raise HTTPException(str(error), status_code=502) from None
    return shop.people.begin(person, transaction_id, basket.name)


@post("/api/funds")
async def funds(state: State, lantern: CookieKey = None) -> Purchase:
    """Create the transaction that asks for the funds of the person's broker account."""
    return await _ask(state.shop, lantern, {"intent": "FETCH_FUNDS"}, "Your funds")


@post("/api/holdings")
async def holdings(state: State, lantern: CookieKey = None) -> Purchase:
    """Create the transaction that asks to see what the person holds."""
    return await _ask(state.shop, lantern, {"intent": "HOLDINGS_IMPORT", "version": "v2"}, "Your holdings")


@post("/api/authorisation")
async def authorisation(state: State, lantern: CookieKey = None) -> Purchase:
    """Create the transaction that has the person's shares released at the depository."""
    return await _ask(state.shop, lantern, {"intent": "AUTHORISE_HOLDINGS"}, "Your shares")


async def _ask(shop: Shop, lantern: str | None, body: Mapping[str, object], name: str) -> Purchase:
    """A transaction about the account of a person who has connected it."""
    person = shop.person(lantern)
    if person.investor_id is None:
        raise HTTPException("connect first: buy a basket", status_code=409)
    try:
        transaction_id = await shop.client.create(body, person.investor_id)
    except GatewayRefused as error:
        raise HTTPException(str(error), status_code=502) from None
    return shop.people.begin(person, transaction_id, name)


@post("/api/mutual-funds")
async def mutual_funds(state: State, lantern: CookieKey = None) -> Purchase:
    """Create the transaction that asks for the mutual funds of whoever is there."""
    shop: Shop = state.shop
    person = shop.person(lantern)
    asked = {"intent": "MF_HOLDINGS_IMPORT", "responseConfig": {"casSummary": True}}
    try:
        transaction_id = await shop.client.create(asked, person.investor_id)
    except GatewayRefused as error:
        raise HTTPException(str(error), status_code=502) from None
    return shop.people.begin(person, transaction_id, "Your mutual funds")


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


@post("/api/forget", status_code=200, sync_to_thread=False)
def forget(state: State, lantern: CookieKey = None) -> Session:
    """Be a guest again."""
    shop: Shop = state.shop
    person = shop.person(lantern)
    person.investor_id = person.broker = None
    return shop.session(person)


@get("/api/stream", sync_to_thread=False)
def stream(state: State, lantern: CookieKey = None) -> ServerSentEvent:
    """Purchases as they change."""
    person = state.shop.person(lantern)

    async def changes() -> AsyncIterator[ServerSentEventMessage]:
        async for changed in person.listen(every=15):
            if changed is None:
                yield ServerSentEventMessage(comment="still here")
            else:
                yield ServerSentEventMessage(event="purchase", data=msgspec.json.encode(changed).decode())

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
    checks = check_webhook(
        body, request.headers, event, api_secret=shop.api_secret, signing_secret=shop.signing_secret or ""
    )
    transaction_id = str(event.get("transactionId"))
    person = shop.people.whose(transaction_id)
    if person is not None:
        known = person.purchases[transaction_id]
        new = Notice(str(event.get("event", "")), str(event.get("status", "")), datetime.now(UTC), checks)
        # The same webhook can come twice: it is one notice.
        if all((seen.event, seen.status, seen.checks) != (new.event, new.status, new.checks) for seen in known.notices):
            known.notices.append(new)
            person.tell(known)
    if not checks.passed:
        raise HTTPException("the webhook does not prove that it is the gateway's", status_code=401)
    return {"received": transaction_id}


ROUTES: list[ControllerRouterHandler] = [
    healthz,
    page,
    session,
    purchase,
    funds,
    mutual_funds,
    holdings,
    authorisation,
    outcome,
    forget,
    stream,
    webhook,
    create_static_files_router("/static", directories=[HERE / "static"]),
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
