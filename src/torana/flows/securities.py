"""TRANSACTION of type SECURITIES: orders of single shares. The investor fills in what is left open, reviews, confirms,
and sees each order reach its end."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from torana.connectors.contract import OrderType
from torana.flows.context import CurrentVisit, FlowServices
from torana.flows.ordering.flow import OrdersFlow
from torana.flows.ordering.models import Chosen, Line, OrderConfig
from torana.flows.ordering.moment import Moment
from torana.flows.ordering.reference import EXAMPLES, ORDER_BATCHES
from torana.flows.ordering.request import read_order_config
from torana.flows.ordering.schemas import OrderConfigBody
from torana.kit.database import Database
from torana.kit.money import short_rupees
from torana.orders import store
from torana.orders.schemas import order_batch
from torana.pages.texts.keys import Texts
from torana.transactions.intents import Audience
from torana.transactions.models import Transaction
from torana.transactions.reading import Faults, schema_of

OrderBatches = Callable[[Database, str, Sequence[str]], Awaitable[list[dict[str, Any]]]]
"""Gives the wire form of the batches of transactions of a gateway."""
_RESULT_SCHEMA = {"orderBatches": ORDER_BATCHES}


async def order_batches(database: Database, gateway_id: str, transaction_ids: Sequence[str]) -> list[dict[str, Any]]:
    """The wire form of the batches of these transactions."""
    return [order_batch(batch) for batch in await store.of_transactions(database, gateway_id, transaction_ids, [])]


def lines_of(transaction: Transaction) -> list[Line]:
    """The lines that the partner asked for."""
    return msgspec.convert(transaction.config, OrderConfig).lines


class Securities(OrdersFlow[OrderConfig]):
    intent = "TRANSACTION"
    kind = "SECURITIES"
    title = "Orders"
    audience = Audience.EITHER
    lifetime = timedelta(minutes=15)
    config = OrderConfig
    examples = EXAMPLES
    result_schema = _RESULT_SCHEMA

    def __init__(self, order_batches: OrderBatches = order_batches) -> None:
        self._order_batches = order_batches

    # what is asked for, and what came out

    def read(self, given: Mapping[str, Any], faults: Faults, extra: dict[str, Any]) -> OrderConfig:
        return read_order_config(given["orderConfig"], extra, faults)

    def body_schema(self) -> dict[str, Any]:
        return {"required": ["orderConfig"], "properties": {"orderConfig": schema_of(OrderConfigBody)}}

    def order_config(self, config: OrderConfig) -> dict[str, Any]:
        return {"type": self.kind, "securities": [_security(line) for line in config.lines], "meta": config.meta}

    async def result(self, database: Database, transaction: Transaction) -> dict[str, Any]:
        batches = await self._order_batches(database, transaction.gateway_id, [transaction.transaction_id])
        return {"orderBatches": batches}

    # what is ordered

    def purpose(self, transaction: Transaction, app: str, texts: Texts) -> str:
        return texts.orders.purpose(app=app, count=len(lines_of(transaction)))

    async def choose(self, moment: Moment) -> Chosen:
        return Chosen(lines_of(moment.current.transaction))

    async def expected(self, services: FlowServices, current: CurrentVisit) -> list[Line]:
        return lines_of(current.transaction)


def _security(line: Line) -> dict[str, Any]:
    return {
        "ticker": line.symbol,
        "exchange": line.exchange,
        "quantity": line.quantity,
        "type": None if line.side is None else line.side.value,
        "orderType": (line.order_type or OrderType.MARKET).value,
        "price": short_rupees(line.limit_price or 0) if line.order_type is OrderType.LIMIT else 0,
    }
