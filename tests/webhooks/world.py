"""A gateway with endpoints, events that are to be delivered, and the worker's side of it."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import uuid4

import msgspec

from tests.kit.servers import RawServer
from tests.partners.making import CIPHER, make_gateway
from torana.events.log import record
from torana.flows.registry import EVENT_TYPES
from torana.kit.addresses import Allowed
from torana.kit.clock import Clock
from torana.kit.database import Database
from torana.kit.public_client import PublicClient
from torana.kit.runner import Runner
from torana.partners.gateways import Gateways
from torana.partners.models import Gateway
from torana.webhooks import endpoints, store
from torana.webhooks.deliver import DELIVERIES, deliver
from torana.webhooks.models import Delivery, Endpoint

INVESTOR = "65f0c0ffee65f0c0ffee65f0"

BATCH = {
    "batchId": "65f0000000000000000000aa",
    "variety": "regular",
    "status": "COMPLETED",
    "quantity": 1,
    "filled": 1,
    "buyAmount": "5020.50",
    "sellAmount": "0.00",
    "completedDate": "2026-11-18T05:00:00.000Z",
    "orders": [
        {
            "tradingsymbol": "M&M",
            "status": "COMPLETE",
            "quantity": 3,
            "filledQuantity": 3,
            "averagePrice": "1673.50",
            "price": None,
            "statusMessage": "₹ filled",
        }
    ],
    "unplaced": [],
}


class World:
    """One gateway in a database of its own."""

    def __init__(
        self, database: Database, clock: Clock, *, allowed: Sequence[str] = ("127.0.0.0/8",), seconds: float = 2.0
    ) -> None:
        self.database = database
        self.clock = clock
        self.public = PublicClient(Allowed(allowed), seconds=seconds)
        self.gateways = Gateways(database, clock, CIPHER)
        self.gateway: Gateway

    async def open(self) -> "World":
        self.gateway = await make_gateway(self.database, self.clock)
        return self

    async def close(self) -> None:
        await self.public.close()

    @property
    def runner(self) -> Runner:
        handler = partial(deliver, self.database, self.clock, self.gateways, CIPHER, self.public, EVENT_TYPES)
        return Runner(self.database, self.clock, {DELIVERIES: handler})

    async def endpoint(
        self, server: RawServer, path: str = "/in", event_types: list[str] | None = None
    ) -> tuple[Endpoint, str]:
        async with self.database.transaction() as connection:
            return await endpoints.create(
                connection,
                CIPHER,
                gateway_id=self.gateway.gateway_id,
                url=server.url + path,
                event_types=event_types,
                known_types=EVENT_TYPES,
                now=self.clock.now(),
            )

    async def rotate(self, endpoint_id: str) -> str:
        async with self.database.transaction() as connection:
            return await endpoints.rotate(connection, CIPHER, self.gateway.gateway_id, endpoint_id, self.clock.now())

    async def replay(self, endpoint_id: str, since: datetime, *, undelivered_only: bool = False) -> int:
        """Everything since then once more; returns how many events."""
        async with self.database.transaction() as connection:
            return await endpoints.replay(
                connection,
                gateway_id=self.gateway.gateway_id,
                endpoint_id=endpoint_id,
                since=since,
                until=self.clock.now(),
                undelivered_only=undelivered_only,
                known_types=EVENT_TYPES,
                now=self.clock.now(),
            )

    async def transaction(self) -> str:
        transaction_id = f"TRX_{uuid4().hex}"
        await self.database.execute(
            "insert into transactions (gateway_id, transaction_id, intent, status, created_at, expires_at) "
            "values ($1, $2, 'TRANSACTION', 'USED', $3, $3)",
            self.gateway.gateway_id,
            transaction_id,
            self.clock.now(),
        )
        return transaction_id

    async def event(
        self, kind: str = "batch.completed", transaction_id: str | None = None, batch: dict[str, Any] | None = None
    ) -> str:
        """Something happened that partners are told; returns the id of the event."""
        transaction_id = transaction_id or await self.transaction()
        data = {
            "transaction_id": transaction_id,
            "investor_id": INVESTOR,
            "broker": "kite",
            "intent": "TRANSACTION",
            "notes": "for Asha",
            "batch": batch or BATCH,
        }
        async with self.database.transaction() as connection:
            return await record(
                connection,
                gateway_id=self.gateway.gateway_id,
                transaction_id=transaction_id,
                type=kind,
                data=data,
                now=self.clock.now(),
                notify_partner=True,
            )

    async def deliveries(self) -> list[Delivery]:
        return await store.deliveries(
            self.database, self.gateway.gateway_id, transaction_id=None, endpoint_id=None, limit=1000
        )

    async def delivery(self) -> Delivery:
        (only,) = await self.deliveries()
        return only

    async def events(self, kind: str) -> list[dict[str, Any]]:
        async with self.database.connection() as connection:
            rows = await connection.fetch(
                "select data from events where gateway_id = $1 and type = $2", self.gateway.gateway_id, kind
            )
        return [row["data"] for row in rows]

    async def due_at(self) -> datetime | None:
        return (await self.delivery()).next_attempt_at


def bodies(server: RawServer) -> list[dict[str, Any]]:
    return [msgspec.json.decode(exchange.body) for exchange in server.exchanges]


def ids(server: RawServer) -> list[str]:
    return [exchange.headers["webhook-id"] for exchange in server.exchanges]
