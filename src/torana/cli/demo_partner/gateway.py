"""Lantern's calls to the gateway's REST API."""

from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec

from torana.cli.demo_partner.baskets import Basket
from torana.cli.demo_partner.proof import auth_token
from torana.cli.demo_partner.trace import Watch, message


class GatewayRefused(Exception):
    """The gateway answered with an error, which is the message, or not at all."""


class GatewayClient:
    def __init__(self, url: str, gateway: str, secret: str, api_secret: str) -> None:
        self.url = url
        self._gateway = gateway
        self._secret = secret
        self._api_secret = api_secret
        self._endpoints = f"/v1/{gateway}/webhooks/endpoints"
        self._http: aiohttp.ClientSession | None = None

    async def create_transaction(self, basket: Basket, investor_id: str | None) -> str:
        """Make the transaction of one click; return its id. Raises `GatewayRefused`."""
        securities = [{"ticker": line.ticker, "quantity": line.quantity, "type": line.type} for line in basket.lines]
        order = {"type": "SECURITIES", "securities": securities}
        return await self.create({"intent": "TRANSACTION", "orderConfig": order, "notes": basket.name}, investor_id)

    async def create(self, body: Mapping[str, object], investor_id: str | None) -> str:
        """Make the transaction of this body; return its id. Raises `GatewayRefused`."""
        answer = await self._call("POST", f"/gateway/{self._gateway}/transaction", body, investor_id)
        return str(answer["transactionId"])

    async def publish(self, basket: Mapping[str, object]) -> dict[str, Any]:
        """Publish a basket, or a version of it; what that did. Raises `GatewayRefused`."""
        found: dict[str, Any] = await self._call("POST", f"/v1/{self._gateway}/baskets", basket)
        return found

    async def read(self, path: str, investor_id: str | None, **query: object) -> dict[str, Any]:
        """What `engine/{path}` tells. Raises `GatewayRefused`."""
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        found: dict[str, Any] = await self._call("GET", f"/v1/{self._gateway}/engine/{path}?{asked}", None, investor_id)
        return found

    async def connection(self, investor_id: str) -> dict[str, Any]:
        """Whether a login of this investor lives at their broker. Raises `GatewayRefused`."""
        found: dict[str, Any] = await self._call(
            "GET", f"/v1/{self._gateway}/engine/user/connection", None, investor_id
        )
        return found

    async def register_endpoint(self, url: str) -> str:
        """Have webhooks sent to `url`; return the secret that signs them. It is shown once: an old one goes first."""
        await self.remove_endpoint(url)
        return str((await self._call("POST", self._endpoints, {"url": url}))["secret"])

    async def endpoints(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self._call("GET", self._endpoints)
        return found

    async def remove_endpoint(self, url: str) -> None:
        for endpoint in await self.endpoints():
            if endpoint["url"] == url:
                await self._call("DELETE", f"{self._endpoints}/{endpoint['id']}")

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    async def _call(
        self, method: str, path: str, body: Mapping[str, object] | None = None, investor_id: str | None = None
    ) -> Any:
        if self._http is None:
            self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        headers = {
            "x-gateway-secret": self._api_secret,
            "x-gateway-authtoken": auth_token(self._secret, investor_id),
            "content-type": "application/json",
        }
        data = None if body is None else msgspec.json.encode(body)
        watch = Watch("request", f"{method} {path.partition('?')[0]}", message(method, path, headers, data), "call")
        try:
            async with self._http.request(method, self.url + path, data=data, headers=headers) as response:
                text = await response.read()
        except (aiohttp.ClientError, TimeoutError):
            watch.lose()
            raise GatewayRefused("the gateway does not answer") from None
        watch.end(response.status, text)
        if not response.ok:
            raise GatewayRefused(f"{response.status}: {text.decode(errors='replace')[:300]}")
        return msgspec.json.decode(text)["data"] if text else None
