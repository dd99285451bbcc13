"""The types of a batch on its way."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256

import msgspec

from torana.connectors.contract import (
    BrokerStatus,
    ExecutionMode,
    Instrument,
    OrderRef,
    OrderRequest,
    OrderType,
    Side,
    Variety,
)
from torana.kit.money import Paise


class OrderState(StrEnum):
    """Where an order is. Every arrow between two of them is an event."""

    PLANNED = "PLANNED"
    """Written down with its tag; nothing has left us."""
    SENDING = "SENDING"
    """The attempt is committed; bytes may be on their way."""
    CHECKING = "CHECKING"
    """It may exist at the broker: we are looking for its tag."""
    PLACED = "PLACED"
    OPEN = "OPEN"
    PARTIAL = "PARTIAL"
    AMO_QUEUED = "AMO_QUEUED"
    COMPLETE = "COMPLETE"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    ABSENT = "ABSENT"
    """Sent, and proven not to be at the broker: the investor decides what now."""
    STALE = "STALE"
    """Never sent, and confirmed too long ago to be sent unasked: the investor decides what now."""
    UNAUTHORISED = "UNAUTHORISED"
    """Refused until the depository has released its shares, and so not at the broker: the investor decides what now."""
    UNRESOLVED = "UNRESOLVED"
    """Its day at the broker is over and nobody saw its end: the known fills stand, a person finds out the rest."""
    NOT_PLACED = "NOT_PLACED"
    """It does not exist at the broker and will not."""


FINAL = frozenset(
    {OrderState.COMPLETE, OrderState.REJECTED, OrderState.CANCELLED, OrderState.EXPIRED, OrderState.NOT_PLACED}
)
TO_DECIDE = frozenset({OrderState.ABSENT, OrderState.STALE, OrderState.UNAUTHORISED})
"""It is not at the broker, and the investor is asked whether it is to be placed."""
CORRECTABLE = frozenset({OrderState.CANCELLED, OrderState.REJECTED, OrderState.EXPIRED})
"""Ends that a broker is known to correct: a fill that had crossed the cancellation comes in late."""
CANCELLABLE = frozenset(OrderState) - FINAL - {OrderState.UNRESOLVED}
"""May be asked to be cancelled: it has not ended, and its day is not over."""
AT_BROKER = frozenset({OrderState.PLACED, OrderState.OPEN, OrderState.PARTIAL, OrderState.AMO_QUEUED})
"""Accepted, known by the broker's id, not final."""
IN_DOUBT = frozenset({OrderState.CHECKING, OrderState.ABSENT, OrderState.NOT_PLACED, OrderState.UNRESOLVED})
"""Whether it is at the broker is not known, or it is known not to be."""


class DoubtReason(StrEnum):
    """Why it is not known, or not so, that an order is at the broker, beside the `Reason`s of a definite refusal."""

    NOT_FOUND = "not_found_at_broker"
    REFUSED_UNKNOWN_CODE = "refused_unknown_code"
    """The broker refused it with a code that we do not know: the book has the last word."""


STATE_OF = {
    BrokerStatus.RECEIVED: OrderState.PLACED,
    BrokerStatus.OPEN: OrderState.OPEN,
    BrokerStatus.TRIGGER_PENDING: OrderState.OPEN,
    BrokerStatus.PARTIAL: OrderState.PARTIAL,
    BrokerStatus.AMO_QUEUED: OrderState.AMO_QUEUED,
    BrokerStatus.COMPLETE: OrderState.COMPLETE,
    BrokerStatus.CANCELLED: OrderState.CANCELLED,
    BrokerStatus.REJECTED: OrderState.REJECTED,
    BrokerStatus.EXPIRED: OrderState.EXPIRED,
}
"""`BrokerStatus.UNKNOWN` is not here on purpose: an unknown word changes no state."""


def end_by_hand(order: "Order", filled: int) -> OrderState:
    """The end of an order of which a person found out how many shares were filled. A DAY order does not live on."""
    if filled == order.quantity:
        return OrderState.COMPLETE
    known = filled or order.attempt.state is AttemptState.ACCEPTED
    return OrderState.EXPIRED if known else OrderState.NOT_PLACED


class AttemptState(StrEnum):
    PLANNED = "PLANNED"
    SENDING = "SENDING"
    NOT_SENT = "NOT_SENT"
    REJECTED = "REJECTED"
    ACCEPTED = "ACCEPTED"
    UNKNOWN = "UNKNOWN"
    ABSENT = "ABSENT"


