"""What is known when an order is judged, as values, and how it is gathered."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
import structlog

from torana.connectors.contract import BrokerError, BrokerOrder, ExecutionMode, Resting, SessionEnded, TagLookUp
from torana.connectors.tags import on_wire
from torana.kit.http import TransportFailure
from torana.orders.models import AT_BROKER, FINAL, AttemptState, Batch, IntentProof, Order, OrderState
from torana.orders.run import BatchRun

log = structlog.get_logger(__name__)

BASKET_PATIENCE = timedelta(minutes=15)
"""How long an investor may sit before a basket in the broker's own page."""


_SHOWN_ALL_DAY = AT_BROKER | FINAL
"""What a book has shown it shows to the end of its day, whatever became of it."""


class Look(StrEnum):
    """How the look at the broker's book went."""

    NOT_MADE = "NOT_MADE"
    READ = "READ"
    UNREADABLE = "UNREADABLE"
    """It failed, and proves nothing."""
    SESSION_OVER = "SESSION_OVER"


class Evidence(msgspec.Struct, kw_only=True, frozen=True):
    """All that a judgement rests on. Seconds are those of `watched`, by clocks that do not step."""

    batch: Batch
    now: datetime
    watched: float
    window: float
    """How long an order may take to show at this broker after an unclear answer."""
    day_over: bool = False
    """The broker's book of the day in which these orders live may be cleared by now."""
    look: Look = Look.NOT_MADE
    book: Sequence[BrokerOrder] = ()
    by_tag: Mapping[str, Sequence[BrokerOrder] | None] = {}
    """What the broker's own look-up by tag found, None where it failed; empty where it has none."""
    decision_seconds: float = 300.0
    intents: Mapping[str, IntentProof] = {}
    """By order id, for planned orders that are not PROVEN."""
    too_old: frozenset[str] = frozenset()
    """Ids of planned orders that were confirmed too long ago."""
    in_flight: frozenset[str] = frozenset()
    """Ids of orders whose answer this process waits for."""

    @property
    def healthy(self) -> bool:
        """False when the book misses orders of its day that it has shown before: it is stale and proves no absence."""
        if self.look is not Look.READ:
            return False
        shown = {entry.broker_order_id for entry in self.book}
        tags = {entry.tag for entry in self.book if entry.tag}
        return all(
            order.broker_order_id in shown or order.tag in tags
            for order in self.batch.orders
            if order.broker_status is not None and order.state in _SHOWN_ALL_DAY
        )

    def by_id(self, broker_order_id: str | None) -> BrokerOrder | None:
        return next((entry for entry in self.book if entry.broker_order_id == broker_order_id), None)

    def tagged(self, tag: str) -> list[BrokerOrder] | None:
        """Every order that carries the tag; None when a look-up failed, and nothing is known."""
        found = [entry for entry in self.book if entry.tag == tag]
        if found or tag not in self.by_tag:
            return found
        asked = self.by_tag[tag]
        return None if asked is None else list(asked)

    @property
    def is_basket(self) -> bool:
        return self.batch.execution_mode is ExecutionMode.REDIRECT_BASKET

    def window_over(self, order: Order) -> bool:
        """Whether a healthy look-up made now may call the order absent."""
        if self.is_basket:
            if self.batch.returned_watched is None:
                return self.watched >= BASKET_PATIENCE.total_seconds() + self.window
            return self.watched - self.batch.returned_watched >= self.window
        since = order.attempt.doubt_since
        return since is not None and self.watched - since >= self.window


async def gather(run: BatchRun, in_flight: frozenset[str] = frozenset(), *, look: bool) -> Evidence:
    """What is known now; with `look` the broker's book is read. What cannot be read proves nothing."""
    at = await _market_time(run)
    watched = run.watched  # before the book is asked for: only a look-up made after the window may call it absent
    seen, book, by_tag = (await _read(run)) if look else (Look.NOT_MADE, [], {})
    services = run.services
    return Evidence(
        batch=run.batch,
        now=services.clock.now(),
        watched=watched,
        window=run.settle_window,
        day_over=at is not None and at >= run.book_ends,
        look=seen,
        book=book,
        by_tag=by_tag,
        decision_seconds=services.decision_seconds,
        intents=run.unproven(),
        too_old=run.too_old(at),
        in_flight=in_flight,
    )


async def _market_time(run: BatchRun) -> datetime | None:
    try:
        return await run.services.market_times[run.mode].now()
    except TransportFailure:
        return None


Read = tuple[Look, list[BrokerOrder], dict[str, Sequence[BrokerOrder] | None]]


async def _read(run: BatchRun) -> Read:
    try:
        known = frozenset(order.broker_order_id for order in run.batch.orders if order.broker_order_id)
        book = list(await run.read_book(known))
    except SessionEnded:
        return Look.SESSION_OVER, [], {}
    except Resting as resting:
        run.rest = resting.seconds
        return Look.UNREADABLE, [], {}
    except BrokerError as error:
        log.warning("orders.book.unreadable", broker=run.batch.broker, error=repr(error))
        return Look.UNREADABLE, [], {}
    look_up = run.connector.tag_lookup
    if look_up is None:
        return Look.READ, book, {}
    in_book = {entry.tag for entry in book}
    unproven = run.unproven()
    sought = [order.tag for order in run.batch.orders if _is_sought(order) or order.order_id in unproven]
    asked = [tag for tag in sought if tag not in in_book]
    found = await asyncio.gather(*(_by_tag(run, look_up, tag) for tag in asked))
    return Look.READ, book, dict(zip(asked, found, strict=True))


def _is_sought(order: Order) -> bool:
    """Whether its tag is looked for by itself: it may be at the broker without our knowing its id."""
    doubtful = order.state in (OrderState.CHECKING, OrderState.ABSENT)
    return doubtful and order.attempt.state is not AttemptState.REJECTED


async def _by_tag(run: BatchRun, look_up: TagLookUp, tag: str) -> Sequence[BrokerOrder] | None:
    try:
        return list(await look_up.by_tag(run.session, on_wire(tag, run.orders.rules.tag)))
    except Resting as resting:
        run.rest = resting.seconds
        return None
    except BrokerError as error:
        log.warning("orders.book.tag_lookup_failed", broker=run.batch.broker, error=repr(error))
        return None
