"""What must hold of every order, always. Run by tests, by load runs and by `torana doctor` on a live system.

Each invariant is a query that finds what breaks it (reliability, I1 to I9). I10 is tested by canaries, I11 is counted
at the broker, I12 is checked before each send and again here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import asyncpg
import msgspec

from torana.connectors.contract import Variety
from torana.connectors.registry import BROKERS
from torana.kit.database import Connection, Database, for_all_rows
from torana.kit.sql import Statement
from torana.market.calendar import book_ends
from torana.orders.models import ConfirmedLine, confirmed_hash


@dataclass(frozen=True, slots=True)
class Violation:
    """`invariant` is its number; `subject` the id of the row that breaks it."""

    invariant: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A query whose every row (subject, text) is a violation. `:now` is the present moment."""

    invariant: str
    holds: str
    sql: str


RULES = (
    Rule(
        "I1",
        "an order has one attempt that may exist at the broker, and a further one only after a proven absence",
        """
        select order_id, 'attempts that may exist: ' || string_agg(state, ', ' order by number)
        from attempts where state in ('SENDING', 'UNKNOWN', 'ACCEPTED')
        group by gateway_id, order_id having count(*) > 1
        """,
    ),
    Rule(
        "I2",
        "a broker's order belongs to one order of ours",
        """
        select min(o.order_id), 'shares the broker order ' || o.broker_order_id || ' with ' || max(o.order_id)
        from orders o join batches b using (gateway_id, batch_id) join investors i using (gateway_id, investor_id)
        where o.broker_order_id is not null
        group by o.gateway_id, b.broker, i.broker_user_id, o.broker_order_id having count(*) > 1
        """,
    ),
    Rule(
        "I3",
        "whatever was sent has an intent",
        """
        select order_id, 'attempt ' || number || ' is ' || state || ' but was never begun' from attempts
        where state in ('SENDING', 'UNKNOWN', 'ACCEPTED', 'REJECTED', 'ABSENT') and started_at is null
        """,
    ),
    Rule(
        "I4",
        "an order ends with evidence of the broker, or with evidence that it is not there",
        """
        select o.order_id, o.state || ' with the attempts ' || string_agg(a.state, ', ' order by a.number)
        from orders o join attempts a using (gateway_id, order_id)
        where o.final_at is not null
        group by o.gateway_id, o.order_id, o.state
        having (o.state in ('COMPLETE', 'CANCELLED', 'EXPIRED') and not bool_or(a.state = 'ACCEPTED'))
            or (o.state = 'REJECTED' and not bool_or(a.state in ('ACCEPTED', 'REJECTED')))
            or (o.state = 'NOT_PLACED' and bool_or(a.state in ('SENDING', 'UNKNOWN', 'ACCEPTED')))
        """,
    ),
    Rule(
        "I6",
        "no more is filled than was ordered, or it is in the attention list",
        """
        select order_id, 'filled ' || filled_quantity || ' of ' || quantity from orders
        where filled_quantity > quantity and attention is null
        """,
    ),
    Rule(
        "I7",
        "a transaction is completed when its orders have ended, and not before",
        """
        select t.transaction_id, t.status || ' while its batch is ' || b.status
        from transactions t join batches b using (gateway_id, transaction_id)
        where ((t.status = 'COMPLETED') <> (b.completed_at is not null)
           or b.completed_at is not null and b.stopped_reason is null and exists (
               select from orders o where o.gateway_id = b.gateway_id and o.batch_id = b.batch_id
               and o.final_at is null and o.attention is null))
        """,
    ),
    Rule(
        "I8",
        "the events of a transaction are numbered without a hole",
        """
        select t.transaction_id, t.event_count || ' counted, ' || count(e.event_id) || ' written, last '
               || coalesce(max(e.sequence), 0)
        from transactions t left join events e using (gateway_id, transaction_id)
        group by t.gateway_id, t.transaction_id, t.event_count
        having count(e.event_id) <> t.event_count or coalesce(max(e.sequence), 0) <> t.event_count
        """,
    ),
    Rule(
        "I9",
        "what is not final is due, held, or in the attention list; past its book by an hour it is in the list",
        """
        select o.order_id, o.state || ' and nobody will look at it again'
        from orders o join batches b using (gateway_id, batch_id)
        where o.final_at is null and o.attention is null
          and (b.due_at is null or b.due_at < :now::timestamptz - interval '10 minutes')
          and (b.lease_until is null or b.lease_until < clock_timestamp()
               or b.lease_until > clock_timestamp() + interval '1 hour')
        """,
    ),
)


