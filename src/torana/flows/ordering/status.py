"""Orders on their way, in honest words: what is known, what is being looked for, what the broker said."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from torana.connectors.contract import ExecutionMode, Reason, Side
from torana.kit.money import grouped, inr
from torana.market.securities import find as find_security
from torana.orders.models import FINAL, TO_DECIDE, AttentionKind, Batch, DoubtReason, Order, OrderState
from torana.pages.views import Action, Amount, Broker, Ending, Frame, Notice, OrderRow, Question, Status, Tone
from torana.pages.words import COUNTDOWN_SECONDS, when

_PLAIN: Mapping[str, str] = {
    Reason.INSUFFICIENT_FUNDS: "There is not enough money in your {broker} account for this order.",
    Reason.INSUFFICIENT_HOLDINGS: "Your {broker} account does not hold this many shares free to sell.",
    Reason.HOLDINGS_NOT_AUTHORISED: "{broker} needs your permission at the depository (CDSL TPIN) before it sells "
    "these shares. Give it at {broker}, then start again.",
    Reason.MARKET_CLOSED: "The market was closed when the order arrived.",
    Reason.PRICE_OUT_OF_BAND: "The price is outside of what the exchange allows for this share today.",
    Reason.QUANTITY_ABOVE_FREEZE: "This is more than the exchange takes in one order. Use smaller orders.",
    Reason.INSTRUMENT_NOT_TRADABLE: "This share cannot be traded now.",
    Reason.INVALID_ORDER: "{broker} could not use the order as it was.",
    Reason.EGRESS_NOT_REGISTERED: (
        "{broker} takes orders only from registered addresses, and this service's address is not one. "
        "The people who run it must register it."
    ),
    Reason.NOT_PERMITTED: "Your {broker} account is not enabled for this.",
    "broker_unreachable": "{broker} could not be reached. The order was not sent.",
    DoubtReason.NOT_FOUND: "It is not in {broker}’s order book.",
    DoubtReason.REFUSED_UNKNOWN_CODE: "{broker} refused it with a code we do not know, and its order book does not "
    "show it.",
    "stopped": "It was not sent.",
    "cancelled": "You cancelled it before it was sent.",
}


_NOTHING_TWICE = "Orders that were placed are not affected, and nothing is sent twice."


def status_view(
    frame: Frame,
    broker: Broker,
    account: str,
    batch: Batch,
    *,
    app: str,
    stream: str,
    next_open: datetime | None,
    settled: bool,
    logged_in: bool = False,
) -> Status:
    """The page of a confirmed transaction: on the way, or (settled) the result. `app` is the partner's name.
    `logged_in`: there is a new login already, with which nobody has looked yet."""
    rows = tuple(_row(batch, order, broker.name) for order in batch.orders)
    login_needed = not logged_in and any(order.attention is AttentionKind.LOGIN_NEEDED for order in batch.orders)
    log_in = Action(f"Log in to {broker.name}", post="broker", fields={"broker": broker.key}) if login_needed else None
    if settled:
        tone, title, text = _login_ended(broker.name) if login_needed else _result(batch, broker.name, next_open)
        calm = tone in (Tone.GOOD, Tone.QUEUE) and not any(order.attention for order in batch.orders)
        return Status(
            frame,
            broker,
            account,
            tone,
            title,
            text,
            rows,
            notices=_notices(batch, broker.name),
            total=_executed(batch.orders),
            remark=_NOTHING_TWICE if login_needed else "",
            action=log_in,
            ending=Ending(f"Return to {app}", COUNTDOWN_SECONDS if calm else None),
        )
    tone, title, text = _underway(batch, broker.name, login_needed=login_needed)
    absent = sum(order.state in TO_DECIDE for order in batch.orders)
    unsent = 0 if absent else sum(order.state is OrderState.PLANNED for order in batch.orders)
    return Status(
        frame,
        broker,
        account,
        tone,
        title,
        text,
        rows,
        stream=stream,
        notices=_notices(batch, broker.name),
        remark=_remark(batch, app, broker.name, login_needed=login_needed, absent=absent),
        action=log_in,
        question=_question(batch, absent),
        cancel=_cancel(batch, unsent),
    )


def _question(batch: Batch, undecided: int) -> Question | None:
    if not undecided:
        return None
    fresh = all(order.state is OrderState.STALE for order in batch.orders if order.state in TO_DECIDE)
    return Question("Place now" if fresh else "Place again", f"Finish without {'it' if undecided == 1 else 'them'}")


def _cancel(batch: Batch, unsent: int) -> str:
    if not unsent:
        return ""
    if unsent == len(batch.orders):
        return "Cancel order" if unsent == 1 else "Cancel orders"
    return "Cancel the unsent order" if unsent == 1 else f"Cancel the {unsent} unsent orders"


def _remark(batch: Batch, app: str, broker: str, *, login_needed: bool, absent: int) -> str:
    """What happens if the investor does nothing more."""
    if absent:
        return f"Without an answer within 5 minutes {'it is' if absent == 1 else 'they are'} left out."
    if login_needed:
        return _NOTHING_TWICE
    if _waits_at_broker(batch):
        return f"Nothing is placed unless you confirm it at {broker}."
    if _may_be_asked(batch):
        if any(order.state is OrderState.CHECKING for order in batch.orders):
            return "Stay a moment: this can take two minutes, and we may ask you one thing."
        return f"Stay a moment, until we know that {broker} has {'it' if len(batch.orders) == 1 else 'them'}."
    if _ends_unseen(batch):
        return f"You can close this window. The {broker} app shows how it ended."
    one = len(batch.orders) == 1
    return (
        f"You can close this window. Your {'order goes' if one else 'orders go'} on, "
        f"and {app} is told how {'it ends' if one else 'they end'}."
    )


def _may_be_asked(batch: Batch) -> bool:
    """Whether an order may still turn out not to be at the broker: then the investor is asked what to do."""
    return batch.execution_mode is ExecutionMode.SERVER_API and any(
        order.state in (OrderState.PLANNED, OrderState.SENDING, OrderState.CHECKING)
        or (order.state is OrderState.PLACED and order.broker_status is None)
        for order in batch.orders
    )


def _login_ended(broker: str) -> tuple[Tone, str, str]:
    return Tone.NOTE, f"Your {broker} login has ended", "Log in again so that we can see how your orders ended."


def _underway(batch: Batch, broker: str, *, login_needed: bool) -> tuple[Tone, str, str]:
    orders = batch.orders
    absent = sum(order.state is OrderState.ABSENT for order in orders)
    stale = sum(order.state is OrderState.STALE for order in orders)
    done = f"{sum(order.state in FINAL for order in orders)} of {len(orders)} done"
    if absent:
        them = "One order is" if absent == 1 else f"{absent} orders are"
        return Tone.ASK, "We need your answer", f"{them} not at {broker}. Place again, or finish without?"
    if stale:
        them = "One order was" if stale == 1 else f"{stale} orders were"
        return Tone.ASK, "We need your answer", f"{them} not sent in time. Prices may have moved since. Place now?"
    if login_needed:
        return _login_ended(broker)
    if _ends_unseen(batch):
        one = sum(order.state is OrderState.UNRESOLVED for order in orders) == 1
        return (
            Tone.NOTE,
            "We could not see the end" if one else "We could not see every end",
            f"The trading day is over, and {broker} did not tell us how {'one order' if one else 'some orders'} ended.",
        )
    if _waits_at_broker(batch):
        return Tone.WAIT, f"Finish at {broker}", "Confirm there; this page follows by itself."
    if any(order.state is OrderState.CHECKING for order in orders):
        return Tone.WAIT, f"Checking with {broker}", done
    return Tone.WAIT, "Placing your order" if len(orders) == 1 else "Placing your orders", done


def _ends_unseen(batch: Batch) -> bool:
    """Whether nothing moves any more and yet an end is not known."""
    states = {order.state for order in batch.orders}
    return OrderState.UNRESOLVED in states and states <= FINAL | {OrderState.UNRESOLVED}


def _notices(batch: Batch, broker: str) -> tuple[Notice, ...]:
    kinds = {order.attention for order in batch.orders} - {None, AttentionKind.LOGIN_NEEDED, AttentionKind.STALE_INTENT}
    if kinds == {AttentionKind.END_NOT_SEEN} and _ends_unseen(batch):
        return ()
    if kinds == {AttentionKind.END_NOT_SEEN}:
        text = f"The trading day is over, and {broker} did not tell us how it ended. The {broker} app shows it."
        return (Notice(Tone.NOTE, "We could not see the end", text),)
    if kinds:
        text = f"What {broker} shows does not fit what was sent. People look at it; nothing further is sent."
        return (Notice(Tone.NOTE, "This takes a closer look", text),)
    return ()


def _result(batch: Batch, broker: str, next_open: datetime | None) -> tuple[Tone, str, str]:
    orders = batch.orders
    states = {order.state for order in orders}
    one = len(orders) == 1
    yours = "Your order" if one else f"Your {len(orders)} orders"
    filled = sum(order.state is OrderState.COMPLETE for order in orders)
    some = any(order.filled_quantity for order in orders)
    if more := [order for order in orders if order.filled_quantity > order.quantity]:
        return Tone.NOTE, f"{broker} filled more than you ordered", " ".join(_overfilled(order) for order in more)
    if states == {OrderState.COMPLETE}:
        return Tone.GOOD, f"{yours} {'is' if one else 'are'} filled", f"Done in your {broker} account."
    if states == {OrderState.AMO_QUEUED}:
        opens = "at the next opening" if next_open is None else f"on {when(next_open)}"
        text = f"{broker} sends {'it' if one else 'them'} to the exchange {opens}."
        return Tone.QUEUE, f"{yours} {'waits' if one else 'wait'} in the queue", text
    if _ends_unseen(batch):
        return Tone.NOTE, "We could not see every end", f"The {broker} app shows how the day ended for the others."
    if not states <= FINAL:
        rest = "The rest is still open." if filled or some else f"{'It stays' if one else 'They stay'} open."
        return (
            Tone.QUEUE,
            f"{yours} {'is' if one else 'are'} with {broker}",
            f"{rest} You find the end in {broker}’s app.",
        )
    if not some and states == {OrderState.REJECTED}:
        return Tone.BAD, f"{yours} {'was' if one else 'were'} rejected", "Nothing was bought or sold."
    if not some:
        title = "Nothing was placed" if states == {OrderState.NOT_PLACED} else "Nothing was filled"
        return Tone.BAD, title, "Nothing was bought or sold."
    if one:
        return Tone.PART, "Your order is partly filled", "The rest will not be."
    return Tone.PART, f"{filled} of {len(orders)} orders filled", "See below what became of the others."


def _row(batch: Batch, order: Order, broker: str) -> OrderRow:
    tone, word, detail = _state(batch, order, broker)
    security = find_security(order.symbol, order.exchange)
    refused = order.state in (OrderState.REJECTED, OrderState.CANCELLED)
    refused |= order.reason == DoubtReason.REFUSED_UNKNOWN_CODE
    said = order.message or "" if refused else ""
    return OrderRow(
        order.order_id,
        order.side,
        order.quantity,
        order.symbol,
        security.name if security else order.symbol,
        tone,
        word,
        detail,
        said,
        inr(order.filled_quantity * order.average_price) if order.filled_quantity and order.average_price else "",
        exchange=order.exchange,
    )


def _state(batch: Batch, order: Order, broker: str) -> tuple[Tone, str, str]:
    """How an order stands, in a word or a few, and in a sentence where one is needed."""
    tone, word, detail = _special(batch, order) or _USUAL[order.state]
    said = {
        "broker": broker,
        "part": f"{grouped(order.filled_quantity)} of {grouped(order.quantity)}",
        "rest": grouped(order.quantity - order.filled_quantity),
        "price": inr(order.average_price),
    }
    return tone, word.format(**said), detail.format(**said)


_USUAL: Mapping[OrderState, tuple[Tone, str, str]] = {
    OrderState.PLANNED: (Tone.WAIT, "Waiting to be sent", ""),
    OrderState.SENDING: (Tone.WAIT, "Sending to {broker}", ""),
    OrderState.CHECKING: (
        Tone.WAIT,
        "Checking with {broker}",
        "No clear answer came. We look in the order book and send nothing twice.",
    ),
    OrderState.PLACED: (Tone.WAIT, "Taken by {broker}", ""),
    OrderState.OPEN: (Tone.QUEUE, "Open at the exchange", ""),
    OrderState.PARTIAL: (Tone.PART, "Partly filled, {part}", "The other {rest} are still open."),
    OrderState.AMO_QUEUED: (Tone.QUEUE, "Waiting in queue", ""),
    OrderState.COMPLETE: (Tone.GOOD, "Filled at {price}", ""),
    OrderState.REJECTED: (Tone.BAD, "Rejected", ""),
    OrderState.CANCELLED: (Tone.BAD, "Cancelled", ""),
    OrderState.EXPIRED: (Tone.BAD, "Expired", ""),
    OrderState.ABSENT: (
        Tone.ASK,
        "Not found at {broker}",
        "Our connection broke while it was sent, and the order book does not show it.",
    ),
    OrderState.STALE: (Tone.ASK, "Not sent yet", "Confirmed too long ago to be sent without asking you again."),
    OrderState.UNRESOLVED: (
        Tone.NOTE,
        "See the {broker} app",
        "Its trading day is over, and its end was not reported to us.",
    ),
    OrderState.NOT_PLACED: (Tone.BAD, "Not placed", ""),
}


_REFUSED: Mapping[OrderState, tuple[Tone, str, str]] = {
    OrderState.CHECKING: (
        Tone.WAIT,
        "Checking with {broker}",
        "{broker} refused it with a code we do not know. We look in the order book before we say more.",
    ),
    OrderState.ABSENT: (Tone.ASK, "Refused by {broker}", _PLAIN[DoubtReason.REFUSED_UNKNOWN_CODE]),
}
"""The broker refused, but not in a way that proves that the order does not exist."""


def _special(batch: Batch, order: Order) -> tuple[Tone, str, str] | None:
    """Where the state alone does not say it all."""
    basket = batch.execution_mode is ExecutionMode.REDIRECT_BASKET
    if order.reason == DoubtReason.REFUSED_UNKNOWN_CODE and order.state in _REFUSED:
        return _REFUSED[order.state]
    if order.filled_quantity > order.quantity:
        return Tone.NOTE, "Filled at {price}" if order.average_price else "Filled", _overfilled(order)
    if order.state is OrderState.CHECKING and basket:
        return Tone.WAIT, "Waiting for you at {broker}" if _waits_at_broker(batch) else "Checking with {broker}", ""
    if order.state is OrderState.NOT_PLACED and basket:
        return Tone.BAD, "Not placed", "It was not confirmed at {broker}."
    if order.state in (OrderState.REJECTED, OrderState.NOT_PLACED):
        return Tone.BAD, _USUAL[order.state][1], _PLAIN.get(order.reason or "", "")
    if order.state in (OrderState.CANCELLED, OrderState.EXPIRED) and order.filled_quantity:
        return Tone.PART, "Partly filled, {part}", f"The other {{rest}} were {_USUAL[order.state][1].lower()}."
    if order.state is OrderState.COMPLETE and not order.average_price:
        return Tone.GOOD, "Filled", ""
    return None


def _overfilled(order: Order) -> str:
    done = "Bought" if order.side is Side.BUY else "Sold"
    return f"{done} {grouped(order.filled_quantity)} {order.symbol}, you ordered {grouped(order.quantity)}."


def _waits_at_broker(batch: Batch) -> bool:
    return (
        batch.execution_mode is ExecutionMode.REDIRECT_BASKET
        and batch.returned_at is None
        and any(order.state is OrderState.CHECKING for order in batch.orders)
    )


def _executed(orders: Sequence[Order]) -> Amount | None:
    """What was really paid or received so far; None when nothing was."""
    sums = {
        side: sum(order.filled_quantity * order.average_price for order in orders if order.side is side)
        for side in Side
    }
    net = sums[Side.BUY] - sums[Side.SELL]
    if not any(sums.values()):
        return None
    return Amount("You paid" if net >= 0 else "You received", inr(abs(net)))
