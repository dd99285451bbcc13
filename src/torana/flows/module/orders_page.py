"""The investor's orders of the last days, by batch. What is open is followed and cancelled on a page of its own."""

from collections.abc import Sequence

from torana.baskets import store as baskets
from torana.flows.contract import Page
from torana.flows.module.context import ModuleContext
from torana.flows.module.request import Place
from torana.flows.module.views import ModuleOrdersView, OrderGroup
from torana.flows.ordering.order_rows import order_row
from torana.flows.show_orders import MOST_BATCHES, RECENT
from torana.orders import store
from torana.orders.models import Batch
from torana.orders.states import FINAL
from torana.pages.frames import broker_of
from torana.pages.views import Action


async def orders_page(context: ModuleContext) -> Page:
    database, since = context.services.database, context.services.clock.now() - RECENT
    found = await store.recent(database, context.gateway_id, context.investor_id, since, MOST_BATCHES)
    names = await baskets.names(database, context.gateway_id, [batch.scid for batch in found if batch.scid])
    connector, words = context.connector, context.words
    if connector is None:
        raise LookupError("the portal shows no page of a broker that is not there")
    broker = broker_of(connector.capabilities)
    return Page(
        ModuleOrdersView(
            context.frame(),
            words.orders_title,
            context.tabs(Place.ORDERS),
            words.orders_text if found else words.orders_none,
            broker,
            tuple(_group(context, batch, names.get(batch.scid or ""), broker.name) for batch in found),
            _follow(context, found),
        )
    )


def _group(context: ModuleContext, batch: Batch, name: str | None, broker: str) -> OrderGroup:
    words, texts = context.words, context.current.texts
    kind = words.kind(kind=batch.kind or "")
    title = kind if name is None else words.kind_of(kind=kind, basket=name)
    rows = tuple(order_row(batch, order, broker, texts) for order in batch.orders)
    return OrderGroup(title, words.moment(at=batch.created_at), rows)


def _follow(context: ModuleContext, found: Sequence[Batch]) -> Action | None:
    if all(order.state in FINAL for batch in found for order in batch.orders):
        return None
    return Action(context.words.follow, post="confirm", fields={"step": "follow"})
