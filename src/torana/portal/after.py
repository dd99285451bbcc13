"""The pages after the confirmation, and those of the end."""

from collections.abc import Mapping
from datetime import datetime

from torana.connectors.contract import Connector, ExecutionMode
from torana.connectors.hosts import origin
from torana.connectors.tags import as_sent
from torana.investors import accounts
from torana.orders.evidence import BASKET_PATIENCE
from torana.orders.models import AttentionKind, Batch
from torana.orders.progress import progress
from torana.portal.at_broker import hand_over
from torana.portal.confirm import is_live
from torana.portal.lobby import Guest, Lobby
from torana.portal.log_in import give_ticket
from torana.portal.market import market_now, market_of, reopens
from torana.portal.proofs import Purpose
from torana.portal.shown import Shown, connector_of
from torana.portal.status import status_view
from torana.portal.views import Action, Basket, Broker, Closing, Ending, Frame, Message, Status, Tone
from torana.portal.words import COUNTDOWN_SECONDS, back_to, broker_of, end_of, error_of, frame_of
from torana.transactions.outcomes import MARKET_CLOSED


async def confirmed(lobby: Lobby, guest: Guest, query: Mapping[str, str]) -> Shown:
    """The orders on their way: what the investor still has to do for them, or how they stand."""
    batch = await progress(lobby.database, guest.transaction.gateway_id, guest.transaction.transaction_id)
    connector = connector_of(lobby, guest)
    if batch is None or connector is None:
        raise LookupError(f"{guest.transaction.transaction_id} is confirmed and has no batch or no connector")
    login = await _login_first(lobby, guest, batch, connector, query)
    if login is not None:
        return login
    if _wants_basket(guest, batch, lobby.clock.now()):
        shown = await _basket(lobby, guest, batch, connector)
        if shown is not None:
            return shown
    return Shown(await status_of(lobby, guest, batch))


async def _needs_login(lobby: Lobby, batch: Batch) -> bool:
    """Whether only a new login can show how an order ended."""
    called = any(order.attention is AttentionKind.LOGIN_NEEDED for order in batch.orders)
    return called and not await _has_login(lobby, batch)


async def _has_login(lobby: Lobby, batch: Batch) -> bool:
    session = await lobby.sessions.by_id(batch.gateway_id, batch.session_id)
    return session is not None and is_live(session, lobby.clock.now())


def _wants_basket(guest: Guest, batch: Batch, now: datetime) -> bool:
    """Whether the investor's browser still has to take the orders to the broker. Once it left, never again."""
    confirmed_at, left_at = guest.transaction.confirmed_at, guest.visit.left_at
    return (
        guest.own_login
        and batch.execution_mode is ExecutionMode.REDIRECT_BASKET
        and batch.returned_at is None
        and confirmed_at is not None
        and (left_at is None or left_at < confirmed_at)
        and now - batch.created_at < BASKET_PATIENCE / 2
    )


async def _basket(lobby: Lobby, guest: Guest, batch: Batch, connector: Connector) -> Shown | None:
    session = await lobby.sessions.by_id(batch.gateway_id, batch.session_id)
    if session is None or not is_live(session, lobby.clock.now()):
        return None
    if connector.browser_orders is None or connector.orders is None:
        return None
    tags = connector.orders.rules.tag
    errand = await give_ticket(lobby, guest, connector, Purpose.BASKET)
    form = connector.browser_orders.form(
        session.as_session(),
        [as_sent(order.request(batch.variety), tags) for order in batch.orders],
        return_url=f"{lobby.public_url.rstrip('/')}{guest.home}/returned",
        ticket=str(errand.ticket),
    )
    broker = broker_of(connector.capabilities)
    host = origin(form.url)
    view = Basket(
        frame_of(guest, Closing.WINDOW),
        broker,
        session.broker_user_id,
        host.partition("://")[2],
        form.url,
        form.fields,
        len(batch.orders),
    )
    return Shown(view, form_hosts=(host,), errand=errand)


async def status_of(lobby: Lobby, guest: Guest, batch: Batch) -> Status:
    """The page of the orders on their way, or of their end."""
    settled = guest.transaction.settled_at is not None
    connector = lobby.connector(guest.gateway, batch.broker)
    investor = await accounts.find(lobby.database, batch.gateway_id, batch.investor_id)
    return status_view(
        frame_of(guest, Closing.WINDOW, refresh=None if settled else 3),
        broker_of(connector.capabilities),
        investor.broker_user_id if investor else "",
        batch,
        app=guest.gateway.display_name,
        stream=f"{guest.home}/stream",
        next_open=await _next_open(lobby, guest) if settled else None,
        settled=settled,
        logged_in=await _has_login(lobby, batch),
    )


async def ended(lobby: Lobby, guest: Guest, query: Mapping[str, str]) -> Shown:
    """How it ended. An order may end later than its transaction settles, and then want a login to be seen."""
    if guest.transaction.confirmed_at is not None:
        batch = await progress(lobby.database, guest.transaction.gateway_id, guest.transaction.transaction_id)
        connector = connector_of(lobby, guest)
        if batch is not None and connector is not None:
            login = await _login_first(lobby, guest, batch, connector, query)
            return Shown(await status_of(lobby, guest, batch)) if login is None else login
    if guest.transaction.error_name is None:
        return Shown(_connected(lobby, guest))
    error = error_of(guest.transaction)
    again = reopens(await market_now(lobby, guest.gateway, amo=guest.visit.amo)) if error == MARKET_CLOSED else None
    more = () if again is None else (again,)
    return Shown(end_of(frame_of(guest, Closing.WINDOW), guest.gateway, error, more=more))


async def _login_first(
    lobby: Lobby, guest: Guest, batch: Batch, connector: Connector, query: Mapping[str, str]
) -> Shown | None:
    """The way to the broker's login, or the word that one is needed before these orders are shown; None: it is not."""
    if "login" in query and (not guest.own_login or await _needs_login(lobby, batch)):
        return await hand_over(lobby, guest, connector)
    if guest.own_login:
        return None
    frame = frame_of(guest, Closing.WINDOW)
    return Shown(of_another(frame, broker_of(connector.capabilities), mismatch=query.get("note") == "mismatch"))


def of_another(frame: Frame, broker: Broker, *, mismatch: bool) -> Message:
    """Orders of an account that this browser has not logged in to: it sees them, and decides, after a login.
    `mismatch`: it has just logged in to another one."""
    text = "They were confirmed in another browser, and go on without this one."
    if mismatch:
        text = f"You logged in with another {broker.name} account. These orders are not in it."
    log_in = Action(f"Log in to {broker.name}", href=f"{frame.home}?login=1")
    return Message(frame, Tone.NOTE, f"Log in to {broker.name} to see these orders", (text,), broker, log_in)


def _connected(lobby: Lobby, guest: Guest) -> Message:
    broker = broker_of(lobby.connector(guest.gateway, guest.transaction.broker or "").capabilities)
    app = guest.gateway.display_name
    return Message(
        frame_of(guest, Closing.WINDOW),
        Tone.GOOD,
        f"{broker.name} is connected",
        (f"{app} can now show you orders to review. It can place nothing without you.",),
        broker,
        ending=Ending(back_to(guest.gateway), COUNTDOWN_SECONDS),
    )


async def _next_open(lobby: Lobby, guest: Guest) -> datetime | None:
    connector = connector_of(lobby, guest)
    if connector is None:
        return None
    return (await market_of(lobby, guest.gateway, connector.capabilities, amo=False)).next_open
