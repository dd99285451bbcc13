"""The partner: a backend that creates transactions over the REST API, and a page on another site that runs them."""

import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.journeys.installation import Installation, eventually
from torana.cli.demo_partner.proof import auth_token, investor_of

SHOP = Path(__file__).parent / "shop"
STRICT = (
    "default-src 'none'; script-src 'self' {gateway}; connect-src 'self' {gateway}; form-action {gateway}; "
    "style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
"""What a careful page sends, with the three places that the SDK needs."""

Security = dict[str, Any]
CONNECT = {"intent": "CONNECT"}


def buy(ticker: str, quantity: int | None = 1, **more: object) -> Security:
    return _security(ticker, quantity, "BUY") | more


def sell(ticker: str, quantity: int | None = 1) -> Security:
    return _security(ticker, quantity, "SELL")


def _security(ticker: str, quantity: int | None, side: str) -> Security:
    return {"ticker": ticker, "type": side, **({} if quantity is None else {"quantity": quantity})}


@dataclass
class Offer:
    """One page with one transaction in it. `settled` is everything that its promises ever came to."""

    transaction_id: str
    token: str
    lines: tuple[Security, ...]
    config: dict[str, Any]
    brokers: list[str] | None = None
    strict: bool = False
    apart: bool = False
    """Its policy keeps the page apart from the windows that it opens."""
    referrer: str = ""
    """Its Referrer-Policy, where it sends one."""
    hasty: bool = False
    """The page triggers by itself when it loads, without a click."""
    key: str = field(default_factory=lambda: secrets.token_hex(6))
    settled: list[dict[str, Any]] = field(default_factory=list)

    async def outcome(self, number: int = 0) -> dict[str, Any]:
        await eventually(lambda: len(self.settled) > number, f"the promise of {self.transaction_id} settles")
        return self.settled[number]

    async def result(self, number: int = 0) -> dict[str, Any]:
        outcome = await self.outcome(number)
        assert outcome["error"] is None, outcome["error"]
        result: dict[str, Any] = outcome["result"]
        return result

    async def error(self, number: int = 0) -> tuple[str, int | None]:
        outcome = await self.outcome(number)
        assert outcome["error"] is not None, outcome["result"]
        return outcome["error"]["message"], outcome["error"]["code"]


@dataclass
class Partner:
    """`url` is an allowed origin of its gateway, `neighbour` the same page on an origin that is not."""

    url: str
    neighbour: str
    offers: dict[str, Offer] = field(default_factory=dict)
    installation: Installation | None = None

    @property
    def _house(self) -> Installation:
        assert self.installation is not None
        return self.installation

    # the backend

    async def offer(
        self,
        *lines: Security,
        body: Mapping[str, Any] = CONNECT,
        investor_id: str | None = None,
        amo: bool | None = None,
        come_back: bool = False,
        **more: Any,
    ) -> Offer:
        """Create a transaction of these lines, or without them of this body, and its page. `come_back`: the page has a
        `returnUrl`."""
        if lines:
            body = {"intent": "TRANSACTION", "orderConfig": {"type": "SECURITIES", "securities": list(lines)}}
        made = await self.call("POST", "/gateway/{name}/transaction", body, investor_id=investor_id)
        offer = Offer(made["transactionId"], self.token(investor_id), lines, more.pop("config", {}), **more)
        if amo is not None:
            offer.config["amo"] = amo
        if come_back:
            offer.config["returnUrl"] = self.page(offer)
        self.offers[offer.key] = offer
        return offer

    def token(self, investor_id: str | None = None) -> str:
        return auth_token(self._house.gateway.secret, investor_id)

    def investor_of(self, token: str) -> str:
        """Whom a token of the gateway's names; it is the gateway's own."""
        investor_id = investor_of(self._house.gateway.secret, token)
        assert investor_id is not None
        return investor_id

    async def details(self, offer: Offer) -> dict[str, Any]:
        path = f"/v1/{{name}}/engine/transactiondetails?transactionId={offer.transaction_id}"
        details: dict[str, Any] = (await self.call("GET", path))["transactionDetails"]
        return details

    async def orders(self, offer: Offer) -> list[dict[str, Any]]:
        path = f"/v1/{{name}}/engine/orders/sst?transactionId={offer.transaction_id}"
        orders: list[dict[str, Any]] = (await self.call("GET", path))["orders"]
        return orders

    async def call(self, method: str, path: str, body: object = None, *, investor_id: str | None = None) -> Any:
        gateway = self._house.gateway
        headers = {"x-gateway-secret": gateway.api_secret, "x-gateway-authtoken": self.token(investor_id)}
        url = self._house.url + path.format(name=gateway.name)
        async with self._house.http.request(method, url, json=body, headers=headers) as answer:
            told = await answer.json()
            assert answer.status == 200, told
            return told["data"]

    # the page

    def page(self, offer: Offer, *, site: str | None = None) -> str:
        return f"{site or self.url}/offer/{offer.key}"

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/offer/{key}", self._page),
            web.post("/settled/{key}", self._settled),
            web.get("/elsewhere", self._elsewhere),
            web.get("/frame", self._frame),
            web.get("/page.js", self._file),
            web.get("/page.css", self._file),
        ]

    async def _page(self, request: web.Request) -> web.Response:
        offer = self.offers[request.match_info["key"]]
        known = {
            "key": offer.key,
            "gateway": self._house.gateway.name,
            "token": offer.token,
            "transactionId": offer.transaction_id,
            "brokers": offer.brokers,
            "config": offer.config,
            "hasty": offer.hasty,
        }
        lines = "".join(
            f"<li>{escape(line['ticker'])}<span>{line.get('type', '')} {line.get('quantity', '')}</span></li>"
            for line in offer.lines
        )
        page = (SHOP / "page.html").read_text("utf-8")
        for name, text in (("gateway_url", self._house.url), ("offer", json.dumps(known)), ("lines", lines)):
            page = page.replace(f"{{{name}}}", text)
        headers = {"Content-Security-Policy": STRICT.format(gateway=self._house.url)} if offer.strict else {}
        if offer.apart:
            headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if offer.referrer:
            headers["Referrer-Policy"] = offer.referrer
        return web.Response(text=page, content_type="text/html", headers=headers)

    async def _settled(self, request: web.Request) -> web.Response:
        self.offers[request.match_info["key"]].settled.append(json.loads(await request.text()))
        return web.Response(status=204)

    async def _elsewhere(self, request: web.Request) -> web.Response:
        return _html("<title>Elsewhere</title><h1>Elsewhere</h1>")

    async def _frame(self, request: web.Request) -> web.Response:
        """Somebody who draws a page of ours into their own."""
        return _html(f'<title>Win a prize</title><iframe src="{escape(request.query["of"])}"></iframe>')

    async def _file(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(SHOP / request.path.removeprefix("/"))


def _html(body: str) -> web.Response:
    return web.Response(text=f'<!doctype html><link rel="icon" href="data:,">{body}', content_type="text/html")


@asynccontextmanager
async def serving(kind: type[Partner] = Partner) -> AsyncIterator[Partner]:
    """The partner's site. The gateway is on 127.0.0.1, so `localhost` is another site to a browser."""
    partner = kind("", "")
    app = web.Application()
    app.add_routes(partner.routes())
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        partner.url, partner.neighbour = f"http://localhost:{port}", f"http://127.0.0.1:{port}"
        yield partner
    finally:
        await runner.cleanup()
