"""What becomes of one order, as a value: made by the rules, written by one statement."""

from datetime import datetime
from typing import Any

import msgspec

from torana.connectors.contract import Placed, Rejected
from torana.kit.money import Paise
from torana.orders.models import (
    AT_BROKER,
    FINAL,
    IN_DOUBT,
    AttemptState,
    AttentionKind,
    Cancel,
    DoubtReason,
    Order,
    OrderState,
)

_PROMPT_SENDS = 8
"""So many requests to cancel an order, about a minute and a half of them, make its book be read often."""


class Attention(msgspec.Struct, frozen=True):
    """Why a person is needed: the kind, which the program branches on, and words for the person."""

    kind: AttentionKind
    text: str


class Change(msgspec.Struct, kw_only=True):
    """What is to be written of one order and its attempt. None leaves a column as it is."""

    order: Order
    becomes: OrderState | None = None
    attempt_state: AttemptState | None = None
    broker_order_id: str | None = None
    forget_broker_order_id: bool = False
    exchange_order_id: str | None = None
    reference: dict[str, str] | None = None
    """What else its broker names it by."""
    broker_status: str | None = None
    filled_quantity: int | None = None
    average_price: Paise | None = None
    reason: str | None = None
    message: str | None = None
    attention: Attention | None = None
    end_attention: bool = False
    started_at: datetime | None = None
    doubt_since: float | None = None
    sends: int | None = None
    lookups: int | None = None
    detail: str | None = None
    cancel: Cancel | None = None
    """How far its cancellation is."""
    session_over: bool = False
    """The broker said that the login is over."""

    @property
    def state(self) -> OrderState:
        """Where the order is then."""
        return self.order.state if self.becomes is None else self.becomes

    @property
    def visible(self) -> bool:
        """Whether it changes what anybody is told (a counted look-up alone does not)."""
        order = self.order
        return (
            self.state != order.state
            or (self.filled_quantity is not None and self.filled_quantity != order.filled_quantity)
            or (self.average_price is not None and self.average_price != order.average_price)
            or self.calls_for_attention
            or self.ends_cancellation
            or (self.broker_order_id is not None and self.broker_order_id != order.broker_order_id)
        )

    @property
    def is_news(self) -> bool:
        """Whether it changes anything at all."""
        order = self.order
        return (
            self.visible
            or self.end_attention
            or self.cancel is not None
            or self.attempt_state is not None
            or self.doubt_since is not None
            or (self.lookups is not None and self.lookups != order.attempt.lookups)
            or (self.broker_status is not None and self.broker_status != order.broker_status)
            or (self.exchange_order_id is not None and self.exchange_order_id != order.exchange_order_id)
            or (self.reference is not None and self.reference != order.reference)
        )

    @property
    def ends_cancellation(self) -> bool:
        """The broker has refused to cancel it."""
        return self.cancel is not None and not self.cancel.wished and self.order.cancel_wished

    @property
    def asks_again(self) -> bool:
        """It only asks its broker to cancel it for yet another time, which is no news of the order: its book is read
        the more rarely the longer it stays as it is."""
        return self.cancel is not None and self.cancel.sends > _PROMPT_SENDS and not self.visible

    @property
    def calls_for_attention(self) -> bool:
        return self.attention is not None and self.attention.kind is not self.order.attention

    @property
    def ends_doubt(self) -> bool:
        """Why it was in doubt is told no more: it is known where it is."""
        return self.order.reason in list(DoubtReason) and self.state not in IN_DOUBT

    @property
    def refused_late(self) -> bool:
        """The broker refuses what it had accepted before."""
        told = self.order.state in AT_BROKER | (FINAL - {OrderState.NOT_PLACED})
        refused = self.state in (OrderState.REJECTED, OrderState.UNAUTHORISED)
        return refused and told and self.order.state is not self.state

    @property
    def is_correction(self) -> bool:
        """An end that was told is told otherwise."""
        return self.order.state in FINAL and self.visible


def sending(order: Order, now: datetime, watched: float) -> Change:
    """It goes out: from this commit on it may exist at the broker."""
    return Change(
        order=order,
        becomes=OrderState.SENDING,
        attempt_state=AttemptState.SENDING,
        started_at=now,
        doubt_since=watched,
        sends=order.attempt.sends + 1,
    )


def accepted(order: Order, placed: Placed) -> Change:
    return Change(
        order=order,
        becomes=OrderState.PLACED,
        attempt_state=AttemptState.ACCEPTED,
        broker_order_id=placed.broker_order_id,
        reference=dict(placed.extra) or None,
    )


def rejected(order: Order, refusal: Rejected) -> Change:
    return Change(
        order=order,
        becomes=OrderState.REJECTED,
        attempt_state=AttemptState.REJECTED,
        reason=refusal.reason,
        message=refusal.message,
        detail=refusal.code,
    )


def unauthorised(order: Order, refusal: Rejected, watched: float) -> Change:
    """Refused until the depository has released its shares. It is not at the broker; the investor decides."""
    change = rejected(order, refusal)
    change.becomes, change.doubt_since = OrderState.UNAUTHORISED, watched
    return change


def in_doubt(order: Order, watched: float, detail: str, *, refusal: str | None = None) -> Change:
    """It may exist: it is looked for, and the settle window begins. `refusal`: the broker's words, where it refused the
    order in a way that proves nothing."""
    return Change(
        order=order,
        becomes=OrderState.CHECKING,
        attempt_state=AttemptState.UNKNOWN,
        doubt_since=watched,
        reason=None if refusal is None else DoubtReason.REFUSED_UNKNOWN_CODE,
        message=refusal,
        detail=detail[:500],
    )


def not_sent(order: Order, detail: str, *, session_over: bool = False) -> Change:
    """It provably never left us: the same tag may go again."""
    return Change(
        order=order,
        becomes=OrderState.PLANNED,
        attempt_state=AttemptState.NOT_SENT,
        detail=detail[:500],
        session_over=session_over,
    )


def not_placed(order: Order, reason: str | None = None, message: str | None = None, **more: Any) -> Change:
    """It does not exist at the broker and will not."""
    return Change(order=order, becomes=OrderState.NOT_PLACED, reason=reason, message=message, **more)
