"""A gateway, the simulated brokers and a worker in this process, over real HTTP and a real database; a partner's page;
an investor's browser without script."""

import asyncio
import re
import secrets
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
import msgspec
import uvicorn
from litestar import Litestar
from yarl import URL

from tests.support.browser import Left, leave
from tests.support.clock import ClockFile
from tests.support.gateway import GUIDE
from tests.support.patience import PATIENCE
from tests.support.proxy import Proxy, proxy_before
from tests.support.sandbox import Control
from tests.support.worker import working
from torana.api.refusals import error_handlers
from torana.api.request_ids import RequestIds
from torana.app import api_services
from torana.cli.web_page import Form, Page
from torana.flows.registry import FLOWS
from torana.flows.visits import Visit
from torana.kit.background import in_background
from torana.kit.clock import IST, ShiftedClock
from torana.kit.outbound import BrokerClient
from torana.kit.overload import Overload
from torana.kit.public_client import PublicClient
from torana.leads.routes import leads_router
from torana.market.hours import SandboxTime
from torana.partners.access import Access
from torana.partners.models import Gateway, Mode
from torana.partners.tokens import issue_token
from torana.portal.routes import portal_router
from torana.portal.store import of_transaction
from torana.sandbox.server import running_sandbox
from torana.services import Services, build_services, flow_services, opened
from torana.settings import Settings
from torana.transactions.create import create
from torana.transactions.models import Transaction
from torana.transactions.schemas import read_create
from torana.transactions.store import find as find_transaction

ORIGIN = "https://app.acme.test"
SITE = "http://app.acme.test"
"""The same partner without TLS, for a browser that is to go on to plain addresses."""


@dataclass
class Answer:
    """What a browser got: the address, the status, headers, the text and what stands in it."""

    url: str
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def page(self) -> Page:
        return Page(self.text)

    @property
    def heading(self) -> str:
        found = re.search(r"<h1[^>]*>(.*?)</h1>", self.text, re.S)
        return found.group(1).strip() if found else ""

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def form(self, action_end: str) -> Form:
        """The last form of that action: the one in the page comes after the one in its head."""
        forms = [form for form in self.page.forms if form.action.endswith(action_end)]
        assert forms, f"no form {action_end} on “{self.heading}”"
        return forms[-1]

    @property
    def leaving(self) -> Form:
        """The form that takes the browser to the broker's own page."""
        (form,) = (form for form in self.page.forms if form.action.startswith("http"))
        return form

    @property
    def words(self) -> str:
        """The text without its markup."""
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self.text.replace("&#39;", "'")))


@dataclass
class Browser:
    """An investor's browser without script: cookies and forms."""

    http: aiohttp.ClientSession
    base: str

    async def get(self, url: str, *, follow: bool = True) -> Answer:
        return await self._send("GET", url, follow=follow)

    async def post(
        self, url: str, fields: Mapping[str, str], *, origin: str | None = None, follow: bool = True
    ) -> Answer:
        headers = {} if origin is None else {"origin": origin}
        return await self._send("POST", url, follow=follow, data=fields, headers=headers)

    async def submit(self, answer: Answer, action_end: str, follow: bool = True, **typed: str) -> Answer:
        form = answer.form(action_end)
        fields = dict(form.fields) | {name.replace("_", "-"): value for name, value in typed.items()}
        return await self.post(urljoin(answer.url, form.action), fields, origin=self.base, follow=follow)

    async def load(self, answer: Answer) -> Answer:
        """What a skeleton loads by script."""
        assert answer.page.main_link is not None, answer.heading
        return await self.get(urljoin(answer.url, answer.page.main_link))

    async def press(self, at_broker: Answer, action_end: str, **pressed: str) -> Answer:
        """A button on a simulated broker's page."""
        form = at_broker.form(action_end)
        return await self.post(urljoin(at_broker.url, form.action), dict(form.fields) | pressed)

    async def log_in(self, hand_over: Answer, user: str) -> Answer:
        """To the broker's page, log in there, and back."""
        left = await self._leave(hand_over, user)
        back = self._on_our_side(left)
        return await self.post(back, left.form) if left.form else await self.get(back)

    async def callback(self, hand_over: Answer, user: str) -> str:
        """The address, on our side, to which the broker sends the browser."""
        return self._on_our_side(await self._leave(hand_over, user))

    async def _leave(self, hand_over: Answer, user: str) -> Left:
        assert hand_over.page.main_link is not None, hand_over.heading
        return await leave(self.http, hand_over.page.main_link, user)

    def _on_our_side(self, left: Left) -> str:
        return str(URL(self.base).join(URL(left.url).relative()))

    async def _send(self, method: str, url: str, *, follow: bool, **more: Any) -> Answer:
        async with self.http.request(method, urljoin(self.base, url), allow_redirects=follow, **more) as answer:
            return Answer(str(answer.url), answer.status, answer.headers, await answer.text())


