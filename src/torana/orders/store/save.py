"""Write a new batch, and what a pass over it has learned: each in one statement. A worker's writes are fenced: they
fail once another worker holds the batch."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TypeAlias

import msgspec

from torana.connectors.contract import ExecutionMode
from torana.events.log import TELL, Beside, News, change_and_record
from torana.kit.database import Connection, Database
from torana.kit.due import Claim, LostLease
from torana.kit.sql import Statement
from torana.orders.changes import Change
from torana.orders.models import Batch, ConfirmedLine, Halt
from torana.orders.states import AttemptState, OrderState
from torana.orders.store.halts import HALTED, halt_of
from torana.transactions.life_cycle import Move

_PLAN = (
    (
        "planned",
        """
        insert into batches (gateway_id, batch_id, transaction_id, investor_id, session_id, broker, execution_mode,
                             variety, status, confirmed_hash, created_at, due_at, book_day, lane, scid, iscid,
                             basket_version, buys_wait, later)
        select :gateway_id, :batch_id, :transaction_id, :investor_id, :session_id, :broker, :execution_mode,
               :variety, :batch_status, :confirmed_hash, :now, :now, :book_day,
               (select mode from gateways where gateway_id = :gateway_id) || '/' || :broker::text, :scid, :iscid,
               :basket_version, :buys_wait, :later::jsonb
        from changed
        """,
    ),
    (
        "lines",
        """
        select l.* from changed, jsonb_to_recordset(:lines) as l (
            order_id text, attempt_id text, tag text, line int, symbol text, exchange text, isin text, side text,
            quantity bigint, order_type text, limit_price bigint, broker_code text, broker_symbol text,
            worst_price bigint)
        """,
    ),
    (
        "orders_made",
        """
        insert into orders (gateway_id, order_id, batch_id, line, symbol, exchange, isin, side, quantity, order_type,
                            limit_price, broker_code, broker_symbol, worst_price, state, created_at, updated_at)
        select :gateway_id, order_id, :batch_id, line, symbol, exchange, isin, side, quantity, order_type,
               limit_price, broker_code, broker_symbol, worst_price, :order_state, :now, :now
        from changed, lines
        """,
    ),
    (
        "attempts_made",
        """
        insert into attempts (gateway_id, attempt_id, order_id, number, tag, state, planned_at, started_at, doubt_since,
                              sends)
        select :gateway_id, attempt_id, order_id, 1, tag, :attempt_state, :now, case when :at_broker then :now end,
               case when :at_broker then 0 end, case when :at_broker then 1 else 0 end
        from changed, lines
        """,
    ),
)


Begin: TypeAlias = Callable[[Connection, Batch], Awaitable[bool]]
"""What is done before a batch is written, in the same database transaction. False: the batch is not to be written."""


class _NotBegun(Exception):
    """Undoes what was begun."""


async def insert_batch(
    database: Database,
    batch: Batch,
    lines: Sequence[ConfirmedLine],
    rows: Sequence[tuple[str, str, str]],
    move: Move,
    begin: Begin | None = None,
) -> bool:
    """Confirm the transaction by `move` and write batch, orders and first attempts, in one statement; they are due.
    `rows` holds (order id, attempt id, tag) per line. False, and nothing is written, when the move is not to be
    made, or `begin` says so.

    A basket for the investor's browser leaves us with the next answer: its attempts are unknown from the start.

    Raises `asyncpg.UniqueViolationError` when a tag is taken.
    """
    at_broker = batch.execution_mode is ExecutionMode.REDIRECT_BASKET
    values = {
        "batch_id": batch.batch_id,
        "investor_id": batch.investor_id,
        "session_id": batch.session_id,
        "broker": batch.broker,
        "execution_mode": batch.execution_mode,
        "variety": batch.variety,
        "batch_status": batch.status,
        "confirmed_hash": batch.confirmed_hash,
        "book_day": batch.book_day,
        "scid": batch.scid,
        "iscid": batch.iscid,
        "basket_version": batch.basket_version,
        "buys_wait": batch.buys_wait,
        "later": batch.later,
        "order_state": OrderState.CHECKING if at_broker else OrderState.PLANNED,
        "attempt_state": AttemptState.UNKNOWN if at_broker else AttemptState.PLANNED,
        "at_broker": at_broker,
        "lines": [
            {"order_id": order_id, "attempt_id": attempt_id, "tag": tag, "line": place, **msgspec.structs.asdict(line)}
            for place, (line, (order_id, attempt_id, tag)) in enumerate(zip(lines, rows, strict=True), 1)
        ],
    }
    written = partial(
        change_and_record,
        update=move.update,
        news=[move.news],
        gateway_id=batch.gateway_id,
        transaction_id=batch.transaction_id,
        now=batch.created_at,
        beside=Beside(_PLAN, values),
        due="batches",
    )
    if begin is None:
        async with database.connection() as connection:
            return await written(connection)
    try:
        async with database.transaction() as connection:
            if not (await begin(connection, batch) and await written(connection)):
                raise _NotBegun
    except _NotBegun:
        return False
    return True


_HELD = """
    select 1 from batches where gateway_id = :gateway_id and batch_id = :batch_id and lease_token = :lease_token
