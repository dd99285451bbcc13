"""All SQL of orders/. A worker's writes are fenced: they fail once another worker holds the batch."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from torana.connectors.contract import ExecutionMode
from torana.events.log import write_and_record
from torana.kit.database import Connection, Database, row_to
from torana.kit.due import Claim, LostLease
from torana.orders.models import FINAL, AttemptState, Batch, BatchStatus, Change, ConfirmedLine, Order, OrderState

_BATCH = """
    select b.gateway_id, b.batch_id, b.transaction_id, b.investor_id, b.session_id, b.broker, b.execution_mode,
           b.variety, b.status, b.confirmed_hash, b.stopped_reason, b.created_at, b.returned_at, b.placed_at,
           b.completed_at, b.hints, t.intent, t.notes, t.settled_at,
           exists (select from orders o join attempts a using (gateway_id, order_id)
                   where o.gateway_id = b.gateway_id and o.batch_id = b.batch_id and a.state = 'ABSENT') as had_absent
    from batches b join transactions t using (gateway_id, transaction_id)
"""
_ORDERS = """
    select distinct on (o.line) o.order_id, o.line, o.symbol, o.exchange, o.isin, o.side, o.quantity, o.order_type,
           o.limit_price, o.state, o.broker_order_id, o.exchange_order_id, o.broker_status, o.filled_quantity,
           o.average_price, o.reason, o.message, o.attention, o.updated_at, o.final_at, a.attempt_id, a.number, a.tag,
           a.state as attempt_state, a.started_at, a.window_ends_at, a.sends, a.lookups
    from orders o join attempts a using (gateway_id, order_id)
    where o.gateway_id = $1 and o.batch_id = $2
    order by o.line, a.number desc