@dataclass
class Flow:
    """One triggerTransaction of the partner's page: what the SDK knows."""

    transaction_id: str
    token: str
    flow: str = field(default_factory=lambda: secrets.token_hex(16))


@dataclass
class Installation:
    services: Services
    gateway: Gateway
    url: str
    sandbox_url: str
    http: aiohttp.ClientSession
    clock: ClockFile
    proxy: Proxy

    # the partner's backend

    async def create(self, *lines: dict[str, Any], investor_id: str | None = None) -> Flow:
        """A transaction; without lines it is a CONNECT."""
        body: dict[str, Any] = {"intent": "CONNECT"}
        if lines:
            body = {"intent": "TRANSACTION", "orderConfig": {"type": "SECURITIES", "securities": list(lines)}}
        return await self.ask_for(body, investor_id)

    async def ask_for(self, body: Mapping[str, Any], investor_id: str | None = None) -> Flow:
        """A transaction of this body."""
        wanted = read_create(FLOWS, msgspec.json.encode(body))
        now = self.services.clock.now()
        access, cipher = Access(self.gateway, investor_id), self.services.cipher
        made = await create(self.services.database, FLOWS, access, wanted, now, None, cipher=cipher)
        return Flow(made.transaction_id, issue_token(self.gateway, investor_id, now))

    async def transaction(self, flow: Flow) -> Transaction:
        found = await find_transaction(self.services.database, self.gateway.gateway_id, flow.transaction_id)
        assert found is not None
        return found

    async def visit(self, flow: Flow) -> Visit:
        found = await of_transaction(self.services.database, self.gateway.gateway_id, flow.transaction_id)
        assert found is not None
        visit, _ = found
        assert visit is not None
        return visit

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    # the partner's page

    def fields(self, flow: Flow, /, **more: str) -> dict[str, str]:
        return {
            "gateway": self.gateway.name,
            "authToken": flow.token,
            "transactionId": flow.transaction_id,
            "flow": flow.flow,
            "brokers": "",
            "amo": "false",
            "returnUrl": "",
            "origin": ORIGIN,
        } | more

    async def open(self, browser: Browser, flow: Flow, /, **more: str) -> Answer:
        return await browser.post("/portal/open", self.fields(flow, **more), origin=ORIGIN)

    async def ask(self, call: str, flow: Flow, /, *, origin: str | None = ORIGIN, **more: Any) -> tuple[int, Any]:
        """A call of the SDK; its data, or the whole body when it was refused."""
        body = {
            "gateway": self.gateway.name,
            "authToken": flow.token,
            "transactionId": flow.transaction_id,
            "flow": flow.flow,
        } | more
        headers = {"content-type": "text/plain;charset=UTF-8"} | ({} if origin is None else {"origin": origin})
        async with self.http.post(
            f"{self.url}/portal/sdk/{call}", data=msgspec.json.encode(body), headers=headers
        ) as answer:
            told = msgspec.json.decode(await answer.read())
            return answer.status, told["data"] if answer.status == 200 else told

    async def settled(self, flow: Flow, *, seconds: float = PATIENCE) -> dict[str, Any]:
        """Watch, as the SDK does, until the promise settles."""
        version = 0
        async with asyncio.timeout(seconds):
            while True:
                status, state = await self.ask("watch", flow, since=version)
                assert status == 200, state
                version = state["version"]
                if state["settled"]:
                    return dict(state)

    async def until_attention_ends(self, flow: Flow, *, seconds: float = PATIENCE) -> None:
        """Wait until no order of the transaction needs a person."""
        waiting = "select count(*) from orders join batches using (gateway_id, batch_id) "
        where = "where transaction_id = $1 and attention is not null"
        async with asyncio.timeout(seconds):
            while await self.services.database.value(waiting + where, flow.transaction_id):
                await asyncio.sleep(0.1)

    # the sandbox

    async def tell(self, method: str, path: str, body: object = None) -> Any:
        return await Control(self.http, self.sandbox_url).tell(method, path, body)

    async def orders_at_broker(self) -> list[dict[str, Any]]:
        return await Control(self.http, self.sandbox_url).orders()

    async def market(self, now: str) -> None:
        """Set the exchange's clock, for instance `2026-11-18T20:00:00+05:30`."""
        await self.tell("POST", "/sandbox/clock", {"now": now})

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[Browser]:
        jar = aiohttp.CookieJar(unsafe=True)
        connector = aiohttp.TCPConnector(keepalive_timeout=1)  # less than the server's: it hangs up on whoever is slow
        async with aiohttp.ClientSession(cookie_jar=jar, connector=connector) as http:
            yield Browser(http, self.url)

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[None]:
        async with working(self.services):
            yield


