"""An installation with its portal, its worker, its API and a receiver of webhooks; and what a partner asks it about
holdings."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web
from httpx import Response

from tests.portal.installation import Answer, Browser, Flow, Installation, installed
from tests.portal.steps import to_hand_over
from tests.support.brokers import ANY_BROKER
from tests.support.gateway import Caller, api_services_of, application, calling
from tests.support.patience import PATIENCE
from torana.flows.registry import EVENT_TYPES, FLOWS
from torana.holdings.routes import holdings_router
from torana.webhooks import endpoints

BODY = {"intent": "HOLDINGS_IMPORT", "version": "v2"}


@dataclass
class World:
    """`events` are the webhooks that came."""

    installation: Installation
    partner: Caller
    events: list[dict[str, Any]] = field(default_factory=list)

    # the investor

    async def asked(
        self,
        browser: Browser,
        body: dict[str, Any] | None = None,
        *,
        user: str = "asha",
        investor_id: str | None = None,
    ) -> tuple[Flow, Answer]:
        """Logged in, in front of whatever comes then."""
        flow = await self.installation.ask_for(body or BODY, investor_id)
        page = await to_hand_over(self.installation, browser, flow)
        if page.heading.startswith("Log in to"):
            page = await browser.log_in(page, user)
        return flow, page

    async def agreed(self, browser: Browser, page: Answer) -> Answer:
        """Yes to the page of the consent, and what the broker tells."""
        return await browser.load(await browser.submit(page, "/confirm"))

    async def imported(self, browser: Browser, body: dict[str, Any] | None = None, *, user: str = "asha") -> str:
        """An investor whose holdings were imported; their id."""
        flow, page = await self.asked(browser, body, user=user)
        done = await self.agreed(browser, page)
        assert done.heading == "Acme Invest can see your holdings", done.words
        investor_id = (await self.installation.transaction(flow)).investor_id
        assert investor_id is not None
        return investor_id

    async def end_login(self, investor_id: str) -> None:
        services, gateway_id = self.installation.services, self.installation.gateway.gateway_id
        session = await services.sessions.live(gateway_id, investor_id, services.clock.now())
        assert session is not None
        await services.sessions.end(gateway_id, session.session_id, services.clock.now())

    # the partner

    async def get(self, path: str, investor_id: str | None, **query: str) -> Response:
        return await self.partner.client.get(
            f"/v1/{self.partner.gateway.name}/engine/user/{path}",
            params=query,
            headers=self.partner.headers(investor_id),
        )

    async def holdings(self, investor_id: str | None, **query: str) -> Response:
        return await self.get("holdings", investor_id, **query)

    async def withdraw(self, investor_id: str | None, consent_id: str | None = None) -> Response:
        """This consent, or the newest of the investor."""
        if consent_id is None:
            (consent, *_) = (await self.get("consents", investor_id)).json()["data"]
            consent_id = consent["id"]
        return await self.partner.client.delete(
            f"/v1/{self.partner.gateway.name}/engine/user/consents/{consent_id}",
            headers=self.partner.headers(investor_id),
        )

    async def event(self, name: str) -> dict[str, Any]:
        """The webhook of this name, when it has come."""
        async with asyncio.timeout(PATIENCE):
            while True:
                found = [told for told in self.events if told["event"] == name]
                if found:
                    return found[-1]
                await asyncio.sleep(0.02)

    # the world

    async def account(self, user: str = "asha", broker: str = ANY_BROKER, **more: object) -> None:
        """What the account holds, at the simulated broker."""
        await self.installation.tell("POST", "/sandbox/accounts", {"broker": broker, "account": user, **more})

    async def stored(self) -> int:
        """How many readings are kept."""
        count: int = await self.installation.services.database.value("select count(*) from holdings_snapshots")
        return count


@asynccontextmanager
async def world_of(database_url: str, home: Path) -> AsyncIterator[World]:
    async with installed(database_url, home) as installation:
        services = installation.services
        api = api_services_of(services.database, services.clock, services.cipher, connectors=services.connectors)
        app = application(
            services.database,
            services.clock,
            cipher=services.cipher,
            connectors=services.connectors,
            more=[holdings_router(api, FLOWS.tables)],
        )
        async with calling(app) as client:
            world = World(installation, Caller(client, installation.gateway, services.clock))
            async with _receiving(world) as url:
                async with services.database.transaction() as connection:
                    await endpoints.create(
                        connection,
                        services.cipher,
                        gateway_id=installation.gateway.gateway_id,
                        url=url,
                        event_types=None,
                        known_types=EVENT_TYPES,
                        now=services.clock.now(),
                    )
                yield world


@asynccontextmanager
async def _receiving(world: World) -> AsyncIterator[str]:
    async def take(request: web.Request) -> web.Response:
        world.events.append(msgspec.json.decode(await request.read()))
        return web.Response(text="ok")

    application = web.Application()
    application.router.add_post("/", take)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()
