"""Runs what is due (`due.py`): claims rows gateway by gateway, hands them to their handlers, wakes on a notification,
and survives the database."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta

import asyncpg
import structlog

from torana.kit.clock import Clock
from torana.kit.database import LOST_CONNECTION, Connection, Database
from torana.kit.due import (
    CHANNEL,
    LEASE_SECONDS,
    Claim,
    Kind,
    LostLease,
    claim,
    claim_and_peek,
    release,
    renew,
    waiting,
)
from torana.kit.fair_queue import FairQueue
from torana.kit.metrics import DUE_HANDLED
from torana.kit.turns import WHOSE

log = structlog.get_logger(__name__)

POLL_SECONDS = 1.0
"""How often it is asked which gateways have something due, whatever was notified."""
PARK_AFTER = 50
"""Failures in a row after which a row waits the longest gap and every further failure is logged as `due.parked`."""
LISTEN_CHECK_SECONDS = 20.0
_DATABASE_TROUBLE = (*LOST_CONNECTION, asyncpg.PostgresError)
"""What must not end a loop of ours: the server is away, full, read-only, out of connections, or refuses a statement."""

Handler = Callable[[Claim], Awaitable[None]]


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
        self._work = {kind: FairQueue(kind, clock, POLL_SECONDS) for kind in handlers}
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Work until `stop`; then take nothing new, finish what is in hand, and return."""
        async with asyncio.TaskGroup() as group:
            listener = group.create_task(self._listen())
            loops = [
                group.create_task(self._keep_claiming(self._work[kind], handler))
                for kind, handler in self._handlers.items()
            ]
            await asyncio.wait(loops)
            listener.cancel()

    def stop(self) -> None:
        self._stopping.set()
        for work in self._work.values():
            work.event.set()

    async def drain(self) -> int:
        """For tests: handle what is due now, one after the other, until nothing is. Returns how many rows ran."""
        handled = 0
        while True:
            busy = False
            for kind, handler in self._handlers.items():
                for gateway_id in await waiting(self._database, kind, self._clock.now()):
                    for claimed in await claim(
                        self._database, kind, gateway_id, self._clock.now(), 1, self._lease_seconds
                    ):
                        busy = True
                        handled += 1
                        await self._handle(claimed, handler)
            if not busy:
                return handled

    async def _keep_claiming(self, work: FairQueue, handler: Handler) -> None:
        while not self._stopping.is_set():
            work.event.clear()
            try:
                if work.poll_is_due:
                    work.polled(await waiting(self._database, work.kind, work.soon))
                while (gateway_id := work.next_gateway()) is not None:
                    await self._claim_for(gateway_id, work, handler)
            except _DATABASE_TROUBLE as error:
                log.warning("due.database_away", table=work.kind.table, error=repr(error))
                work.poll_now()
                await asyncio.sleep(0.5)
                continue
            await self._pause(work.event, work.seconds_to_wait)
        if work.running:
            await asyncio.wait(work.running)

    async def _claim_for(self, gateway_id: str, work: FairQueue, handler: Handler) -> None:
        wanted = work.places_for(gateway_id)
        claims, next_due = await claim_and_peek(
            self._database,
            work.kind,
            gateway_id,
            self._clock.now(),
            wanted,
            self._lease_seconds,
            work.free_in_lanes(gateway_id),
        )
        for claimed in claims:
            work.begun(claimed, asyncio.create_task(self._handle(claimed, handler)))
        work.claimed(gateway_id, next_due, all_taken=len(claims) < wanted)

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
        WHOSE.set(claimed.gateway_id)
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
                for work in self._work.values():
                    work.poll_now()
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
        table, _, gateway_id = str(payload).partition(" ")
        for kind, work in self._work.items():
            if table == kind.table:
                work.woken(gateway_id)
