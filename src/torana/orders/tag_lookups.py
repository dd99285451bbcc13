"""Look orders up by their tags, where a broker can do that, beside its book."""

import asyncio
from collections.abc import Container, Mapping, Sequence

import structlog

from torana.connectors.contract import BrokerError, BrokerOrder, RateLimited, Resting, TagLookUp
from torana.connectors.tags import on_wire
from torana.orders.models import Order
from torana.orders.pace import rest_after
from torana.orders.run import BatchRun
from torana.orders.states import AttemptState, OrderState

log = structlog.get_logger(__name__)


async def look_up_tags(
    run: BatchRun, book: Sequence[BrokerOrder], unproven: Container[str]
) -> Mapping[str, Sequence[BrokerOrder] | None]:
    """What the broker finds under the tags of orders that the book does not show and that may be there: those in doubt,
    and those (by id) of which it is unproven that they never left. None for a tag whose look-up failed."""
    look_up = run.connector.tag_lookup
    if look_up is None:
        return {}
    in_book = {entry.tag for entry in book}
    sought = [order for order in run.batch.orders if _is_in_doubt(order) or order.order_id in unproven]
    asked = [order for order in sought if order.tag not in in_book]
    found = await asyncio.gather(*(_by_tag(run, look_up, order) for order in asked))
    return dict(zip((order.tag for order in asked), found, strict=True))


def _is_in_doubt(order: Order) -> bool:
    """Whether it may be at the broker without our knowing its id."""
    doubtful = order.state in (OrderState.CHECKING, OrderState.ABSENT)
    return doubtful and order.attempt.state is not AttemptState.REJECTED


async def _by_tag(run: BatchRun, look_up: TagLookUp, order: Order) -> Sequence[BrokerOrder] | None:
    sent_as = order.reference_at(run.batch.variety, on_wire(order.tag, run.orders.rules.tag))
    try:
        return list(await look_up.by_tag(run.session, sent_as))
    except Resting as resting:
        run.rest = resting.seconds
    except RateLimited as limited:
        log.warning("orders.book.too_fast", error=limited.message[:200])
        run.rest = rest_after(limited)
    except BrokerError as error:
        log.warning("orders.book.tag_lookup_failed", broker=run.batch.broker, error=repr(error))
    return None
