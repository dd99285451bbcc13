"""Due work. There is no queue beside the truth: a row that needs something later says so itself.

A table that takes part carries `due_at timestamptz` (null: nothing to do), `lease_until timestamptz`,
`lease_token bigint not null default 0` and `attempts int not null default 0`. Claiming a row raises its token; every
later write of the claimant names the token (`and lease_token = $n`) and so fails once somebody else has the row.
`due_at` is business time, from the clock we were given; leases are measured by the database's own clock, so that no
clock of ours can end one early.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import asyncpg
import structlog

from torana.kit.clock import Clock, Deadline
from torana.kit.database import LOST_CONNECTION, Connection, Database
from torana.kit.metrics import DUE_HANDLED, DUE_LATE

log = structlog.get_logger(__name__)

CHANNEL = "torana_due"
LEASE_SECONDS = 15.0
POLL_SECONDS = 1.0
PARK_AFTER = 50
"""Failures in a row after which a row waits the longest gap and every further failure is logged as `due.parked`."""
LISTEN_CHECK_SECONDS = 20.0
GATHER_SECONDS = 0.02
"""After a row was handled: so long others are waited for before the next look, unless the hands are full."""

_DATABASE_TROUBLE = (*LOST_CONNECTION, asyncpg.PostgresError)
"""What must not end a loop of ours: the server is away, full, read-only, out of connections, or refuses a statement."""


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


Handler = Callable[[Claim], Awaitable[None]]


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


class Runner:
    """Runs handlers for due rows until told to stop.

    A handler leaves its row in the state that it wants, by `release` or by its own fenced update. What it raises
    leaves the row due again after a growing gap. The runner survives the database: it reconnects by itself.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        handlers: dict[Kind, Handler],
        *,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self._database = database
        self._clock = clock
        self._handlers = handlers
        self._lease_seconds = lease_seconds
        self._wake = {kind: asyncio.Event() for kind in handlers}
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Work until `stop`; then take nothing new, finish what is in hand, and return."""
        async with asyncio.TaskGroup() as group:
            listener = group.create_task(self._listen())
            loops = [group.create_task(self._work(kind, handler)) for kind, handler in self._handlers.items()]
            await asyncio.wait(loops)
            listener.cancel()

    def stop(self) -> None:
        self._stopping.set()
        for event in self._wake.values():
            event.set()

    async def drain(self) -> int:
        """For tests: handle what is due now, one after the other, until nothing is. Returns how many rows ran."""
        handled = 0
        while True:
            busy = False
            for kind, handler in self._handlers.items():
                for claimed in await claim(self._database, kind, self._clock.now(), 1, self._lease_seconds):
                    busy = True
                    handled += 1
                    await self._handle(claimed, handler)
            if not busy:
                return handled

    async def _work(self, kind: Kind, handler: Handler) -> None:
        running: set[asyncio.Task[None]] = set()
        event = self._wake[kind]
        loop = asyncio.get_running_loop()

        def ended(task: asyncio.Task[None]) -> None:
            if len(running) < kind.concurrency:
                loop.call_later(GATHER_SECONDS, event.set)
            else:
                event.set()
            running.discard(task)

        while not self._stopping.is_set():
            event.clear()
            free = kind.concurrency - len(running)
            claims: list[Claim] = []
            next_due: datetime | None = None
            if free > 0:
                try:
                    claims, next_due = await claim_and_peek(
                        self._database, kind, self._clock.now(), free, self._lease_seconds
                    )
                except _DATABASE_TROUBLE as error:
                    log.warning("due.database_away", table=kind.table, error=repr(error))
                    await asyncio.sleep(0.5)
                    continue
            for claimed in claims:
                task = asyncio.create_task(self._handle(claimed, handler))
                running.add(task)
                task.add_done_callback(ended)
            if len(claims) < free or free == 0:
                await self._pause(event, self._seconds_until(next_due))
        if running:
            await asyncio.wait(running)

    def _seconds_until(self, next_due: datetime | None) -> float:
        """Seconds of our clock until the next row is due, at most the poll."""
        if next_due is None:
            return POLL_SECONDS
        return min(max((next_due - self._clock.now()).total_seconds(), 0.001), POLL_SECONDS)

    async def _pause(self, event: asyncio.Event, seconds: float) -> None:
        async def ring() -> None:
            await self._clock.sleep(seconds)
            event.set()

        ringing = asyncio.create_task(ring())
        try:
            await event.wait()
        finally:
            ringing.cancel()

    async def _handle(self, claimed: Claim, handler: Handler) -> None:
        table = claimed.kind.table
        result = "done"
        keeping: list[asyncio.Task[None]] = []
        keep_from = asyncio.get_running_loop().call_later(
            claimed.lease_seconds / 3, lambda: keeping.append(asyncio.create_task(self._keep(claimed)))
        )
        try:
            await handler(claimed)
        except LostLease:
            result = "lost"
            log.warning("due.lease_lost", table=table, key=claimed.key)
        except LOST_CONNECTION as error:
            # The lease runs out and the row comes back, to us or to another.
            result = "away"
            log.warning("due.database_away", table=table, key=claimed.key, error=repr(error))
        except Exception:  # whatever a handler raises, the others go on
            result = "failed"
            log.exception("due.failed", table=table, key=claimed.key, attempts=claimed.attempts)
            await self._put_off(claimed)
        finally:
            DUE_HANDLED.labels(table, result).inc()
            keep_from.cancel()
            for task in keeping:
                task.cancel()

    async def _keep(self, claimed: Claim) -> None:
        while True:
            try:
                await renew(self._database, claimed)
            except LostLease:
                return
            except _DATABASE_TROUBLE as error:
                log.warning("due.renew_failed", table=claimed.kind.table, error=repr(error))
            await asyncio.sleep(claimed.lease_seconds / 3)

    async def _put_off(self, claimed: Claim) -> None:
        gap = min(2.0 ** min(claimed.attempts, 10), 600.0) * random.uniform(0.8, 1.2)  # noqa: S311
        if claimed.attempts >= PARK_AFTER:
            gap = 3600.0
            log.error("due.parked", table=claimed.kind.table, key=claimed.key, attempts=claimed.attempts)
        try:
            await release(self._database, claimed, self._clock.now() + timedelta(seconds=gap), failed=True)
        except _DATABASE_TROUBLE as error:
            log.warning("due.database_away", table=claimed.kind.table, key=claimed.key, error=repr(error))

    async def _listen(self) -> None:
        while True:
            try:
                connection = await asyncpg.connect(self._database.url, timeout=10)
            except _DATABASE_TROUBLE:
                await asyncio.sleep(0.5)
                continue
            ended = asyncio.Event()
            connection.add_termination_listener(lambda *_, ended=ended: ended.set())
            try:
                await connection.add_listener(CHANNEL, self._woken)
                for event in self._wake.values():
                    event.set()
                while not ended.is_set():
                    await self._still_there(connection, ended)
            except _DATABASE_TROUBLE as error:
                log.warning("due.listener_lost", error=repr(error))
                await asyncio.sleep(0.1)
            finally:
                connection.terminate()

    async def _still_there(self, connection: Connection, ended: asyncio.Event) -> None:
        """Return when the connection ends or a while later, having asked it for a sign of life: a connection that a
        firewall forgot says nothing by itself."""
        try:
            await asyncio.wait_for(ended.wait(), LISTEN_CHECK_SECONDS)
        except TimeoutError:
            await connection.execute("select 1", timeout=5)

    def _woken(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        for kind, event in self._wake.items():
            if payload in ("", kind.table):
                event.set()
