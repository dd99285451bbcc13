"""Whole single-order transactions through real processes: what they cost, and how fast each step follows the last."""

import asyncio
import re
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urljoin

import aiohttp
import msgspec
import psutil
from aiohttp import web

from tests.bench.installation import ORIGIN, Installation
from tests.faults.browserless import go, log_in
from torana.cli.pages import Page
from torana.partners.tokens import issue_token

TRANSACTIONS = 60
WARM_UP = 5
_PLACE = re.compile(rb"POST /kite/api/orders/")


@dataclass
class Figures:
    """CPU seconds of gateway and worker per transaction; seconds of delay, one value a transaction or a webhook."""

    cpu: float = 0.0
    to_broker: list[float] = field(default_factory=list)
    to_webhook: list[float] = field(default_factory=list)


class Tap:
    """Notes when an order's first byte passes on its way to the sandbox."""

    def __init__(self) -> None:
        self.orders: list[float] = []

    def __call__(self, data: bytes) -> None:
        if _PLACE.match(data):
            self.orders.append(time.time())


async def measure(place: Installation, tap: Tap) -> Figures:
    """`TRANSACTIONS` one after the other, by a connected investor who is logged in at his broker."""
    figures = Figures()
    async with _receiver(figures) as webhook_url, aiohttp.ClientSession() as partner:
        await _endpoint(place, partner, webhook_url)
        connected = await _first(place, partner)
        for _ in range(WARM_UP):
            await _buy(place, partner, connected)
        figures.to_webhook.clear()
        before = _cpu(place)
        for _ in range(TRANSACTIONS):
            tap.orders.clear()
            confirmed_at = await _buy(place, partner, connected)
            figures.to_broker.append(tap.orders[0] - confirmed_at)
        await asyncio.sleep(0.5)
        figures.cpu = (_cpu(place) - before) / TRANSACTIONS
    return figures


def _cpu(place: Installation) -> float:
    times = [psutil.Process(process.pid).cpu_times() for process in (place.serve, place.worker)]
    return float(sum(each.user + each.system for each in times))


@asynccontextmanager
async def _receiver(figures: Figures) -> AsyncIterator[str]:
    async def take(request: web.Request) -> web.Response:
        arrived = time.time()
        told = msgspec.json.decode(await request.read())
        figures.to_webhook.append(arrived - int(told["timestamp"]) / 1000)
        return web.Response(text="ok")

    application = web.Application()
    application.router.add_post("/", take)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        await runner.cleanup()


async def _endpoint(place: Installation, http: aiohttp.ClientSession, url: str) -> None:
    headers = {"x-gateway-secret": place.gateway.api_secret}
    address = f"{place.house.settings.public_url}/v1/{place.gateway.name}/webhooks/endpoints"
    async with http.post(address, json={"url": url}, headers=headers) as answer:
        if answer.status != 200:
            raise RuntimeError(await answer.text())


async def _create(place: Installation, http: aiohttp.ClientSession, token: str) -> str:
    headers = {"x-gateway-secret": place.gateway.api_secret, "x-gateway-authtoken": token}
    body = {
        "intent": "TRANSACTION",
        "orderConfig": {"type": "SECURITIES", "securities": [{"ticker": "TCS", "quantity": 1, "type": "BUY"}]},
    }
    address = f"{place.house.settings.public_url}/gateway/{place.gateway.name}/transaction"
    async with http.post(address, json=body, headers=headers) as answer:
        told = await answer.json()
        if answer.status != 200:
            raise RuntimeError(str(told))
        return str(told["data"]["transactionId"])


async def _first(place: Installation, partner: aiohttp.ClientSession) -> str:
    """A guest logs in once, so that there is a broker session; returns his id."""
    connector = place.house.connectors.get("test", "kite")
    async with aiohttp.ClientSession() as browser:
        callback = await log_in(browser, connector.login("bench").url, "asha")
    login = await connector.finish_login(callback, datetime.now(UTC))
    from torana.investors.accounts import recognise

    async with place.house.database.transaction() as connection:
        investor_id = await recognise(
            connection,
            gateway_id=place.gateway.gateway_id,
            broker="kite",
            broker_user_id=login.broker_user_id,
            now=datetime.now(UTC),
        )
        await place.house.sessions.keep(
            connection,
            gateway_id=place.gateway.gateway_id,
            investor_id=investor_id,
            broker="kite",
            login=login,
            now=datetime.now(UTC),
        )
    return investor_id


async def _buy(place: Installation, partner: aiohttp.ClientSession, investor_id: str) -> float:
    """Create, open, confirm, and wait for the result as the SDK does. Returns when the confirmation was sent."""
    url = place.house.settings.public_url
    token = issue_token(place.gateway, investor_id, place.house.clock.now())
    transaction_id = await _create(place, partner, token)
    known = {
        "gateway": place.gateway.name,
        "authToken": token,
        "transactionId": transaction_id,
        "flow": secrets.token_hex(16),
    }
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), headers={"origin": ORIGIN}) as browser:
        page_url, page = await go(
            browser,
            f"{url}/portal/open",
            method="POST",
            fields=[*known.items(), ("amo", "false"), ("origin", ORIGIN)],
        )
        while (form := Page(page).form("/confirm")) is None:
            page_url, page = await go(browser, urljoin(page_url, Page(page).main_link or "no way on"))
    fields = form.filled({}, form.buttons[0])
    async with aiohttp.ClientSession(cookie_jar=browser.cookie_jar) as visitor:
        sent_at = time.time()
        async with visitor.post(f"{url}{form.action}", data=fields, allow_redirects=False) as answer:
            if answer.status != 303:
                raise RuntimeError(await answer.text())
    version = 0
    while True:
        body = {**known, "since": version}
        async with partner.post(f"{url}/portal/sdk/watch", json=body, headers={"origin": ORIGIN}) as answer:
            told = (await answer.json())["data"]
        version = told["version"]
        if told["settled"]:
            if told["error"]:
                raise RuntimeError(str(told["error"]))
            return sent_at
