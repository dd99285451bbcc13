"""Which page a visit shows now. The stage is read from the database each time: a reload meets the truth (D11)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from torana.connectors.contract import Connector, ExecutionMode
from torana.connectors.hosts import origin
from torana.investors import accounts
from torana.investors.models import LiveSession
from torana.orders.models import Batch
from torana.orders.progress import progress
from torana.orders.reconcile import BASKET_PATIENCE
from torana.orders.work import LOGIN_NEEDED
from torana.portal.admit import present
from torana.portal.confirm import Reviewed, read_review
from torana.portal.lobby import Guest, Lobby
from torana.portal.log_in import Errand, send_to_broker
from torana.portal.market import market_of
from torana.portal.models import Stage, stage_of
from torana.portal.proofs import Purpose
from torana.portal.status import status_view
from torana.portal.views import (
    Action,
    Basket,
    Chooser,
    Closing,
    Ending,
    HandOver,
    Message,
    Status,
    Tone,
    View,
    Waiting,
)
from torana.portal.words import (
    COUNTDOWN_SECONDS,
    back_to,
    broker_of,
    end_of,
    error_of,
    frame_of,
    partner_of,
    when,
)
from torana.transactions import life_cycle
from torana.transactions.models import Intent, Transaction
from torana.transactions.outcomes import (
    INTENT_NOT_ENABLED,
    INVALID_TRANSACTION,
    MARKET_CLOSED,
    NO_BROKER_AVAILABLE,
    FlowError,
)

TILES = 4
SEARCH_FROM = 7
"""So many brokers or more get a search field and a list."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page to send. `form_hosts`: where a form of it may end beside here; `errand`: its cookie goes with it."""

    view: View
    status: int = 200
    form_hosts: tuple[str, ...] = ()
    errand: Errand | None = None


async def show(lobby: Lobby, guest: Guest, query: Mapping[str, str]) -> Shown:
    """The page of the visit's present stage. `query` only chooses between pages of that stage."""
    visit = guest.visit
    transaction = await present(lobby, visit.gateway_id, visit.transaction_id)
    if transaction is None:
        return Shown(end_of(frame_of(guest, Closing.WINDOW), guest.gateway, INVALID_TRANSACTION), 404)
    stage = stage_of(visit, transaction)
    if "leave" in query and stage in (Stage.CHOOSING, Stage.AT_BROKER, Stage.REVIEWING):
        return Shown(_leave(lobby, guest))
    match stage:
        case Stage.DONE:
            return await _end(lobby, guest, transaction)
        case Stage.CONFIRMED:
            return await _confirmed(lobby, guest, transaction, query)
        case Stage.REVIEWING:
            return await _reviewing(lobby, guest, transaction, query)
        case Stage.AT_BROKER:
            return await _at_broker(lobby, guest, transaction, query.get("note", ""))
        case _:
            return Shown(_chooser(lobby, guest, transaction, query.get("q", "").strip()[:60]))


def _chooser(lobby: Lobby, guest: Guest, transaction: Transaction, query: str) -> Chooser:
    offered = [broker_of(known) for known in lobby.brokers(guest.gateway, guest.visit.brokers)]
    many = len(offered) >= SEARCH_FROM
    listed = sorted(offered, key=lambda broker: broker.name.lower()) if many else []
    if query:
        listed = [one for one in listed or offered if query.lower() in one.name.lower() or query.lower() == one.key]
    app = guest.gateway.display_name
    if transaction.intent is Intent.CONNECT:
        purpose = f"Connect your account to {app}. Connecting buys and sells nothing."
    else:
        count = len(transaction.order_config.lines) if transaction.order_config else 0
        wish = f"{app} wants to place {'an order' if count == 1 else f'{count} orders'} for you."
        purpose = f"{wish} You review {'it' if count == 1 else 'them'} before anything happens."
    top = () if query else tuple(offered[:TILES] if many else offered)
    return Chooser(frame_of(guest, Closing.AT_ONCE), purpose, top, tuple(listed), query, searchable=many)


def _leave(lobby: Lobby, guest: Guest) -> Message:
    frame = frame_of(guest, Closing.NOTHING, broker=_broker_name(lobby, guest))
    return Message(
        frame,
        Tone.ASK,
        frame.leave_title,
        (frame.leave_text,),
        primary=Action("Go back", href=guest.home),
        quiet=Action("Stop and leave", post="cancel"),
    )


async def _at_broker(lobby: Lobby, guest: Guest, transaction: Transaction, note: str) -> Shown:
    connector = _connector(lobby, guest)
    if connector is None:
        return await _fail(lobby, guest, transaction, NO_BROKER_AVAILABLE)
    if transaction.intent is Intent.TRANSACTION:
        hindrance = await _hindrance(lobby, guest, transaction, connector)
        if hindrance is not None:
            return await _fail(lobby, guest, transaction, hindrance)
    if note:
        return Shown(await _trouble(lobby, guest, connector, note))
    return await _hand_over(lobby, guest, connector)


