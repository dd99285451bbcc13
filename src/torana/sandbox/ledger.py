"""The sandbox's own record of everything that reached it: the truth that fault and load tests compare with."""

import time
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field

from torana.sandbox.faults import Operation
from torana.sandbox.models import Order

_WINDOW_SECONDS = 1.0


@dataclass(slots=True)
class Traffic:
    """The requests of one client as they arrived, whether anything came of them or not."""

    requests: Counter[Operation] = field(default_factory=Counter)
    peak_places_per_second: int = 0
    """The most place requests within any one second."""
    recent_places: deque[float] = field(default_factory=deque)

    def count(self, operation: Operation) -> None:
        self.requests[operation] += 1
        if operation is Operation.PLACE:
            now = time.monotonic()
            self.recent_places.append(now)
            while self.recent_places[0] <= now - _WINDOW_SECONDS:
                self.recent_places.popleft()
            self.peak_places_per_second = max(self.peak_places_per_second, len(self.recent_places))


@dataclass(frozen=True, slots=True)
class SentPostback:
    """One postback that left, or was kept back. `status` is None when nobody answered."""

    broker: str
    account_id: str
    order_id: str
    body: bytes
    status: int | None
    outcome: str
    """`delivered`, `failed`, `dropped`."""


@dataclass(slots=True)
class Ledger:
    orders: list[Order] = field(default_factory=list)
    """Every order ever accepted, over all days and brokers."""
    dropped: list[Order] = field(default_factory=list)
    """Orders that were answered with an id and never existed."""
    postbacks: list[SentPostback] = field(default_factory=list)
    traffic: dict[tuple[str, str], Traffic] = field(default_factory=lambda: defaultdict(Traffic))
    """By broker and user id; the id is empty for requests that named no client."""

    def place_requests(self, broker: str, account_id: str) -> int:
        """How many requests to place an order this client sent."""
        known = self.traffic.get((broker, account_id))
        return known.requests[Operation.PLACE] if known else 0

    def with_tag(self, tag: str) -> list[Order]:
        """The orders that were asked for under this tag, whatever the broker made of it."""
        return [order for order in self.orders if order.asked.tag == tag]
