"""What the shop's routes share: its secrets, its people, its way to the gateway."""

import asyncio
from collections.abc import Mapping
from typing import Annotated

import msgspec
from litestar.exceptions import HTTPException
from litestar.params import Parameter

from torana.cli.demo_partner.baskets import BASKETS, Basket
from torana.cli.demo_partner.gateway import GatewayClient, GatewayRefused
from torana.cli.demo_partner.people import People, Person, Purchase
from torana.cli.demo_partner.proof import auth_token
from torana.cli.demo_partner.trace import Step

COOKIE = "lantern"

CookieKey = Annotated[str | None, Parameter(cookie=COOKIE)]


class Session(msgspec.Struct, rename="camel"):
    """What the page needs to begin."""

    gateway: str
    auth_token: str
    connected: bool
    broker: str | None
    baskets: list[Basket]
    purchases: list[Purchase]
    steps: list[Step]
    scenario: str | None


class Shop:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self.url = environ["SHOP_URL"]
        self.sandbox_url = environ.get("SANDBOX_URL")
        """None: nothing can be set at the exchange, and no endings are offered."""
        self.gateway_name = environ["TORANA_GATEWAY"]
        self.secret = environ["TORANA_SECRET"]
        self.api_secret = environ["TORANA_API_SECRET"]
        self.client = GatewayClient(environ["TORANA_URL"], self.gateway_name, self.secret, self.api_secret)
        self.people = People()
        self.signing_secret: str | None = None

    def session(self, person: Person) -> Session:
        return Session(
            gateway=self.gateway_name,
            auth_token=auth_token(self.secret, person.investor_id),
            connected=person.investor_id is not None,
            broker=person.broker,
            baskets=list(BASKETS.values()),
            purchases=sorted(person.purchases.values(), key=lambda purchase: purchase.started_at, reverse=True),
            steps=list(person.steps.values()),
            scenario=person.scenario,
        )

    def person(self, key: str | None) -> Person:
        person = self.people.known(key)
        if person is None:
            raise HTTPException("open the page first", status_code=401)
        return person

    def investor(self, key: str | None) -> str:
        """Whom the gateway calls the person who has connected their account."""
        investor_id = self.person(key).investor_id
        if investor_id is None:
            raise HTTPException("connect first", status_code=409)
        return investor_id

    async def register(self) -> None:
        """Have webhooks sent here; the gateway may still be starting."""
        while self.signing_secret is None:
            try:
                self.signing_secret = await self.client.register_endpoint(f"{self.url}/webhooks/torana")
            except GatewayRefused:
                await asyncio.sleep(0.25)