"""
_FENCE = f"{_HELD} for update"
_UNLESS_HALTED = f"{_HELD} and not exists ({HALTED}) for update"
"""For intents to send: of the batch's gateway, to its broker."""
_WRITE = (
    (
        "orders_written",
        """
        update orders o set
            state = c.state, broker_order_id = c.broker_order_id, exchange_order_id = c.exchange_order_id,
            reference = c.reference,
            broker_status = c.broker_status, filled_quantity = c.filled_quantity, average_price = c.average_price,
            reason = c.reason, message = c.message, attention = c.attention, attention_text = c.attention_text,
            updated_at = c.updated_at, final_at = c.final_at,
            cancel = case when (c.cancel ->> 'asks')::int >= (o.cancel ->> 'asks')::int
                          then c.cancel else o.cancel end
        from changed, jsonb_populate_recordset(null::orders, :orders) c
        where o.gateway_id = :gateway_id and o.order_id = c.order_id
        """,
    ),
    (
        "attempts_written",
        """
        update attempts a set
            state = c.state, started_at = c.started_at, doubt_since = c.doubt_since, sends = c.sends,
            lookups = c.lookups, detail = coalesce(c.detail, a.detail),
            planned_in = case when c.sending_learned then pg_current_xact_id()::text::int8 else a.planned_in end,
            ended_at = case when not c.sending_learned then a.ended_at
                            when c.state in ('ACCEPTED', 'REJECTED', 'ABSENT') then coalesce(a.ended_at, :now) end
        from changed, jsonb_to_recordset(:attempts) as c (
            attempt_id text, state text, started_at timestamptz, doubt_since float8, sends int, lookups int,
            detail text, sending_learned bool)
        where a.gateway_id = :gateway_id and a.attempt_id = c.attempt_id
        """,
    ),
    (
        "batch_written",
        """
        update batches set
            status = case when status in ('FIXED', 'MARKEDCOMPLETE') then status else :batch_status end,
            stopped_reason = :stopped_reason, placed_at = :placed_at,
            completed_at = :completed_at, held_for = :held_for, watched = :watched,
            returned_watched = :returned_watched,
            due_at = case when not :over then due_at when cancelling then :now end,
            lease_until = case when not :over then lease_until end,
            attempts = case when :over then 0 else attempts end
        from changed where gateway_id = :gateway_id and batch_id = :batch_id
        """,
    ),
)


class Halted(Exception):
    """New orders are stopped: no intent to send one was written."""

    def __init__(self, halt: Halt) -> None:
        super().__init__(halt.reason)
        self.halt = halt


async def write(
    database: Database,
    claim: Claim,
    batch: Batch,
    changes: Sequence[Change],
    news: Sequence[News],
    move: Move | None,
    now: datetime,
    *,
    watched: float,
    also: Callable[[Connection], Awaitable[None]] | None = None,
) -> None:
    """Write the orders that changed and their attempts as they are in `batch` now, the batch, a move of its
    transaction, and the events that tell of it all, in one statement: all of it or nothing. A batch that is over is
    given back as well. `watched` are the seconds for which the batch was watched up to now. What is `also` to be
    written is written before it, in the same database transaction.

    Raises `LostLease`, and writes nothing, once another worker holds the batch, and `Halted` for intents to send while
    new orders are stopped.
    """
    by_id = {change.order.order_id: change for change in changes}
    orders = [order for order in batch.orders if order.order_id in by_id]
    sends = any(change.becomes is OrderState.SENDING for change in changes)
    values = {
        "batch_id": batch.batch_id,
        "lease_token": claim.token,
        "orders": orders,
        "attempts": [
            {
                **msgspec.structs.asdict(order.attempt),
                "detail": by_id[order.order_id].detail,
                "sending_learned": by_id[order.order_id].attempt_state is not None,
            }
            for order in orders
        ],
        "batch_status": batch.status,
        "stopped_reason": batch.stopped_reason,
        "placed_at": batch.placed_at,
        "completed_at": batch.completed_at,
        "over": batch.over,
        "held_for": batch.held_for,
        "watched": watched,
        "returned_watched": batch.returned_watched,
    }
    written = partial(
        change_and_record,
        update=move.update if move is not None else TELL if news else None,
        news=news,
        gateway_id=batch.gateway_id,
        transaction_id=batch.transaction_id,
        now=now,
        beside=Beside(_WRITE, values | {"broker": batch.broker}, _UNLESS_HALTED)
        if sends
        else Beside(_WRITE, values, _FENCE),
    )
    if also is None:
        async with database.connection() as connection:
            done = await written(connection)
    else:
        async with database.transaction() as connection:
            await also(connection)
            done = await written(connection)
            if not done:
                raise LostLease(f"batch {batch.batch_id}")
    if not done:
        halt = await halt_of(database, batch.gateway_id, batch.broker) if sends else None
        raise LostLease(f"batch {batch.batch_id}") if halt is None else Halted(halt)


_GIVE_BACK = Statement("""
    update batches set due_at = case when hints <> :hints then :now::timestamptz else :due_at end,
           lease_until = null, attempts = 0, watched = :watched, returned_watched = :returned_watched
    where gateway_id = :gateway_id and batch_id = :batch_id and lease_token = :lease_token
""")


async def give_back(
    database: Database,
    claim: Claim,
    batch: Batch,
    due_at: datetime | None,
    now: datetime,
    *,
    watched: float,
) -> None:
    """End our lease; a hint that came while we worked makes the batch due at once."""
    await database.execute(
        *_GIVE_BACK(
            gateway_id=batch.gateway_id,
            batch_id=batch.batch_id,
            lease_token=claim.token,
            hints=batch.hints,
            due_at=due_at,
            now=now,
            watched=watched,
            returned_watched=batch.returned_watched,
        )
    )
