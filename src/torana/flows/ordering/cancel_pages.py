"""The pages of a cancellation: the question, the wait, and what became of the orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from torana.flows.ordering.order_rows import order_row
from torana.orders.models import Batch, Order
from torana.orders.states import CANCELLABLE, AttentionKind, CancelStatus
from torana.pages.frames import ending
from torana.pages.texts.keys import CancelTexts
from torana.pages.views import Action, Broker, Frame, OrderRow, Status, Tone


@dataclass(frozen=True, slots=True)
class CancelView:
    """The question before orders are cancelled."""

    template: ClassVar[str] = "cancel.html"
    frame: Frame
    broker: Broker
    account: str
    tone: Tone
    title: str
    text: str
    rows: tuple[OrderRow, ...]
    confirm: Action
    keep: Action


def question_view(
    frame: Frame,
    broker: Broker,
    account: str,
    batch: Batch,
    orders: Sequence[Order],
    *,
    keep: Action | None = None,
    fields: Mapping[str, str] = MappingProxyType({}),
) -> CancelView:
    """`keep` is the way out, by default out of the transaction; `fields` travel with the confirmation."""
    words = frame.texts.cancel
    count = sum(order.state in CANCELLABLE for order in orders)
    return CancelView(
        frame,
        broker,
        account,
        Tone.ASK,
        words.ask_title(count=count),
        words.ask_text(broker=broker.name),
        _rows(frame, broker, batch, orders),
        Action(words.confirm(count=count), post="confirm", fields=fields),
        keep or Action(words.keep(count=count), post="cancel"),
    )


def cancelling_view(
    frame: Frame,
    broker: Broker,
    account: str,
    batch: Batch,
    orders: Sequence[Order],
    *,
    status: CancelStatus | None,
    app: str,
    stream: str | None,
) -> Status:
    """How the cancellation stands; without a `stream` the promise has settled, and (`status` None) it goes on all the
    same."""
    words, rows = frame.texts.cancel, _rows(frame, broker, batch, orders)
    if stream is None:
        tone, title, text = _told(status, broker.name, app, len(orders), words)
        calm = status is CancelStatus.CANCELLED
        over = ending(frame, app, counted=calm)
        return Status(frame, broker, account, tone, title, text, rows, ending=over)
    login_needed = any(order.attention is AttentionKind.LOGIN_NEEDED for order in orders)
    log_in = Action(frame.texts.page.log_in_to(broker=broker.name), href=f"{frame.home}?login=1")
    working, ended = (
        words.working_title(broker=broker.name),
        frame.texts.status.login_ended_title(broker=broker.name),
    )
    return Status(
        frame,
        broker,
        account,
        Tone.NOTE if login_needed else Tone.WAIT,
        ended if login_needed else working,
        words.working_text,
        rows,
        stream=stream,
        headlines=((working, words.working_text), (ended, words.working_text)),
        remark=words.close_goes_on(app=app),
        action=log_in if login_needed else None,
    )


def _rows(frame: Frame, broker: Broker, batch: Batch, orders: Sequence[Order]) -> tuple[OrderRow, ...]:
    return tuple(order_row(batch, order, broker.name, frame.texts) for order in orders)


def _told(status: CancelStatus | None, broker: str, app: str, count: int, words: CancelTexts) -> tuple[Tone, str, str]:
    match status:
        case CancelStatus.CANCELLED:
            return Tone.GOOD, words.cancelled_title(count=count), words.cancelled_text(count=count)
        case CancelStatus.PARTIALLYFILLED:
            return Tone.PART, words.part_title, words.part_text
        case CancelStatus.FILLED:
            return Tone.NOTE, words.filled_title(count=count), words.filled_text(broker=broker, count=count)
        case CancelStatus.REJECTED:
            return Tone.NOTE, words.rejected_title(count=count), words.rejected_text
        case CancelStatus.REFUSED:
            return Tone.BAD, words.refused_title(broker=broker), words.refused_text(count=count)
        case CancelStatus.UNRESOLVED:
            return Tone.NOTE, words.unresolved_title(broker=broker), words.unresolved_text(broker=broker, count=count)
        case None:
            return Tone.QUEUE, words.waiting_title(broker=broker), words.waiting_text(app=app)
