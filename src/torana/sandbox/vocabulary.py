"""A broker's words for the state of an order, and the history that it shows in those words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from torana.sandbox.models import Order, State, Step

OMS_WORDS: Mapping[State, str] = {
    State.RECEIVED: "put order req received",
    State.AMO_RECEIVED: "after market order req received",
    State.VALIDATION_PENDING: "validation pending",
    State.OPEN_PENDING: "open pending",
    State.OPEN: "open",
    State.CANCEL_PENDING: "cancel pending",
    State.COMPLETE: "complete",
    State.CANCELLED: "cancelled",
    State.REJECTED: "rejected",
}
"""The words of the order system that several brokers run, each in its own spelling."""
OMS_MODIFYING = ("modify validation pending", "modify pending", "modified")


def few_words(
    *,
    sent: str,
    resting: str,
    complete: str,
    cancelled: str,
    rejected: str,
    amo: str | None = None,
    open_pending: str | None = None,
    cancel_pending: str | None = None,
) -> dict[State, str]:
    """Of a broker that calls all that is on its way to the exchange `sent`, and an order there `resting` until its end.
    States that it tells apart nevertheless have words of their own."""
    return {
        State.RECEIVED: sent,
        State.AMO_RECEIVED: amo or sent,
        State.VALIDATION_PENDING: sent,
        State.OPEN_PENDING: open_pending or sent,
        State.OPEN: resting,
        State.CANCEL_PENDING: cancel_pending or resting,
        State.COMPLETE: complete,
        State.CANCELLED: cancelled,
        State.REJECTED: rejected,
    }


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One broker's words. Whatever else the broker tells apart is a field of its own."""

    words: Mapping[State, str]
    undocumented: str
    """What the book shows for an order with a strange status. No document has it."""
    modifying: tuple[str, ...] = ()
    """What the history shows for a change, in this order."""
    cancelled_amo: str | None = None
    """An after-market order that was cancelled before it reached the exchange."""
    modified_amo: str | None = None
    """An after-market order that was changed while it waits."""
    not_cancelled: str | None = None
    """A cancellation that came too late, in the history."""
    partly: str | None = None
    """What else would be called as an OPEN order is, and is filled in part."""
    strange_in: frozenset[State] = frozenset({State.OPEN})
    """The states in which a strange status shows."""

    def word_of(self, order: Order) -> str:
        """The status that the book shows."""
        if order.strange_status and order.state in self.strange_in:
            return self.undocumented
        if self.modified_amo and order.state is State.AMO_RECEIVED and order.changes:
            return self.modified_amo
        never_sent = order.asked.amo and order.exchange_order_id is None
        if self.cancelled_amo and order.state is State.CANCELLED and never_sent:
            return self.cancelled_amo
        return self._word(order)

    def history(self, order: Order) -> Iterator[tuple[str, Step]]:
        """Every status that the order went through, the oldest first, each with how the order stood."""
        before: Step | None = None
        for step in order.history:
            if before is not None:
                yield from self._between(before, step)
            yield self.word_of(order) if step is order.history[-1] else self._word(step), step
            before = step

    def simulated(self) -> frozenset[str]:
        """Every word that can show, but for the undocumented one."""
        others = (*self.modifying, self.cancelled_amo, self.modified_amo, self.not_cancelled, self.partly)
        return frozenset(self.words.values()) | {word for word in others if word is not None}

    def _word(self, at: Order | Step) -> str:
        word = self.words[at.state]
        partly = 0 < at.filled < at.quantity and word == self.words[State.OPEN]
        return self.partly if self.partly and partly else word

    def _between(self, before: Step, step: Step) -> Iterator[tuple[str, Step]]:
        """What the broker tells between two of the exchange's steps."""
        if (step.quantity, step.limit_price) != (before.quantity, before.limit_price):
            waits = self.modified_amo is not None and step.state is State.AMO_RECEIVED
            for word in (self.modified_amo,) if waits else self.modifying:
                yield word or "", step
        if self.not_cancelled and before.state is State.CANCEL_PENDING and step.filled > before.filled:
            yield self.not_cancelled, step


OMS = Vocabulary(
    OMS_WORDS,
    undocumented="awaiting surveillance release",
    modifying=OMS_MODIFYING,
    cancelled_amo="cancelled after market order",
    modified_amo="modify after market order req received",
    not_cancelled="not cancelled",
)
"""As Upstox and Angel One write them."""
