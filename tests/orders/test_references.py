"""What a broker names an order by, beside its ids, is stored with the order and heard again."""

from dataclasses import replace
from pathlib import Path

from tests.faults.stage import Stage, set_stage
from torana.connectors.contract import Connector, OrderRequest, Placed, Session
from torana.connectors.kite.connector import KiteOrders
from torana.orders.progress import progress


class Serial(KiteOrders):
    """Tells a serial number with each order."""

    async def place(self, session: Session, order: OrderRequest) -> Placed:
        return replace(await super().place(session, order), extra={"serial": "7"})


def with_serials(stage: Stage) -> Connector:
    """The same connector, whose broker names its orders by one thing more."""
    there = stage.services.connectors.get("test", "kite")
    assert isinstance(there.orders, KiteOrders)
    return replace(there, orders=Serial(there.orders.setup))


async def test_what_a_broker_says_with_an_order_is_there_when_it_is_asked_about(
    own_database_url: str, tmp_path: Path
) -> None:
    async with set_stage(own_database_url, tmp_path, "kite") as stage:
        session = await stage.log_in()
        stage.services.connectors._connectors["test", "kite"] = with_serials(stage)

        async with stage.worker_here():
            transaction_id = await stage.buy(session, ("TCS", 2))
            await stage.ended(transaction_id)
        batch = await progress(stage.services.database, stage.gateway.gateway_id, transaction_id)

        assert batch is not None
        assert [order.reference for order in batch.orders] == [{"serial": "7"}]
