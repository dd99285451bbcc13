"""What is known when an order is judged, as values, and how it is gathered."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
import structlog

from torana.connectors.contract import (
    BrokerError,
    BrokerOrder,
    ExecutionMode,
    RateLimited,
    Resting,
    SessionEnded,
    TagLookUp,
)
from torana.connectors.tags import on_wire
from torana.kit.http import TransportFailure
from torana.orders.models import Batch, Order
from torana.orders.pace import TOO_FAST_SECONDS
from torana.orders.run import BatchRun
from torana.orders.states import AT_BROKER, FINAL, AttemptState, IntentProof, OrderState

log = structlog.get_logger(__name__)

BASKET_PATIENCE = timedelta(minutes=15)
"""How long an investor may sit before a basket in the broker's own page."""
RELEASE_SECONDS = 900.0
"""How long they have to release shares at the depository."""
CLOCK_SKEW = timedelta(seconds=5)
"""How far a broker's clock may be behind ours."""
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
    echoes_tags: bool = True
    """The broker's book shows our tags again, as a rule."""
    decision_seconds: float = 300.0
    releases: bool = False
    """The investor can have shares released at the depository from here."""
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

    @property
    def is_basket(self) -> bool:
        return self.batch.execution_mode is ExecutionMode.REDIRECT_BASKET


class Known(msgspec.Struct, frozen=True):
    """What the evidence says of one order."""

    order: Order
    evidence: Evidence
    never_left: bool
    """This very look proves that a planned order never left."""
    tagged: list[BrokerOrder] | None
    """Every order that carries its tag; None when a look-up failed, and nothing is known."""
    landed: list[BrokerOrder]
    """What carries the tag of an earlier attempt that had been called absent."""
    under_its_id: BrokerOrder | None
    """The entry with the id that its broker gave, whosesoever order that is."""
    entry: BrokerOrder | None
    """The same if it is not seen to be another order."""
    window_over: bool
    """A healthy look-up made now may call it absent."""
    lookalikes: list[BrokerOrder]
    """While it is in doubt, and at a broker that shows no tags before it is sent: untagged orders that could be this
    one and are not known to be another."""
    is_lookalike: bool
    """The one look-alike is this one: it fits no other order, and this broker is seen to drop tags."""


def known_of(order: Order, evidence: Evidence) -> Known:
    """What the evidence says of this order."""
    tagged = _tagged(evidence, order.tag)
    earlier = [tag for tag in order.absent_tags if tag != order.tag]
    under_its_id = _by_id(evidence, order.broker_order_id)
    looked_at = order.state is OrderState.CHECKING or (order.state is OrderState.PLANNED and not evidence.echoes_tags)
    lookalikes = _lookalikes(order, evidence) if looked_at else []
    return Known(
        order,
        evidence,
        never_left=_never_left(order, evidence, tagged) and not lookalikes,
        tagged=tagged,
        landed=[entry for tag in earlier for entry in _tagged(evidence, tag) or ()],
        under_its_id=under_its_id,
        entry=under_its_id if under_its_id is not None and under_its_id.may_carry(order.tag) else None,
        window_over=_window_over(order, evidence),
        lookalikes=lookalikes,
        is_lookalike=(
            len(lookalikes) == 1 and order.disagreement(lookalikes[0]) is None and _fits_no_other(order, evidence)
        ),
    )


def _never_left(order: Order, evidence: Evidence, tagged: list[BrokerOrder] | None) -> bool:
    return (
        order.state is OrderState.PLANNED
        and evidence.intents.get(order.order_id) is IntentProof.UNPROVEN
        and tagged == []
        and not evidence.day_over
        and evidence.healthy
    )


def _window_over(order: Order, evidence: Evidence) -> bool:
    if evidence.is_basket:
        if evidence.batch.returned_watched is None:
            return evidence.watched >= BASKET_PATIENCE.total_seconds() + evidence.window
        return evidence.watched - evidence.batch.returned_watched >= evidence.window
    since = order.attempt.doubt_since
    return since is not None and evidence.watched - since >= evidence.window


