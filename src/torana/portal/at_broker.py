"""The pages between the choice of a broker and the login there."""

from dataclasses import replace

import structlog

from torana.connectors.contract import BrowserForm, Connector, ExecutionMode, LoginRefused, NotSent, Unknown
from torana.connectors.hosts import origin
from torana.investors import accounts
from torana.portal.lobby import Guest, Lobby
from torana.portal.log_in import begin_login
from torana.portal.market import market_of
from torana.portal.shown import Shown, connector_of
from torana.portal.views import Action, Broker, Closing, HandOver, Message, Tone
from torana.portal.words import back_to, broker_of, frame_of
from torana.transactions.models import Intent
from torana.transactions.outcomes import INTENT_NOT_ENABLED, MARKET_CLOSED, NO_BROKER_AVAILABLE, FlowError

log = structlog.get_logger(__name__)


async def at_broker(lobby: Lobby, guest: Guest, note: str) -> Shown | FlowError:
    """The way to the login, or (`note`) what became of the last one; or why it would lead nowhere."""
    connector = connector_of(lobby, guest)
    if connector is None:
        return NO_BROKER_AVAILABLE
    if guest.transaction.intent is Intent.TRANSACTION:
        hindrance = await _hindrance(lobby, guest, connector)
        if hindrance is not None:
            return hindrance
    return Shown(await _trouble(lobby, guest, connector, note)) if note else await hand_over(lobby, guest, connector)


async def _hindrance(lobby: Lobby, guest: Guest, connector: Connector) -> FlowError | None:
    """Why logging in there would lead nowhere (S08)."""
    capabilities = connector.capabilities
    lines = guest.transaction.order_config.lines if guest.transaction.order_config else []
    in_browser = connector.execution_mode is ExecutionMode.REDIRECT_BASKET
    too_many = in_browser and capabilities.basket_limit is not None and len(lines) > capabilities.basket_limit
    if too_many or any(line.order_type not in capabilities.order_types for line in lines):
        return INTENT_NOT_ENABLED
    market = await market_of(lobby, guest.gateway, capabilities, amo=guest.visit.amo)
    return MARKET_CLOSED if market.variety is None else None


async def hand_over(lobby: Lobby, guest: Guest, connector: Connector) -> Shown:
    try:
        errand, go = await begin_login(lobby, guest, connector)
    except (LoginRefused, NotSent, Unknown) as error:
        log.warning("portal.login_not_begun", broker=connector.capabilities.broker, error=error.message[:200])
        return Shown(await _trouble(lobby, guest, connector, "away"))
    broker = broker_of(connector.capabilities)
    frame = frame_of(guest, Closing.AT_ONCE, broker=broker.name)
    free = guest.visit.asked_investor_id is None and len(lobby.brokers(guest.gateway, guest.visit.brokers)) > 1
    host = origin(go.url)
    view = HandOver(frame, broker, go.url, host.partition("://")[2], can_choose=free)
    if not isinstance(go, BrowserForm):
        return Shown(view, errand=errand)
    return Shown(replace(view, fields=go.fields), form_hosts=(host,), errand=errand)


async def _trouble(lobby: Lobby, guest: Guest, connector: Connector, note: str) -> Message:
    """A login that led to nothing, and both ways out."""
    broker = broker_of(connector.capabilities)
    connected = guest.visit.asked_investor_id
    if note == "mismatch" and connected is not None:
        return await _mismatch(lobby, guest, broker, connected)
    tone, title = Tone.BAD, f"{broker.name} is not answering"
    text = f"Your login did not get through to {broker.name}. Nothing was placed. Try again in a minute."
    if note == "refused":
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
