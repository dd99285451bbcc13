"""One broker hangs: who is with another one notices nothing."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults import stage as stages
from tests.faults.stage import Stage, set_stage, states
from torana.kit.http import Answer, Request
from torana.kit.outbound import BrokerClient
from torana.orders.models import OrderState

BASKETS = 70
"""More than one broker has places in a worker."""


class EndlesslyPatientClient(BrokerClient):
    """The real client with a longer deadline: what hangs in these stories hangs until the story ends."""

    async def send(self, request: Request, *, seconds: float = 600.0) -> Answer:
        return await super().send(request, seconds=600.0)


def endlessly_patient(mode: str, broker: str, origins: frozenset[str]) -> BrokerClient:
    return EndlesslyPatientClient(broker, origins)


@pytest.fixture
async def upstox(own_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setattr(stages, "impatient", endlessly_patient)
    async with set_stage(own_database_url, tmp_path, "upstox") as stage:
        yield stage


async def test_a_basket_at_another_broker_is_done_while_every_order_of_the_hanging_one_still_hangs(
    upstox: Stage,
) -> None:
    """S07. The order of events, not their speed: nothing at the hanging broker is answered before the other's end."""
    kite = replace(upstox, broker="kite")
    theirs, ours = await kite.log_in("asha"), await upstox.log_in("bina")
    await kite.fault("hang", "place", times=None, seconds=600)
    hanging = [await kite.buy(theirs, ("TCS", 1)) for _ in range(BASKETS)]

    async with upstox.worker_here():
        await kite.until(hanging[0], lambda batch: states(batch) == [OrderState.SENDING])
        transaction_id = await upstox.buy(ours, ("INFY", 2))
        batch = await upstox.ended(transaction_id, seconds=30)
        waiting = [order.state for one in hanging for order in await kite.orders(one)]
        await kite.heal()
        await upstox.wire.cut()

    assert states(batch) == [OrderState.COMPLETE]
    assert set(waiting) <= {OrderState.PLANNED, OrderState.SENDING}
    assert waiting.count(OrderState.SENDING) < BASKETS, "the hanging broker's own baskets wait for one another"
    await asyncio.sleep(0)
