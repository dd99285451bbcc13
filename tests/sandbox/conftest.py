"""A running sandbox in trading hours on a hand-moved clock, and a browser and a client for its simulated brokers."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from tests.support.clock import HandClock
from torana.sandbox.accounts import Account
from torana.sandbox.exchange import Tempo
from torana.sandbox.server import RunningSandbox, running_sandbox

KITE_KEY = "sandboxkite"
KITE_SECRET = "sandboxkite_secret"


@pytest.fixture
async def sandbox(clock: HandClock) -> AsyncIterator[RunningSandbox]:
    """Wednesday 10:30 at the exchange; orders are filled without delay."""
    async with running_sandbox(clock=clock, tempo=Tempo(0, 0), gateway_url="http://127.0.0.1:1") as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A browser or a client that follows nothing by itself and keeps no cookies."""
    timeout = aiohttp.ClientTimeout(total=10)
    async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


@dataclass
class Got:
    """One answer. `json` is None when the body is not JSON, whatever it says of itself."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    json: Any = None


@dataclass
class KiteClient:
    """Speaks Kite Connect to a simulated Zerodha, as one client of it."""

    sandbox: RunningSandbox
    http: aiohttp.ClientSession
    token: str
    user_id: str
    patience: float = 10.0
    """Seconds after which an order without an answer is given up."""

    async def call(self, method: str, path: str, **how: Any) -> Got:
        headers = {"X-Kite-Version": "3", "Authorization": f"token {KITE_KEY}:{self.token}"} | how.pop("headers", {})
        return await fetch(self.http, method, f"{self.sandbox.url}/kite/api{path}", headers=headers, **how)

    async def place(self, quantity: int | str = 5, **changes: str) -> Got:
        """Buy so many ITC at the market, with the changes given (an empty text leaves a parameter out).

        Raises `TimeoutError` when no answer comes within the client's patience.
        """
        form = {
            "tradingsymbol": "ITC",
            "exchange": "NSE",
            "transaction_type": "BUY",
            "order_type": "MARKET",
            "quantity": str(quantity),
            "product": "CNC",
            "market_protection": "-1",
            "tag": "100000000000001",
        } | changes
        variety = form.pop("variety", "regular")
        given = {name: value for name, value in form.items() if value}
        timeout = aiohttp.ClientTimeout(total=self.patience)
        return await self.call("POST", f"/orders/{variety}", data=given, timeout=timeout)

    async def book(self) -> list[dict[str, Any]]:
        got = await self.call("GET", "/orders")
        assert got.status == 200
        rows: list[dict[str, Any]] = got.json["data"]
        return rows

    @property
    def account(self) -> Account:
        account = self.sandbox.exchange.accounts.find("kite", self.user_id)
        assert account is not None
        return account


async def fetch(http: aiohttp.ClientSession, method: str, url: str, **how: Any) -> Got:
    async with http.request(method, url, allow_redirects=False, **how) as answer:
        body = await answer.read()
    try:
        data = json.loads(body) if "json" in answer.headers.get("content-type", "") else None
    except ValueError:
        data = None
    return Got(answer.status, answer.headers, body, data)


async def kite_redirect(
    sandbox: RunningSandbox, http: aiohttp.ClientSession, user_name: str, *, redirect_params: str = ""
) -> dict[str, str]:
    """Log in on the page; the query with which the browser comes back to the app."""
    got = await fetch(
        http,
        "POST",
        f"{sandbox.url}/kite/web/connect/login",
        params={"v": "3", "api_key": KITE_KEY, "redirect_params": redirect_params},
        data={"user_id": user_name, "password": "any", "totp": "123456"},
    )
    assert got.status == 302, got.body
    return {name: values[0] for name, values in parse_qs(urlsplit(got.headers["location"]).query).items()}


async def kite_token(sandbox: RunningSandbox, http: aiohttp.ClientSession, request_token: str, **changes: str) -> Got:
    """Exchange a request token."""
    proof = f"{KITE_KEY}{request_token}{KITE_SECRET}"
    form = {"api_key": KITE_KEY, "request_token": request_token, "checksum": sha256(proof.encode()).hexdigest()}
    url = f"{sandbox.url}/kite/api/session/token"
    return await fetch(http, "POST", url, data=form | changes, headers={"X-Kite-Version": "3"})


LogIn = Callable[[str], Awaitable[KiteClient]]


@pytest.fixture
async def log_in(sandbox: RunningSandbox, http: aiohttp.ClientSession) -> LogIn:
    """Make a client of a simulated Zerodha account by its user name."""

    async def finish(user_name: str) -> KiteClient:
        back = await kite_redirect(sandbox, http, user_name)
        got = await kite_token(sandbox, http, back["request_token"])
        assert got.status == 200, got.body
        return KiteClient(sandbox, http, got.json["data"]["access_token"], got.json["data"]["user_id"])

    return finish


@pytest.fixture
async def kite(log_in: LogIn) -> KiteClient:
    """An ordinary client, logged in."""
    return await log_in("asha")


async def until(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait until something holds; fail after so many seconds."""
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.005)
