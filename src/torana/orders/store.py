"""All SQL of orders/. A worker's writes are fenced: they fail once another worker holds the batch."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

import asyncpg
import msgspec

from torana.connectors.contract import ExecutionMode
from torana.events.log import JUST_TELL, Beside, News, Update, change_and_record
from torana.investors.store import SESSION_COLUMNS, SessionRow
from torana.kit.database import Connection, Database, row_to
from torana.kit.due import Claim, LostLease
from torana.orders.changes import Change
from torana.orders.models import FINAL, AttemptState, AttentionKind, Batch, ConfirmedLine, Order, OrderState
from torana.transactions.life_cycle import Move

_COLUMNS = """
    b.gateway_id, b.batch_id, b.transaction_id, b.investor_id, b.session_id, b.broker, b.execution_mode,
    b.variety, b.status, b.confirmed_hash, b.stopped_reason, b.created_at, b.returned_at, b.placed_at,
    b.completed_at, b.hints, b.book_day, b.watched, b.returned_watched, t.intent, t.notes, t.settled_at,
    o.order_id, o.line, o.symbol, o.exchange, o.isin, o.side, o.quantity, o.order_type, o.limit_price, o.state,
    o.broker_order_id, o.exchange_order_id, o.broker_status, o.filled_quantity, o.average_price, o.reason,
    o.message, o.attention, o.attention_text, o.seen_in, o.updated_at, o.final_at, a.absent_tags,
    a.attempt_id as a_attempt_id, a.number as a_number, a.tag as a_tag, a.state as a_state,
    a.planned_at as a_planned_at, a.planned_in as a_planned_in, a.intact as a_intact,
    a.started_at as a_started_at,
    a.doubt_since as a_doubt_since, a.sends as a_sends, a.lookups as a_lookups
"""
_TABLES = """
    batches b
    join transactions t using (gateway_id, transaction_id)
    join orders o using (gateway_id, batch_id)
    cross join lateral (
        select *, xmin::text::int8 = planned_in & 4294967295 as intact,
               coalesce(array_agg(tag) filter (where state = 'ABSENT') over (), '{}') as absent_tags from attempts a
        where a.gateway_id = o.gateway_id and a.order_id = o.order_id order by a.number desc limit 1
    ) a
"""
_SELECT = f"select {_COLUMNS} from {_TABLES}"
"""Batches, one row an order, each with its latest attempt."""


_PLAN = """
    b as (
        insert into batches (gateway_id, batch_id, transaction_id, investor_id, session_id, broker, execution_mode,
                             variety, status, confirmed_hash, created_at, due_at, book_day, lane)
        select $1, $9, $2, $10, $11, $12, $13, $14, $15, $16, $6, $6, $32,
               (select mode from gateways where gateway_id = $1) || '/' || $12::text
        from changed
    ), o as (
        insert into orders (gateway_id, order_id, batch_id, line, symbol, exchange, isin, side, quantity, order_type,
                            limit_price, state, created_at, updated_at)
        select $1, l.order_id, $9, l.line, l.symbol, l.exchange, l.isin, l.side, l.quantity, l.order_type,
               l.limit_price, $17, $6, $6
        from changed, unnest($18::text[], $19::int[], $20::text[], $21::text[], $22::text[], $23::text[],
                             $24::bigint[], $25::text[], $26::bigint[])
             as l (order_id, line, symbol, exchange, isin, side, quantity, order_type, limit_price)
    ), a as (
        insert into attempts (gateway_id, attempt_id, order_id, number, tag, state, planned_at, started_at, doubt_since,
                              sends)
        select $1, l.attempt_id, l.order_id, 1, l.tag, $29, $6, $30::timestamptz,
               case when $30::timestamptz is not null then 0 end, $31
        from changed, unnest($27::text[], $18::text[], $28::text[]) as l (attempt_id, order_id, tag)
    ),
