"""Upstox's words for the state of an order and for why it was rejected.

Source: Upstox developer API documentation, order status appendix. An order that is partly filled is `open`. The texts
of rejections are examples: the documentation shows one (`You need to add Rs. …`), the others are invented in kind.
"""

from collections.abc import Iterator

from torana.kit.money import rupees
from torana.sandbox.exchange import Exchange
from torana.sandbox.models import Order, Reason, State, Step

WORDS: dict[State, str] = {
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
CANCELLED_AMO = "cancelled after market order"
MODIFIED_AMO = "modify after market order req received"
MODIFYING = ("modify validation pending", "modify pending", "modified")
NOT_CANCELLED = "not cancelled"
UNDOCUMENTED = "awaiting surveillance release"
"""What the book shows for an order with a strange status."""

_TEXTS: dict[Reason, tuple[str, str]] = {
    Reason.HOLDINGS: (
        "You do not have enough shares of this stock in your demat account to sell.",
        "RMS:Rule: Check holdings including BTST for entity account",
    ),
    Reason.NOT_AUTHORISED: (
        "Your shares are not authorised for sale. Please authorise with your CDSL TPIN and try again.",
        "RMS:Rule: EDIS authorisation required for entity account",
    ),
    Reason.CIRCUIT: (
        "Your order price is outside the circuit limits of this stock.",
        "RMS:Rule: Check circuit limit including square off order for exchange NSE",
    ),
    Reason.FREEZE: (
        "Your order quantity is above the freeze quantity of this stock.",
        "RMS:Rule: Freeze quantity exceeded for exchange NSE",
    ),
    Reason.TICK: (
        "Your order price is not a multiple of the tick size.",
        "Exchange:16283: Price is not a multiple of the tick size",
    ),
    Reason.MARKET_CLOSED: ("The market is closed.", "RMS:Rule: Order not allowed in this session"),
    Reason.AMO_CLOSED: ("After market orders are not accepted now.", "RMS:Rule: Order not allowed in this session"),
    Reason.ACCOUNT_BLOCKED: ("Your account is blocked for trading.", "RMS:Blocked for entity account block type: ALL"),
}


def word_of(order: Order) -> str:
    """The status that the book shows."""
    if order.strange_status and order.state is State.OPEN:
        return UNDOCUMENTED
    if order.state is State.AMO_RECEIVED and order.changes:
        return MODIFIED_AMO
    if order.state is State.CANCELLED and order.asked.amo and order.exchange_order_id is None:
        return CANCELLED_AMO
    return WORDS[order.state]


def told_history(order: Order) -> Iterator[tuple[str, Step]]:
    """Every status that the order went through, the oldest first, each with how the order stood."""
    before: Step | None = None
    for step in order.history:
        if before is not None:
            yield from _between(before, step)
        last = step is order.history[-1]
        yield word_of(order) if last else WORDS[step.state], step
        before = step


def rejection(exchange: Exchange, order: Order) -> tuple[str | None, str | None]:
    """`status_message` and `status_message_raw`; nothing for an order that was not rejected."""
    if order.state is not State.REJECTED:
        return None, None
    if order.reason is Reason.FUNDS:
        price = order.limit_price or exchange.prices.last(order.symbol, order.accepted_at)
        amount = rupees(order.quantity * price)
        return f"You need to add Rs. {amount} in your account to place this trade.", "RMS:Margin Exceeds"
    known = _TEXTS.get(order.reason) if order.reason is not None else None
    return known or (order.message, order.message)


def refusal_text(reason: Reason) -> str | None:
    """The text for a refusal in the answer, None where this table has none."""
    if reason is Reason.FUNDS:
        return "You need to add funds in your account to place this trade."
    return _TEXTS[reason][0] if reason in _TEXTS else None


def _between(before: Step, step: Step) -> Iterator[tuple[str, Step]]:
    """What Upstox tells between two of the exchange's steps."""
    if (step.quantity, step.limit_price) != (before.quantity, before.limit_price):
        for word in (MODIFIED_AMO,) if step.state is State.AMO_RECEIVED else MODIFYING:
            yield word, step
    if before.state is State.CANCEL_PENDING and step.filled > before.filled:
        yield NOT_CANCELLED, step