class BatchStatus(StrEnum):
    """The interface's words for a batch (gateway-interface, orders)."""

    PLACED = "PLACED"
    UNPLACED = "UNPLACED"
    PARTIALLYPLACED = "PARTIALLYPLACED"
    UNFILLED = "UNFILLED"
    PARTIALLYFILLED = "PARTIALLYFILLED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    FIXED = "FIXED"
    """A later batch has filled what this one left."""
    MARKEDCOMPLETE = "MARKEDCOMPLETE"
    """The investor wants nothing more of what it left."""


TO_REPAIR = frozenset({BatchStatus.PARTIALLYFILLED, BatchStatus.UNFILLED, BatchStatus.PARTIALLYPLACED})
"""The batch leaves something that a later one may fill, where it is for an investment in a basket."""


class StopReason(StrEnum):
    """Why nothing further of a batch is sent."""

    NOT_AS_CONFIRMED = "NOT_AS_CONFIRMED"
    """The stored orders are not the confirmed ones."""
    MISMATCH = "MISMATCH"
    """The broker's order is not what was sent."""
    LOGIN_OVER = "LOGIN_OVER"
    CANCELLED = "CANCELLED"
    """By the investor, before it was sent."""


class HaltedBy(StrEnum):
    OPERATOR = "operator"
    PARTNER = "partner"


class Halt(msgspec.Struct, frozen=True):
    """New orders are stopped. An empty `gateway_id` is every gateway, an empty `broker` every broker. `reason` is shown
    to investors."""

    gateway_id: str
    broker: str
    ordered_by: HaltedBy
    reason: str
    since: datetime


class ConfirmedLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line exactly as the investor confirmed it. Quantity in shares, prices in paise. `worst_price`: a market order
    that its broker takes as a limit goes out with this one, and was shown with it."""

    symbol: str
    exchange: str
    isin: str
    side: Side
    quantity: int
    order_type: OrderType
    limit_price: Paise | None
    broker_code: str | None = None
    """What the broker calls the security in requests; None for a line that was confirmed before this was kept."""
    broker_symbol: str | None = None
    worst_price: Paise | None = None


class Part(msgspec.Struct, frozen=True):
    """Shares of one security to be bought or sold."""

    symbol: str
    exchange: str
    isin: str
    side: Side
    quantity: int


class ForBasket(msgspec.Struct, frozen=True):
    """The investment in a basket that a batch changes. `version` is the basket's, `later` what is to be ordered once
    this batch has ended."""

    scid: str
    iscid: str
    version: int
    later: tuple[Part, ...] = ()


def confirmed_hash(lines: Sequence[ConfirmedLine], variety: Variety) -> bytes:
    """What the investor confirmed, in 32 bytes. What is sent is compared with it (I12)."""
    return sha256(msgspec.json.encode([variety, *lines])).digest()


class AttentionKind(StrEnum):
    """Why an order needs a person."""

    LOGIN_NEEDED = "LOGIN_NEEDED"
    """The login ended before the order's end was seen: the investor logs in again."""
    STALE_INTENT = "STALE_INTENT"
    """Confirmed too long ago to be sent unasked: the investor is asked again."""
    END_NOT_SEEN = "END_NOT_SEEN"
    """The broker's book of its day is gone, and nobody saw how it ended."""
    MISMATCH = "MISMATCH"
    """The broker's order is not the one that was sent: nothing further of its batch is sent."""
    DUPLICATE_TAG = "DUPLICATE_TAG"
    """Several orders at the broker carry its tag."""
    PLACED_TWICE = "PLACED_TWICE"
    """An attempt that was called absent landed late, beside the one that was made instead."""
    LATE_LANDING = "LATE_LANDING"
    """It appeared after it had been called absent."""
    AMBIGUOUS = "AMBIGUOUS"
    """Orders without a tag could be this one."""
    ELSEWHERE = "ELSEWHERE"
    """The broker has it in another account, which we cannot read."""
    GONE = "GONE"
    """The broker's book of this very day does not show it any more."""
    UNKNOWN_STATUS = "UNKNOWN_STATUS"
    """The broker's word for its state is not known."""
    OVERFILLED = "OVERFILLED"
    FILLS_FELL = "FILLS_FELL"


