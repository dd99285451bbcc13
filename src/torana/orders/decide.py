"""What the investor decides about orders that are not at the broker. Nothing is sent again by a timer."""

from datetime import datetime

from torana.events.log import record
from torana.kit.database import Connection, Database
from torana.kit.due import wake
from torana.kit.ids import new_id, new_tag
from torana.orders import store
from torana.orders.models import TO_DECIDE


async def place_again(database: Database, gateway_id: str, batch_id: str, transaction_id: str, now: datetime) -> int:
    """Plan every undecided order of the batch again, as a new attempt with a new tag (I1). Returns how many."""
    async with database.transaction() as connection:
        absent = await store.lock_orders(connection, gateway_id, batch_id, TO_DECIDE)
        if absent:
            rows = [(order_id, new_id("att"), new_tag()) for order_id in absent]
            await store.insert_attempts(connection, gateway_id, rows, now)
            await _decided(connection, gateway_id, batch_id, transaction_id, "orders.place_again", absent, now)
    return len(absent)


async def leave(database: Database, gateway_id: str, batch_id: str, transaction_id: str, now: datetime) -> int:
    """Leave the undecided orders unplaced. Returns how many there were."""
    async with database.transaction() as connection:
        absent = await store.lock_orders(connection, gateway_id, batch_id, TO_DECIDE)
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
    await wake(connection, "batches")


async def returned(database: Database, gateway_id: str, transaction_id: str, now: datetime) -> None:
    """The investor's browser came back from the basket at his broker: look at once, and the window begins."""
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
    await wake(connection, "batches")
