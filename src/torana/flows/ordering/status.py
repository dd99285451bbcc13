"""The page of orders on their way, or of their end."""

from collections.abc import Sequence
from datetime import datetime

from torana.connectors.contract import ExecutionMode, Side
from torana.flows.ordering.order_rows import order_receipt, order_row, overfilled, waits_at_broker
from torana.kit.money import inr
from torana.orders.models import Batch, Order
from torana.orders.states import FINAL, TO_DECIDE, TO_REPAIR, AttentionKind, OrderState
from torana.pages.frames import ending
from torana.pages.texts.keys import StatusTexts, Texts
from torana.pages.views import Action, Amount, Broker, Frame, Notice, Question, Status, Tone


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
    texts, words = frame.texts, frame.texts.status
    login_needed = not logged_in and any(order.attention is AttentionKind.LOGIN_NEEDED for order in batch.orders)
    label = texts.page.log_in_to(broker=broker.name)
    log_in = Action(label, post="broker", fields={"broker": broker.key}) if login_needed else None
    if settled:
        tone, title, text = (
            _login_ended(broker.name, words) if login_needed else _result(batch, broker.name, next_open, texts)
        )
        calm = tone in (Tone.GOOD, Tone.QUEUE) and not any(order.attention for order in batch.orders)
        return Status(
            frame,
            broker,
            account,
            tone,
            title,
            text,
            tuple(order_receipt(batch, order, broker.name, texts) for order in batch.orders),
            notices=_notices(batch, broker.name, words),
            total=_executed(batch.orders, words),
            remark=words.nothing_twice if login_needed else _repairable(batch, app, texts),
            action=log_in,
            ending=ending(frame, app, counted=calm),
        )
    tone, title, text = _underway(batch, broker.name, texts, login_needed=login_needed)
    absent = sum(order.state in TO_DECIDE for order in batch.orders)
    if any(order.state is OrderState.UNAUTHORISED for order in batch.orders):
        log_in = log_in or Action(words.authorise_first, href=f"{frame.home}?depository=1")
    unsent = 0 if absent else sum(order.state is OrderState.PLANNED for order in batch.orders)
    return Status(
        frame,
        broker,
        account,
        tone,
        title,
        text,
        tuple(order_row(batch, order, broker.name, texts) for order in batch.orders),
        stream=stream,
        headlines=_headlines(batch, broker.name, words),
        notices=_notices(batch, broker.name, words),
        remark=words.nothing_twice
        if login_needed and not absent
        else _remark(batch, app, broker.name, texts, absent=absent),
        action=log_in,
        question=_question(batch, absent, words),
        cancel=_cancel(batch, unsent, words),
    )


def _repairable(batch: Batch, app: str, texts: Texts) -> str:
    """What can become of orders of a basket that were not filled."""
    return texts.investing.repaired_later(app=app) if batch.iscid is not None and batch.status in TO_REPAIR else ""


def _question(batch: Batch, undecided: int, words: StatusTexts) -> Question | None:
    if not undecided:
        return None
    fresh = all(order.state is OrderState.STALE for order in batch.orders if order.state in TO_DECIDE)
    again = words.place_now if fresh else words.place_again
    if any(order.state is OrderState.UNAUTHORISED for order in batch.orders):
        again = ""  # not before the shares are released
    return Question(again, words.finish_without(count=undecided))


def _cancel(batch: Batch, unsent: int, words: StatusTexts) -> str:
    if not unsent:
        return ""
    if unsent == len(batch.orders):
        return words.cancel_all(count=unsent)
    return words.cancel_unsent(count=unsent)


def _remark(batch: Batch, app: str, broker: str, texts: Texts, *, absent: int) -> str:
    """What happens if the investor does nothing more."""
    words = texts.status
    if absent and all(order.state is OrderState.UNAUTHORISED for order in batch.orders if order.state in TO_DECIDE):
        return words.left_out_unauthorised(count=absent)
    if absent:
        return words.left_out(count=absent)
    if batch.held_for is not None:
        return texts.halt.remark
    if waits_at_broker(batch):
        return words.unless_confirmed(broker=broker)
    if _may_be_asked(batch):
        if any(order.state is OrderState.CHECKING for order in batch.orders):
            return words.stay_checking
        return words.stay_sending(broker=broker, count=len(batch.orders))
    if _ends_unseen(batch):
        return words.close_unseen(broker=broker)
    return words.close_goes_on(count=len(batch.orders), app=app)


