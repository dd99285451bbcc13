"""A desk in front of the simulated Upstox: a served sandbox whose clock stands still, and an app that calls it."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import msgspec

from tests.support.clock import HandClock
from torana.sandbox.accounts import Account
from torana.sandbox.exchange import Tempo
from torana.sandbox.server import RunningSandbox, running_sandbox

SINGLE = "sandbox-upstox-single"
MULTI = "sandbox-upstox-multi"
GATEWAY = "http://127.0.0.1:9"
CALLBACK = f"{GATEWAY}/portal/callback/upstox"
TCS = "NSE_EQ|INE467B01029"
INFY = "NSE_EQ|INE009A01021"


@dataclass(slots=True)
class Reply:
    """One answer, its JSON decoded (None when it is none)."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def location(self) -> str:
        return self.headers["location"]

    @property
    def code(self) -> str:
        """The code of the first error."""
        code: str = self.json["errors"][0]["error_code"]
        return code


@dataclass(slots=True)
class Desk:
    running: RunningSandbox
    clock: HandClock
    session: aiohttp.ClientSession

    @property
    def api(self) -> str:
        return f"{self.running.url}/upstox/api"

    async def send(self, method: str, path: str, token: str | None = None, **how: Any) -> Reply:
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        headers |= how.pop("headers", {})
        url = path if path.startswith("http") else f"{self.api}{path}"
        async with self.session.request(method, url, headers=headers, allow_redirects=False, **how) as answer:
            return Reply(answer.status, {k.lower(): v for k, v in answer.headers.items()}, await answer.read())

    async def get(self, path: str, token: str | None = None, **query: str) -> Reply:
        return await self.send("GET", path, token, params=query)

    async def dialog(self, user: str, app: str = SINGLE, *, state: str = "s-1", action: str = "login") -> Reply:
        """Fill in the login dialog."""
        query = {"response_type": "code", "client_id": app, "redirect_uri": CALLBACK, "state": state}
        form = {"user_id": user, "pin": "135790", "action": action}
        return await self.send("POST", "/v2/login/authorization/dialog", params=query, data=form)

    async def code(self, user: str, app: str = SINGLE) -> str:
        return dict(parse_qsl(urlsplit((await self.dialog(user, app)).location).query))["code"]

    async def exchange_code(self, code: str, app: str = SINGLE, **changed: str) -> Reply:
        form = {
            "code": code,
            "client_id": app,
            "client_secret": f"{app}-secret",
            "redirect_uri": CALLBACK,
            "grant_type": "authorization_code",
        }
        return await self.send("POST", "/v2/login/authorization/token", data=form | changed)

    async def log_in(self, user: str = "asha", app: str = SINGLE) -> str:
        """An access token of this client."""
        token: str = (await self.exchange_code(await self.code(user, app), app)).json["access_token"]
        return token

    def account(self, user: str = "asha") -> Account:
        account = self.running.exchange.accounts.find("upstox", user)
        assert account is not None
        return account

    async def place(self, token: str, **changed: object) -> Reply:
        return await self.send("POST", "/v3/order/place", token, data=encode(order(**changed)))

    async def placed(self, token: str, **changed: object) -> str:
        """The id of an order that was taken."""
        order_id: str = (await self.place(token, **changed)).json["data"]["order_ids"][0]
        return order_id

    async def details(self, token: str, order_id: str) -> dict[str, Any]:
        data: dict[str, Any] = (await self.get("/v2/order/details", token, order_id=order_id)).json["data"]
        return data

    async def uplink(self, token: str, orders: list[dict[str, object]], **changed: str) -> Reply:
        form = {"access_token": token, "redirect_url": f"{GATEWAY}/returned?v=7", "data": encode(orders).decode()}
        return await self.send("POST", "/v2/uplink/order/place", data=form | changed)

    async def press(self, visit: str, step: str, **form: str) -> Reply:
        """Press a button of an UpLink page; the visit is the address of its page."""
        return await self.send("POST", f"{visit}/{step}", data=form)

    def visit_of(self, reply: Reply) -> str:
        """The address of the visit's page, from the redirect to it."""
        found = re.fullmatch(r"\.\./(\w+)", reply.location)
        assert found is not None
        return f"{self.api}/v2/uplink/{found[1]}"


@asynccontextmanager
async def open_desk(clock: HandClock, *, rate_limits: bool = False) -> AsyncIterator[Desk]:
    async with (
        running_sandbox(clock=clock, gateway_url=GATEWAY, tempo=Tempo(0, 0), rate_limits=rate_limits) as running,
        aiohttp.ClientSession() as session,
    ):
        for app in running.world.apps["upstox"].values():
            app.postback_url = ""
        yield Desk(running, clock, session)


def order(**changed: object) -> dict[str, object]:
    """A market order for seven TCS, as it goes on the wire."""
    return {
        "quantity": 7,
        "product": "D",
        "validity": "DAY",
        "price": 0,
        "tag": "482913370415926",
        "instrument_token": TCS,
        "order_type": "MARKET",
        "transaction_type": "BUY",
        "disclosed_quantity": 0,
        "trigger_price": 0,
        "is_amo": False,
    } | changed


def encode(data: object) -> bytes:
    return msgspec.json.encode(data)
