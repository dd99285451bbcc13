"""Due work. There is no queue beside the truth: a row that needs something later says so itself.

A table that takes part carries `due_at timestamptz` (null: nothing to do), `lease_until timestamptz`,
`lease_token bigint not null default 0` and `attempts int not null default 0`. Claiming a row raises its token; every
later write of the claimant names the token (`lease_token = :lease_token`) and so fails once somebody else has the row.
`due_at` is business time, from the clock we were given; leases are measured by the database's own clock, so that no
clock of ours can end one early. A lease that ends later than any lease can was written before the database's clock was
set back, and counts no more.

A claim is for one gateway, whose rows it finds by an index `(gateway_id, due_at) where due_at is not null`. The
notification names the gateway; `waiting` is the net below it, and the one statement that asks for all of them.

Rows of one kind may be kept apart by a further column, their lane: each lane has places of its own, so that rows which
take long hold up nobody but their like. Then the index is `(gateway_id, lane, due_at)`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import MappingProxyType

import asyncpg

from torana.kit.clock import Deadline
from torana.kit.database import Connection, Database
from torana.kit.metrics import DUE_LATE
from torana.kit.sql import Statement, affected, matching

CHANNEL = "torana_due"
"""Notified with a table and a gateway (`batches gw_1`) when a row of it is due."""
LEASE_SECONDS = 15.0
MOST_LEASES = 4
"""No lease ends later than so many leases from now; other processes may be set to other lengths, within limits."""
LEAST_IMPLAUSIBLE_SECONDS = 60.0


class LostLease(Exception):
    """The row belongs to another worker now. Whatever we were about to do, we must not."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of due work: a table, its key columns, how many rows one process works on at a time."""

    table: str
    key: tuple[str, ...]
    """Its first column is `gateway_id`."""
    concurrency: int = 16
    lane: str = ""
    """The text column by which rows are kept apart; empty: they are not."""
    per_lane: int = 0
    """How many of the `concurrency` places one lane may take."""
    gateway_places: int = 0
    """How many of the `concurrency` places one gateway may take; 0: all."""
    gateway_places_in_lane: int = 0
    """How many of the `per_lane` places of a lane one gateway may take; 0: all."""
    where: str = "true"
    """A further condition in SQL on the row."""
    columns: str = ""
    """What the handler needs to know, read with the claim: columns in SQL, of `claimed` (the row) and of `joins`."""
    joins: str = ""

    @property
    def most_of_gateway(self) -> int:
        return self.gateway_places or self.concurrency

    @property
    def most_in_lane(self) -> int:
        """Places of a lane for one gateway."""
        return self.gateway_places_in_lane or self.per_lane


@dataclass(slots=True)
class Claim:
    """A row that is ours until the lease ends."""

    kind: Kind
    key: tuple[str, ...]
    token: int
    attempts: int
    lease_seconds: float
    deadline: Deadline
    row: asyncpg.Record
    """With the `columns` of its kind."""
    lane: str = ""

    @property
    def gateway_id(self) -> str:
        return self.key[0]

    @property
    def named_key(self) -> dict[str, str]:
        return dict(zip(self.kind.key, self.key, strict=True))

    def check(self) -> None:
        """Raise `LostLease` if the lease may have ended: call it right before anything that cannot be taken back."""
        if self.deadline.passed:
            raise LostLease(f"{self.kind.table} {self.key}")


_WAKE = Statement(f"select pg_notify('{CHANNEL}', :kind || ' ' || :gateway_id)")


async def wake(connection: Connection, kind: str, gateway_id: str) -> None:
    """Tell every worker, when this transaction commits, that something of this kind is due at this gateway."""
    await connection.execute(*_WAKE(kind=kind, gateway_id=gateway_id))


async def waiting(database: Database, kind: Kind, until: datetime) -> dict[str, datetime]:
    """The gateways that have something due by then, each with the moment of its first."""
    async with database.connection() as connection:
        rows = await connection.fetch(*_waiting(kind)(until=until))
    return {row["gateway_id"]: row["due_at"] for row in rows}


@cache
def _waiting(kind: Kind) -> Statement:
    """From one gateway to the next by the index, so that it costs the same however many rows wait for their time."""
    return Statement(f"""
        with recursive gateways (id) as (
            (select gateway_id from {kind.table} where due_at is not null order by gateway_id limit 1)
            union all
            select (select gateway_id from {kind.table}
                    where due_at is not null and gateway_id > gateways.id order by gateway_id limit 1)
            from gateways where gateways.id is not null
        )
        select gateways.id as gateway_id, first.due_at
        from gateways cross join lateral (
            select min(due_at) as due_at from {kind.table}
            where gateway_id = gateways.id and due_at <= :until and {kind.where}
        ) first
        where first.due_at is not null
    """)


async def claim(
    database: Database, kind: Kind, gateway_id: str, now: datetime, limit: int, lease_seconds: float = LEASE_SECONDS
) -> list[Claim]:
    """Take up to `limit` due rows of this gateway that nobody holds, the longest waiting first."""
    claims, _ = await claim_and_peek(database, kind, gateway_id, now, limit, lease_seconds)
    return claims