class IntentProof(StrEnum):
    """What is known of a planned order that this process has not sent."""

    PROVEN = "PROVEN"
    """It never left: our own memory of the database is whole."""
    UNPROVEN = "UNPROVEN"
    """It may have been sent by somebody whose record is lost: it is looked for once before it is sent."""
    LOST = "LOST"
    """The database went back in time just now: what was sent may be on its way still."""


class CancelState(StrEnum):
    """How far the cancellation of an order is. What became of the order, its own state says."""

    ASKED = "ASKED"
    """The investor wants it; the broker has not taken it, or has certainly not been asked."""
    SENDING = "SENDING"
    """Committed; the broker may be asked at this moment."""
    TAKEN = "TAKEN"
    """The broker took the request, which says nothing yet of the order."""
    UNKNOWN = "UNKNOWN"
    """Nobody knows whether the broker took it: the book tells."""
    REFUSED = "REFUSED"


class Cancel(msgspec.Struct, frozen=True, kw_only=True):
    """The investor's wish that an order be cancelled, and what the broker said to it. `since` is the reading of the
    batch's `watched` seconds at which the broker was asked last, `asks` counts how often the investor wanted it."""

    state: CancelState
    asks: int = 1
    since: float = 0.0
    sends: int = 0
    message: str | None = None
    """The broker's own words, of a refusal."""

    @property
    def wished(self) -> bool:
        """The broker has not refused it. `NOT_TO_CANCEL` of the store is the contrary in SQL."""
        return self.state is not CancelState.REFUSED


class CancelStatus(StrEnum):
    """What became of orders that were asked to be cancelled, all together."""

    CANCELLED = "CANCELLED"
    """None of them was filled, and none will be."""
    PARTIALLYFILLED = "PARTIALLYFILLED"
    """A part had been filled; the rest is cancelled."""
    FILLED = "FILLED"
    """The fill was faster."""
    REJECTED = "REJECTED"
    """They were rejected before."""
    REFUSED = "REFUSED"
    """The broker did not cancel; at least one is open."""
    UNRESOLVED = "UNRESOLVED"
    """Nobody saw how they ended."""


class Attempt(msgspec.Struct, kw_only=True):
    """One sending of one order. `doubt_since` is the reading of the batch's `watched` seconds at which the present wait
    began: for an answer, for the tag to show, for the investor's decision."""

    attempt_id: str
    number: int
    tag: str
    state: AttemptState
    planned_at: datetime
    planned_in: int
    """The database transaction that wrote last what is known of its sending."""
    intact: bool
    """The row is the one that this transaction wrote, and not a copy out of a dump."""
    started_at: datetime | None
    doubt_since: float | None
    sends: int
    lookups: int


class Order(msgspec.Struct, kw_only=True):
    """One line of a batch, with its latest attempt."""

    order_id: str
    line: int
    symbol: str
    exchange: str
    isin: str
    side: Side
    quantity: int
    order_type: OrderType
    limit_price: Paise | None
    state: OrderState
    broker_order_id: str | None
    exchange_order_id: str | None
    broker_status: str | None
    filled_quantity: int
    average_price: Paise
    reason: str | None
    message: str | None
    attention: AttentionKind | None
    attention_text: str | None
    seen_in: str | None
    """Another account than the batch's in which the broker says this order is."""
    updated_at: datetime
    final_at: datetime | None
    attempt: Attempt
    absent_tags: list[str]
    """Tags of attempts that were called absent, this one's included: they may land late."""
    worst_price: Paise | None = None
    reference: dict[str, str] = {}
    """What else its broker names it by (`OrderRef.extra`)."""
    broker_code: str | None = None
    """As in `ConfirmedLine`, likewise `broker_symbol`."""
    broker_symbol: str | None = None
    cancel: Cancel | None = None

    @property
    def tag(self) -> str:
        return self.attempt.tag

    @property
    def cancel_wished(self) -> bool:
        """The investor wants it cancelled, and the broker has not refused to."""
        return self.cancel is not None and self.cancel.wished

    @property
    def refused_to_cancel(self) -> str | None:
        """The broker's words on why it did not cancel the order."""
        refused = self.cancel is not None and not self.cancel.wished and self.state in CANCELLABLE
        return self.cancel.message if refused and self.cancel is not None else None

    @property
    def line_confirmed(self) -> ConfirmedLine:
        return ConfirmedLine(
            self.symbol, self.exchange, self.isin, self.side, self.quantity, self.order_type, self.limit_price,
            self.broker_code, self.broker_symbol, self.worst_price,
        )  # fmt: skip

    @property
    def instrument(self) -> Instrument:
        return Instrument(
            self.exchange, self.symbol, self.isin, self.broker_code or "", self.broker_symbol or self.symbol
        )

    def reference_at(self, variety: Variety, wire_tag: str) -> OrderRef:
        """By what its broker knows it, as far as we do."""
        return OrderRef(
            broker_order_id=self.broker_order_id or "",
            exchange_order_id=self.exchange_order_id,
            tag=wire_tag,
            variety=variety,
            instrument=self.instrument,
            extra=self.reference,
        )

    def request(self, variety: Variety) -> OrderRequest:
        return OrderRequest(
            instrument=self.instrument,
            side=self.side,
            quantity=self.quantity,
            order_type=self.order_type if self.worst_price is None else OrderType.LIMIT,
            limit_price=self.limit_price if self.worst_price is None else self.worst_price,
            variety=variety,
            tag=self.tag,
        )