"""


async def insert_batch(
    database: Database, batch: Batch, lines: Sequence[ConfirmedLine], rows: Sequence[tuple[str, str, str]], move: Move
) -> bool:
    """Confirm the transaction by `move` and write batch, orders and first attempts, in one statement; they are due.
    `rows` holds (order id, attempt id, tag) per line. False, and nothing is written, when the move is not to be made.

    A basket for the investor's browser leaves us with the next answer: its attempts are unknown from the start.

    Raises `asyncpg.UniqueViolationError` when a tag is taken.
    """
    at_broker = batch.execution_mode is ExecutionMode.REDIRECT_BASKET
    values = (
        batch.batch_id,
        batch.investor_id,
        batch.session_id,
        batch.broker,
        batch.execution_mode,
        batch.variety,
        batch.status,
        batch.confirmed_hash,
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
        batch.book_day,
    )
    async with database.connection() as connection:
        return await change_and_record(
            connection,
            move.update,
            [move.news],
            gateway_id=batch.gateway_id,
            transaction_id=batch.transaction_id,
            now=batch.created_at,
            beside=Beside(_PLAN, values),
            due="batches",
        )


async def load(database: Database, gateway_id: str, batch_id: str) -> tuple[Batch, SessionRow]:
    """The batch with its orders in line order, and the session that it is placed with. Raises `LookupError`."""
    async with database.connection() as connection:
        rows = await connection.fetch(
            f"""
            select {_COLUMNS}, {SESSION_COLUMNS} from {_TABLES}
            join broker_sessions s on s.gateway_id = b.gateway_id and s.session_id = b.session_id
            join investors i on i.gateway_id = b.gateway_id and i.investor_id = s.investor_id
            where b.gateway_id = $1 and b.batch_id = $2 order by o.line
            """,
            gateway_id,
            batch_id,
        )
    if not rows:
        raise LookupError(f"the batch {batch_id}, its orders or its session are gone")
    return _batches(rows)[0], row_to(SessionRow, rows[0], "s_")


async def of_transactions(
    database: Database, gateway_id: str, transaction_ids: Sequence[str], batch_ids: Sequence[str]
) -> list[Batch]:
    """Batches by transaction or batch id, oldest first; unknown ids are left out."""
    return await _read(
        database,
        f"""
        {_SELECT} where b.gateway_id = $1 and (b.transaction_id = any($2::text[]) or b.batch_id = any($3::text[]))
        order by b.created_at, b.batch_id, o.line
        """,
        gateway_id,
        transaction_ids,
        batch_ids,
    )


async def finished(
    database: Database,
    gateway_id: str,
    investor_id: str | None,
    transaction_ids: Sequence[str],
    batch_ids: Sequence[str],
) -> list[Batch]:
    """The newest 200 batches of completed transactions, those of one investor if they are named; without ids all of
    that investor's."""
    if transaction_ids or batch_ids:
        wanted = "($2::text is null or b.investor_id = $2) and (b.transaction_id = any($3) or b.batch_id = any($4))"
        return await _read(database, _finished(wanted), gateway_id, investor_id, transaction_ids, batch_ids)
    return await _read(database, _finished("b.investor_id = $2"), gateway_id, investor_id)


def _finished(wanted: str) -> str:
    # Two statements and not one with everything optional: each has its own index.
    return f"""
        {_SELECT} where b.gateway_id = $1 and b.batch_id = any(array(
            select b.batch_id from batches b join transactions t using (gateway_id, transaction_id)
            where b.gateway_id = $1 and t.status = 'COMPLETED' and {wanted}
            order by b.created_at desc limit 200
        ))
        order by b.created_at desc, b.batch_id, o.line
    """


async def _read(database: Database, sql: str, *args: object) -> list[Batch]:
    async with database.connection() as connection:
        return _batches(await connection.fetch(sql, *args))


def _batches(rows: Sequence[asyncpg.Record]) -> list[Batch]:
    batches: list[Batch] = []
    for row in rows:
        if not batches or batches[-1].batch_id != row["batch_id"]:
            batches.append(row_to(Batch, row))
        batches[-1].orders.append(row_to(Order, row, within={"attempt": "a_"}))
    return batches


