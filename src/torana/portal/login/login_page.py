"""The pages between the choice of a broker and the login there."""

from dataclasses import replace

import structlog

from torana.connectors.contract import BrowserForm, Connector, LoginRefused, NotSent, Unknown
from torana.connectors.hosts import origin
from torana.flows.context import CurrentVisit, FlowServices, connector_of, frame_of
from torana.flows.contract import Fail
from torana.flows.registry import FLOWS
from torana.investors import accounts
from torana.pages.frames import broker_of
from torana.pages.views import Action, Broker, Closing, HandOver, Message, Tone
from torana.portal.login.broker_login import LoginOutcome, begin_login
from torana.portal.page_response import PageResponse
from torana.transactions.outcomes import NO_BROKER_AVAILABLE

log = structlog.get_logger(__name__)


async def login_page(services: FlowServices, current: CurrentVisit, note: str) -> PageResponse | Fail:
    """The way to the login, or (`note`) what became of the last one; or why it would lead nowhere."""
    connector = connector_of(services, current)
    if connector is None:
        return Fail(NO_BROKER_AVAILABLE)
    before = await FLOWS.of(current.transaction).before_login(services, current, connector)
    if isinstance(before, Fail):
        return before
    if before is not None:
        return PageResponse(before.view, before.status, before.form_hosts)
    if note:
        return PageResponse(await _no_login(services, current, connector, note))
    return await hand_over(services, current, connector)


async def hand_over(services: FlowServices, current: CurrentVisit, connector: Connector) -> PageResponse:
    try:
        ticket, go = await begin_login(services, current, connector)
    except (LoginRefused, NotSent, Unknown) as error:
        log.warning("portal.login_not_begun", broker=connector.capabilities.broker, error=error.message[:200])
        return PageResponse(await _no_login(services, current, connector, LoginOutcome.UNANSWERED))
    broker = broker_of(connector.capabilities)
    frame = frame_of(current, Closing.AT_ONCE, broker=broker.name)
    needs = FLOWS.of(current.transaction).needs
    others = len(services.brokers(current.gateway, current.visit.brokers, needs)) > 1
    host = origin(go.url)
    can_choose = others and current.visit.asked_investor_id is None
    view = HandOver(frame, broker, go.url, host.partition("://")[2], can_choose=can_choose)
    if not isinstance(go, BrowserForm):
        return PageResponse(view, login_ticket=ticket)
    return PageResponse(replace(view, fields=go.fields), form_hosts=(host,), login_ticket=ticket)


async def _no_login(services: FlowServices, current: CurrentVisit, connector: Connector, note: str) -> Message:
    """A login that led to nothing, and both ways out."""
    broker, words, page = broker_of(connector.capabilities), current.texts.login, current.texts.page
    connected = current.visit.asked_investor_id
    if note == LoginOutcome.OTHER_ACCOUNT and connected is not None:
        return await _other_account(services, current, broker, connected)
    tone, title = Tone.BAD, words.unanswered_title(broker=broker.name)
    text = words.unanswered_text(broker=broker.name)
    if note == LoginOutcome.REFUSED:
        tone, title, text = Tone.NOTE, words.refused_title, words.refused_text(broker=broker.name)
    quiet = Action(page.choose_another, post="broker", fields={"broker": ""})
    if connected is not None:
        quiet = Action(page.back_to(app=current.app), post="cancel")
    again = Action(page.try_again, href=current.home)
    return Message(frame_of(current, Closing.AT_ONCE), tone, title, (text,), broker, again, quiet)


async def _other_account(services: FlowServices, current: CurrentVisit, broker: Broker, investor_id: str) -> Message:
    """A login with another account. A guest's token does not say who they are: they do not learn of whom the
    transaction is."""
    words, page = current.texts.login, current.texts.page
    wanted, log_in = words.mismatch_unknown(app=current.app), words.log_in_as_other
    if current.visit.connected:
        investor = await accounts.find(services.database, current.visit.gateway_id, investor_id)
        if investor is not None:
            wanted = words.mismatch_known(app=current.app, account=investor.broker_user_id)
            log_in = words.log_in_as(account=investor.broker_user_id)
    return Message(
        frame_of(current, Closing.AT_ONCE),
        Tone.BAD,
        words.mismatch_title(broker=broker.name),
        (wanted, words.mismatch_log_out(broker=broker.name)),
        broker,
        primary=Action(log_in, href=current.home),
        quiet=Action(page.back_to(app=current.app), post="cancel", fields={"reason": "user_mismatch"}),
    )
