"""CANCEL_ORDER and CANCEL_AMO: orders of a connected investor that have not ended are cancelled, after one question.
The broker's book says what became of them: a fill that was faster is told as a fill."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

import msgspec

from torana.connectors.contract import Connector
from torana.connectors.registry import Connectors
from torana.events.log import News
from torana.flows.context import CurrentVisit, FlowServices, connector_of, frame_of
from torana.flows.contract import Changed, Done, Fail, Flow, Page, Step, ToLogin, Work
from torana.flows.ordering.cancel_pages import CancelView, cancelling_view, question_view
from torana.flows.ordering.cancel_request import (
    CANCEL_AMO_EXAMPLES,
    CANCEL_AMO_TITLE,
    CANCEL_EXAMPLES,
    CANCEL_RESULT,
    CANCEL_TITLE,
    CancelAmoBody,
    CancelBody,
    CancelConfig,
    not_found,
    read_cancel,
)
from torana.flows.visits import Stage
from torana.investors import accounts
from torana.kit.database import Connection, Database
from torana.kit.due import wake
from torana.orders import cancel, store
from torana.orders.models import Batch, Order
from torana.orders.schemas import CANCELLATION_COMPLETED, cancellation
from torana.orders.states import CANCELLABLE
from torana.pages.frames import broker_of
from torana.pages.texts.keys import Texts
from torana.pages.views import Closing, Status
from torana.partners.access import Access
from torana.transactions.details import event_of
from torana.transactions.intents import LOGIN, Audience, Need
from torana.transactions.models import Transaction
from torana.transactions.outcomes import INTENT_NOT_ENABLED, NO_BROKER_AVAILABLE, NO_ORDER, FlowError
from torana.transactions.reading import Faults, schema_of

CANCEL = Need("cancel", lambda known: known.cancel)
"""The broker takes cancellations from an app that places as this installation does."""


class CancelOrder(Flow[CancelConfig]):
    intent = "CANCEL_ORDER"
    title = CANCEL_TITLE
    audience = Audience.CONNECTED
    lifetime = timedelta(minutes=5)
    needs = frozenset({LOGIN, CANCEL})
    config = CancelConfig
    events = (CANCELLATION_COMPLETED,)
    completion = CANCELLATION_COMPLETED
    examples = CANCEL_EXAMPLES
    result_schema = CANCEL_RESULT
    whole_batch: ClassVar[bool] = False
    """Whether every order of a batch may be meant."""

    # what is asked for, and what came out

    def read(self, given: Mapping[str, Any], faults: Faults, extra: dict[str, Any]) -> CancelConfig:
        return read_cancel(given.get("orderConfig"), faults, extra, whole_batch=self.whole_batch)

    def body_schema(self) -> dict[str, Any]:
        return {"required": ["orderConfig"], "properties": {"orderConfig": schema_of(CancelBody)}}

    def order_config(self, config: CancelConfig) -> dict[str, Any]:
        named = {"batchId": config.batch_id} if config.iscid is None else {"iscid": config.iscid}
        return {**named, "ticker": config.symbol, "exchange": config.exchange}

    async def check_subject(
        self, database: Database, connectors: Connectors, access: Access, config: CancelConfig, now: datetime
    ) -> None:
        """Another investor's batch is not there."""
        batch = await _named(database, access.gateway.gateway_id, access.investor_id or "", config, None)
        if batch is None or not _orders_of(batch, config):
            raise not_found(config, batch is not None)

    async def result(self, database: Database, transaction: Transaction) -> dict[str, Any]:
        """As the orders stand now: what the broker corrects later is corrected here, too."""
        batch = await _batch_of(database, transaction)
        if batch is None:
            return cancellation(None, None)
        return cancellation(batch, cancel.told_status(_orders_of(batch, self.config_of(transaction))))

    # the pages

    def purpose(self, transaction: Transaction, app: str, texts: Texts) -> str:
        return texts.cancel.purpose(app=app, count=1 if self.config_of(transaction).symbol else 2)

    async def explain(self, services: FlowServices, current: CurrentVisit, error: FlowError) -> tuple[str, ...]:
        return (current.texts.cancel.not_by_api,) if error == INTENT_NOT_ENABLED else ()

    async def step(self, services: FlowServices, current: CurrentVisit, query: Mapping[str, str]) -> Step:
        connector = connector_of(services, current)
        batch = await _batch_of(services.database, current.transaction)
        if connector is None:
            return Fail(NO_BROKER_AVAILABLE)
        if batch is None:
            return Fail(NO_ORDER)
        orders = _orders_of(batch, self.config_of(current.transaction))
        if current.stage is Stage.DONE:
            return Page(await _status(services, current, connector, batch, orders))
        if current.stage is Stage.CONFIRMED:
            if "login" in query:
                return ToLogin()
            return Work(await _status(services, current, connector, batch, orders))
        if not any(order.state in CANCELLABLE for order in orders):
            return Done(cancellation(batch, cancel.told_status(orders)))
        return Page(await _question(services, current, connector, batch, orders))

    async def submit(self, services: FlowServices, current: CurrentVisit, form: Mapping[str, str]) -> Step:
        batch = await _batch_of(services.database, current.transaction)
        if current.stage is Stage.REVIEWING and batch is not None:
            ids = [order.order_id for order in _orders_of(batch, self.config_of(current.transaction))]
            now = services.clock.now()
            await cancel.confirm(services.database, current.transaction, batch.batch_id, ids, now)
        return Changed()

    def completion_news(self, transaction: Transaction, result: Mapping[str, Any]) -> list[News]:
        """Of orders that had ended when the investor came; the rest the worker tells."""
        return [News(CANCELLATION_COMPLETED.name, event_of(transaction, **result), notify_partner=True)]

    async def logged_in_again(
        self, connection: Connection, transaction: Transaction, *, investor_id: str, session_id: str, now: datetime
    ) -> bool:
        """The worker takes the investor's newest login once the one of the orders has ended."""
        config, at = self.config_of(transaction), transaction.gateway_id
        if config.iscid is None:
            await store.hint_batch(connection, at, config.batch_id, now)
        else:
            await store.hint_of_investment(connection, at, config.iscid, now)
        await wake(connection, "batches", transaction.gateway_id)
        return True


