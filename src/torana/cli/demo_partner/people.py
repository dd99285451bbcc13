"""Who uses the shop and what they bought, in memory."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import msgspec

from torana.cli.demo_partner.proof import Checks

_MOST_PEOPLE = 1000


class Notice(msgspec.Struct, rename="camel"):
    """A webhook as the page shows it."""

    event: str
    status: str
    received_at: datetime
    checks: Checks


class Purchase(msgspec.Struct, rename="camel"):
    """One click on a basket, on the funds or on the holdings. `result` is what the page's promise said, `notices` came
    by webhook."""

    transaction_id: str
    basket: str
    started_at: datetime
    result: str = "started"
    summary: str = ""
    notices: list[Notice] = []


class Person:
    """One browser, known by its cookie."""

    def __init__(self) -> None:
        self.investor_id: str | None = None
        self.broker: str | None = None
        self.purchases: dict[str, Purchase] = {}
        self._listeners: set[asyncio.Queue[Purchase]] = set()

    def tell(self, purchase: Purchase) -> None:
        """Show the purchase as it is now on every open page of this person's."""
        for listener in self._listeners:
            listener.put_nowait(purchase)

    async def listen(self, *, every: float) -> AsyncIterator[Purchase | None]:
        """Purchases as they change, and None after so many seconds without a change."""
        queue: asyncio.Queue[Purchase] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            while True:
                try:
                    yield await asyncio.wait_for(queue.get(), every)
                except TimeoutError:
                    yield None
        finally:
            self._listeners.discard(queue)


class People:
    def __init__(self) -> None:
        self._by_key: dict[str, Person] = {}
        self._by_transaction: dict[str, Person] = {}

    def known(self, key: str | None) -> Person | None:
        return self._by_key.get(key or "")

    def arrive(self) -> tuple[str, Person]:
        """A new person and the key for their cookie. The one who came first goes when there are too many."""
        if len(self._by_key) >= _MOST_PEOPLE:
            self._by_key.pop(next(iter(self._by_key)))
        key, person = secrets.token_urlsafe(24), Person()
        self._by_key[key] = person
        return key, person

    def begin(self, person: Person, transaction_id: str, basket: str) -> Purchase:
        purchase = Purchase(transaction_id, basket, datetime.now(UTC))
        person.purchases[transaction_id] = purchase
        self._by_transaction[transaction_id] = person
        return purchase

    def whose(self, transaction_id: str) -> Person | None:
        return self._by_transaction.get(transaction_id)
