"""What the verbs of this folder work with, and how one pass over a batch begins."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from torana.connectors.contract import Calls, Connector, Orders, OrderType, Session, SessionEnded, Variety
from torana.connectors.registry import Connectors
from torana.investors.models import LiveSession
from torana.investors.sessions import Sessions
from torana.kit.clock import Clock, ForwardClock
from torana.kit.database import Connection, Database
from torana.kit.due import LEASE_SECONDS, Claim
from torana.market.calendar import book_ends, trading_of
from torana.market.hours import MarketTime
from torana.orders import store
from torana.orders.book_reads import BookReads
from torana.orders.models import Attempt, Batch, Halt, Order
from torana.orders.pace import Account, Pace
from torana.orders.states import IntentProof, OrderState
from torana.partners.gateways import Gateways
from torana.partners.models import Mode


class AtEnd(Protocol):
    """What the end of a batch of an investment changes there, and each correction of the end, within the database
    transaction that writes it."""

    def __call__(self, connection: Connection, *, before: Batch, after: Batch, now: datetime) -> Awaitable[None]: ...


async def nothing_at_end(connection: Connection, *, before: Batch, after: Batch, now: datetime) -> None:
    """Where there are no investments."""


_REMEMBERED = 20_000
_LOOK_AT_AGE = 30.0
"""Seconds. An intent younger than this is sent without a thought about its age."""


@dataclass(frozen=True, slots=True)
class _Watch:
    """When this process had a batch last: its claim, the readings of the batch's watched seconds and of the steady
    clock then, and since when the database is known to be whole."""

    token: int
    watched: float
    steady: float
    since: int | None

    def reading(self, steady: float, since: int | None) -> float:
        """The watched seconds by now. This process has lived all the while, whoever had the batch; in a database that
        went back they may be those of another history, and count for nothing."""
        return self.watched + (steady - self.steady) if since == self.since else 0.0


@dataclass(frozen=True, slots=True)
class OrderServices:
    """Where a worker places orders. Times in seconds."""

    database: Database
    clock: Clock
    """The machine's: for the age of what others wrote, and for what is told."""
    due_clock: ForwardClock
    """For when a batch is due; it never goes back."""
    gateways: Gateways
    sessions: Sessions
    connectors: Connectors
    market_times: Mapping[Mode, MarketTime]
    settle_window: float | None = None
    """Overrides the connectors' own."""
    market_intent_seconds: float = 300.0
    """How old a confirmed market order may be when it is sent."""
    decision_seconds: float = 300.0
    """How long an investor may think about an order that is not at the broker; then it is left unplaced."""
    lease_seconds: float = LEASE_SECONDS
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when this process was asked to end: no further window is begun."""
    at_end: AtEnd = nothing_at_end
    books: BookReads = field(default_factory=BookReads)
    watches: dict[str, _Watch] = field(default_factory=dict)


@dataclass(slots=True)
class BatchRun:
    """One batch in one worker's run."""

    services: OrderServices
    claim: Claim
    batch: Batch
    mode: Mode
    connector: Connector
    orders: Orders
    """The connector's part for orders."""
    live_session: LiveSession
    watched_from: float
    """The steady clock's reading at which `batch.watched` was right."""
    continued: bool
    """Nobody else had the batch since this process had it last."""
    proven: set[tuple[str, int | None]] = field(default_factory=set)
    """Attempts of which a look at the broker proved that they never left, each with the first database transaction that
    this process vouched for then: should the database go back, the proof is worth nothing."""
    halt: Halt | None = None
    """New orders are stopped, as this pass has found."""
    rest: float = 0.0
    """Seconds for which the broker is not asked for its book: it has not been answering, or finds us too fast."""

    @property
    def session(self) -> Session:
        """Raises `SessionEnded`, as a broker would: of a login that has ended we keep nothing to ask with."""
        if self.live_session.ended_at is not None:
            raise SessionEnded("the login has ended")
        return self.live_session.as_session()

    @property
    def account(self) -> Account:
        """Where its orders go, and how fast they may."""
        return self.pace.account(Calls.ORDERS)

    @property
    def pace(self) -> Pace:
        """How fast the account may be asked for anything."""
        return Pace(self.services.database, self.mode, self.connector.broker, self.live_session.broker_user_id)

    @property
    def settle_window(self) -> float:
        """Seconds for which an order may take to show after an unclear answer."""
        if self.services.settle_window is not None:
            return self.services.settle_window
        capabilities = self.connector.capabilities
        basket = self.batch.execution_mode == "redirect_basket"
        return capabilities.basket_settle_window if basket else capabilities.settle_window

    @property
    def book_ends(self) -> datetime:
        """From when on the broker's book may be cleared of its orders."""
        return book_ends(self.batch.book_day, self.orders.rules.book_kept_until)

    @property
    def watched(self) -> float:
        """Seconds for which some worker has known of this batch. Time in which none ran does not count."""
        return self.batch.watched + max(self.services.clock.steady() - self.watched_from, 0.0)

    def remember(self) -> None:
        """This process watches on from here."""
        watches = self.services.watches
        if len(watches) >= _REMEMBERED:
            watches.clear()  # then some waits begin their count at the next look: they become longer, never shorter
        if self.batch.over:
            watches.pop(self.batch.batch_id, None)
        else:
            steady = self.services.clock.steady()
            since = self.services.database.continuity.since
            watches[self.batch.batch_id] = _Watch(self.claim.token, self.watched, steady, since)

    def prove(self, orders: Sequence[Order], since: int | None) -> None:
        """A look at the broker showed that these planned orders never left; `since` as it was before the look."""
        self.proven |= {(order.attempt.attempt_id, since) for order in orders}

    def unproven(self) -> dict[str, IntentProof]:
        """Planned orders that may have been sent although their record says that they were not."""
        since = self.services.database.continuity.since
        return {
            order.order_id: self._doubt(order.attempt)
            for order in self.batch.orders
            if order.state is OrderState.PLANNED
            and (order.attempt.attempt_id, since) not in self.proven
            and not self._is_known(order.attempt)
        }

    def _is_known(self, attempt: Attempt) -> bool:
        """Whether nobody can have sent it: its record is whole, and either we had it all the time or it is young."""
        age = abs(self.services.clock.now() - attempt.planned_at)
        whole = attempt.intact and self.services.database.continuity.vouches_for(attempt.planned_in)
        return whole and (self.continued or age <= timedelta(seconds=self.services.lease_seconds))

    def _doubt(self, attempt: Attempt) -> IntentProof:
        """LOST when the database went back so shortly ago that what was sent need not show yet."""
        broken = self.services.database.continuity.seconds_since_break()
        went_back = not self.services.database.continuity.vouches_for(attempt.planned_in) and (
            broken is not None and broken < self.settle_window
        )
        young = self.services.clock.now() - attempt.planned_at < timedelta(seconds=2 * self.settle_window)
        return IntentProof.LOST if (went_back or not attempt.intact) and young else IntentProof.UNPROVEN

    @property
    def may_be_too_old(self) -> bool:
        """Whether it is worth asking for the exchange's time to know it."""
        soon = timedelta(seconds=min(self.services.market_intent_seconds, _LOOK_AT_AGE))
        now = self.services.clock.now()
        return any(
            order.state is OrderState.PLANNED and now - order.attempt.planned_at > soon for order in self.batch.orders
        )

    def too_old(self, at: datetime | None) -> frozenset[str]:
        """Planned orders that were confirmed too long ago. `at` is the exchange's time, None if it is not known."""
        now, limit = self.services.clock.now(), self.services.market_intent_seconds
        batch, waiting = self.batch, self.batch.unfunded
        return frozenset(
            order.order_id
            for order in batch.orders
            if order.state is OrderState.PLANNED
            and is_too_old(order, batch.variety, batch.book_day, limit, now=now, at=at, waits=order in waiting)
        )


