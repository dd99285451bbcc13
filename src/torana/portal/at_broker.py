"""The pages between the choice of a broker and the login there."""

from dataclasses import replace

import structlog

from torana.connectors.contract import BrowserForm, Connector, LoginRefused, NotSent, Unknown
from torana.connectors.hosts import origin
from torana.flows.context import connector_of, frame_of
from torana.flows.registry import FLOWS
from torana.investors import accounts
from torana.pages.views import Action, Broker, Closing, HandOver, Message, Tone
from torana.pages.words import back_to, broker_of
from torana.portal.lobby import Guest, Lobby
from torana.portal.log_in import LoginOutcome, begin_login
from torana.portal.shown import Shown
from torana.transactions.outcomes import NO_BROKER_AVAILABLE, FlowError

log = structlog.get_logger(__name__)


async def at_broker(lobby: Lobby, guest: Guest, note: str) -> Shown | FlowError:
    """The way to the login, or (`note`) what became of the last one; or why it would lead nowhere."""
    connector = connector_of(lobby, guest)
    if connector is None:
        return NO_BROKER_AVAILABLE
    hindrance = await FLOWS.of(guest.transaction).before_login(lobby, guest, connector)
    if hindrance is not None:
        return hindrance
    return Shown(await _trouble(lobby, guest, connector, note)) if note else await hand_over(lobby, guest, connector)


async def hand_over(lobby: Lobby, guest: Guest, connector: Connector) -> Shown:
    try:
        errand, go = await begin_login(lobby, guest, connector)
    except (LoginRefused, NotSent, Unknown) as error:
        log.warning("portal.login_not_begun", broker=connector.capabilities.broker, error=error.message[:200])
        return Shown(await _trouble(lobby, guest, connector, LoginOutcome.UNANSWERED))
    broker = broker_of(connector.capabilities)
    frame = frame_of(guest, Closing.AT_ONCE, broker=broker.name)
    needs = FLOWS.of(guest.transaction).needs
    free = guest.visit.asked_investor_id is None and len(lobby.brokers(guest.gateway, guest.visit.brokers, needs)) > 1
    host = origin(go.url)
    view = HandOver(frame, broker, go.url, host.partition("://")[2], can_choose=free)
    if not isinstance(go, BrowserForm):
        return Shown(view, errand=errand)
    return Shown(replace(view, fields=go.fields), form_hosts=(host,), errand=errand)


async def _trouble(lobby: Lobby, guest: Guest, connector: Connector, note: str) -> Message:
    """A login that led to nothing, and both ways out."""
    broker = broker_of(connector.capabilities)
    connected = guest.visit.asked_investor_id
    if note == LoginOutcome.OTHER_ACCOUNT and connected is not None:
        return await _mismatch(lobby, guest, broker, connected)
    tone, title = Tone.BAD, f"{broker.name} is not answering"
    text = f"Your login did not get through to {broker.name}. Nothing was placed. Try again in a minute."
    if note == LoginOutcome.REFUSED:
        tone, title = Tone.NOTE, "You are not logged in"
        text = f"{broker.name} sent you back without a login. Nothing was placed."
    quiet = Action("Choose another broker", post="broker", fields={"broker": ""})
    if connected is not None:
        quiet = Action(back_to(guest.gateway), post="cancel")
    again = Action("Try again", href=guest.home)
    return Message(frame_of(guest, Closing.AT_ONCE), tone, title, (text,), broker, again, quiet)


async def _mismatch(lobby: Lobby, guest: Guest, broker: Broker, investor_id: str) -> Message:
    investor = await accounts.find(lobby.database, guest.visit.gateway_id, investor_id)
    # A guest's token does not say who they are: they are not told of whom the transaction is.
    known_as = investor.broker_user_id if investor and guest.visit.connected else "the other account"
    return Message(
        frame_of(guest, Closing.AT_ONCE),
        Tone.BAD,
        f"That is another {broker.name} account",
        (
            f"{guest.gateway.display_name} knows you as {known_as}. Nothing was placed."
            if guest.visit.connected
            else f"{guest.gateway.display_name} asked for another account. Nothing was placed.",
            f"If {broker.name} does not ask for your user name, log out there first.",
        ),
        broker,
        primary=Action(f"Log in as {known_as}", href=guest.home),
        quiet=Action(back_to(guest.gateway), post="cancel", fields={"reason": "user_mismatch"}),
    )