@asynccontextmanager
async def installed(
    database_url: str,
    home: Path,
    *,
    branding: Mapping[str, str] | None = None,
    **settings: Any,
) -> AsyncIterator[Installation]:
    """With these `Settings`. One broker by server API and another by basket, but for `test_modes`; the market is open.
    It has a proxy."""
    listener = socket.create_server(("127.0.0.1", 0))
    async with (
        proxy_before(("127.0.0.1", listener.getsockname()[1])) as proxy,
        _installed_behind(proxy, listener, database_url, home, branding, settings) as installation,
    ):
        yield installation


@asynccontextmanager
async def _installed_behind(
    proxy: Proxy,
    listener: socket.socket,
    database_url: str,
    home: Path,
    branding: Mapping[str, str] | None,
    different: Mapping[str, Any],
) -> AsyncIterator[Installation]:
    url = proxy.url
    clock = ClockFile(home / "clock", ahead=_until_morning(datetime.now(UTC)))
    async with (
        running_sandbox(clock=ShiftedClock(clock.path), gateway_url=url, trading_hours=True) as sandbox,
        aiohttp.ClientSession() as http,
    ):
        settings = Settings(
            home=home,
            database_url=database_url,
            public_url=url,
            sandbox_url=sandbox.url,
            clock_file=clock.path,
            **different,
        )
        async with opened(build_services(settings)) as built, _exchange_time(built) as services:
            gateway = await services.gateways.create(
                name=f"acme-{secrets.token_hex(4)}",
                display_name="Acme Invest",
                mode=Mode.TEST,
                allowed_origins=[ORIGIN, "https://*.acme.test", SITE],
                branding=branding,
            )
            async with in_background() as background, _served(_application(services), listener):
                background.start("live updates", services.stream.run)
                yield Installation(services, gateway, url, sandbox.url, http, clock, proxy)


def _until_morning(now: datetime) -> float:
    """Seconds until seven o'clock: the brokers' logins end at six, and a test that lets an hour go by means no end."""
    morning = now.astimezone(IST).replace(hour=7, minute=0, second=0, microsecond=0)
    return ((morning if morning > now else morning + timedelta(days=1)) - now).total_seconds()


@asynccontextmanager
async def _exchange_time(services: Services) -> AsyncIterator[Services]:
    """The services with a look at the exchange's clock that is closed in the end."""
    client = BrokerClient("sandbox", [services.settings.sandbox_url])
    time = SandboxTime(client, services.settings.sandbox_url, services.clock, fresh_seconds=0.0)
    try:
        yield replace(services, market_times={**services.market_times, Mode.TEST: time})
    finally:
        await client.close()


def _application(services: Services) -> Any:
    overload = Overload()
    api = api_services(services, overload, PublicClient(()))
    app = Litestar(
        [
            portal_router(flow_services(services, overload), services.settings.page_creates_per_minute),
            leads_router(api),
        ],
        exception_handlers=dict(error_handlers(GUIDE)),
        openapi_config=None,
        logging_config=None,
    )
    return RequestIds(app)


@asynccontextmanager
async def _served(app: Any, listener: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]  # it is one of several here
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            await asyncio.sleep(0.005)
        yield
    finally:
        server.should_exit = True
        await serving
