"""The states of a batch, of its orders, and of what is under way for them."""

from enum import StrEnum

from torana.connectors.contract import BrokerStatus


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