"""


async def insert_batch(
    connection: Connection, batch: Batch, lines: Sequence[ConfirmedLine], rows: Sequence[tuple[str, str, str]]
) -> None:
    """Write batch, orders and first attempts. `rows` holds (order id, attempt id, tag) per line.

    A basket for the investor's browser leaves us with the next answer: its attempts are unknown from the start.

    Raises `asyncpg.UniqueViolationError` when a tag is taken.
    """
    at_broker = batch.execution_mode is ExecutionMode.REDIRECT_BASKET
    await connection.execute(
        """
        with b as (
            insert into batches (gateway_id, batch_id, transaction_id, investor_id, session_id, broker,
                                 execution_mode, variety, status, confirmed_hash, created_at, due_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
        ), o as (
            insert into orders (gateway_id, order_id, batch_id, line, symbol, exchange, isin, side, quantity,
                                order_type, limit_price, state, created_at, updated_at)
            select $1, l.order_id, $2, l.line, l.symbol, l.exchange, l.isin, l.side, l.quantity, l.order_type,
                   l.limit_price, $12, $11, $11
            from unnest($13::text[], $14::int[], $15::text[], $16::text[], $17::text[], $18::text[], $19::bigint[],
                        $20::text[], $21::bigint[])
                 as l (order_id, line, symbol, exchange, isin, side, quantity, order_type, limit_price)
        )
        insert into attempts (gateway_id, attempt_id, order_id, number, tag, state, started_at, sends)
        select $1, l.attempt_id, l.order_id, 1, l.tag, $24, $25, $26
        from unnest($22::text[], $13::text[], $23::text[]) as l (attempt_id, order_id, tag)
        """,
        batch.gateway_id,
        batch.batch_id,
        batch.transaction_id,
        batch.investor_id,
        batch.session_id,
        batch.broker,
        batch.execution_mode,
        batch.variety,
        batch.status,
        batch.confirmed_hash,
        batch.created_at,
        OrderState.CHECKING if at_broker else OrderState.PLANNED,
        [order_id for order_id, _, _ in rows],
        list(range(1, len(lines) + 1)),
        [line.symbol for line in lines],
        [line.exchange for line in lines],
        [line.isin for line in lines],
        [line.side for line in lines],
        [line.quantity for line in lines],
        [line.order_type for line in lines],
        [line.limit_price for line in lines],
        [attempt_id for _, attempt_id, _ in rows],
        [tag for _, _, tag in rows],
        AttemptState.UNKNOWN if at_broker else AttemptState.PLANNED,
        batch.created_at if at_broker else None,
        int(at_broker),
    )


async def load(database: Database, gateway_id: str, batch_id: str) -> Batch:
    """The batch with its orders in line order. It must exist."""
    async with database.connection() as connection:
        row = await connection.fetchrow(f"{_BATCH} where b.gateway_id = $1 and b.batch_id = $2", gateway_id, batch_id)
        if row is None:
            raise LookupError(batch_id)
        return await _with_orders(connection, row)


async def of_transactions(
    database: Database, gateway_id: str, transaction_ids: Sequence[str], batch_ids: Sequence[str]
) -> list[Batch]:
    """Batches by transaction or batch id, oldest first; unknown ids are left out."""
    async with database.connection() as connection:
        rows = await connection.fetch(
            f"""
            {_BATCH} where b.gateway_id = $1 and (b.transaction_id = any($2::text[]) or b.batch_id = any($3::text[]))
            order by b.created_at
            """,
            gateway_id,
            transaction_ids,
            batch_ids,
        )
        return [await _with_orders(connection, row) for row in rows]


async def finished(
    database: Database,
    gateway_id: str,
    investor_id: str | None,
    transaction_ids: Sequence[str],
    batch_ids: Sequence[str],
) -> list[Batch]:
    """Batches of completed transactions, those of one investor if he is named; without ids all of his."""
    async with database.connection() as connection:
        rows = await connection.fetch(
            f"""
            {_BATCH} where b.gateway_id = $1 and t.status = 'COMPLETED' and ($2::text is null or b.investor_id = $2)
              and (b.transaction_id = any($3::text[]) or b.batch_id = any($4::text[])
                   or cardinality($3::text[]) + cardinality($4::text[]) = 0)
            order by b.created_at desc limit 200
            """,
            gateway_id,
            investor_id,
            transaction_ids,
            batch_ids,
        )
        return [await _with_orders(connection, row) for row in rows]


async def _with_orders(connection: Connection, row: asyncpg.Record) -> Batch:
    batch = row_to(Batch, row)
    orders = await connection.fetch(_ORDERS, batch.gateway_id, batch.batch_id)
    batch.orders = [row_to(Order, order) for order in orders]
    return batch


async def fence(connection: Connection, claim: Claim) -> None:
    """Hold the batch's row for this database transaction. Raises `LostLease` when it is another's by now."""
    held = await connection.fetchval(
        "select 1 from batches where gateway_id = $1 and batch_id = $2 and lease_token = $3 for update",
        *claim.key,
        claim.token,
    )
    if held is None:
        raise LostLease(f"batch {claim.key[1]}")


def _parts(now: str, gateway: str, first: int) -> str:
    """The parts of a WITH that hold the batch (`fence`) and, if it is still ours, write orders and attempts. They use
    two given parameters and 22 of their own from `first` on, in the order of `_values`."""
    p = [f"${number}" for number in range(first, first + 22)]
    return f"""
        fence as (
            select 1 from batches where gateway_id = {gateway} and batch_id = {p[0]} and lease_token = {p[1]} for update
        ), c as (
            select * from unnest({p[2]}::text[], {p[3]}::text[], {p[4]}::text[], {p[5]}::text[], {p[6]}::text[],
                                 {p[7]}::bigint[], {p[8]}::bigint[], {p[9]}::text[], {p[10]}::text[], {p[11]}::text[],
                                 {p[12]}::bool[], {p[13]}::bool[], {p[14]}::bool[])
                 as c (order_id, state, broker_order_id, exchange_order_id, broker_status, filled, average, reason,
                       message, attention, clear_attention, clear_id, final)
        ), o as (
            update orders o set
                state = c.state,
                broker_order_id = coalesce(c.broker_order_id, case when not c.clear_id then o.broker_order_id end),
                exchange_order_id = coalesce(c.exchange_order_id, o.exchange_order_id),
                broker_status = coalesce(c.broker_status, o.broker_status),
                filled_quantity = coalesce(c.filled, o.filled_quantity),
                average_price = coalesce(c.average, o.average_price),
                reason = coalesce(c.reason, o.reason),
                message = coalesce(c.message, o.message),
                attention = case when c.clear_attention then null else coalesce(c.attention, o.attention) end,
                updated_at = {now},
                final_at = case when c.final then coalesce(o.final_at, {now}) end
            from c, fence where o.gateway_id = {gateway} and o.order_id = c.order_id
        ), a as (
            update attempts a set
                state = coalesce(c.state, a.state),
                started_at = coalesce(c.started_at, a.started_at),
                window_ends_at = coalesce(c.window_ends_at, a.window_ends_at),
                sends = coalesce(c.sends, a.sends),
                lookups = coalesce(c.lookups, a.lookups),
                detail = coalesce(c.detail, a.detail),
                ended_at = case when c.state in ('ACCEPTED', 'REJECTED', 'ABSENT')
                                then coalesce(a.ended_at, {now}) end
            from unnest({p[15]}::text[], {p[16]}::text[], {p[17]}::timestamptz[], {p[18]}::timestamptz[],
                        {p[19]}::int[], {p[20]}::int[], {p[21]}::text[])
                 as c (attempt_id, state, started_at, window_ends_at, sends, lookups, detail), fence
            where a.gateway_id = {gateway} and a.attempt_id = c.attempt_id
        )"""


def _values(claim: Claim, changes: Sequence[Change]) -> tuple[object, ...]:
    return (
        claim.key[1],
        claim.token,
        [change.order.order_id for change in changes],
        [change.state for change in changes],
        [change.broker_order_id for change in changes],
        [change.exchange_order_id for change in changes],
        [change.broker_status for change in changes],
        [change.filled_quantity for change in changes],
        [change.average_price for change in changes],
        [change.reason for change in changes],
        [change.message for change in changes],
        [change.attention for change in changes],
        [change.clear_attention for change in changes],
        [change.clear_broker_order_id for change in changes],
        [change.state in FINAL for change in changes],
        [change.order.attempt_id for change in changes],
        [change.attempt_state for change in changes],
        [change.started_at for change in changes],
        [change.window_ends_at for change in changes],
        [change.sends for change in changes],
        [change.lookups for change in changes],
        [change.detail for change in changes],
    )


_WRITE = f"with {_parts('$1::timestamptz', '$2', 3)} select count(*) from fence"
_WRITE_AND_TELL = f"{_parts('$6::timestamptz', '$1', 8)},"


async def write(connection: Connection, claim: Claim, changes: Sequence[Change], now: datetime) -> None:
    """Write orders and attempts. Fences like `fence`."""
    if not await connection.fetchval(_WRITE, now, claim.key[0], *_values(claim, changes)):
        raise LostLease(f"batch {claim.key[1]}")


async def write_and_tell(
    connection: Connection,
    claim: Claim,
    transaction_id: str,
    changes: Sequence[Change],
    event: str,
    data: object,
    now: datetime,
) -> None:
    """The same with the event that tells of it, in one statement."""
    written = await write_and_record(
        connection,
        _WRITE_AND_TELL,
        *_values(claim, changes),
        gateway_id=claim.key[0],
        transaction_id=transaction_id,
        type=event,
        data=data,
        now=now,
    )
    if not written:
        raise LostLease(f"batch {claim.key[1]}")


async def write_batch(
    connection: Connection,
    batch: Batch,
    *,
    status: BatchStatus | None = None,
    stopped_reason: str | None = None,
    placed_at: datetime | None = None,
    completed_at: datetime | None = None,
) -> None:
    """Set what is given, and the struct in memory with it."""
    await connection.execute(
        """
        update batches set status = coalesce($3, status), stopped_reason = coalesce($4, stopped_reason),
               placed_at = coalesce($5, placed_at), completed_at = coalesce($6, completed_at)
        where gateway_id = $1 and batch_id = $2
        """,
        batch.gateway_id,
        batch.batch_id,
        status,
        stopped_reason,
        placed_at,
        completed_at,
    )
    batch.status = status or batch.status
    batch.stopped_reason = stopped_reason or batch.stopped_reason
    batch.placed_at = placed_at or batch.placed_at
    batch.completed_at = completed_at or batch.completed_at


async def give_back(database: Database, claim: Claim, batch: Batch, due_at: datetime | None, now: datetime) -> None:
    """End our lease; a hint that came while we worked makes the batch due at once."""
    await database.execute(
        """
        update batches set due_at = case when hints <> $4 then $6::timestamptz else $5 end,
               lease_until = null, attempts = 0
        where gateway_id = $1 and batch_id = $2 and lease_token = $3
        """,
        *claim.key,
        claim.token,
        batch.hints,
        due_at,
        now,
    )


async def hint(
    connection: Connection, *, broker: str, broker_order_id: str | None, tag: str | None, now: datetime
) -> int:
    """Make the batches that hold this order due now. Returns how many there are (0: not ours, or not yet known)."""
    done = await connection.execute(
        """
        update batches b set due_at = $4, hints = b.hints + 1
        from orders o join attempts a using (gateway_id, order_id)
        where o.gateway_id = b.gateway_id and o.batch_id = b.batch_id and b.broker = $1
          and (o.broker_order_id = $2 or a.tag = $3) and b.due_at is not null
        """,
        broker,
        broker_order_id,
        tag,
        now,
    )
    return int(done.rsplit(" ", 1)[-1])


async def hint_batch(connection: Connection, gateway_id: str, batch_id: str, now: datetime) -> None:
    await connection.execute(
        "update batches set due_at = $3, hints = hints + 1 where gateway_id = $1 and batch_id = $2",
        gateway_id,
        batch_id,
        now,
    )


async def mark_returned(connection: Connection, gateway_id: str, transaction_id: str, now: datetime) -> None:
    """The investor's browser is back from the broker's basket: the batch is due, its settle window begins."""
    await connection.execute(
        """
        update batches set returned_at = coalesce(returned_at, $3), due_at = $3, hints = hints + 1
        where gateway_id = $1 and transaction_id = $2
        """,
        gateway_id,
        transaction_id,
        now,
    )


async def change_login(
    connection: Connection, gateway_id: str, transaction_id: str, investor_id: str, session_id: str
) -> None:
    """From now on the batch's orders are looked for, and placed, with this login."""
    await connection.execute(
        "update batches set investor_id = $3, session_id = $4 where gateway_id = $1 and transaction_id = $2",
        gateway_id,
        transaction_id,
        investor_id,
        session_id,
    )


async def lock_orders(connection: Connection, gateway_id: str, batch_id: str, state: OrderState) -> list[str]:
    """Ids of the batch's orders in this state, the batch held for this database transaction."""
    await connection.execute(
        "select 1 from batches where gateway_id = $1 and batch_id = $2 for update", gateway_id, batch_id
    )
    rows = await connection.fetch(
        "select order_id from orders where gateway_id = $1 and batch_id = $2 and state = $3 order by line",
        gateway_id,
        batch_id,
        state,
    )
    return [row["order_id"] for row in rows]


async def insert_attempts(
    connection: Connection, gateway_id: str, rows: Sequence[tuple[str, str, str]], now: datetime
) -> None:
    """A further attempt per (order id, attempt id, tag); the order is planned again."""
    await connection.execute(
        """
        with n as (
            insert into attempts (gateway_id, attempt_id, order_id, number, tag, state)
            select $1, l.attempt_id, l.order_id,
                   (select max(number) + 1 from attempts a where a.gateway_id = $1 and a.order_id = l.order_id),
                   l.tag, 'PLANNED'
            from unnest($2::text[], $3::text[], $4::text[]) as l (order_id, attempt_id, tag)
        )
        update orders set state = 'PLANNED', updated_at = $5, broker_order_id = null, reason = null, message = null
        where gateway_id = $1 and order_id = any($2::text[])
        """,
        gateway_id,
        [order_id for order_id, _, _ in rows],
        [attempt_id for _, attempt_id, _ in rows],
        [tag for _, _, tag in rows],
        now,
    )


async def end_absent(connection: Connection, gateway_id: str, order_ids: Sequence[str], now: datetime) -> None:
    await connection.execute(
        """
        update orders set state = 'NOT_PLACED', updated_at = $3, final_at = $3
        where gateway_id = $1 and order_id = any($2::text[]) and state = 'ABSENT'
        """,
        gateway_id,
        order_ids,
        now,
    )


async def earlier_tags(database: Database, gateway_id: str, batch_id: str) -> dict[str, str]:
    """Tags of attempts that were called absent, with the order each was for."""
    async with database.connection() as connection:
        rows = await connection.fetch(
            """
            select a.tag, a.order_id from attempts a join orders o using (gateway_id, order_id)
            where o.gateway_id = $1 and o.batch_id = $2 and a.state = 'ABSENT'
            """,
            gateway_id,
            batch_id,
        )
    return {row["tag"]: row["order_id"] for row in rows}