async def claim_and_peek(
    database: Database,
    kind: Kind,
    gateway_id: str,
    now: datetime,
    limit: int,
    lease_seconds: float,
    free: Mapping[str, int] = MappingProxyType({}),
) -> tuple[list[Claim], datetime | None]:
    """The same, and when the gateway's next row after `now` is due, in one round trip. `free` says how many places the
    caller has left in the lanes of which it has rows in work already."""
    deadline = Deadline(lease_seconds)
    values: dict[str, object] = {
        "gateway_id": gateway_id,
        "now": now,
        "most": limit,
        "lease_seconds": lease_seconds,
    }
    if kind.lane:
        values["lanes_in_work"] = list(free)
        values["free_places"] = list(free.values())
    async with database.connection() as connection:
        rows = await connection.fetch(*_claim(kind)(**values))
    claims = [
        Claim(
            kind,
            tuple(row[column] for column in kind.key),
            row["lease_token"],
            row["attempts"],
            lease_seconds,
            deadline,
            row,
            row["lane"],
        )
        for row in rows
        if row["lease_token"] is not None
    ]
    for row in rows[: len(claims)]:
        DUE_LATE.labels(kind.table).observe(row["late"])
    return claims, rows[0]["next_due"]


@cache
def _claim(kind: Kind) -> Statement:
    """The plan of this statement is made once, for any limit. An unknown limit is guessed at a tenth of what could be
    found, which in a table of history is most of it; so there is a known one inside it, and rows are looked up by key.
    """
    keys = ", ".join(f"claimed.{column}" for column in kind.key)
    more = f", {kind.columns}" if kind.columns else ""
    match = " and ".join(f"t.{column} = picked.{column}" for column in kind.key)
    lanes, picked, next_due = _by_lane(kind) if kind.lane else _all_alike(kind)
    return Statement(f"""
        with recursive {lanes} picked as materialized ({picked}),
        claimed as (
            update {kind.table} t
            set lease_token = t.lease_token + 1, attempts = t.attempts + 1,
                lease_until = now() + make_interval(secs => :lease_seconds)
            from picked where {match}
            returning t.*, extract(epoch from :now::timestamptz - t.due_at)::float8 as late
        )
        select {keys}, claimed.lease_token, claimed.attempts, claimed.late, peek.next_due,
               {f"claimed.{kind.lane}" if kind.lane else "''"} as lane{more}
        from (select ({next_due}) as next_due) peek
        left join claimed on true {kind.joins}
        order by claimed.late desc
    """)


def _all_alike(kind: Kind) -> tuple[str, str, str]:
    keys = ", ".join(kind.key)
    picked = f"select {keys} from ({_due(kind, kind.concurrency)}) first limit :most"
    next_due = f"""
        select due_at from {kind.table} where gateway_id = :gateway_id and due_at > :now and {kind.where}
        order by due_at limit 1
    """
    return "", picked, next_due


def _by_lane(kind: Kind) -> tuple[str, str, str]:
    """The lanes that have anything due, now or later, are found one after the other in the index."""
    table, lane = kind.table, kind.lane
    keys = ", ".join(f"first.{column}" for column in kind.key)
    waiting = f"gateway_id = :gateway_id and due_at is not null and {kind.where}"
    lanes = f"""
        lanes (lane) as (
            (select {lane} from {table} where {waiting} order by {lane} limit 1)
            union all
            select (select {lane} from {table} where {waiting} and {lane} > lanes.lane order by {lane} limit 1)
            from lanes where lanes.lane is not null
        ),
    """
    picked = f"""
        select {keys} from lanes
        left join unnest(:lanes_in_work::text[], :free_places::int[]) as held (lane, free) on held.lane = lanes.lane
        cross join lateral (
            select * from ({_due(kind, kind.most_in_lane, f"{lane} = lanes.lane and")}) first
            limit coalesce(held.free, {kind.most_in_lane})
        ) first
        order by first.due_at limit :most
    """
    next_due = f"""
        select min(later.due_at) from lanes cross join lateral (
            select due_at from {table}
            where gateway_id = :gateway_id and {lane} = lanes.lane and due_at > :now and {kind.where}
            order by due_at limit 1
        ) later
    """
    return lanes, picked, next_due


def _due(kind: Kind, most: int, of_lane: str = "") -> str:
    return f"""
        select {", ".join(kind.key)}, due_at from {kind.table}
        where gateway_id = :gateway_id and {of_lane} due_at <= :now and {kind.where}
          and (lease_until is null or lease_until < now() or lease_until > now()
                + make_interval(secs => greatest({MOST_LEASES} * :lease_seconds::float8, {LEAST_IMPLAUSIBLE_SECONDS})))
        order by due_at limit {most} for update skip locked
    """


@cache
def _renew(kind: Kind) -> Statement:
    return Statement(f"""
        update {kind.table} set lease_until = now() + make_interval(secs => :lease_seconds)
        where {matching(kind.key)} and lease_token = :lease_token
    """)


async def renew(database: Database, claimed: Claim) -> None:
    """Hold the row for another full lease. Raises `LostLease` if it is no longer ours."""
    deadline = Deadline(claimed.lease_seconds)
    statement = _renew(claimed.kind)
    done = await database.execute(
        *statement(lease_seconds=claimed.lease_seconds, lease_token=claimed.token, **claimed.named_key)
    )
    if affected(done) != 1:
        raise LostLease(f"{claimed.kind.table} {claimed.key}")
    claimed.deadline = deadline


@cache
def _release(kind: Kind) -> Statement:
    return Statement(f"""
        update {kind.table}
        set due_at = :due_at, lease_until = null, attempts = case when :failed then attempts else 0 end
        where {matching(kind.key)} and lease_token = :lease_token
    """)


async def release(database: Database, claimed: Claim, due_at: datetime | None, *, failed: bool = False) -> None:
    """Give the row back, due again at this moment (None: never). Without effect if it is no longer ours."""
    statement = _release(claimed.kind)
    await database.execute(*statement(due_at=due_at, failed=failed, lease_token=claimed.token, **claimed.named_key))