_FENCE = """
    fence as (
        select 1 from batches where gateway_id = $1 and batch_id = $9 and lease_token = $10 for update
    ),
"""
_WRITE = """
    c as (
        select * from unnest($11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::bigint[],
                             $17::bigint[], $18::text[], $19::text[], $20::text[], $21::text[], $22::bool[],
                             $23::bool[], $24::bool[], $39::bool[])
             as c (order_id, state, broker_order_id, exchange_order_id, broker_status, filled, average, reason,
                   message, attention, attention_text, end_attention, forget_id, final, ends_doubt)
    ), o as (
        update orders o set
            state = c.state,
            broker_order_id = coalesce(c.broker_order_id, case when not c.forget_id then o.broker_order_id end),
            exchange_order_id = coalesce(c.exchange_order_id, o.exchange_order_id),
            broker_status = coalesce(c.broker_status, o.broker_status),
            filled_quantity = coalesce(c.filled, o.filled_quantity),
            average_price = coalesce(c.average, o.average_price),
            reason = coalesce(c.reason, case when not c.ends_doubt then o.reason end),
            message = coalesce(c.message, case when not c.ends_doubt then o.message end),
            attention = case when c.end_attention then null else coalesce(c.attention, o.attention) end,
            attention_text = case when c.end_attention then null else coalesce(c.attention_text, o.attention_text) end,
            updated_at = $6,
            final_at = case when c.final then coalesce(o.final_at, $6) end
        from c, changed where o.gateway_id = $1 and o.order_id = c.order_id
    ), a as (
        update attempts a set
            state = coalesce(c.state, a.state),
            planned_in = case when c.state is null then a.planned_in else pg_current_xact_id()::text::int8 end,
            started_at = coalesce(c.started_at, a.started_at),
            doubt_since = coalesce(c.doubt_since, a.doubt_since),
            sends = coalesce(c.sends, a.sends),
            lookups = coalesce(c.lookups, a.lookups),
            detail = coalesce(c.detail, a.detail),
            ended_at = case when c.state is null then a.ended_at
                            when c.state in ('ACCEPTED', 'REJECTED', 'ABSENT') then coalesce(a.ended_at, $6) end
        from unnest($25::text[], $26::text[], $27::timestamptz[], $28::float8[], $29::int[], $30::int[],
                    $31::text[])
             as c (attempt_id, state, started_at, doubt_since, sends, lookups, detail), changed
        where a.gateway_id = $1 and a.attempt_id = c.attempt_id
    ), b as (
        update batches set status = $32, stopped_reason = $33, placed_at = $34, completed_at = $35,
               watched = $37, returned_watched = $38,
               due_at = case when not $36 then due_at end, lease_until = case when not $36 then lease_until end,
               attempts = case when $36 then 0 else attempts end
        from changed where gateway_id = $1 and batch_id = $9
    ),
"""
_TELL_NOBODY = Update("select null::int as event_count from fence")


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
) -> None:
    """Write orders and attempts, the batch, a move of its transaction, and the events that tell of it all, in one
    statement: all of it or nothing. A batch that is over is given back as well. `watched` are the seconds for which
    the batch was watched up to now.

    Raises `LostLease`, and writes nothing, once another worker holds the batch.
    """
    values = (
        batch.batch_id,
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
        [change.attention.kind if change.attention else None for change in changes],
        [change.attention.text if change.attention else None for change in changes],
        [change.end_attention for change in changes],
        [change.forget_broker_order_id for change in changes],
        [change.state in FINAL for change in changes],
        [change.order.attempt.attempt_id for change in changes],
        [change.attempt_state for change in changes],
        [change.started_at for change in changes],
        [change.doubt_since for change in changes],
        [change.sends for change in changes],
        [change.lookups for change in changes],
        [change.detail for change in changes],
        batch.status,
        batch.stopped_reason,
        batch.placed_at,
        batch.completed_at,
        batch.over,
        watched,
        batch.returned_watched,
        [change.ends_doubt for change in changes],
    )
    update = move.update if move is not None else JUST_TELL if news else _TELL_NOBODY
    async with database.connection() as connection:
        written = await change_and_record(
            connection,
            update,
            news,
            gateway_id=batch.gateway_id,
            transaction_id=batch.transaction_id,
            now=now,
            beside=Beside(_WRITE, values, before=_FENCE),
        )
    if not written:
        raise LostLease(f"batch {batch.batch_id}")


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
        """
        update batches set due_at = case when hints <> $4 then $6::timestamptz else $5 end,
               lease_until = null, attempts = 0, watched = $7, returned_watched = $8
        where gateway_id = $1 and batch_id = $2 and lease_token = $3
        """,
        *claim.key,
        claim.token,
        batch.hints,
        due_at,
        now,
        watched,
        batch.returned_watched,
    )


