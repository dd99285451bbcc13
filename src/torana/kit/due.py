"""Due work. There is no queue beside the truth: a row that needs something later says so itself.

A table that takes part carries `due_at timestamptz` (null: nothing to do), `lease_until timestamptz`,
`lease_token bigint not null default 0` and `attempts int not null default 0`. Claiming a row raises its token; every
later write of the claimant names the token (`and lease_token = $n`) and so fails once somebody else has the row.
`due_at` is business time, from the clock we were given; leases are measured by the database's own clock, so that no
clock of ours can end one early.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

import asyncpg

from torana.kit.clock import Deadline
from torana.kit.database import Connection, Database
from torana.kit.metrics import DUE_LATE

CHANNEL = "torana_due"
"""Notified with a table when a row of it is due."""
LEASE_SECONDS = 15.0


class LostLease(Exception):
    """The row belongs to another worker now. Whatever we were about to do, we must not."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of due work: a table, its key columns, how many rows one process works on at a time."""

    table: str
    key: tuple[str, ...]
    concurrency: int = 16
    where: str = "true"
    """A further condition in SQL on the row."""
    columns: str = ""
    """What the handler needs to know, read with the claim: columns in SQL, of `claimed` (the row) and of `joins`."""
    joins: str = ""


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

    def check(self) -> None:
        """Raise `LostLease` if the lease may have ended: call it right before anything that cannot be taken back."""
        if self.deadline.passed:
            raise LostLease(f"{self.kind.table} {self.key}")


async def wake(connection: Connection, kind: str) -> None:
    """Tell every worker, when this transaction commits, that something of this kind is due."""
    await connection.execute("select pg_notify($1, $2)", CHANNEL, kind)


async def claim(
    database: Database, kind: Kind, now: datetime, limit: int, lease_seconds: float = LEASE_SECONDS
) -> list[Claim]:
    """Take up to `limit` due rows that nobody holds, the longest waiting first."""
    claims, _ = await claim_and_peek(database, kind, now, limit, lease_seconds)
    return claims


async def claim_and_peek(
    database: Database, kind: Kind, now: datetime, limit: int, lease_seconds: float
) -> tuple[list[Claim], datetime | None]:
    """The same, and when the next row after `now` is due, in one round trip."""
    deadline = Deadline(lease_seconds)
    async with database.connection() as connection:
        rows = await connection.fetch(_claim_sql(kind), now, limit, lease_seconds)
    claims = [
        Claim(
            kind,
            tuple(row[column] for column in kind.key),
            row["lease_token"],
            row["attempts"],
            lease_seconds,
            deadline,
            row,
        )
        for row in rows
        if row["lease_token"] is not None
    ]
    for row in rows[: len(claims)]:
        DUE_LATE.labels(kind.table).observe(row["late"])
    return claims, rows[0]["next_due"]


@cache
def _claim_sql(kind: Kind) -> str:
    keys = ", ".join(f"claimed.{column}" for column in kind.key)
    more = f", {kind.columns}" if kind.columns else ""
    match = " and ".join(f"t.{column} = picked.{column}" for column in kind.key)
    return f"""
        with picked as (
            select {", ".join(kind.key)} from {kind.table}
            where due_at <= $1 and (lease_until is null or lease_until < clock_timestamp()) and {kind.where}
            order by due_at limit $2 for update skip locked
        ), claimed as (
            update {kind.table} t
            set lease_token = t.lease_token + 1, attempts = t.attempts + 1,
                lease_until = clock_timestamp() + make_interval(secs => $3)
            from picked where {match}
            returning t.*, extract(epoch from $1::timestamptz - t.due_at)::float8 as late
        )
        select {keys}, claimed.lease_token, claimed.attempts, claimed.late, peek.next_due{more}
        from (select min(due_at) as next_due from {kind.table} where due_at > $1 and {kind.where}) peek
        left join claimed on true {kind.joins}
        order by claimed.late desc
    """


async def renew(database: Database, claimed: Claim) -> None:
    """Hold the row for another full lease. Raises `LostLease` if it is no longer ours."""
    deadline = Deadline(claimed.lease_seconds)
    done = await database.execute(
        f"""
        update {claimed.kind.table} set lease_until = clock_timestamp() + make_interval(secs => $1)
        where lease_token = $2 and {_matches(claimed.kind.key, 3)}
        """,
        claimed.lease_seconds,
        claimed.token,
        *claimed.key,
    )
    if done != "UPDATE 1":
        raise LostLease(f"{claimed.kind.table} {claimed.key}")
    claimed.deadline = deadline


async def release(database: Database, claimed: Claim, due_at: datetime | None, *, failed: bool = False) -> None:
    """Give the row back, due again at this moment (None: never). Without effect if it is no longer ours."""
    await database.execute(
        f"""
        update {claimed.kind.table}
        set due_at = $1, lease_until = null, attempts = case when $2 then attempts else 0 end
        where lease_token = $3 and {_matches(claimed.kind.key, 4)}
        """,
        due_at,
        failed,
        claimed.token,
        *claimed.key,
    )


def _matches(key: tuple[str, ...], first: int) -> str:
    return " and ".join(f"{column} = ${first + at}" for at, column in enumerate(key))
