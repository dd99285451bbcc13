"""SHOW_ORDERS: a connected investor looks at their orders of this app, live, and cancels what is open. The web SDK's
`showOrders()` asks for it by itself; it is done when the investor leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, ClassVar

from torana.flows.context import CurrentVisit, FlowServices, connector_of, frame_of
from torana.flows.contract import Changed, Done, Fail, Flow, Page, Step, Work
from torana.flows.ordering.cancel_pages import question_view
from torana.flows.ordering.cancel_request import SHOW_TITLE
from torana.flows.ordering.order_rows import order_receipt
from torana.flows.visits import Stage
from torana.investors import accounts
from torana.kit.database import Database
from torana.kit.due import wake
from torana.orders import cancel, store
from torana.orders.models import Batch, Order
from torana.orders.states import CANCELLABLE, AttentionKind
from torana.pages.frames import broker_of, ending
from torana.pages.texts.keys import Texts
from torana.pages.views import Action, Broker, Closing, Frame, Message, OrderRow, Tone
from torana.transactions.intents import LOGIN, Audience, NoConfig, WithoutConfig
from torana.transactions.models import Transaction
from torana.transactions.outcomes import NO_BROKER_AVAILABLE

RECENT = timedelta(days=7)
MOST_BATCHES = 25
"""The newest of the last week; what is open is shown however old it is."""
_EXAMPLES = {"orders": {"intent": "SHOW_ORDERS"}}
_RESULT_SCHEMA = {"success": {"const": True}}
_RESULT_EXAMPLE = {"success": True}


@dataclass(frozen=True, slots=True)
class OrdersView:
    """The investor's orders, the newest first."""

    template: ClassVar[str] = "orders.html"
    live_template: ClassVar[str] = "orders_live.html"
    frame: Frame
    broker: Broker
    account: str
    title: str
    text: str
    rows: tuple[OrderRow, ...]
    stream: str
    leave: Action


class ShowOrders(WithoutConfig, Flow[NoConfig]):
    intent = "SHOW_ORDERS"
    title = SHOW_TITLE
    audience = Audience.CONNECTED
    lifetime = timedelta(minutes=60)
    needs = frozenset({LOGIN})
    by_page = True
    examples = _EXAMPLES
    result_schema = _RESULT_SCHEMA
    result_example = _RESULT_EXAMPLE

    async def result(self, database: Database, transaction: Transaction) -> dict[str, Any]:
        return {"success": True}

    def purpose(self, transaction: Transaction, app: str, texts: Texts) -> str:
        return texts.own_orders.purpose(app=app)

    def left(self) -> Done:
        return Done()

    async def step(self, services: FlowServices, current: CurrentVisit, query: Mapping[str, str]) -> Step:
        connector = connector_of(services, current)
        if connector is None:
            return Fail(NO_BROKER_AVAILABLE)
        if current.stage is Stage.DONE:
            return Page(_left(current))
        batches = await _batches(services, current)
        asked = _find(batches, query.get("cancel", ""))
        at = (current.gateway.gateway_id, current.transaction.investor_id or "")
        account, may_cancel = await accounts.name_of(services.database, *at), connector.capabilities.cancel
        broker, frame = broker_of(connector.capabilities), frame_of(current, Closing.AT_ONCE, refresh=5)
        if asked is not None and asked[1].state in CANCELLABLE and may_cancel:
            keep = Action(current.texts.cancel.keep(count=1), href=current.home)
            fields = {"order": asked[1].order_id}
            still = replace(frame, refresh=None)
            return Page(question_view(still, broker, account, asked[0], [asked[1]], keep=keep, fields=fields))
        await _look_for_ends(services, batches)
        view = orders_view(frame, broker, account, batches, app=current.app, may_cancel=may_cancel)
        return Work(view, tuple(batch.transaction_id for batch in batches))

    async def submit(self, services: FlowServices, current: CurrentVisit, form: Mapping[str, str]) -> Step:
        asked = _find(await _batches(services, current), form.get("order", ""))
        if asked is not None:
            batch, order = asked
            now = services.clock.now()
            at = (batch.gateway_id, batch.investor_id, batch.batch_id)
            await cancel.ask(services.database, *at, [order.order_id], now)
        return Changed()


def orders_view(
    frame: Frame, broker: Broker, account: str, batches: Sequence[Batch], *, app: str, may_cancel: bool
) -> OrdersView:
    words = frame.texts.own_orders
    return OrdersView(
        frame,
        broker,
        account,
        words.title(app=app),
        words.text if batches else words.none(app=app),
        tuple(_row(frame, broker, batch, order, may_cancel=may_cancel) for batch in batches for order in batch.orders),
        f"{frame.home}/stream",
        Action(frame.texts.page.back_to(app=app), post="cancel"),
    )


def _row(frame: Frame, broker: Broker, batch: Batch, order: Order, *, may_cancel: bool) -> OrderRow:
    words = frame.texts.own_orders
    action = None
    if may_cancel and order.state in CANCELLABLE and not order.cancel_wished:
        action = Action(words.cancel, href=f"{frame.home}?cancel={order.order_id}")
    row = order_receipt(batch, order, broker.name, frame.texts)
    return replace(row, when=words.placed_at(at=batch.created_at), action=action)


def _find(batches: Sequence[Batch], order_id: str) -> tuple[Batch, Order] | None:
    found = ((batch, order) for batch in batches for order in batch.orders if order.order_id == order_id)
    return next(found, None)


async def _batches(services: FlowServices, current: CurrentVisit) -> list[Batch]:
    since = services.clock.now() - RECENT
    investor_id = current.transaction.investor_id or ""
    return await store.recent(services.database, current.gateway.gateway_id, investor_id, since, MOST_BATCHES)


async def _look_for_ends(services: FlowServices, batches: Sequence[Batch]) -> None:
    """The investor has just logged in: orders that waited for that are looked at now."""
    waiting = [one for one in batches if any(o.attention is AttentionKind.LOGIN_NEEDED for o in one.orders)]
    if not waiting:
        return
    async with services.database.transaction() as connection:
        for batch in waiting:
            await store.hint_batch(connection, batch.gateway_id, batch.batch_id, services.clock.now())
        await wake(connection, "batches", waiting[0].gateway_id)


def _left(current: CurrentVisit) -> Message:
    frame, words = frame_of(current, Closing.WINDOW), current.texts.own_orders
    return Message(frame, Tone.GOOD, words.left_title, (), ending=ending(frame, current.app, counted=True))
