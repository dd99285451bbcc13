"""What is known when an order is judged, as values."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from torana.connectors.contract import BrokerOrder, ExecutionMode
from torana.orders.models import Batch, Order
from torana.orders.states import AT_BROKER, FINAL, IntentProof, OrderState

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
    since: int | None = None
    """The first database transaction that this process vouched for before the look: should the database have gone
    back meanwhile, the look proves nothing of what is stored now."""
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
    never_left, window_over = _never_left(order, evidence, tagged), _window_over(order, evidence)
    earlier = [tag for tag in order.absent_tags if tag != order.tag]
    landed = [entry for tag in earlier for entry in _tagged(evidence, tag) or ()]
    under_its_id = _by_id(evidence, order.broker_order_id)
    looked_at = order.state is OrderState.CHECKING or (order.state is OrderState.PLANNED and not evidence.echoes_tags)
    fits_no_other = looked_at and _fits_no_other(order, evidence)
    lookalikes = _lookalikes(order, evidence) if looked_at else []
    return Known(
        order,
        evidence,
        never_left=never_left and not lookalikes,
        tagged=tagged,
        landed=landed,
        under_its_id=under_its_id,
        entry=under_its_id if under_its_id is not None and under_its_id.may_carry(order.tag) else None,
        window_over=window_over,
        lookalikes=lookalikes,
        is_lookalike=fits_no_other and len(lookalikes) == 1 and order.disagreement(lookalikes[0]) is None,
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
