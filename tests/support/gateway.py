"""The partner's API as one application over a real database, in this process or another, and who calls it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
from httpx import ASGITransport, AsyncClient, Response
from litestar import Litestar
from litestar.types import ASGIApp

from tests.support.partner import CIPHER
from tests.support.patience import PATIENCE
from tests.support.processes import start
from torana.api.refusals import error_handlers
from torana.api.request_ids import RequestIds
from torana.connectors.registry import Connectors
from torana.flows.contract import Flow
from torana.flows.registry import FLOWS
from torana.flows.securities import Securities
from torana.kit.cipher import Cipher
from torana.kit.clock import Clock
from torana.kit.database import Database
from torana.kit.overload import Overload
from torana.kit.public_client import PublicClient
from torana.orders.routes import orders_router
from torana.partners.api_services import ApiServices
from torana.partners.gateways import Gateways
from torana.partners.models import Gateway
from torana.partners.tokens import issue_token
from torana.transactions.intents import Intents
from torana.transactions.routes import transactions_router

GUIDE = "http://127.0.0.1:8080/docs/errors"


class Batches:
    """Stands for the orders piece: what a test puts in is what it gives."""

    def __init__(self) -> None:
        self.of: dict[str, list[dict[str, Any]]] = {}

    async def __call__(
        self, database: Database, gateway_id: str, transaction_ids: Sequence[str]
    ) -> list[dict[str, Any]]:
        return [batch for transaction_id in transaction_ids for batch in self.of.get(transaction_id, [])]


def api_services_of(
    database: Database,
    clock: Clock,
    cipher: Cipher = CIPHER,
    *,
    connectors: Connectors | None = None,
    public: PublicClient | None = None,
) -> ApiServices:
    """What the API works with; by default it knows no broker."""
    return ApiServices(
        database=database,
        clock=clock,
        cipher=cipher,
        gateways=Gateways(database, clock, cipher),
        connectors=connectors or Connectors({}),
        overload=Overload(),
        public=public or PublicClient(()),
    )


def application(
    database: Database,
    clock: Clock,
    *,
    batches: Batches | None = None,
    more: list[Any] | None = None,
    cipher: Cipher = CIPHER,
    connectors: Connectors | None = None,
) -> ASGIApp:
    """The API of transactions, and of orders; `more` is what else answers."""
    securities = Securities(batches or Batches())
    intents: Intents[Flow[Any]] = Intents([securities if one.kind == "SECURITIES" else one for one in FLOWS])
    services = api_services_of(database, clock, cipher, connectors=connectors)
    return RequestIds(
        Litestar(
            [transactions_router(services, intents), orders_router(services), *(more or [])],
            exception_handlers=dict(error_handlers(GUIDE)),
            openapi_config=None,
            logging_config=None,
        )
    )


class Caller:
    """A partner's backend: knows its gateway and signs tokens."""

    def __init__(self, client: AsyncClient, gateway: Gateway, clock: Clock) -> None:
        self.client = client
        self.gateway = gateway
        self._clock = clock

    def headers(self, investor_id: str | None = None, **more: str) -> dict[str, str]:
        return {
            "x-gateway-secret": self.gateway.api_secret,
            "x-gateway-authtoken": issue_token(self.gateway, investor_id, self._clock.now()),
            **{name.replace("_", "-"): value for name, value in more.items()},
        }

    async def create(self, body: Any, investor_id: str | None = None, **headers: str) -> Response:
        return await self.client.post(
            f"/gateway/{self.gateway.name}/transaction", json=body, headers=self.headers(investor_id, **headers)
        )

    async def details(self, transaction_id: str, investor_id: str | None = None) -> Response:
        return await self.client.get(
            f"/v1/{self.gateway.name}/engine/transactiondetails",
            params={"transactionId": transaction_id},
            headers=self.headers(investor_id),
        )


class Server:
    """The same application in a process of its own, that can be killed."""

    def __init__(self, database_url: str, keys: str, **environment: str) -> None:
        reading, writing = os.pipe()
        self.process = start(
            "tests.support.serve",
            environment={"DATABASE_URL": database_url, "CIPHER_KEYS": keys, **environment},
            output=writing,
            errors=sys.stderr.fileno(),
        )
        os.close(writing)
        with os.fdopen(reading) as told:
            self.url = told.readline().strip()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.end()

    async def killed(self) -> bool:
        """Wait until it has ended; whether it was killed."""
        async with asyncio.timeout(PATIENCE):
            return await self.process.wait() == -signal.SIGKILL


class Running(msgspec.Struct):
    """The whole gateway in a process of its own, and two of its partners."""

    url: str
    gateway: Gateway
    stranger: Gateway
    """It has two brokers alone: `OTHER_BROKER`, then `ANY_BROKER`."""

    def headers(self, gateway: Gateway | None = None, investor_id: str | None = None) -> dict[str, str]:
        caller = gateway or self.gateway
        return {
            "x-gateway-secret": caller.api_secret,
            "x-gateway-authtoken": issue_token(caller, investor_id, datetime.now(UTC)),
        }


@asynccontextmanager
async def calling(app: ASGIApp, *, client: str = "127.0.0.1") -> AsyncIterator[AsyncClient]:
    """A client of this application at this address, in this event loop."""
    at = (client, 4711)
    transport = ASGITransport(app, raise_app_exceptions=False, client=at)  # type: ignore[arg-type]  # two words for one ASGI app
    async with AsyncClient(transport=transport, base_url="http://torana.test") as http:
        yield http
