"""A partner who looks after their webhooks over HTTP."""

import json
from typing import Any

import httpx
from litestar import Litestar

from tests.support.gateway import api_services_of
from tests.support.partner import CIPHER
from tests.webhooks.world import World
from torana.api.refusals import error_handlers
from torana.flows.registry import EVENT_TYPES
from torana.kit.public_client import PublicClient
from torana.partners.models import Gateway
from torana.webhooks.routes import webhooks_router


class Api:
    """Calls as a partner's backend makes them."""

    def __init__(self, world: World, gateway: Gateway, public: PublicClient | None = None) -> None:
        services = api_services_of(world.database, world.clock, CIPHER, public=public or world.public)
        app = Litestar(
            [webhooks_router(services, EVENT_TYPES)],
            exception_handlers=dict(error_handlers("https://docs.example/errors")),
            logging_config=None,
            openapi_config=None,
        )
        self.base = f"/v1/{gateway.name}/webhooks"
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),  # type: ignore[arg-type]  # two spellings of ASGI
            base_url="http://gateway.example",
            headers={"x-gateway-secret": gateway.api_secret},
        )

    async def call(self, method: str, path: str, status: int = 200, **given: Any) -> Any:
        answer = await self.http.request(method, self.base + path, **given)
        assert answer.status_code == status, answer.text
        body = answer.json()
        assert body["success"] is (status == 200)
        return body["data"] if status == 200 else body

    async def post(self, path: str, key: str, **given: Any) -> httpx.Response:
        """A POST with this Idempotency-Key."""
        return await self.http.post(self.base + path, headers={"idempotency-key": key}, **given)

    async def make(self, url: str, status: int = 200, **more: object) -> Any:
        body = json.dumps({"url": url, **more})
        return await self.call("POST", "/endpoints", status, content=body, headers={"content-type": "application/json"})