class Batch(msgspec.Struct, kw_only=True):
    """The orders of one transaction, sent together. `watched` are the seconds that workers have watched it, by clocks
    that do not step; `returned_watched` is its reading when the browser was seen to be back from the broker's page."""

    gateway_id: str
    batch_id: str
    transaction_id: str
    investor_id: str
    session_id: str
    broker: str
    execution_mode: ExecutionMode
    variety: Variety
    status: BatchStatus
    confirmed_hash: bytes
    stopped_reason: StopReason | None
    created_at: datetime
    returned_at: datetime | None
    placed_at: datetime | None
    completed_at: datetime | None
    hints: int
    book_day: date
    """The day, in India, of the broker's book in which its orders live."""
    watched: float
    returned_watched: float | None
    intent: str
    notes: str | None
    settled_at: datetime | None
    cancelling: bool = False
    """Some transaction waits for what becomes of a cancellation."""
    held_for: str | None = None
    """Why orders of it that are confirmed are not sent now: the reason of a halt."""
    kind: str | None = None
    """The transaction's, such as REBALANCE."""
    scid: str | None = None
    """The basket and (`iscid`) the investment that it is for; None: for none."""
    iscid: str | None = None
    basket_version: int | None = None
    buys_wait: bool = False
    """No buy is sent before every sell is filled."""
    later: tuple[Part, ...] = ()
    """What is left to a later batch of the investment."""
    orders: list[Order] = []

    @property
    def may_change(self) -> bool:
        """Whether something may still come after the end: an order that was called absent lands late (and is open
        then), a cancelled or rejected one is corrected by the broker."""
        return any(
            order.absent_tags or order.state not in FINAL or (order.state in CORRECTABLE and order.broker_order_id)
            for order in self.orders
        )

    @property
    def lacks_proceeds(self) -> bool:
        """A sell that was to fund the buys has ended without being filled: no buy is sent any more."""
        sells = (order for order in self.orders if order.side is Side.SELL and order.state in FINAL)
        return self.buys_wait and any(order.state is not OrderState.COMPLETE for order in sells)

    @property
    def folded(self) -> BatchStatus:
        """What follows for its status from its orders, and from what it leaves to a later batch."""
        if self.status in (BatchStatus.FIXED, BatchStatus.MARKEDCOMPLETE):
            return self.status
        status = status_of(self.orders)
        return BatchStatus.PARTIALLYPLACED if self.later and status is BatchStatus.COMPLETED else status

    @property
    def over(self) -> bool:
        """Nothing more is to be looked for."""
        return self.completed_at is not None and not self.may_change and not self.cancelling


def status_of(orders: Sequence[Order]) -> BatchStatus:
    """The status of a batch is the fold of its orders (I7)."""
    if any(order.state not in FINAL for order in orders):
        return BatchStatus.PLACED
    unplaced = sum(order.state is OrderState.NOT_PLACED for order in orders)
    if unplaced == len(orders):
        return BatchStatus.UNPLACED
    if all(order.state is OrderState.COMPLETE for order in orders):
        return BatchStatus.COMPLETED
    if unplaced:
        return BatchStatus.PARTIALLYPLACED
    if any(order.filled_quantity for order in orders):
        return BatchStatus.PARTIALLYFILLED
    if all(order.state in (OrderState.CANCELLED, OrderState.EXPIRED) for order in orders):
        return BatchStatus.CANCELLED
    return BatchStatus.UNFILLED