_RECENT = """
    with batches as materialized (
        select * from batches where created_at >= :since or completed_at is null
    ), recent as (
        select gateway_id, transaction_id from transactions where created_at >= :since or due_at is not null
        union select gateway_id, transaction_id from batches
    ), transactions as materialized (
        select t.* from recent join transactions t using (gateway_id, transaction_id)
    ), orders as materialized (
        select o.* from batches join orders o using (gateway_id, batch_id)
    ), attempts as materialized (
        select a.* from orders join attempts a using (gateway_id, order_id)
    ), events as materialized (
        select e.* from transactions join events e using (gateway_id, transaction_id)
    )
"""
"""Puts in the place of each table what in it is open, or younger than `:since`, found by index."""
_CONFIRMED = """
    select b.batch_id, b.variety, b.confirmed_hash,
           jsonb_agg(jsonb_build_object('symbol', o.symbol, 'exchange', o.exchange, 'isin', o.isin,
               'side', o.side, 'quantity', o.quantity, 'order_type', o.order_type,
               'limit_price', o.limit_price, 'broker_code', o.broker_code, 'broker_symbol', o.broker_symbol,
               'worst_price', o.worst_price) order by o.line) as lines
    from batches b join orders o using (gateway_id, batch_id)
    group by b.gateway_id, b.batch_id, b.variety, b.confirmed_hash
"""


_OPEN = """
    select o.order_id, o.state, b.broker, b.book_day
    from orders o join batches b using (gateway_id, batch_id)
    where o.final_at is null and o.attention is null and o.state not in ('PLANNED', 'ABSENT', 'STALE', 'UNAUTHORISED')
      and b.book_day <= (:now::timestamptz at time zone 'Asia/Kolkata')::date
"""
_NOTICED_WITHIN = timedelta(hours=1)
"""So long after the end of its book an order may go without anybody being called."""


async def violations(database: Database, now: datetime, *, since: datetime | None = None) -> list[Violation]:
    """Everything in this database that breaks an invariant; empty when all hold. With `since` only what is open or
    was begun after that moment is looked at: what that takes does not grow with what is stored."""
    found: list[Violation] = []
    values = {"now": now} if since is None else {"now": now, "since": since}
    # How much is recent only the moment itself tells: planned for this moment and not for any.
    async with database.connection() as connection, for_all_rows(connection), connection.transaction():
        if since is not None:
            await connection.execute("set local enable_seqscan = off; set local enable_mergejoin = off")
        for rule in RULES:
            rows = await _rows(connection, rule.sql, values)
            found += [Violation(rule.invariant, str(row[0]), f"{row[1]} (must hold: {rule.holds})") for row in rows]
        found += _past_their_book(await _rows(connection, _OPEN, values), now)
        return [*found, *_unconfirmed(await _rows(connection, _CONFIRMED, values))]


async def _rows(connection: Connection, sql: str, values: Mapping[str, datetime]) -> list[asyncpg.Record]:
    statement = _statement(sql, recent="since" in values)
    return list(await connection.fetch(*statement(**{name: values[name] for name in statement.names})))


@cache
def _statement(sql: str, *, recent: bool) -> Statement:
    return Statement(f"{_RECENT} select * from ({sql}) found" if recent else sql)


def _past_their_book(rows: Iterable[asyncpg.Record], now: datetime) -> list[Violation]:
    """I9: by the rule of its broker the book of its day is cleared, and nobody was told that its end was not seen."""
    return [
        Violation("I9", row["order_id"], f"{row['state']} although the book of {row['book_day']} is gone")
        for row in rows
        if (broker := BROKERS.get(row["broker"])) is not None
        and broker.orders is not None
        and now >= book_ends(row["book_day"], broker.orders.rules.book_kept_until) + _NOTICED_WITHIN
    ]


def _unconfirmed(rows: Iterable[asyncpg.Record]) -> list[Violation]:
    """I12: the stored orders of a batch are those whose hash the investor confirmed."""
    return [
        Violation("I12", row["batch_id"], "the stored orders are not the confirmed ones")
        for row in rows
        if confirmed_hash(msgspec.convert(row["lines"], list[ConfirmedLine]), Variety(row["variety"]))
        != row["confirmed_hash"]
    ]
