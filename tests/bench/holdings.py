"""Holdings of 500 securities: the import beside the broker's own answer, and the partner's look beside a bare route
that reads and sends as many bytes."""

import asyncio
import time
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any
from urllib.parse import urljoin

import aiohttp
from yarl import URL

from tests.bench.flow import Investor, log_in
from tests.bench.installation import ORIGIN, Installation
from tests.bench.looks import beside_a_bare_route
from tests.support.brokers import ANY_BROKER
from tests.support.browser import Page, go
from torana.connectors.contract import Connector
from torana.kit.http import Answer, HttpClient, Request
from torana.market.securities import all_securities
from torana.partners.tokens import issue_token
from torana.portal.admission.browser_auth import browser_cookie

SECURITIES = 500
IMPORTS, WARM_UP = 12, 2
REQUESTS = 400
BROKER_SECONDS = 0.05


@dataclass
class Figures:
    """Seconds of an import and of the broker's answers to the same two questions; requests per second and core."""

    imports: list[float] = field(default_factory=list)
    broker: list[float] = field(default_factory=list)
    look: float = 0.0
    bare: float = 0.0


@dataclass
class Timed:
    """A client that notes when exchanges begin and end."""

    inner: HttpClient
    begins: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)

    async def send(self, request: Request, *, seconds: float = 7.0) -> Answer:
        self.begins.append(time.perf_counter())
        answer = await self.inner.send(request, seconds=seconds)
        self.ends.append(time.perf_counter())
        return answer


async def measure(place: Installation) -> Figures:
    """One investor with 500 securities, at a broker that takes 50 ms to begin its answer."""
    figures = Figures()
    sandbox = place.services.settings.sandbox_url
    async with aiohttp.ClientSession() as http:
        investor = await log_in(place, "collector")
        symbols = [symbol for symbol, one in all_securities().items() if one.series == "EQ"][:SECURITIES]
        account = {"broker": ANY_BROKER, "account": "collector", "holdings": dict.fromkeys(symbols, 7)}
        await _told(http, f"{sandbox}/sandbox/accounts", account)
        for operation in ("holdings", "positions"):
            slow = {"operation": operation, "kind": "latency", "seconds": BROKER_SECONDS, "times": None}
            await _told(http, f"{sandbox}/sandbox/faults", slow)
        for number in range(WARM_UP + IMPORTS):
            took, answered = await _import(place, http, investor), await _asked(place, investor)
            if number >= WARM_UP:
                figures.imports.append(took)
                figures.broker.append(answered)
    path = f"/v1/{place.gateway.name}/engine/user/holdings?version=v2"
    looks = await beside_a_bare_route(place, investor.investor_id, path, requests=REQUESTS)
    figures.look, figures.bare = looks.ours, looks.bare
    return figures


async def _told(http: aiohttp.ClientSession, url: str, body: object) -> None:
    async with http.post(url, json=body) as answer:
        if answer.status >= 300:
            raise RuntimeError(await answer.text())


async def _import(place: Installation, http: aiohttp.ClientSession, investor: Investor) -> float:
    """Seconds of the request in which the broker is asked and its answer kept."""
    url, token = place.services.settings.public_url, _token(place, investor)
    headers = {"x-gateway-secret": place.gateway.api_secret, "x-gateway-authtoken": token}
    body = {"intent": "HOLDINGS_IMPORT", "version": "v2"}
    async with http.post(f"{url}/gateway/{place.gateway.name}/transaction", json=body, headers=headers) as answer:
        transaction_id = (await answer.json())["data"]["transactionId"]
    known = {"gateway": place.gateway.name, "authToken": token, "transactionId": transaction_id, "flow": "0" * 32}
    jar = aiohttp.CookieJar(unsafe=True)
    jar.update_cookies({browser_cookie(place.gateway.name, https=False): investor.browser}, URL(url))
    fields = [*known.items(), ("amo", "false"), ("origin", ORIGIN)]
    async with aiohttp.ClientSession(cookie_jar=jar, headers={"origin": ORIGIN}) as partners_page:
        page = await go(partners_page, f"{url}/portal/open", method="POST", fields=fields)
    async with aiohttp.ClientSession(cookie_jar=jar) as browser:
        assert isinstance(page, Page), page
        if (form := page.form("/confirm")) is not None:
            answers = form.filled({}, form.main_button)
            page = await go(browser, urljoin(page.url, form.action), method="POST", fields=answers)
        assert isinstance(page, Page), page
        assert page.main_link is not None, page.text
        began = time.perf_counter()
        done = await go(browser, urljoin(page.url, page.main_link))
        took = time.perf_counter() - began
        assert isinstance(done, Page), done
        assert f"{SECURITIES} securities" in done.text, done.text
    return took


async def _asked(place: Installation, investor: Investor) -> float:
    """Seconds in which the broker alone answers the same two questions."""
    connector: Connector = place.services.connectors.get("test", ANY_BROKER)
    gateway_id, now = place.gateway.gateway_id, place.services.clock.now()
    session = await place.services.sessions.live(gateway_id, investor.investor_id, now)
    assert session is not None
    portfolio: Any = connector.portfolio
    timed = Timed(portfolio.setup.client)
    asking = type(portfolio)(replace(portfolio.setup, client=timed))
    await asyncio.gather(asking.holdings(session.as_session()), asking.positions(session.as_session()))
    return max(timed.ends) - min(timed.begins)


def _token(place: Installation, investor: Investor) -> str:
    return issue_token(place.gateway, investor.investor_id, place.services.clock.now())


def rows(figures: Figures) -> list[tuple[str, str, str, str]]:
    took, broker = median(figures.imports), median(figures.broker)
    return [
        (
            f"holdings import of {SECURITIES} securities, 50 ms broker",
            f"{took * 1000:.0f} ms",
            f"{broker * 1000:.0f} ms, the broker's own answers",
            f"at most 1.5 of it: {took / broker:.2f}",
        ),
        (
            f"GET holdings of {SECURITIES} securities, requests/s per core",
            f"{figures.look:.0f}",
            f"{figures.bare:.0f}, bare route + asyncpg of as many bytes",
            f"at least 0.7 of it: {figures.look / figures.bare:.2f}",
        ),
    ]