async def _hindrance(lobby: Lobby, guest: Guest, transaction: Transaction, connector: Connector) -> FlowError | None:
    """Why logging in there would lead nowhere (S08)."""
    capabilities = connector.capabilities
    lines = transaction.order_config.lines if transaction.order_config else []
    in_browser = connector.execution_mode is ExecutionMode.REDIRECT_BASKET
    too_many = in_browser and capabilities.basket_limit is not None and len(lines) > capabilities.basket_limit
    if too_many or any(line.order_type not in capabilities.order_types for line in lines):
        return INTENT_NOT_ENABLED
    market = await market_of(lobby, guest.gateway, capabilities, amo=guest.visit.amo)
    return MARKET_CLOSED if market.variety is None else None


async def _hand_over(lobby: Lobby, guest: Guest, connector: Connector) -> Shown:
    errand = await send_to_broker(lobby, guest, connector, Purpose.LOGIN)
    broker = broker_of(connector.capabilities)
    frame = frame_of(guest, Closing.AT_ONCE, broker=broker.name)
    free = guest.visit.asked_investor_id is None and len(lobby.brokers(guest.gateway, guest.visit.brokers)) > 1
    return Shown(HandOver(frame, broker, errand.url, errand.host, can_choose=free), errand=errand)


async def _trouble(lobby: Lobby, guest: Guest, connector: Connector, note: str) -> Message:
    """A login that led to nothing, and both ways out."""
    broker = broker_of(connector.capabilities)
    frame = frame_of(guest, Closing.AT_ONCE)
    again = Action("Try again", href=guest.home)
    connected = guest.visit.asked_investor_id
    other = Action("Choose another broker", post="broker", fields={"broker": ""})
    back = Action(back_to(guest.gateway), post="cancel")
    if note == "mismatch" and connected is not None:
        investor = await accounts.find(lobby.database, guest.visit.gateway_id, connected)
        known_as = investor.broker_user_id if investor else "another account"
        return Message(
            frame,
            Tone.BAD,
            f"That is another {broker.name} account",
            (
                f"{guest.gateway.display_name} knows you as {known_as}. Nothing was placed.",
                f"If {broker.name} does not ask for your user name, log out there first.",
            ),
            broker,
            primary=Action(f"Log in as {known_as}", href=guest.home),
            quiet=Action(back_to(guest.gateway), post="cancel", fields={"reason": "user_mismatch"}),
        )
    if note == "refused":
        text = f"{broker.name} sent you back without a login. Nothing was placed."
        return Message(frame, Tone.NOTE, "You are not logged in", (text,), broker, again, back if connected else other)
    text = f"Your login did not get through to {broker.name}. Nothing was placed. Try again in a minute."
    return Message(
        frame, Tone.BAD, f"{broker.name} is not answering", (text,), broker, again, back if connected else other
    )


async def _reviewing(lobby: Lobby, guest: Guest, transaction: Transaction, query: Mapping[str, str]) -> Shown:
    connector = _connector(lobby, guest)
    if connector is None:
        return await _fail(lobby, guest, transaction, NO_BROKER_AVAILABLE)
    if "login" in query:
        return await _hand_over(lobby, guest, connector)
    if query.get("part") != "review":
        broker = broker_of(connector.capabilities)
        count = len(transaction.order_config.lines) if transaction.order_config else 1
        return Shown(
            Waiting(
                frame_of(guest, Closing.ASK, broker=broker.name),
                broker,
                "Review your order" if count == 1 else "Review your orders",
                f"Getting prices and funds from {broker.name}",
                f"{guest.home}?part=review",
                min(count, 4),
            )
        )
    reviewed = await read_review(lobby, guest, transaction, connector)
    return await show_reviewed(lobby, guest, transaction, reviewed)


async def show_reviewed(
    lobby: Lobby, guest: Guest, transaction: Transaction, reviewed: Reviewed, status: int = 200
) -> Shown:
    """The review, or what came in its place."""
    if isinstance(reviewed, FlowError):
        return await _fail(lobby, guest, transaction, reviewed)
    if reviewed is None:
        broker = broker_of(lobby.connector(guest.gateway, transaction.broker or "").capabilities)
        return Shown(
            Message(
                frame_of(guest, Closing.ASK, broker=broker.name),
                Tone.NOTE,
                f"Your {broker.name} login has ended",
                ("Log in once more to go on. Nothing was placed.",),
                broker,
                Action(f"Log in to {broker.name}", post="broker", fields={"broker": broker.key}),
                Action(back_to(guest.gateway), post="cancel"),
            )
        )
    return Shown(reviewed, status)


