"""Reads of brokers' order books, shared by the batches of one account in this process.

Who asks while a read waits for its turn gets that read. Who asks while one is on its way waits for the next: what it
brings may be older than the question, and a look proves an absence only if it was made after the question.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from torana.connectors.contract import BrokerOrder, Orders, RateLimited, Session, SessionEnded
from torana.kit.database import Database
from torana.orders.pace import TOO_FAST_SECONDS, Account, hold, turn


@dataclass(slots=True)
class _Read:
    session: Session
    known: set[str]
    task: "asyncio.Task[Sequence[BrokerOrder]]" = field(init=False)


class BookReads:
    """At most one read of each account is waiting at any time."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str, str], _Read] = {}

    async def read(
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
            await turn(database, account)
        finally:
            del self._waiting[key]
        try:
            return await orders.book(read.session, frozenset(read.known))
        except RateLimited as limited:
            if account.per_second:
                await hold(database, account, limited.retry_after or TOO_FAST_SECONDS)
            raise


def _seen(task: "asyncio.Task[Sequence[BrokerOrder]]") -> None:
    """Who waited may have been cancelled; its error is nobody's then."""
    if not task.cancelled():
        task.exception()