async def hint(
    connection: Connection,
    *,
    broker: str,
    broker_order_id: str,
    broker_user_id: str | None,
    tag: str | None,
    now: datetime,
) -> int:
    """Make the batches that hold this order due now. Returns how many there are (0: not ours, or not yet known).

    An order with our tag in another account than its batch's is marked: whoever looks must not call it absent.
    """
    done = await connection.execute(
        """
        with found as (
            select o.gateway_id, o.batch_id, o.order_id, true as tagged
            from attempts a join orders o using (gateway_id, order_id) where a.tag = $3
            union all
            select gateway_id, batch_id, order_id, false from orders where broker_order_id = $2
        ), elsewhere as (
            update orders o set seen_in = $5
            from found f
            join batches b using (gateway_id, batch_id)
            join investors i using (gateway_id, investor_id)
            where f.tagged and o.gateway_id = f.gateway_id and o.order_id = f.order_id
              and b.broker = $1 and i.broker_user_id <> $5
        )
        update batches b set due_at = $4, hints = b.hints + 1
        from (select distinct gateway_id, batch_id from found) f
        where b.gateway_id = f.gateway_id and b.batch_id = f.batch_id and b.broker = $1
        """,
        broker,
        broker_order_id,
        tag,
        now,
        broker_user_id,
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
) -> bool:
    """From now on the batch's orders are looked for, and placed, with this login. False: nothing is looked for any
    more, and how it ended stays told as it was."""
    done = await connection.execute(
        """
        update batches b set investor_id = $3, session_id = $4
        where b.gateway_id = $1 and b.transaction_id = $2
          and (b.completed_at is null or exists (
              select from orders o join attempts a using (gateway_id, order_id)
              where o.gateway_id = $1 and o.batch_id = b.batch_id and a.state = 'ABSENT'))
        """,
        gateway_id,
        transaction_id,
        investor_id,
        session_id,
    )
    return done == "UPDATE 1"


async def lock_orders(
    connection: Connection, gateway_id: str, batch_id: str, states: Collection[OrderState]
) -> list[str]:
    """Ids of the batch's orders in these states, the batch held for this database transaction."""
    await connection.execute(
        "select 1 from batches where gateway_id = $1 and batch_id = $2 for update", gateway_id, batch_id
    )
    rows = await connection.fetch(
        "select order_id from orders where gateway_id = $1 and batch_id = $2 and state = any($3) order by line",
        gateway_id,
        batch_id,
        list(states),
    )
    return [row["order_id"] for row in rows]


async def insert_attempts(
    connection: Connection, gateway_id: str, rows: Sequence[tuple[str, str, str]], now: datetime
) -> None:
    """A further attempt per (order id, attempt id, tag); the order is planned again."""
    await connection.execute(
        """
        with n as (
            insert into attempts (gateway_id, attempt_id, order_id, number, tag, state, planned_at)
            select $1, l.attempt_id, l.order_id,
                   (select max(number) + 1 from attempts a where a.gateway_id = $1 and a.order_id = l.order_id),
                   l.tag, 'PLANNED', $5
            from unnest($2::text[], $3::text[], $4::text[]) as l (order_id, attempt_id, tag)
        )
        update orders set state = 'PLANNED', updated_at = $5, broker_order_id = null, reason = null, message = null,
               attention = null, attention_text = null
        where gateway_id = $1 and order_id = any($2::text[])
        """,
        gateway_id,
        [order_id for order_id, _, _ in rows],
        [attempt_id for _, attempt_id, _ in rows],
        [tag for _, _, tag in rows],
        now,
    )


