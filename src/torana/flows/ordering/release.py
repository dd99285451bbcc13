"""The step at the depository inside a sell: before the confirmation, or once the broker has refused without it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from torana.connectors.contract import Connector, SessionEnded
from torana.flows import store
from torana.flows.context import CurrentVisit, FlowServices, frame_of
from torana.flows.contract import Changed, Keep, LoginNeeded, Page, Step
from torana.flows.depository.need import KEY, Asked, asked_of
from torana.flows.depository.step import (
    Answer,
    Depository,
    depository_of,
    go,
    lacking_now,
    page_of,
    unavailable,
)
from torana.flows.ordering.lines import entered
from torana.flows.ordering.review_page import ReviewContext
from torana.flows.ordering.shortage import sells_of
from torana.flows.visits import Stage
from torana.orders import decide
from torana.orders.models import Batch
from torana.orders.states import OrderState
from torana.orders.store import of_transaction
from torana.pages.views import Action, Closing, Message, Tone

AGAIN = "depository_again"
"""Under which a visit keeps how far the step after a refusal is."""
_TYPED = ("side-", "quantity-", "limit-", "seen")
"""What is kept of a review begins with one of these: what was typed, and for which lines."""


@dataclass(frozen=True, slots=True)
class _Released:
    """By the broker's word all that the refused orders need is released."""

    way: Depository
    count: int
    """Of the orders."""
    leave: Action


async def start(context: ReviewContext, form: Mapping[str, str]) -> Step | Keep:
    """From the review to the depository, with what was typed."""
    way = depository_of(context.services, context.current, context.connector)
    if way is None or isinstance(way, LoginNeeded):
        return way or Changed()
    sells = sells_of(context.drafts, [entered(draft, form) for draft in context.drafts])
    try:
        asked = await way.asked_for(sells)
    except SessionEnded:
        return await way.login_over()
    if isinstance(asked, Answer):
        return unavailable(way, _to_review(context.current))
    typed = {name: value for name, value in form.items() if name.startswith(_TYPED)}
    return Keep({KEY: msgspec.to_builtins(asked), "typed": typed})


async def before_review(services: FlowServices, current: CurrentVisit, connector: Connector) -> Step | None:
    """The step, while it lasts; None before it began and once all is released."""
    asked = asked_of(current.visit.answers)
    if asked is None:
        return None
    way = depository_of(services, current, connector)
    if way is None or isinstance(way, LoginNeeded):
        return way
    try:
        page = await page_of(way, asked, quiet=_to_review(current))
    except SessionEnded:
        return await way.login_over()
    if page is Answer.UNAVAILABLE:
        return unavailable(way, _to_review(current))
    if isinstance(page, Page):
        return page
    visit = current.visit
    await store.keep_answers(services.database, visit.gateway_id, visit.visit_id, {KEY: None})
    return None


async def after_refusal(
    services: FlowServices, current: CurrentVisit, batch: Batch, connector: Connector
) -> Step | None:
    """The step for the orders that were refused without it, and the question whether they are placed then; None where
    none waits for it."""
    step = await _released_by_now(services, current, batch, connector)
    return Page(_place_them(step)) if isinstance(step, _Released) else step


async def place_refused(services: FlowServices, current: CurrentVisit, batch: Batch, connector: Connector) -> Step:
    """Place the orders that were refused without the step, if it is done; else the step goes on."""
    step = await _released_by_now(services, current, batch, connector)
    if not isinstance(step, _Released):
        return step or Changed()
    await _forget_what_was_asked(step.way)
    at = (batch.gateway_id, batch.batch_id, batch.transaction_id)
    await decide.place_again(services.database, *at, services.clock.now(), states={OrderState.UNAUTHORISED})
    return Changed()


async def _released_by_now(
    services: FlowServices, current: CurrentVisit, batch: Batch, connector: Connector
) -> Step | _Released | None:
    """None where no refused order waits for the depository."""
    refused, count = _refused(batch), sum(order.state is OrderState.UNAUTHORISED for order in batch.orders)
    leave = _decision(current.texts.status.finish_without(count=count), "leave")
    way = depository_of(services, current, connector, here="?depository=1", key=AGAIN)
    if not refused or way is None:
        return None
    if isinstance(way, LoginNeeded):
        return way
    try:
        asked = await way.asked_for(refused)
        page = asked if isinstance(asked, Answer) else await page_of(way, asked, quiet=leave)
    except SessionEnded:
        return await way.login_over()
    if page is Answer.UNAVAILABLE:
        return unavailable(way, leave)
    return page if isinstance(page, Page) else _Released(way, count, leave)


async def _forget_what_was_asked(way: Depository) -> None:
    """What is placed now uses up what was released: shares that are refused after it need a step of their own."""
    kept = {} if way.asked is None else way.asked.kept
    visit, answers = way.current.visit, {way.key: msgspec.to_builtins(Asked({}, kept))}
    await store.keep_answers(way.services.database, visit.gateway_id, visit.visit_id, answers)


async def submitted(services: FlowServices, current: CurrentVisit, connector: Connector, word: str) -> Step | Keep:
    """A form of the step's own pages."""
    if word == "back":
        return Keep({KEY: None})
    confirmed = current.stage is Stage.CONFIRMED
    here, key = ("?depository=1", AGAIN) if confirmed else ("", KEY)
    way = depository_of(services, current, connector, here=here, key=key)
    if way is None or isinstance(way, LoginNeeded):
        return way or Changed()
    batch = await of_transaction(services.database, current.visit.gateway_id, current.visit.transaction_id)
    refused = {} if batch is None else _refused(batch)
    if word != "go" or (way.asked is None and not refused):
        return Changed()
    try:
        asked = await way.asked_for(refused)
        return Changed() if isinstance(asked, Answer) else await go(way, asked)
    except SessionEnded:
        return await way.login_over()


async def lacking(services: FlowServices, current: CurrentVisit, connector: Connector) -> int | None:
    """How many securities wait still, for an open page of the step; None where there is none."""
    confirmed = current.stage is Stage.CONFIRMED
    way = depository_of(services, current, connector, key=AGAIN if confirmed else KEY)
    if isinstance(way, LoginNeeded):
        return 0
    return None if way is None or way.asked is None else await lacking_now(way, way.asked)


def _refused(batch: Batch) -> dict[str, int]:
    """Shares by ISIN of the orders that wait for the depository."""
    sold: Counter[str] = Counter()
    for order in batch.orders:
        if order.state is OrderState.UNAUTHORISED:
            sold[order.isin] += order.quantity
    return dict(sold)


def _to_review(current: CurrentVisit) -> Action:
    return Action(current.texts.depository.to_review, post="confirm", fields={"depository": "back"})


def is_about_refused(form: Mapping[str, str]) -> bool:
    """Whether a decision was made in the step's own pages."""
    return "depository" in form


def _decision(label: str, word: str) -> Action:
    return Action(label, post="again", fields={"decision": word, "depository": "1"})


def _place_them(released: _Released) -> Message:
    current, words = released.way.current, released.way.current.texts
    place = _decision(words.status.place_now, "again")
    text, title = words.depository.again_text(count=released.count), words.depository.again_title
    frame = frame_of(current, Closing.WINDOW)
    return Message(frame, Tone.ASK, title, (text,), released.way.broker, place, released.leave)