def _may_be_asked(batch: Batch) -> bool:
    """Whether an order may still turn out not to be at the broker: then the investor is asked what to do."""
    return batch.execution_mode is ExecutionMode.SERVER_API and any(
        order.state in (OrderState.PLANNED, OrderState.SENDING, OrderState.CHECKING)
        or (order.state is OrderState.PLACED and order.broker_status is None)
        for order in batch.orders
    )


def _login_ended(broker: str, words: StatusTexts) -> tuple[Tone, str, str]:
    return Tone.NOTE, words.login_ended_title(broker=broker), words.login_ended_text


def _headlines(batch: Batch, broker: str, words: StatusTexts) -> tuple[tuple[str, str], ...]:
    """What `_underway` may say of this batch sooner or later, but for a halt, whose reason nobody knows before."""
    count = len(batch.orders)
    done = words.done(done=count, count=count)
    if batch.execution_mode is ExecutionMode.REDIRECT_BASKET:
        first = (words.finish_at(broker=broker), words.finish_text)
    else:
        first = (words.placing(count=count), done)
    return (
        first,
        (words.checking(broker=broker), done),
        (words.at_exchange(count=count), done),
        (words.login_ended_title(broker=broker), words.login_ended_text),
        (words.unseen_title(count=count), words.unseen_text(broker=broker, count=count)),
        (words.answer_title, words.answer_absent(count=count, broker=broker)),
        (words.answer_title, words.answer_unauthorised(count=count)),
        (words.answer_title, words.answer_stale(count=count)),
    )


def _underway(batch: Batch, broker: str, texts: Texts, *, login_needed: bool) -> tuple[Tone, str, str]:
    orders, words = batch.orders, texts.status
    absent = sum(order.state is OrderState.ABSENT for order in orders)
    stale = sum(order.state is OrderState.STALE for order in orders)
    unauthorised = sum(order.state is OrderState.UNAUTHORISED for order in orders)
    done = words.done(done=sum(order.state in FINAL for order in orders), count=len(orders))
    if absent:
        return Tone.ASK, words.answer_title, words.answer_absent(count=absent, broker=broker)
    if unauthorised:
        return Tone.ASK, words.answer_title, words.answer_unauthorised(count=unauthorised)
    if stale:
        return Tone.ASK, words.answer_title, words.answer_stale(count=stale)
    if login_needed:
        return _login_ended(broker, words)
    if _ends_unseen(batch):
        unseen = sum(order.state is OrderState.UNRESOLVED for order in orders)
        return Tone.NOTE, words.unseen_title(count=unseen), words.unseen_text(broker=broker, count=unseen)
    if batch.held_for is not None:
        return Tone.QUEUE, texts.halt.title, texts.halt.held(reason=batch.held_for)
    if waits_at_broker(batch):
        return Tone.WAIT, words.finish_at(broker=broker), words.finish_text
    if any(order.state is OrderState.CHECKING for order in orders):
        return Tone.WAIT, words.checking(broker=broker), done
    if _at_exchange(orders):
        return Tone.WAIT, words.at_exchange(count=len(orders)), done
    return Tone.WAIT, words.placing(count=len(orders)), done


def _at_exchange(orders: Sequence[Order]) -> bool:
    """Whether all that has not ended waits for the market, and no longer for us or the broker."""
    states = {order.state for order in orders} - FINAL
    return bool(states) and states <= {OrderState.OPEN, OrderState.PARTIAL, OrderState.AMO_QUEUED}


def _ends_unseen(batch: Batch) -> bool:
    """Whether nothing moves any more and yet an end is not known."""
    states = {order.state for order in batch.orders}
    return OrderState.UNRESOLVED in states and states <= FINAL | {OrderState.UNRESOLVED}


