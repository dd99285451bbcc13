"""Whole single-order transactions through real processes: what they cost, and how fast each step follows the last."""

import asyncio
import re
import secrets
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urljoin

import aiohttp
import msgspec
from aiohttp import web
from yarl import URL

from tests.bench.installation import ORIGIN, Installation
from tests.bench.meters import Meter, ServerMeter, postmaster
from tests.support.brokers import ANY_BROKER
from tests.support.browser import Page, go
from tests.support.browser import log_in as log_in_at_broker
from torana.connectors.contract import Callback, Login, Redirect
from torana.investors.accounts import recognise
from torana.partners.tokens import issue_token
from torana.portal.admission.browser_auth import browser_cookie, browser_secret, hashed

INVESTORS = 24
"""So many that nobody sends more orders than their broker takes in a second: that wait is not ours to measure."""
ROUNDS = 6
WARM_UP = 2
REFUSED = "back in a few seconds"
"""Stands on the page of an installation that begins nothing new for the moment."""
_PLACE = re.compile(rb"POST /%s/api/orders/" % ANY_BROKER.encode())


@dataclass
class Figures:
    """CPU seconds of gateway and worker per transaction; seconds of delay, one value a transaction or a webhook."""

    cpu_of_trade: float = 0.0
    """Create, confirm, place, fill, webhooks; `INVESTORS` at a time."""
    cpu_of_pages: float = 0.0
    """What the investor and the partner's page see of it: opening, review, watching."""
    cpu_of_database: float = 0.0
    """CPU seconds of PostgreSQL for both."""
    to_broker: list[float] = field(default_factory=list)
    to_webhook: list[float] = field(default_factory=list)


class Tap:
    """Notes when an order's first byte passes on its way to the sandbox."""

    def __init__(self) -> None:
        self.orders: list[float] = []

    def __call__(self, data: bytes) -> None:
        if _PLACE.match(data):
            self.orders.append(time.time())


class Refused(Exception):
    """The installation begins nothing new for the moment."""


class Receiver:
    """Takes the partner's webhooks and, while measuring, notes their delay."""

    def __init__(self, figures: Figures | None = None) -> None:
        self._figures = figures or Figures()
        self.measuring = False
        self.arrived: dict[str, float] = {}
        """When the webhook came that tells of the end of a transaction."""
        self._completed: dict[str, asyncio.Event] = {}

    def completed(self, transaction_id: str) -> asyncio.Event:
        """Set when the webhook came that tells of the end."""
        return self._completed.setdefault(transaction_id, asyncio.Event())

    async def take(self, request: web.Request) -> web.Response:
        arrived = time.time()
        told = msgspec.json.decode(await request.read())
        if self.measuring:
            self._figures.to_webhook.append(arrived - int(told["timestamp"]) / 1000)
        if told["event"] == "batch.completed":
            self.arrived[told["transactionId"]] = arrived
            self.completed(told["transactionId"]).set()
        return web.Response(text="ok")

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        application = web.Application()
        application.router.add_post("/", self.take)
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
        finally:
            await runner.cleanup()


@dataclass(frozen=True)
class Investor:
    """Who is logged in, and the secret of the browser that logged in."""

    investor_id: str
    browser: str


@dataclass
class Purchase:
    """One transaction of one connected investor, step by step; `http` is the partner's backend, page and browser."""

    place: Installation
    http: aiohttp.ClientSession
    investor: Investor
    lines: Sequence[Mapping[str, object]] = ({"ticker": "TCS", "quantity": 1, "type": "BUY"},)
    config: Mapping[str, object] | None = None
    """What is created in the place of these lines."""
    known: dict[str, str] = field(default_factory=dict)
    confirm_url: str = ""
    form: list[tuple[str, str]] = field(default_factory=list)
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def transaction_id(self) -> str:
        return self.known["transactionId"]

    async def create(self) -> None:
        place = self.place
        token = issue_token(place.gateway, self.investor.investor_id, place.services.clock.now())
        headers = {"x-gateway-secret": place.gateway.api_secret, "x-gateway-authtoken": token}
        config = self.config or {"type": "SECURITIES", "securities": self.lines}
        body = {"intent": "TRANSACTION", "orderConfig": config}
        address = f"{place.services.settings.public_url}/gateway/{place.gateway.name}/transaction"
        async with self.http.post(address, json=body, headers=headers) as answer:
            told = await answer.json()
            if answer.status == 503:
                raise Refused
            if answer.status != 200:
                raise RuntimeError(str(told))
        self.known = {
            "gateway": place.gateway.name,
            "authToken": token,
            "transactionId": told["data"]["transactionId"],
            "flow": secrets.token_hex(16),
        }

    async def review(self) -> None:
        """The pop-up opens and shows the review."""
        url = self.place.services.settings.public_url
        fields = [*self.known.items(), ("amo", "false"), ("origin", ORIGIN)]
        jar = aiohttp.CookieJar(unsafe=True)
        jar.update_cookies({browser_cookie(self.place.gateway.name, https=False): self.investor.browser}, URL(url))
        async with aiohttp.ClientSession(cookie_jar=jar, headers={"origin": ORIGIN}) as partners_page:
            page = await go(partners_page, f"{url}/portal/open", method="POST", fields=fields)
        async with aiohttp.ClientSession(cookie_jar=jar) as browser:
            while True:
                assert isinstance(page, Page), page
                if REFUSED in page.text:
                    raise Refused
                if (form := page.form("/confirm")) is None:
                    assert page.main_link is not None, page.text
                    page = await go(browser, urljoin(page.url, page.main_link))
                elif "amount" in dict(form.fields):  # the page before the review, with the amount of the create
                    fields = form.filled({}, form.main_button)
                    page = await go(browser, urljoin(page.url, form.action), method="POST", fields=fields)
                    assert isinstance(page, Page), page
                    assert "aria-invalid" not in page.text, page.text
                else:
                    break
        self.form = form.filled({}, form.main_button)
        self.confirm_url = f"{url}{form.action}"
        self.cookies = {cookie.key: cookie.value for cookie in jar}

    async def confirm(self) -> float:
        """Returns when the confirmation was sent."""
        sent_at = time.time()
        async with self.http.post(
            self.confirm_url, data=self.form, cookies=self.cookies, allow_redirects=False
        ) as answer:
            if answer.status != 303:
                raise RuntimeError(await answer.text())
        return sent_at

    async def watch(self) -> None:
        """As the partner's page does, until it is told the result."""
        url = f"{self.place.services.settings.public_url}/portal/sdk/watch"
        version = 0
        while True:
            body = {**self.known, "since": version}
            async with self.http.post(url, json=body, headers={"origin": ORIGIN}) as answer:
                told = (await answer.json())["data"]
            version = told["version"]
            if told["error"]:
                raise RuntimeError(str(told["error"]))
            if told["settled"]:
                return


