"""What people decide about orders, written inside the database transaction of the caller."""

from collections.abc import Collection, Sequence
from datetime import datetime

from torana.kit.database import Connection
from torana.kit.sql import Statement
from torana.orders.models import Batch, Order, OrderState
from torana.orders.store.read import NOT_TO_CANCEL, READ, batches_of

_LOCK_BATCH = Statement("""
    select 1 from batches where gateway_id = :gateway_id and batch_id = :batch_id for update
""")
_IN_STATES = Statement(f"""
    select order_id from orders where gateway_id = :gateway_id and batch_id = :batch_id and state = any(:states)
      and {NOT_TO_CANCEL}
    order by line
""")


async def lock_orders(
    connection: Connection, gateway_id: str, batch_id: str, states: Collection[OrderState]
) -> list[str]:
    """Ids of the batch's orders in these states that are not to be cancelled, the batch held for this database
    transaction."""
    await connection.execute(*_LOCK_BATCH(gateway_id=gateway_id, batch_id=batch_id))
    rows = await connection.fetch(*_IN_STATES(gateway_id=gateway_id, batch_id=batch_id, states=list(states)))
    return [row["order_id"] for row in rows]


_INSERT_ATTEMPTS = Statement("""
    with wanted as (
        select * from jsonb_to_recordset(:attempts) as l (order_id text, attempt_id text, tag text)
    ), made as (
        insert into attempts (gateway_id, attempt_id, order_id, number, tag, state, planned_at)
        select :gateway_id, attempt_id, order_id,
               (select max(number) + 1 from attempts a where a.gateway_id = :gateway_id and a.order_id = l.order_id),
               tag, 'PLANNED', :now
        from wanted l
    )
    update orders o set state = 'PLANNED', updated_at = :now, broker_order_id = null, exchange_order_id = null,
           broker_status = null, reference = default, cancel = null, reason = null, message = null,
           attention = null, attention_text = null
    from wanted l where o.gateway_id = :gateway_id and o.order_id = l.order_id
""")


async def insert_attempts(
    connection: Connection, gateway_id: str, rows: Sequence[tuple[str, str, str]], now: datetime
) -> None:
    """A further attempt per (order id, attempt id, tag); the order is planned again, and nothing that was known of the
    last attempt is taken for this one's."""
    attempts = [{"order_id": order_id, "attempt_id": attempt_id, "tag": tag} for order_id, attempt_id, tag in rows]
    await connection.execute(*_INSERT_ATTEMPTS(gateway_id=gateway_id, attempts=attempts, now=now))


_END_UNDECIDED = Statement("""
    update orders
    set state = case state when 'UNAUTHORISED' then 'REJECTED' else 'NOT_PLACED' end,
        updated_at = :now, final_at = :now, attention = null, attention_text = null
    where gateway_id = :gateway_id and order_id = any(:order_ids::text[])
      and state in ('ABSENT', 'STALE', 'UNAUTHORISED')
""")


async def end_undecided(connection: Connection, gateway_id: str, order_ids: Sequence[str], now: datetime) -> None:
    """Leave orders that are not at the broker unplaced; what the broker has refused is refused."""
    await connection.execute(*_END_UNDECIDED(gateway_id=gateway_id, order_ids=order_ids, now=now))


_CANCEL_PLANNED = Statement("""
    with b as (
        update batches set lease_token = lease_token + 1, lease_until = null, due_at = :now, hints = hints + 1
        where gateway_id = :gateway_id and batch_id = :batch_id and exists (
            select from orders where gateway_id = :gateway_id and batch_id = :batch_id and state = 'PLANNED'
            and (:order_ids::text[] is null or order_id = any(:order_ids)))
        returning batch_id
    )
    update orders o
    set state = 'NOT_PLACED', reason = :reason, message = :message, updated_at = :now, final_at = :now
    from b where o.gateway_id = :gateway_id and o.batch_id = b.batch_id and o.state = 'PLANNED'
      and (:order_ids::text[] is null or o.order_id = any(:order_ids))
    returning o.order_id
""")


async def cancel_planned(
    connection: Connection,
    gateway_id: str,
    batch_id: str,
    reason: str,
    message: str,
    now: datetime,
    *,
    only: Sequence[str] | None = None,
) -> list[str]:
    """Orders of the batch (`only` those, if they are named) that have not been sent are not placed any more; returns
    their ids.

    The claim of a worker that holds the batch ends with it: what it has not committed to send, it cannot send.
    """
    rows = await connection.fetch(
        *_CANCEL_PLANNED(
            gateway_id=gateway_id, batch_id=batch_id, reason=reason, message=message, now=now, order_ids=only
        )
    )
    return [row["order_id"] for row in rows]


_LOCK_BATCH_OF = Statement("""
    select batch_id from batches b where gateway_id = :gateway_id and batch_id = (
        select batch_id from orders where gateway_id = :gateway_id and order_id = :order_id) for update
""")
_WHOLE = Statement(f"{READ} where b.gateway_id = :gateway_id and b.batch_id = :batch_id order by o.line")


async def lock_order(connection: Connection, gateway_id: str, order_id: str) -> tuple[Batch, Order] | None:
    """The order and its batch, held for this database transaction."""
    batch_id = await connection.fetchval(*_LOCK_BATCH_OF(gateway_id=gateway_id, order_id=order_id))
    if batch_id is None:
        return None
    rows = await connection.fetch(*_WHOLE(gateway_id=gateway_id, batch_id=batch_id))
    (batch,) = batches_of(rows)
    return batch, next(order for order in batch.orders if order.order_id == order_id)


_END_BY_HAND = Statement("""
    with b as (
        update batches set lease_token = lease_token + 1, lease_until = null, due_at = :now, hints = hints + 1
        where gateway_id = :gateway_id and batch_id = :batch_id
    ), a as (
        update attempts set state = :attempt_state, started_at = :started_at, ended_at = coalesce(ended_at, :now),
               detail = :message
        where gateway_id = :gateway_id and attempt_id = :attempt_id
    )
    update orders set state = :state, filled_quantity = :filled_quantity, average_price = :average_price,
           message = :message, attention = null, attention_text = null, updated_at = :now, final_at = :final_at
    where gateway_id = :gateway_id and order_id = :order_id
""")


async def end_by_hand(connection: Connection, batch: Batch, order: Order, now: datetime) -> None:
    """Write the end of an order that a person has found out; its batch is due.

    The claim of a worker that holds the batch ends with it: what it knows is older.
    """
    await connection.execute(
        *_END_BY_HAND(
            gateway_id=batch.gateway_id,
            batch_id=batch.batch_id,
            order_id=order.order_id,
            state=order.state,
            filled_quantity=order.filled_quantity,
            average_price=order.average_price,
            message=order.message,
            final_at=order.final_at,
            now=now,
            attempt_id=order.attempt.attempt_id,
            attempt_state=order.attempt.state,
            started_at=order.attempt.started_at,
        )
    )