async def _confirmed(lobby: Lobby, guest: Guest, transaction: Transaction, query: Mapping[str, str]) -> Shown:
    batch = await progress(lobby.database, transaction.gateway_id, transaction.transaction_id)
    connector = _connector(lobby, guest)
    if batch is None or connector is None:
        raise LookupError(f"{transaction.transaction_id} is confirmed and has no batch or no connector")
    if "login" in query and any(order.attention == LOGIN_NEEDED for order in batch.orders):
        return await _hand_over(lobby, guest, connector)
    if _wants_basket(guest, transaction, batch, lobby.clock.now()):
        shown = await _basket(lobby, guest, batch, connector)
        if shown is not None:
            return shown
    return Shown(await status_of(lobby, guest, transaction, batch))


def _wants_basket(guest: Guest, transaction: Transaction, batch: Batch, now: datetime) -> bool:
    """Whether the investor's browser still has to take the orders to the broker. Once it left, never again."""
    confirmed_at, left_at = transaction.confirmed_at, guest.visit.left_at
    return (
        batch.execution_mode is ExecutionMode.REDIRECT_BASKET
        and batch.returned_at is None
        and confirmed_at is not None
        and (left_at is None or left_at < confirmed_at)
        and now - batch.created_at < BASKET_PATIENCE / 2
    )


async def _basket(lobby: Lobby, guest: Guest, batch: Batch, connector: Connector) -> Shown | None:
    session = await lobby.sessions.by_id(batch.gateway_id, batch.session_id)
    if session is None or not is_live(session, lobby.clock.now()):
        return None
    errand = await send_to_broker(lobby, guest, connector, Purpose.BASKET)
    form = connector.basket_form(
        session.as_session(),
        [order.request(batch.variety) for order in batch.orders],
        return_url=f"{lobby.public_url.rstrip('/')}{guest.home}/returned",
        state=str(errand.ticket),
    )
    broker = broker_of(connector.capabilities)
    host = origin(form.url)
    view = Basket(
        frame_of(guest, Closing.WINDOW),
        broker,
        host.partition("://")[2],
        form.url,
        form.fields,
        len(batch.orders),
    )
    return Shown(view, form_hosts=(host,), errand=errand)


def is_live(session: LiveSession, now: datetime) -> bool:
    return session.ended_at is None and session.expires_at > now


async def status_of(lobby: Lobby, guest: Guest, transaction: Transaction, batch: Batch) -> Status:
    """The page of the orders on their way, or of their end."""
    settled = transaction.settled_at is not None
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
    )


async def _end(lobby: Lobby, guest: Guest, transaction: Transaction) -> Shown:
    if transaction.confirmed_at is not None:
        batch = await progress(lobby.database, transaction.gateway_id, transaction.transaction_id)
        if batch is not None:
            return Shown(await status_of(lobby, guest, transaction, batch))
    frame = frame_of(guest, Closing.WINDOW)
    connector = _connector(lobby, guest)
    broker = broker_of(connector.capabilities) if connector else None
    if transaction.error_name is None:
        return Shown(_connected(guest, lobby, transaction))
    error = error_of(transaction)
    more: tuple[str, ...] = ()
    if error == MARKET_CLOSED and (opens := await _next_open(lobby, guest)) is not None:
        more = (f"It opens on {when(opens)}.",)
    if error == INTENT_NOT_ENABLED and broker is not None:
        more = (f"{broker.name} cannot take these orders from here.",)
    return Shown(end_of(frame, guest.gateway, error, more=more))


def _connected(guest: Guest, lobby: Lobby, transaction: Transaction) -> Message:
    broker = broker_of(lobby.connector(guest.gateway, transaction.broker or "").capabilities)
    app = partner_of(guest.gateway).name
    return Message(
        frame_of(guest, Closing.WINDOW),
        Tone.GOOD,
        f"{broker.name} is connected",
        (f"{app} can now show you orders to review. It can place nothing without you.",),
        broker,
        ending=Ending(back_to(guest.gateway), COUNTDOWN_SECONDS),
    )


async def _fail(lobby: Lobby, guest: Guest, transaction: Transaction, error: FlowError) -> Shown:
    """End the flow and show why; if something else ended it first, show that."""
    async with lobby.database.transaction() as connection:
        await life_cycle.fail(
            connection,
            gateway_id=transaction.gateway_id,
            transaction_id=transaction.transaction_id,
            error=error,
            now=lobby.clock.now(),
        )
    return await show(lobby, guest, {})


async def _next_open(lobby: Lobby, guest: Guest) -> datetime | None:
    connector = _connector(lobby, guest)
    if connector is None:
        return None
    return (await market_of(lobby, guest.gateway, connector.capabilities, amo=False)).next_open


def _connector(lobby: Lobby, guest: Guest) -> Connector | None:
    return lobby.connectors.find(guest.gateway.mode, guest.visit.broker) if guest.visit.broker else None


def _broker_name(lobby: Lobby, guest: Guest) -> str | None:
    connector = _connector(lobby, guest)
    return connector.capabilities.name if connector else None