async def measure(place: Installation, tap: Tap) -> Figures:
    """Connected investors, each logged in at their broker: first one at a time, then all at once."""
    figures = Figures()
    receiver = Receiver(figures)
    async with receiver.serving() as webhook_url, aiohttp.ClientSession() as http:
        await endpoint(place, http, webhook_url)
        investors = [await log_in(place, f"asha-{number}") for number in range(INVESTORS)]
        for _ in range(WARM_UP):
            await _together(place, http, receiver, investors, Meter(place), Meter(place))
        receiver.measuring = True
        for _ in range(ROUNDS):
            for investor in investors:
                figures.to_broker.append(await _alone(place, http, receiver, investor, tap))
        receiver.measuring = False
        trade, pages = Meter(place), Meter(place)
        server = ServerMeter(await postmaster(place.services.database.url))
        for _ in range(ROUNDS):
            with server:
                await _together(place, http, receiver, investors, trade, pages)
    figures.cpu_of_trade = trade.seconds / (ROUNDS * INVESTORS)
    figures.cpu_of_pages = pages.seconds / (ROUNDS * INVESTORS)
    figures.cpu_of_database = server.seconds / (ROUNDS * INVESTORS)
    return figures


async def _alone(
    place: Installation, http: aiohttp.ClientSession, receiver: Receiver, investor: Investor, tap: Tap
) -> float:
    """Seconds from the confirmation to the first byte of the order at the broker, nothing else going on."""
    purchase = Purchase(place, http, investor)
    await purchase.create()
    await purchase.review()
    tap.orders.clear()
    sent_at = await purchase.confirm()
    await receiver.completed(purchase.transaction_id).wait()
    return tap.orders[0] - sent_at


async def _together(
    place: Installation,
    http: aiohttp.ClientSession,
    receiver: Receiver,
    investors: Sequence[Investor],
    trade: Meter,
    pages: Meter,
) -> None:
    """One transaction of every investor, each step by all of them at once."""
    purchases = [Purchase(place, http, investor) for investor in investors]
    with trade:
        await asyncio.gather(*(purchase.create() for purchase in purchases))
    with pages:
        await asyncio.gather(*(purchase.review() for purchase in purchases))
    with trade:
        await asyncio.gather(*(purchase.confirm() for purchase in purchases))
        await asyncio.gather(*(receiver.completed(purchase.transaction_id).wait() for purchase in purchases))
        await asyncio.sleep(0.2)
    with pages:
        await asyncio.gather(*(purchase.watch() for purchase in purchases))


async def endpoint(place: Installation, http: aiohttp.ClientSession, url: str) -> None:
    headers = {"x-gateway-secret": place.gateway.api_secret}
    address = f"{place.services.settings.public_url}/v1/{place.gateway.name}/webhooks/endpoints"
    async with http.post(address, json={"url": url}, headers=headers) as answer:
        if answer.status != 200:
            raise RuntimeError(await answer.text())


async def log_in(place: Installation, user: str) -> Investor:
    """An investor logs in at the simulated broker, so that this browser has a session."""
    connector = place.services.connectors.get("test", ANY_BROKER)
    now = datetime.now(UTC)
    start = await connector.login.begin("bench", f"{place.services.settings.public_url}/portal/callback/{ANY_BROKER}")
    assert isinstance(start.go, Redirect)
    async with aiohttp.ClientSession() as browser:
        callback = await log_in_at_broker(browser, start.go.url, user)
    return await keep(place, ANY_BROKER, await connector.login.finish(Callback(callback), start.kept, now))


async def keep(place: Installation, broker: str, login: Login) -> Investor:
    """An investor with this login, which a browser made that is known again."""
    secret, now = browser_secret(""), datetime.now(UTC)
    async with place.services.database.transaction() as connection:
        gateway_id = place.gateway.gateway_id
        investor_id = await recognise(
            connection, gateway_id=gateway_id, broker=broker, broker_user_id=login.broker_user_id, now=now
        )
        await place.services.sessions.keep(
            connection,
            gateway_id=gateway_id,
            investor_id=investor_id,
            broker=broker,
            login=login,
            now=now,
            browser_hash=hashed(secret),
        )
    return Investor(investor_id, secret)
