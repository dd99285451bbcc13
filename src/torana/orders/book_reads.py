"""Reads of brokers' order books, shared by the batches of one account in this process.

Who asks while a read waits for its turn gets that read. Who asks while one is on its way waits for the next: what it
brings may be older than the question, and a look proves an absence only if it was made after the question.

The next one begins once the one before it has ended and a while after it, which grows with the book: reading a book
costs us and the broker so much for each of its orders, and an account with thousands of them would leave the others no
time. Whoever asks meanwhile shares it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from torana.connectors.contract import BrokerOrder, Orders, RateLimited, Session, SessionEnded
from torana.kit.database import Database
from torana.orders.pace import Account, hold, rest_after, turn

GAP_OF_AN_ORDER = 0.005
"""Seconds of the pause after a read for each order in the book: about twenty times what reading one costs us."""
LONGEST_GAP = 2.0


@dataclass(slots=True)
class _Read:
    session: Session
    known: set[str]
    task: "asyncio.Task[Sequence[BrokerOrder]]" = field(init=False)


class BookReads:
    """At most one read of each account is waiting, and one on its way, at any time."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str, str], _Read] = {}
        self._before: dict[tuple[str, str, str], asyncio.Task[None]] = {}
        """What a read waits for: the one before it, and the pause after that."""

    async def shared(
        self, database: Database, account: Account, orders: Orders, session: Session, known: frozenset[str]
    ) -> Sequence[BrokerOrder]:
        """The day's book, by a request that begins after this call. Raises as `Orders.book` does; that a login is over
        only to those whose own it is. A broker that finds us too fast is left alone for as long as it says."""
        key = (account.mode, account.broker, account.broker_user_id)
        while True:
            read = self._waiting.get(key)
            if read is None:
                read = self._waiting[key] = _Read(session, set())
                read.task = asyncio.create_task(self._run(database, account, orders, read, key))
                read.task.add_done_callback(_seen)
            read.known |= known
            try:
                return await asyncio.shield(read.task)
            except SessionEnded:
                if read.session == session:
                    raise

    async def _run(
        self, database: Database, account: Account, orders: Orders, read: _Read, key: tuple[str, str, str]
    ) -> Sequence[BrokerOrder]:
        try:
            if (before := self._before.get(key)) is not None:
                await asyncio.wait([before])
            await turn(database, account)
        finally:
            del self._waiting[key]
        over: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        pause = self._before[key] = asyncio.create_task(_pause(over))
        pause.add_done_callback(lambda ended: self._forget(key, ended))
        gap = 0.0
        try:
            book = await orders.book(read.session, frozenset(read.known))
            gap = min(len(book) * GAP_OF_AN_ORDER, LONGEST_GAP)
        except RateLimited as limited:
            if account.per_second:
                await hold(database, account, rest_after(limited))
            raise
        finally:
            if not over.done():
                over.set_result(gap)
        return book

    def _forget(self, key: tuple[str, str, str], ended: "asyncio.Task[None]") -> None:
        if self._before.get(key) is ended:
            del self._before[key]


async def _pause(over: "asyncio.Future[float]") -> None:
    await asyncio.sleep(await over)


def _seen(task: "asyncio.Task[Sequence[BrokerOrder]]") -> None:
    """Who waited may have been cancelled; its error is nobody's then."""
    if not task.cancelled():
        task.exception()
