"""One order on its way, in honest words: what is known, what is being looked for, what the broker said."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from torana.connectors.contract import ExecutionMode, Reason
from torana.kit.money import Paise, inr
from torana.market.securities import find as find_security
from torana.orders.models import Batch, Order
from torana.orders.states import AT_BROKER, DoubtReason, OrderState
from torana.pages.texts.keys import OrderTexts, ReasonTexts, Texts
from torana.pages.views import OrderRow, Tone


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the words on an order are filled with."""

    broker: str
    filled: int
    quantity: int
    price: Paise


_Words: TypeAlias = Callable[[OrderTexts, _Facts], str]


@dataclass(frozen=True, slots=True)
class _Standing:
    """How an order stands: a word or a few, and a sentence where one is needed."""

    tone: Tone
    word: _Words
    detail: _Words = lambda _, __: ""


_PLAIN: Mapping[str, Callable[[ReasonTexts, str], str]] = {
    Reason.INSUFFICIENT_FUNDS: lambda t, broker: t.insufficient_funds(broker=broker),
    Reason.INSUFFICIENT_HOLDINGS: lambda t, broker: t.insufficient_holdings(broker=broker),
    Reason.HOLDINGS_NOT_AUTHORISED: lambda t, broker: t.holdings_not_authorised(broker=broker),
    Reason.MARKET_CLOSED: lambda t, _: t.market_closed,
    Reason.PRICE_OUT_OF_BAND: lambda t, _: t.price_out_of_band,
    Reason.QUANTITY_ABOVE_FREEZE: lambda t, _: t.quantity_above_freeze,
    Reason.INSTRUMENT_NOT_TRADABLE: lambda t, _: t.instrument_not_tradable,
    Reason.INVALID_ORDER: lambda t, broker: t.invalid_order(broker=broker),
    Reason.EGRESS_NOT_REGISTERED: lambda t, broker: t.egress_not_registered(broker=broker),
    Reason.NOT_PERMITTED: lambda t, broker: t.not_permitted(broker=broker),
    "broker_unreachable": lambda t, broker: t.broker_unreachable(broker=broker),
    DoubtReason.NOT_FOUND: lambda t, broker: t.not_found(broker=broker),
    DoubtReason.REFUSED_UNKNOWN_CODE: lambda t, broker: t.refused_unknown_code(broker=broker),
    "sells_not_filled": lambda t, _: t.sells_not_filled,
    "stopped": lambda t, _: t.stopped,
    "cancelled": lambda t, _: t.cancelled,
}
"""Why an order is not there, by its reason."""

_USUAL: Mapping[OrderState, _Standing] = {
    OrderState.PLANNED: _Standing(Tone.WAIT, lambda t, _: t.planned),
    OrderState.SENDING: _Standing(Tone.WAIT, lambda t, f: t.sending(broker=f.broker)),
    OrderState.CHECKING: _Standing(Tone.WAIT, lambda t, f: t.checking(broker=f.broker), lambda t, _: t.checking_detail),
    OrderState.PLACED: _Standing(Tone.WAIT, lambda t, f: t.placed(broker=f.broker)),
    OrderState.OPEN: _Standing(Tone.QUEUE, lambda t, _: t.open),
    OrderState.PARTIAL: _Standing(
        Tone.PART,
        lambda t, f: t.partial(filled=f.filled, quantity=f.quantity),
    ),
    OrderState.AMO_QUEUED: _Standing(Tone.QUEUE, lambda t, _: t.amo_queued),
    OrderState.COMPLETE: _Standing(Tone.GOOD, lambda t, f: t.complete(price=f.price)),
    OrderState.REJECTED: _Standing(Tone.BAD, lambda t, _: t.rejected),
    OrderState.CANCELLED: _Standing(Tone.BAD, lambda t, _: t.cancelled),
    OrderState.EXPIRED: _Standing(Tone.BAD, lambda t, _: t.expired),
    OrderState.ABSENT: _Standing(Tone.ASK, lambda t, f: t.absent(broker=f.broker), lambda t, _: t.absent_detail),
    OrderState.STALE: _Standing(Tone.ASK, lambda t, _: t.stale, lambda t, _: t.stale_detail),
    OrderState.UNAUTHORISED: _Standing(
        Tone.ASK, lambda t, _: t.unauthorised, lambda t, f: t.unauthorised_detail(broker=f.broker)
    ),
    OrderState.UNRESOLVED: _Standing(
        Tone.NOTE, lambda t, f: t.unresolved(broker=f.broker), lambda t, _: t.unresolved_detail
    ),
    OrderState.NOT_PLACED: _Standing(Tone.BAD, lambda t, _: t.not_placed),
}

