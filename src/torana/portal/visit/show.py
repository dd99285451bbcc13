"""Which page a visit shows now. The stage is read from the database each time: a reload meets the truth (D11).

Before the login the pages are the portal's; after it the flow of the transaction says what is shown.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

from torana.flows.context import CurrentVisit, FlowServices, connector_of, frame_of
from torana.flows.contract import (
    Begin,
    Changed,
    Choose,
    Done,
    Fail,
    LoginNeeded,
    Page,
    Step,
    Suspended,
    ToBroker,
    ToLogin,
    Wait,
    Work,
)
from torana.flows.registry import FLOWS
from torana.flows.visits import Stage
from torana.pages.ends import end_of, error_of
from torana.pages.frames import broker_of
from torana.pages.views import Action, Broker, Closing, Message, Tone, Waiting
from torana.portal.admission import admit
from torana.portal.admission.admit import reloaded
from torana.portal.admission.browser_auth import Purpose
from torana.portal.admission.open_visit import NotOpened, Opened, open_within
from torana.portal.login.broker_login import give_ticket
from torana.portal.login.choose import chooser
from torana.portal.login.login_page import hand_over, login_page
from torana.portal.page_response import PageResponse
from torana.portal.visit.end import complete, fail
from torana.transactions.outcomes import NO_BROKER_AVAILABLE, FlowError

Shown: TypeAlias = PageResponse | Opened
"""A page, or the visit of another transaction with which the window goes on."""


async def show(services: FlowServices, current: CurrentVisit, query: Mapping[str, str]) -> Shown:
    """The page of the visit's present stage. `query` only chooses between pages of that stage."""
    if "leave" in query and current.stage in (Stage.CHOOSING, Stage.AT_BROKER, Stage.REVIEWING):
        return PageResponse(_leave(services, current))
    match current.stage:
        case Stage.AT_BROKER:
            shown = await login_page(services, current, query.get("note", ""))
            return await _fail(services, current, shown.error) if isinstance(shown, Fail) else shown
        case Stage.REVIEWING if current.visit.broker is not None:
            connector = connector_of(services, current)
            if connector is None:
                return await _fail(services, current, NO_BROKER_AVAILABLE)
            if "login" in query or not current.own_login:
                return await hand_over(services, current, connector)
        case Stage.DONE if current.transaction.confirmed_at is None and current.transaction.error_name is not None:
            return PageResponse(await _failed(services, current))
        case Stage.REVIEWING | Stage.CONFIRMED | Stage.DONE:
            pass
        case _:
            return PageResponse(await chooser(services, current, query.get("q", "").strip()[:60]))
    step = await FLOWS.of(current.transaction).step(services, current, query)
    return await rendered(services, current, step)


async def rendered(services: FlowServices, current: CurrentVisit, step: Step) -> Shown:
    """What a flow says, as a page. Raises `Suspended` (admit) where it says that nothing new is taken."""
    match step:
        case Page():
            return PageResponse(step.view, step.status, step.form_hosts)
        case Work():
            return PageResponse(step.view)
        case Wait():
            return PageResponse(_waiting(services, current, step))
        case Done():
            await _complete(services, current, step)
            return await show(services, await reloaded(services, current), {})
        case Fail():
            return await _fail(services, current, step.error)
        case LoginNeeded():
            return PageResponse(_login_ended(services, current))
        case ToLogin():
            connector = services.connector(current.gateway, current.transaction.broker or "")
            return await hand_over(services, current, connector)
        case ToBroker():
            given = await give_ticket(services, current, step.connector, Purpose.BASKET)
            page = step.page(str(given.ticket))
            return PageResponse(page.view, page.status, page.form_hosts, given)
        case Choose() | Begin():
            return await _goes_on(services, current, step)
        case Changed():
            return await show(services, await reloaded(services, current), {})
        case Suspended():
            raise admit.Suspended(current.gateway)


async def _goes_on(services: FlowServices, current: CurrentVisit, step: Choose | Begin) -> Shown:
    """With the choice of a broker, or with another transaction."""
    if isinstance(step, Choose):
        return PageResponse(replace(await chooser(services, current, ""), back=step.back))
    opened = await open_within(services, current, step.body)
    return opened if isinstance(opened, Opened) else PageResponse(_not_begun(current, opened), 409)


def _not_begun(current: CurrentVisit, why: NotOpened) -> Message:
    words = current.texts.module
    text = words.not_begun_gone if why is NotOpened.GONE else words.not_begun_refused
    back = Action(current.texts.page.go_on, href=current.home)
    return Message(frame_of(current, Closing.AT_ONCE), Tone.NOTE, words.not_begun_title, (text,), primary=back)


def _leave(services: FlowServices, current: CurrentVisit) -> Message:
    connector = connector_of(services, current)
    frame = frame_of(current, Closing.NOTHING, broker=connector.capabilities.name if connector else None)
    return Message(
        frame,
        Tone.ASK,
        frame.leave_title,
        (frame.leave_text,),
        primary=Action(current.texts.page.go_back, href=current.home),
        quiet=Action(current.texts.page.stop_and_leave, post="cancel"),
    )


def _waiting(services: FlowServices, current: CurrentVisit, wait: Wait) -> Waiting:
    broker = _broker(services, current) if current.transaction.broker else None
    frame = frame_of(current, Closing.ASK, broker=broker.name if broker else None)
    return Waiting(frame, broker, wait.title, wait.text, f"{current.home}?part={wait.part}", wait.lines)


def _login_ended(services: FlowServices, current: CurrentVisit) -> Message:
    broker, words, page = _broker(services, current), current.texts.login, current.texts.page
    return Message(
        frame_of(current, Closing.ASK, broker=broker.name),
        Tone.NOTE,
        words.ended_title(broker=broker.name),
        (words.ended_text,),
        broker,
        Action(page.log_in_to(broker=broker.name), post="broker", fields={"broker": broker.key}),
        Action(page.back_to(app=current.app), post="cancel"),
    )


def _broker(services: FlowServices, current: CurrentVisit) -> Broker:
    """The broker that the transaction uses. Raises `NoSuchConnector`."""
    return broker_of(services.connector(current.gateway, current.transaction.broker or "").capabilities)


async def _failed(services: FlowServices, current: CurrentVisit) -> Message:
    """How it ended without a result."""
    error = error_of(current.transaction)
    more = await FLOWS.of(current.transaction).explain(services, current, error)
    return end_of(frame_of(current, Closing.WINDOW), current.gateway, error, more=more)


async def _complete(services: FlowServices, current: CurrentVisit, done: Done) -> None:
    """Write the result, unless something else ended it first."""
    async with services.database.transaction() as connection:
        await complete(connection, current.transaction, done, services.clock.now())


async def _fail(services: FlowServices, current: CurrentVisit, error: FlowError) -> Shown:
    """End the flow and show why; if something else ended it first, show that."""
    async with services.database.transaction() as connection:
        await fail(connection, current.transaction, error, services.clock.now())
    return await show(services, await reloaded(services, current), {})
