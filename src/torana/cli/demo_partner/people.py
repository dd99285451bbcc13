"""Who uses the shop and what they bought, in memory."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

import msgspec

from torana.cli.demo_partner.proof import Checks
from torana.cli.demo_partner.trace import Step

MOST_PEOPLE = 1000
MOST_PURCHASES = 100
"""Of one person."""
MOST_STEPS = 300
"""Of one person."""


class Notice(msgspec.Struct, rename="camel"):
    """A webhook as the page shows it."""

    event: str
    status: str
    received_at: datetime
    checks: Checks


class Purchase(msgspec.Struct, rename="camel"):
    """One click on a basket, or on something about the account. `result` is what the page's promise said, `notices`
    came by webhook."""

    transaction_id: str
    basket: str
    started_at: datetime
    result: str = "started"
    summary: str = ""
    notices: list[Notice] = []
    batch_id: str = ""
    waiting: list[str] = []
    """Symbols of the orders that the broker may still fill."""
    sequence: int = 0
    """Of the newest webhook that told how the orders stand: they can overtake each other."""

    def take_orders(self, event: Mapping[str, Any]) -> None:
        """Note how the orders stand, if this webhook tells it and is no older than what is known."""
        sequence = event.get("sequence") or 0
        if "batchId" not in event or sequence < self.sequence:
            return
        stand = [order["tradingsymbol"] for order in event["orders"] if order["status"] in ("PLACED", "PARTIAL")]
        self.batch_id, self.waiting, self.sequence = event["batchId"], list(dict.fromkeys(stand)), sequence


class Connection(msgspec.Struct, rename="camel"):
    """The login at the broker, as the gateway tells it."""

    connected: bool
    since: datetime | None = None
    until: datetime | None = None


Change: TypeAlias = Purchase | Connection | Step


class Person:
    """One browser, known by its cookie."""

    def __init__(self) -> None:
        self.investor_id: str | None = None
        self.broker: str | None = None
        self.purchases: dict[str, Purchase] = {}
        self.scenario: str | None = None
        self.steps: dict[str, Step] = {}
        self._listeners: set[asyncio.Queue[Change]] = set()

    def tell(self, changed: Change) -> None:
        """Show this as it is now on every open page of this person's."""
        for listener in self._listeners:
            listener.put_nowait(changed)

    def note(self, steps: Iterable[Step], story: str = "") -> None:
        """Keep what was called, and show it. The oldest is forgotten when there is too much."""
        for step in steps:
            step.story = step.story or story
            self.steps[step.key] = step
            if len(self.steps) > MOST_STEPS:
                self.steps.pop(next(iter(self.steps)))
            self.tell(step)

    async def listen(self, *, every: float) -> AsyncIterator[Change | None]:
        """What changes, and None after so many seconds without a change."""
        queue: asyncio.Queue[Change] = asyncio.Queue()
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
    """Everybody who is here. What is remembered has an upper limit, however long the shop is open."""

    def __init__(self) -> None:
        self._by_key: dict[str, Person] = {}

    def known(self, key: str | None) -> Person | None:
        return self._by_key.get(key or "")

    def arrive(self) -> tuple[str, Person]:
        """A new person and the key for their cookie. The one who came first goes when there are too many."""
        if len(self._by_key) >= MOST_PEOPLE:
            self._by_key.pop(next(iter(self._by_key)))
        key, person = secrets.token_urlsafe(24), Person()
        self._by_key[key] = person
        return key, person

    def begin(self, person: Person, transaction_id: str, basket: str) -> Purchase:
        """Something that this person asks for. The oldest is forgotten when there are too many."""
        purchase = Purchase(transaction_id, basket, datetime.now(UTC))
        if len(person.purchases) >= MOST_PURCHASES:
            person.purchases.pop(next(iter(person.purchases)))
        person.purchases[transaction_id] = purchase
        return purchase

    def of_investor(self, investor_id: str) -> list[Person]:
        """Everybody who is here as this investor, in whatever browser."""
        return [person for person in self._by_key.values() if person.investor_id == investor_id]

    def whose(self, transaction_id: str) -> Person | None:
        return next((person for person in self._by_key.values() if transaction_id in person.purchases), None)
