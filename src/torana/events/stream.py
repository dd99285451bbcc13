"""The live stream: who waits for a transaction is woken when something happened to it.

A wake-up says "look again" and nothing more; what happened is read from the database. So a wake-up too many does no
harm, and none is missed: everybody is woken when the connection to the database was lost and is back.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import structlog

from torana.events.log import CHANNEL
from torana.kit.database import LOST_CONNECTION
from torana.kit.metrics import LIVE_UPDATES_UP

log = structlog.get_logger(__name__)

_RECONNECT_SECONDS = 0.5
_CHECK_SECONDS = 10.0
"""How often a silent connection is asked whether it is still there."""


class EventStream:
    """One listening connection of this process, any number of waiters."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._waiters: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._listening = asyncio.Event()

    @contextmanager
    def waiter(self, *transaction_ids: str) -> Iterator[asyncio.Event]:
        """An event object that is set whenever something may have happened to one of these transactions.

        Take it first, then read the state, then wait: so nothing falls in between. Clear it before reading again.
        """
        event = asyncio.Event()
        for one in transaction_ids:
            self._waiters[one].add(event)
        try:
            yield event
        finally:
            for one in transaction_ids:
                mine = self._waiters[one]
                mine.discard(event)
                if not mine:
                    del self._waiters[one]

    @property
    def waiting(self) -> int:
        """How many transactions somebody waits for."""
        return len(self._waiters)

    @property
    def is_listening(self) -> bool:
        """Whether what happens now wakes those who wait."""
        return self._listening.is_set()

    async def listening(self) -> None:
        """Return once the stream is connected."""
        await self._listening.wait()

    async def run(self) -> None:
        """Listen until cancelled; connect again after every loss."""
        while True:
            try:
                connection = await asyncpg.connect(self._url, timeout=10)
            except (*LOST_CONNECTION, asyncpg.PostgresError) as error:
                log.warning("events.stream_away", error=repr(error))
                await asyncio.sleep(_RECONNECT_SECONDS)
                continue
            try:
                await self._listen(connection)
            except (*LOST_CONNECTION, asyncpg.PostgresError) as error:
                log.warning("events.stream_lost", error=repr(error))
                await asyncio.sleep(_RECONNECT_SECONDS)
            finally:
                self._listening.clear()
                LIVE_UPDATES_UP.set(0)
                connection.terminate()

    async def _listen(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        ended = asyncio.Event()
        connection.add_termination_listener(lambda *_: ended.set())
        await connection.add_listener(CHANNEL, self._on_notice)
        self._listening.set()
        LIVE_UPDATES_UP.set(1)
        self._wake_all()
        while not ended.is_set():
            try:
                await asyncio.wait_for(ended.wait(), _CHECK_SECONDS)
            except TimeoutError:
                # A peer that vanished without a word shows only when it is asked.
                await connection.execute("select 1", timeout=5)

    def _on_notice(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        for event in self._waiters.get(str(payload), ()):
            event.set()

    def _wake_all(self) -> None:
        for events in self._waiters.values():
            for event in events:
                event.set()