async def end_undecided(connection: Connection, gateway_id: str, order_ids: Sequence[str], now: datetime) -> None:
    """Leave orders that are not at the broker unplaced."""
    await connection.execute(
        """
        update orders set state = 'NOT_PLACED', updated_at = $3, final_at = $3, attention = null, attention_text = null
        where gateway_id = $1 and order_id = any($2::text[]) and state in ('ABSENT', 'STALE')
        """,
        gateway_id,
        order_ids,
        now,
    )


async def cancel_planned(
    connection: Connection, gateway_id: str, batch_id: str, reason: str, message: str, now: datetime
) -> list[str]:
    """Orders of the batch that have not been sent are not placed any more; returns their ids.

    The claim of a worker that holds the batch ends with it: what it has not committed to send, it cannot send.
    """
    rows = await connection.fetch(
        """
        with b as (
            update batches set lease_token = lease_token + 1, lease_until = null, due_at = $5, hints = hints + 1
            where gateway_id = $1 and batch_id = $2 and exists (
                select from orders where gateway_id = $1 and batch_id = $2 and state = 'PLANNED')
            returning batch_id
        )
        update orders o set state = 'NOT_PLACED', reason = $3, message = $4, updated_at = $5, final_at = $5
        from b where o.gateway_id = $1 and o.batch_id = b.batch_id and o.state = 'PLANNED' returning o.order_id
        """,
        gateway_id,
        batch_id,
        reason,
        message,
        now,
    )
    return [row["order_id"] for row in rows]


async def lock_order(connection: Connection, gateway_id: str, order_id: str) -> tuple[Batch, Order] | None:
    """The order and its batch, held for this database transaction."""
    batch_id = await connection.fetchval(
        """
        select batch_id from batches b where gateway_id = $1 and batch_id = (
            select batch_id from orders where gateway_id = $1 and order_id = $2) for update
        """,
        gateway_id,
        order_id,
    )
    if batch_id is None:
        return None
    rows = await connection.fetch(
        f"{_SELECT} where b.gateway_id = $1 and b.batch_id = $2 order by o.line", gateway_id, batch_id
    )
    (batch,) = _batches(rows)
    return batch, next(order for order in batch.orders if order.order_id == order_id)


async def end_by_hand(connection: Connection, batch: Batch, order: Order, now: datetime) -> None:
    """Write the end of an order that a person has found out; its batch is due.

    The claim of a worker that holds the batch ends with it: what it knows is older.
    """
    await connection.execute(
        """
        with b as (
            update batches set lease_token = lease_token + 1, lease_until = null, due_at = $9, hints = hints + 1
            where gateway_id = $1 and batch_id = $2
        ), a as (
            update attempts set state = $10, started_at = $11, ended_at = coalesce(ended_at, $9), detail = $7
            where gateway_id = $1 and attempt_id = $12
        )
        update orders set state = $4, filled_quantity = $5, average_price = $6, message = $7, attention = null,
               attention_text = null, updated_at = $9, final_at = $8
        where gateway_id = $1 and order_id = $3
        """,
        batch.gateway_id,
        batch.batch_id,
        order.order_id,
        order.state,
        order.filled_quantity,
        order.average_price,
        order.message,
        order.final_at,
        now,
        order.attempt.state,
        order.attempt.started_at,
        order.attempt.attempt_id,
    )


class InAttention(msgspec.Struct, frozen=True):
    """An order that needs a person."""

    gateway: str
    broker: str
    transaction_id: str
    order_id: str
    state: OrderState
    kind: AttentionKind
    text: str | None
    since: datetime


