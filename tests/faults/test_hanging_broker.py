"""One broker hangs: who is with another one notices nothing."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from tests.faults import stage as stages
from tests.faults.stage import Stage, set_stage, states
from tests.kit.jobs import eventually
from tests.support.brokers import ANY_BROKER, OTHER_BROKER
from torana.kit.http import Answer, Request
from torana.kit.outbound import BrokerClient
from torana.orders.states import OrderState

BASKETS = 70
"""More than one broker has places in a worker."""


class EndlesslyPatientClient(BrokerClient):
    """The real client with a longer deadline: what hangs in these stories hangs until the story ends."""

    async def send(self, request: Request, *, seconds: float = 600.0) -> Answer:
        return await super().send(request, seconds=600.0)


def endlessly_patient(mode: str, broker: str, origins: frozenset[str]) -> BrokerClient:
    return EndlesslyPatientClient(broker, origins)


@pytest.fixture
async def other_stage(own_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setattr(stages, "impatient", endlessly_patient)
    async with set_stage(own_database_url, tmp_path, OTHER_BROKER) as stage:
        yield stage


async def test_a_basket_at_another_broker_is_done_while_every_order_of_the_hanging_one_still_hangs(
    other_stage: Stage,
) -> None:
    """S07. The order of events, not their speed: nothing at the hanging broker is answered before the other's end."""
    hanging_stage = replace(other_stage, broker=ANY_BROKER)
    theirs, ours = await hanging_stage.log_in("asha"), await other_stage.log_in("bina")
    await hanging_stage.fault("hang", "place", times=None, seconds=600)
    hanging = [await hanging_stage.buy(theirs, ("TCS", 1)) for _ in range(BASKETS)]

    async with other_stage.worker_here():
        await hanging_stage.until(hanging[0], lambda batch: states(batch) == [OrderState.SENDING])
        transaction_id = await other_stage.buy(ours, ("INFY", 2))
        batch = await other_stage.ended(transaction_id, seconds=30)
        waiting = [order.state for one in hanging for order in await hanging_stage.orders(one)]
        await hanging_stage.heal()
        await other_stage.wire.cut()

    assert states(batch) == [OrderState.COMPLETE]
    assert set(waiting) <= {OrderState.PLANNED, OrderState.SENDING}
    assert waiting.count(OrderState.SENDING) < BASKETS, "the hanging broker's own baskets wait for one another"


async def test_while_a_broker_rests_nothing_is_called_absent_and_afterwards_the_order_is_found(stage: Stage) -> None:
    """S06, A18: the window passes without one look-up; only a look that was made may speak of absence."""

    session = await stage.log_in()
    await stage.fault("hang", "place", seconds=600)
    await stage.fault("status", "orders", times=None, status=503)
    await stage.fault("status", "order", times=None, status=503)

    async with stage.worker_here():
        before = rested(stage)
        transaction_id = await stage.buy(session, ("TCS", 2))
        await eventually(lambda: has_rested(stage, before + 1))
        stage.advance(300)
        await eventually(lambda: has_rested(stage, before + 3))
        unseen = states(await stage.batch(transaction_id))
        await stage.heal()
        batch = await stage.ended(transaction_id)

    assert unseen == [OrderState.CHECKING]
    assert states(batch) == [OrderState.COMPLETE]
    await stage.check(orders_at_broker=1)


def rested(stage: Stage) -> float:
    """How often this process left that broker alone."""
    labels = {"broker": stage.broker, "mode": "test"}
    return REGISTRY.get_sample_value("torana_broker_rested_total", labels) or 0.0


async def has_rested(stage: Stage, times: float) -> bool:
    return rested(stage) >= times


@pytest.fixture(params=[ANY_BROKER, OTHER_BROKER])
async def patient(
    request: pytest.FixtureRequest, own_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stage]:
    monkeypatch.setattr(stages, "impatient", endlessly_patient)
    async with set_stage(own_database_url, tmp_path, request.param) as stage:
        yield stage


@pytest.mark.parametrize("hanging", [104, 120])
async def test_the_fill_of_a_sibling_is_told_while_a_call_hangs(patient: Stage, hanging: int) -> None:
    """M7. The order of events: no answer came yet when the other's end is known and told."""
    session = await patient.log_in()

    async with patient.worker_here():
        transaction_id = await patient.buy(session, ("TCS", hanging), ("INFY", 3))
        batch = await patient.until(transaction_id, lambda batch: batch.orders[1].state is OrderState.COMPLETE)
        updates = await patient.events(transaction_id, "orders.updated")
        await patient.wire.cut()

    assert batch.orders[0].state is OrderState.SENDING
    told = [order for update in updates for order in update["orders"]]
    assert any(order["symbol"] == "INFY" and order["filled_quantity"] == 3 for order in told)