def is_too_old(
    order: Order,
    variety: Variety,
    day: date,
    market_intent_seconds: float,
    *,
    now: datetime,
    at: datetime | None,
    waits: bool = False,
) -> bool:
    """Whether a planned order of this book day was confirmed too long ago to be sent unasked. `at` is the exchange's
    time, None if it is not known. `waits`: it could not be sent yet, and its age is looked at once it can be."""
    opening, close = trading_of(day)
    if variety is Variety.AMO:
        return at is not None and at >= opening  # from then on it would be a regular order
    if at is not None and at >= close:
        return True
    age = now - order.attempt.planned_at
    return not waits and order.order_type is OrderType.MARKET and age > timedelta(seconds=market_intent_seconds)


async def begin_run(services: OrderServices, claim: Claim) -> BatchRun:
    """Read everything that a pass over the claimed batch needs."""
    gateway_id, batch_id = claim.key
    steady = services.clock.steady()
    batch, stored = await store.load(services.database, gateway_id, batch_id)
    gateway = await services.gateways.by_id(gateway_id)
    session = services.sessions.opened(gateway_id, stored)
    if session.ended_at is not None or session.expires_at <= services.clock.now():
        session = await services.sessions.live(gateway_id, batch.investor_id, services.clock.now()) or session
    if gateway is None:
        raise LookupError(f"the gateway {gateway_id} of batch {batch_id} is gone")
    connector = services.connectors.get(gateway.mode, batch.broker)
    if connector.orders is None:
        raise LookupError(f"the broker {batch.broker} of batch {batch_id} takes no orders")
    watch = services.watches.get(batch_id)
    unwritten = watch.reading(steady, services.database.continuity.since) - batch.watched if watch is not None else 0.0
    return BatchRun(
        services,
        claim,
        batch,
        gateway.mode,
        connector,
        connector.orders,
        session,
        watched_from=steady - max(unwritten, 0.0),
        continued=watch is not None and watch.token == claim.token - 1,
    )