def _notices(batch: Batch, broker: str, words: StatusTexts) -> tuple[Notice, ...]:
    kinds = {order.attention for order in batch.orders} - {None, AttentionKind.LOGIN_NEEDED, AttentionKind.STALE_INTENT}
    if kinds == {AttentionKind.END_NOT_SEEN} and _ends_unseen(batch):
        return ()
    if kinds == {AttentionKind.END_NOT_SEEN}:
        return (Notice(Tone.NOTE, words.notice_unseen_title, words.notice_unseen_text(broker=broker)),)
    if kinds:
        return (Notice(Tone.NOTE, words.notice_mismatch_title, words.notice_mismatch_text(broker=broker)),)
    return ()


def _result(batch: Batch, broker: str, next_open: datetime | None, texts: Texts) -> tuple[Tone, str, str]:
    orders, words, nothing = batch.orders, texts.result, texts.page.nothing_traded
    states = {order.state for order in orders}
    count = len(orders)
    filled = sum(order.state is OrderState.COMPLETE for order in orders)
    some = any(order.filled_quantity for order in orders)
    if more := [order for order in orders if order.filled_quantity > order.quantity]:
        return Tone.NOTE, words.overfilled(broker=broker), " ".join(overfilled(order, texts) for order in more)
    if states == {OrderState.COMPLETE}:
        sides = {order.side.value for order in orders}
        text = words.filled_text(broker=broker, sides=sides.pop() if len(sides) == 1 else "")
        return Tone.GOOD, words.filled_title(count=count), text
    if states == {OrderState.AMO_QUEUED}:
        text = (
            words.queued_next(broker=broker, count=count)
            if next_open is None
            else words.queued_on(broker=broker, count=count, at=next_open)
        )
        return Tone.QUEUE, words.queued_title(count=count), text
    if _ends_unseen(batch):
        return Tone.NOTE, words.unseen_title, words.unseen_text(broker=broker)
    if not states <= FINAL:
        if filled or some:
            return Tone.PART, _counts(orders, texts), words.open_rest(broker=broker)
        return Tone.QUEUE, words.open_title(broker=broker, count=count), words.open_all(broker=broker, count=count)
    if not some and states == {OrderState.REJECTED}:
        return Tone.BAD, words.rejected_title(count=count), nothing
    if not some:
        title = words.nothing_placed if states == {OrderState.NOT_PLACED} else words.nothing_filled
        return Tone.BAD, title, nothing
    if count == 1:
        one = orders[0]
        title = words.part_one_title(side=one.side.value, filled=one.filled_quantity, quantity=one.quantity)
        return Tone.PART, title, words.part_one_text
    return Tone.PART, _counts(orders, texts), words.part_text


def _counts(orders: Sequence[Order], texts: Texts) -> str:
    """How many orders ended how, the best first."""
    words = texts.result
    filled = sum(order.state is OrderState.COMPLETE for order in orders)
    part = sum(order.state is not OrderState.COMPLETE and order.filled_quantity > 0 for order in orders)
    waiting = sum(order.state not in FINAL and not order.filled_quantity for order in orders)
    said = (
        (words.count_filled, filled),
        (words.count_part, part),
        (words.count_open, waiting),
        (words.count_ended, len(orders) - filled - part - waiting),
    )
    return words.counts_title(parts=[say(count=count) for say, count in said if count])


def _executed(orders: Sequence[Order], words: StatusTexts) -> Amount | None:
    """The worth of what was filled so far, before charges; None when nothing was."""
    sums = {
        side: sum(order.filled_quantity * order.average_price for order in orders if order.side is side)
        for side in Side
    }
    net = sums[Side.BUY] - sums[Side.SELL]
    if not any(sums.values()):
        return None
    if all(sums.values()):
        return Amount(words.net_paid if net >= 0 else words.net_received, inr(abs(net)))
    return Amount(words.bought_for if net > 0 else words.sold_for, inr(abs(net)))
