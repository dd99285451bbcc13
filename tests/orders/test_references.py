"""What a broker names an order by, beside its ids, is stored with the order and heard again."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from tests.faults.stage import Stage, set_stage
from tests.support.brokers import ANY_BROKER
from torana.connectors.contract import Connector, OrderRequest, Orders, Placed, Session
from torana.orders.store import of_transaction


class Serial:
    """A broker's part for orders that tells a serial number with each order."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders

    def __getattr__(self, name: str) -> Any:
        return getattr(self._orders, name)

    async def place(self, session: Session, order: OrderRequest) -> Placed:
        return replace(await self._orders.place(session, order), extra={"serial": "7"})


def with_serials(stage: Stage) -> Connector:
    """The same connector, whose broker names its orders by one thing more."""
    there = stage.services.connectors.get("test", ANY_BROKER)
    assert there.orders is not None
    return replace(there, orders=cast(Orders, Serial(there.orders)))


async def test_what_a_broker_says_with_an_order_is_there_when_it_is_asked_about(
    own_database_url: str, tmp_path: Path
) -> None:
    async with set_stage(own_database_url, tmp_path, ANY_BROKER) as stage:
        session = await stage.log_in()
        stage.services.connectors._connectors["test", ANY_BROKER] = with_serials(stage)

        async with stage.worker_here():
            transaction_id = await stage.buy(session, ("TCS", 2))
            await stage.ended(transaction_id)
        batch = await of_transaction(stage.services.database, stage.gateway.gateway_id, transaction_id)

        assert batch is not None
        assert [order.reference for order in batch.orders] == [{"serial": "7"}]