def _lookalikes(order: Order, evidence: Evidence) -> list[BrokerOrder]:
    """In a page of a broker that shows no tags, the investor may have changed how many: then the share and the side
    tell, as far as nothing tells better."""
    known = {other.broker_order_id for other in evidence.batch.orders}
    since = order.attempt.started_at or (None if evidence.echoes_tags else evidence.batch.created_at)
    free = [
        entry
        for entry in evidence.book
        if entry.untagged
        and entry.broker_order_id not in known
        and (entry.placed_at is None or since is None or entry.placed_at >= since - CLOCK_SKEW)
    ]
    alike = [entry for entry in free if order.disagreement(entry) is None]
    if alike or evidence.echoes_tags or not evidence.is_basket:
        return alike
    return [entry for entry in free if order.disagreement(replace(entry, quantity=order.quantity)) is None]


def _fits_no_other(order: Order, evidence: Evidence) -> bool:
    orders = evidence.batch.orders
    twins = [
        other for other in orders if other.state is OrderState.CHECKING and other.line_confirmed == order.line_confirmed
    ]
    shown = [_by_id(evidence, other.broker_order_id) for other in orders if other.broker_order_id is not None]
    drops_tags = not evidence.echoes_tags or any(entry is not None and entry.untagged for entry in shown)
    return len(twins) == 1 and drops_tags


def _by_id(evidence: Evidence, broker_order_id: str | None) -> BrokerOrder | None:
    return next((entry for entry in evidence.book if entry.broker_order_id == broker_order_id), None)


def _tagged(evidence: Evidence, tag: str) -> list[BrokerOrder] | None:
    found = [entry for entry in evidence.book if entry.tag == tag]
    if found or tag not in evidence.by_tag:
        return found
    asked = evidence.by_tag[tag]
    return None if asked is None else list(asked)


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
        echoes_tags=run.orders.rules.tag.is_shown,
        decision_seconds=services.decision_seconds,
        releases=run.connector.authorisation is not None and run.batch.execution_mode is ExecutionMode.SERVER_API,
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
    except (Resting, RateLimited) as slower:
        run.rest = _rest(slower)
        return Look.UNREADABLE, [], {}
    except BrokerError as error:
        log.warning("orders.book.unreadable", broker=run.batch.broker, error=repr(error))
        return Look.UNREADABLE, [], {}
    look_up = run.connector.tag_lookup
    if look_up is None:
        return Look.READ, book, {}
    in_book = {entry.tag for entry in book}
    unproven = run.unproven()
    sought = [order for order in run.batch.orders if _is_sought(order) or order.order_id in unproven]
    asked = [order for order in sought if order.tag not in in_book]
    found = await asyncio.gather(*(_by_tag(run, look_up, order) for order in asked))
    return Look.READ, book, dict(zip((order.tag for order in asked), found, strict=True))


def _rest(slower: Resting | RateLimited) -> float:
    """Seconds for which the broker wants to be left alone."""
    if isinstance(slower, Resting):
        return slower.seconds
    log.warning("orders.book.too_fast", error=slower.message[:200])
    return slower.retry_after or TOO_FAST_SECONDS


def _is_sought(order: Order) -> bool:
    """Whether its tag is looked for by itself: it may be at the broker without our knowing its id."""
    doubtful = order.state in (OrderState.CHECKING, OrderState.ABSENT)
    return doubtful and order.attempt.state is not AttemptState.REJECTED


async def _by_tag(run: BatchRun, look_up: TagLookUp, order: Order) -> Sequence[BrokerOrder] | None:
    sent_as = order.reference_at(run.batch.variety, on_wire(order.tag, run.orders.rules.tag))
    try:
        return list(await look_up.by_tag(run.session, sent_as))
    except (Resting, RateLimited) as slower:
        run.rest = _rest(slower)
        return None
    except BrokerError as error:
        log.warning("orders.book.tag_lookup_failed", broker=run.batch.broker, error=repr(error))
        return None
