"""A transaction that tests move through its life."""

import asyncio
from datetime import datetime
from typing import Any

import msgspec

from tests.support.brokers import ANY_BROKER
from tests.support.clock import HandClock
from tests.support.gateway import Caller
from tests.support.partner import log_in
from torana.kit.database import Database
from torana.transactions import life_cycle
from torana.transactions.models import Status, Transaction
from torana.transactions.outcomes import FlowError
from torana.transactions.store import find

ORDER = {"type": "SECURITIES", "securities": [{"ticker": "TCS", "quantity": 3, "type": "BUY"}]}


class Journey(msgspec.Struct):
    """One transaction and the moves that the services makes with it."""

    database: Database
    clock: HandClock
    partner: Caller
    transaction_id: str
    investor_id: str
    session_id: str

    @property
    def gateway_id(self) -> str:
        return self.partner.gateway.gateway_id

    async def now(self) -> Transaction:
        transaction = await find(self.database, self.gateway_id, self.transaction_id)
        assert transaction is not None
        return transaction

    async def use(self) -> bool:
        return await self._move(
            life_cycle.use, investor_id=self.investor_id, session_id=self.session_id, broker=ANY_BROKER
        )

    async def confirm(self) -> bool:
        return await self._move(life_cycle.make, move=life_cycle.confirming({}))

    async def fail(self, error: FlowError) -> bool:
        return await self._move(life_cycle.fail, error=error)

    async def settle(self, status: Status, error: FlowError | None = None) -> bool:
        return await self._move(life_cycle.make, move=life_cycle.settling(status, error))

    async def complete(self, result: object = None) -> bool:
        return await self._move(life_cycle.complete, result=result or {})

    async def expire(self) -> bool:
        return await self._move(life_cycle.expire_now)

    async def events(self) -> list[str]:
        return [event["type"] for event in await self.log()]

    async def log(self) -> list[Any]:
        async with self.database.connection() as connection:
            return list(
                await connection.fetch(
                    "select * from events where gateway_id = $1 and transaction_id = $2 order by sequence",
                    self.gateway_id,
                    self.transaction_id,
                )
            )

    async def due_at(self) -> datetime | None:
        due_at: datetime | None = await self.database.value(
            "select due_at from transactions where gateway_id = $1 and transaction_id = $2",
            self.gateway_id,
            self.transaction_id,
        )
        return due_at

    async def _move(self, verb: Any, **how: Any) -> bool:
        async with self.database.transaction() as connection:
            moved: bool = await verb(
                connection,
                gateway_id=self.gateway_id,
                transaction_id=self.transaction_id,
                now=self.clock.now(),
                **how,
            )
            return moved


async def begin(
    database: Database, clock: HandClock, partner: Caller, intent: str = "TRANSACTION", asked: str | None = None
) -> Journey:
    """`asked` is whom the token names at create."""
    body: dict[str, Any] = {"intent": intent}
    if intent == "TRANSACTION":
        body["orderConfig"] = ORDER
    answer = await partner.create(body, asked)
    investor_id, session_id = await log_in(database, partner.gateway, clock.now())
    return Journey(database, clock, partner, answer.json()["data"]["transactionId"], investor_id, session_id)


async def all_at_once(*moves: Any) -> list[bool]:
    return list(await asyncio.gather(*moves))
