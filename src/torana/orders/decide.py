"""What people decide about orders: the investor about those that are not at the broker, the operator about those whose
end nobody saw. Nothing is sent again by a timer."""

from collections.abc import Collection
from datetime import datetime

import msgspec

from torana.events.log import record
from torana.kit.database import Connection, Database
from torana.kit.due import wake
from torana.kit.errors import ToranaError
from torana.kit.ids import new_id, new_tag
from torana.kit.money import Paise
from torana.orders import store
from torana.orders.models import Order, end_by_hand
from torana.orders.schemas import order_event
from torana.orders.states import AttemptState, OrderState

BY_HAND = "entered by the operator"


class NotToResolve(ToranaError):
    """The order cannot be ended by hand, or not so."""


async def place_again(
    database: Database,
    gateway_id: str,
    batch_id: str,
    transaction_id: str,
    now: datetime,
    *,
    states: Collection[OrderState],
) -> int:
    """Plan every undecided order of the batch that is in one of these states again, as a new attempt with a new tag
    (I1). Returns how many."""
    async with database.transaction() as connection:
        absent = await store.lock_orders(connection, gateway_id, batch_id, states)
        if absent:
            rows = [(order_id, new_id("att"), new_tag()) for order_id in absent]
            await store.insert_attempts(connection, gateway_id, rows, now)
            await _decided(connection, gateway_id, batch_id, transaction_id, "orders.place_again", absent, now)
    return len(absent)


async def leave(
    database: Database,
    gateway_id: str,
    batch_id: str,
    transaction_id: str,
    now: datetime,
    *,
    states: Collection[OrderState],
) -> int:
    """Leave the undecided orders in these states unplaced. Returns how many there were."""
    async with database.transaction() as connection:
        absent = await store.lock_orders(connection, gateway_id, batch_id, states)
        if absent:
            await store.end_undecided(connection, gateway_id, absent, now)
            await _decided(connection, gateway_id, batch_id, transaction_id, "orders.left", absent, now)
    return len(absent)


async def cancel(database: Database, gateway_id: str, batch_id: str, transaction_id: str, now: datetime) -> int:
    """Place nothing of the batch that has not been sent yet. Returns how many orders that are; what is on its way or
    at the broker already is not affected. Against a worker that is about to send an order exactly one of the two wins.
    """
    async with database.transaction() as connection:
        cancelled = await store.cancel_planned(
            connection, gateway_id, batch_id, "cancelled", "cancelled by the investor before it was sent", now
        )
        if cancelled:
            await _decided(connection, gateway_id, batch_id, transaction_id, "orders.cancelled", cancelled, now)
    return len(cancelled)


async def resolve(
    database: Database, gateway_id: str, order_id: str, *, filled: int, average: Paise | None, now: datetime
) -> Order:
    """End an order whose end nobody saw, as the operator found out: `filled` shares at `average` paise each (None: as
    known already). Its batch completes with its last order. Returns the order as it is then.

    Raises `NotToResolve`, with the reason, and changes nothing.
    """
    async with database.transaction() as connection:
        found = await store.lock_order(connection, gateway_id, order_id)
        if found is None:
            raise NotToResolve(f"there is no order {order_id} at this gateway")
        batch, order = found
        if order.state is not OrderState.UNRESOLVED:
            raise NotToResolve(f"{order_id} is {order.state}: only an UNRESOLVED order is ended by hand")
        if not order.filled_quantity <= filled <= order.quantity:
            raise NotToResolve(f"between {order.filled_quantity} (known) and {order.quantity} shares can be filled")
        price = order.average_price if average is None else average
        if filled and not price:
            raise NotToResolve("the average price of the filled shares is not known: give it with --average")
        state = end_by_hand(order, filled)
        accepted = order.attempt.state is AttemptState.ACCEPTED or state is not OrderState.NOT_PLACED
        ended = msgspec.structs.replace(
            order,
            state=state,
            filled_quantity=filled,
            average_price=price if filled else 0,
            message=BY_HAND,
            attention=None,
            attention_text=None,
            updated_at=now,
            final_at=now,
            attempt=msgspec.structs.replace(
                order.attempt,
                state=AttemptState.ACCEPTED if accepted else AttemptState.ABSENT,
                started_at=order.attempt.started_at or order.attempt.planned_at,
            ),
        )
        await store.end_by_hand(connection, batch, ended, now)
        await record(
            connection,
            gateway_id=gateway_id,
            transaction_id=batch.transaction_id,
            type="order.resolved",
            data={"batch_id": batch.batch_id, "by": "operator", "order": order_event(ended)},
            now=now,
        )
        await wake(connection, "batches", gateway_id)
    return ended


async def _decided(
    connection: Connection,
    gateway_id: str,
    batch_id: str,
    transaction_id: str,
    event: str,
    order_ids: list[str],
    now: datetime,
) -> None:
    await store.hint_batch(connection, gateway_id, batch_id, now)
    data = {"batch_id": batch_id, "order_ids": order_ids}
    await record(connection, gateway_id=gateway_id, transaction_id=transaction_id, type=event, data=data, now=now)
    await wake(connection, "batches", gateway_id)


async def returned(database: Database, gateway_id: str, transaction_id: str, now: datetime) -> None:
    """The investor's browser came back from the basket at their broker: look at once, and the window begins."""
    async with database.transaction() as connection:
        await _look_now(connection, gateway_id, transaction_id, now)


async def returned_with_login(
    connection: Connection, *, gateway_id: str, transaction_id: str, investor_id: str, session_id: str, now: datetime
) -> bool:
    """The same with a new login, which goes on in the place of the one that the orders were confirmed with. False: all
    has ended, and the login changes nothing."""
    changed = await store.change_login(connection, gateway_id, transaction_id, investor_id, session_id)
    if changed:
        await _look_now(connection, gateway_id, transaction_id, now)
    return changed


async def _look_now(connection: Connection, gateway_id: str, transaction_id: str, now: datetime) -> None:
    await store.mark_returned(connection, gateway_id, transaction_id, now)
    await wake(connection, "batches", gateway_id)
