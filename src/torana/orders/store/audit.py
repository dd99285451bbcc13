"""What the operator's commands read, gateway by gateway: orders that need a person, and what is compared with the
brokers' books."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from torana.investors.store import SESSION_COLUMNS, SessionRow
from torana.kit.database import Database, row_to
from torana.kit.sql import Statement
from torana.orders.states import AttemptState, AttentionKind, OrderState


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


_IN_ATTENTION = Statement("""
    select g.name as gateway, b.broker, b.transaction_id, o.order_id, o.state, o.attention as kind,
           o.attention_text as text, o.updated_at as since
    from orders o join batches b using (gateway_id, batch_id) join gateways g using (gateway_id)
    where o.gateway_id = :gateway_id and o.attention is not null
      and (:since::timestamptz is null or o.final_at is null or o.updated_at >= :since)
    order by o.updated_at, o.order_id
""")


async def in_attention(database: Database, gateway_id: str, since: datetime | None) -> list[InAttention]:
    """The gateway's orders that need a person, oldest first: those that have not ended, and those that changed since
    then; None: all."""
    async with database.connection() as connection:
        rows = await connection.fetch(*_IN_ATTENTION(gateway_id=gateway_id, since=since))
    return [row_to(InAttention, row) for row in rows]


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
    """Whether it is the order's last attempt: only then are state, quantity and `broker_order_id` its own."""
    broker_order_id: str | None = None

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


_RECORDED_SINCE = Statement("""
    with b as materialized (
        select gateway_id, batch_id, investor_id, broker from batches
        where gateway_id = :gateway_id and completed_at is null
        union
        select gateway_id, batch_id, investor_id, broker from batches
        where gateway_id = :gateway_id and book_day >= :day
    )
    select g.mode, b.broker, i.broker_user_id, o.order_id, o.state, o.filled_quantity, a.tag,
           o.broker_order_id, a.state as attempt_state,
           a.number = max(a.number) over (partition by a.gateway_id, a.order_id) as latest
    from b
    join gateways g using (gateway_id)
    join investors i using (gateway_id, investor_id)
    join orders o using (gateway_id, batch_id)
    join attempts a using (gateway_id, order_id)
""")


async def recorded_since(database: Database, gateway_id: str, day: date) -> list[Recorded]:
    """Every attempt of the gateway's batches that are open or in a broker's book of this day or a later one."""
    async with database.connection() as connection:
        rows = await connection.fetch(*_RECORDED_SINCE(gateway_id=gateway_id, day=day))
    return [row_to(Recorded, row) for row in rows]


_LIVE_LOGINS = Statement(f"""
    select s.gateway_id, g.mode, {SESSION_COLUMNS}
    from broker_sessions s
    join gateways g using (gateway_id)
    join investors i using (gateway_id, investor_id)
    where s.gateway_id = :gateway_id and s.ended_at is null and s.expires_at > :now
      and (s.created_at >= :since or exists (
          select from batches b where b.gateway_id = :gateway_id and b.investor_id = s.investor_id
          and b.completed_at is null))
    order by s.created_at desc, s.session_id desc
""")


async def live_logins(database: Database, gateway_id: str, since: datetime, now: datetime) -> list[Login]:
    """Sessions made since then, or with an open batch, that are neither ended nor expired; newest first."""
    async with database.connection() as connection:
        rows = await connection.fetch(*_LIVE_LOGINS(gateway_id=gateway_id, since=since, now=now))
    return [Login(row["gateway_id"], row["mode"], row_to(SessionRow, row, "s_")) for row in rows]


_KNOWN_TAGS = Statement("select tag from attempts where gateway_id = :gateway_id and tag = any(:tags::text[])")


async def known_tags(database: Database, gateway_id: str, tags: Sequence[str]) -> frozenset[str]:
    """Those of the tags that stand on an attempt of the gateway."""
    async with database.connection() as connection:
        rows = await connection.fetch(*_KNOWN_TAGS(gateway_id=gateway_id, tags=tags))
    return frozenset(row["tag"] for row in rows)