_PART_ENDED: Mapping[OrderState, _Standing] = {
    OrderState.CANCELLED: _Standing(
        Tone.PART,
        lambda t, f: t.partly_filled(filled=f.filled, quantity=f.quantity),
        lambda t, f: t.partial_cancelled(rest=f.quantity - f.filled),
    ),
    OrderState.EXPIRED: _Standing(
        Tone.PART,
        lambda t, f: t.partly_filled(filled=f.filled, quantity=f.quantity),
        lambda t, f: t.partial_expired(rest=f.quantity - f.filled),
    ),
}
"""An order of which a part was filled, and the rest will not be."""


def order_row(batch: Batch, order: Order, broker: str, texts: Texts) -> OrderRow:
    standing = _special(batch, order, broker, texts) or _USUAL[order.state]
    facts = _Facts(broker, order.filled_quantity, order.quantity, order.average_price)
    security = find_security(order.symbol, order.exchange)
    refused = order.state in (OrderState.REJECTED, OrderState.CANCELLED, OrderState.UNAUTHORISED)
    refused |= order.reason == DoubtReason.REFUSED_UNKNOWN_CODE
    return OrderRow(
        order.order_id,
        order.side,
        order.quantity,
        order.symbol,
        security.name if security else order.symbol,
        standing.tone,
        standing.word(texts.order, facts),
        standing.detail(texts.order, facts),
        order.refused_to_cancel or (order.message or "" if refused else ""),
        inr(order.filled_quantity * order.average_price) if order.filled_quantity and order.average_price else "",
        exchange=order.exchange,
    )


def order_receipt(batch: Batch, order: Order, broker: str, texts: Texts) -> OrderRow:
    """The row with what the broker calls the order, for whoever asks there, and when it ended; before that, when it was
    placed."""
    number, at = order.broker_order_id, order.final_at or batch.created_at
    return replace(
        order_row(batch, order, broker, texts),
        reference=texts.status.order_id(number=number) if number else "",
        when=texts.status.ended_at(at=at) if number else "",
    )


def overfilled(order: Order, texts: Texts) -> str:
    return texts.order.overfilled(
        side=order.side.value, filled=order.filled_quantity, symbol=order.symbol, quantity=order.quantity
    )


def waits_at_broker(batch: Batch) -> bool:
    """Whether a basket is in the broker's own page, for all we know."""
    return (
        batch.execution_mode is ExecutionMode.REDIRECT_BASKET
        and batch.returned_at is None
        and any(order.state is OrderState.CHECKING for order in batch.orders)
    )


def _special(batch: Batch, order: Order, broker: str, texts: Texts) -> _Standing | None:
    """Where the state alone does not say it all."""
    basket = batch.execution_mode is ExecutionMode.REDIRECT_BASKET
    if order.reason == DoubtReason.REFUSED_UNKNOWN_CODE and order.state in (OrderState.CHECKING, OrderState.ABSENT):
        return _refused_unclearly(order, broker, texts)
    if order.cancel_wished and order.state in AT_BROKER:
        return _Standing(Tone.WAIT, lambda t, _: t.cancelling)
    if order.filled_quantity > order.quantity:
        word = _USUAL[OrderState.COMPLETE].word if order.average_price else _unpriced
        return _Standing(Tone.NOTE, word, lambda _, __: overfilled(order, texts))
    if order.state is OrderState.CHECKING and basket:
        waits = waits_at_broker(batch)
        return _Standing(Tone.WAIT, lambda t, f: t.waits(broker=f.broker) if waits else t.checking(broker=f.broker))
    if order.state is OrderState.NOT_PLACED and basket:
        return _Standing(Tone.BAD, lambda t, _: t.not_placed, lambda t, f: t.not_confirmed(broker=f.broker))
    if order.state in (OrderState.REJECTED, OrderState.NOT_PLACED):
        plain = _PLAIN.get(order.reason or "")
        why = "" if plain is None else plain(texts.reason, broker)
        return _Standing(Tone.BAD, _USUAL[order.state].word, lambda _, __: why)
    if order.state in _PART_ENDED and order.filled_quantity:
        return _PART_ENDED[order.state]
    if order.state is OrderState.COMPLETE and not order.average_price:
        return _Standing(Tone.GOOD, _unpriced)
    return None


def _refused_unclearly(order: Order, broker: str, texts: Texts) -> _Standing:
    """The broker refused, but not in a way that proves that the order does not exist."""
    if order.state is OrderState.CHECKING:
        usual = _USUAL[OrderState.CHECKING]
        return _Standing(usual.tone, usual.word, lambda t, f: t.checking_refused_detail(broker=f.broker))
    why = _PLAIN[DoubtReason.REFUSED_UNKNOWN_CODE](texts.reason, broker)
    return _Standing(Tone.ASK, lambda t, f: t.absent_refused(broker=f.broker), lambda _, __: why)


def _unpriced(words: OrderTexts, _: _Facts) -> str:
    return words.complete_unpriced