async def in_attention(database: Database, since: datetime | None) -> list[InAttention]:
    """Orders that need a person, oldest first: those that have not ended, and those that changed since then; None:
    all."""
    async with database.connection() as connection:
        rows = await connection.fetch(
            """
            select g.name as gateway, b.broker, b.transaction_id, o.order_id, o.state, o.attention as kind,
                   o.attention_text as text, o.updated_at as since
            from orders o join batches b using (gateway_id, batch_id) join gateways g using (gateway_id)
            where o.attention is not null and ($1::timestamptz is null or o.final_at is null or o.updated_at >= $1)
            order by o.updated_at, o.order_id
            """,
            since,
        )
    return [row_to(InAttention, row) for row in rows]


async def wake_open(database: Database, now: datetime) -> int:
    """Make every batch whose orders are open and that is put off for longer than they ever are due now: somebody
    set the time back. Returns how many there are."""
    done = await database.execute(
        "update batches set due_at = $1 where due_at > $1::timestamptz + interval '5 minutes' and completed_at is null",
        now,
    )
    return int(done.rsplit(" ", 1)[-1])


AccountKey = tuple[str, str, str]
"""A broker account: the mode of its gateways, broker, the broker's user id."""


class Recorded(msgspec.Struct, frozen=True):
    """An attempt as the database has it, with its order and account."""

    mode: str
    broker: str
    broker_user_id: str
    order_id: str
    state: OrderState
    filled_quantity: int
    tag: str
    attempt_state: AttemptState
    latest: bool
    """Whether it is the order's last attempt: only then are `state` and `filled_quantity` its own."""

    @property
    def account(self) -> AccountKey:
        return self.mode, self.broker, self.broker_user_id


class Login(msgspec.Struct, frozen=True):
    """A live broker session and the gateway that keeps it."""

    gateway_id: str
    mode: str
    session: SessionRow

    @property
    def account(self) -> AccountKey:
        return self.mode, self.session.broker, self.session.broker_user_id


async def recorded_since(database: Database, day: date) -> list[Recorded]:
    """Every attempt of the batches that are open or in a broker's book of this day or a later one, of all gateways."""
    async with database.connection() as connection:
        rows = await connection.fetch(
            """
            with b as materialized (
                select gateway_id, batch_id, investor_id, broker from batches where completed_at is null
                union select gateway_id, batch_id, investor_id, broker from batches where book_day >= $1
            )
            select g.mode, b.broker, i.broker_user_id, o.order_id, o.state, o.filled_quantity, a.tag,
                   a.state as attempt_state,
                   a.number = max(a.number) over (partition by a.gateway_id, a.order_id) as latest
            from b
            join gateways g using (gateway_id)
            join investors i using (gateway_id, investor_id)
            join orders o using (gateway_id, batch_id)
            join attempts a using (gateway_id, order_id)
            """,
            day,
        )
    return [row_to(Recorded, row) for row in rows]


async def live_logins(database: Database, since: datetime, now: datetime) -> list[Login]:
    """Sessions made since then, or with an open batch, that are neither ended nor expired; newest first."""
    async with database.connection() as connection:
        rows = await connection.fetch(
            f"""
            select s.gateway_id, g.mode, {SESSION_COLUMNS}
            from broker_sessions s
            join gateways g using (gateway_id)
            join investors i using (gateway_id, investor_id)
            where s.ended_at is null and s.expires_at > $2
              and (s.created_at >= $1 or exists (
                  select from batches b where b.gateway_id = s.gateway_id and b.investor_id = s.investor_id
                  and b.completed_at is null))
            order by s.created_at desc, s.session_id desc
            """,
            since,
            now,
        )
    return [Login(row["gateway_id"], row["mode"], row_to(SessionRow, row, "s_")) for row in rows]


async def known_tags(database: Database, tags: Sequence[str]) -> frozenset[str]:
    """Those of the tags that stand on an attempt of any gateway."""
    async with database.connection() as connection:
        rows = await connection.fetch("select tag from attempts where tag = any($1::text[])", tags)
    return frozenset(row["tag"] for row in rows)