class CancelAmo(CancelOrder):
    """The same of after-market orders, all of a batch unless one is named."""

    intent = "CANCEL_AMO"
    title = CANCEL_AMO_TITLE
    examples = CANCEL_AMO_EXAMPLES
    whole_batch = True

    def body_schema(self) -> dict[str, Any]:
        return {"required": ["orderConfig"], "properties": {"orderConfig": schema_of(CancelAmoBody)}}


def _orders_of(batch: Batch, config: CancelConfig) -> list[Order]:
    return cancel.chosen(batch, config.symbol, config.exchange)


async def _batch_of(database: Database, transaction: Transaction) -> Batch | None:
    """The batch that the transaction names, if it is its investor's."""
    investor_id = transaction.investor_id or transaction.asked_investor_id or ""
    config = msgspec.convert(transaction.config, CancelConfig)
    return await _named(database, transaction.gateway_id, investor_id, config, transaction.created_at)


async def _named(
    database: Database, gateway_id: str, investor_id: str, config: CancelConfig, before: datetime | None
) -> Batch | None:
    """Of an investment the batch that was its last `before` the cancellation was asked for (None: by now)."""
    if config.iscid is None:
        return await store.batch_of_investor(database, gateway_id, investor_id, config.batch_id)
    return await store.last_of_investment(database, gateway_id, investor_id, config.iscid, before)


async def _question(
    services: FlowServices, current: CurrentVisit, connector: Connector, batch: Batch, orders: Sequence[Order]
) -> CancelView:
    broker = broker_of(connector.capabilities)
    frame = frame_of(current, Closing.ASK, broker=broker.name)
    account = await accounts.name_of(services.database, batch.gateway_id, batch.investor_id)
    return question_view(frame, broker, account, batch, orders)


async def _status(
    services: FlowServices, current: CurrentVisit, connector: Connector, batch: Batch, orders: Sequence[Order]
) -> Status:
    over = current.stage is Stage.DONE
    own = current.own_login
    return cancelling_view(
        frame_of(current, Closing.WINDOW, refresh=None if over else 3),
        broker_of(connector.capabilities),
        await accounts.name_of(services.database, batch.gateway_id, batch.investor_id) if own else "",
        batch,
        orders if own else (),
        status=cancel.told_status(orders) if over else None,
        app=current.app,
        stream=None if over else f"{current.home}/stream",
    )
