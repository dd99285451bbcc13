"""Which page a visit shows now. The stage is read from the database each time: a reload meets the truth (D11).

Before the login the pages are the portal's; after it the flow of the transaction says what is shown.
"""

from collections.abc import Mapping

from torana.flows.context import connector_of, frame_of
from torana.flows.contract import (
    Changed,
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
from torana.pages.views import Action, Chooser, Closing, Message, Tone, Waiting
from torana.pages.words import back_to, broker_of, end_of, error_of
from torana.portal import admit
from torana.portal.admit import renewed
from torana.portal.at_broker import at_broker, hand_over
from torana.portal.lobby import Guest, Lobby
from torana.portal.log_in import complete, give_ticket
from torana.portal.proofs import Purpose
from torana.portal.shown import Shown
from torana.transactions import life_cycle
from torana.transactions.outcomes import NO_BROKER_AVAILABLE, FlowError

TILES = 4
SEARCH_FROM = 7
"""So many brokers or more get a search field and a list."""


async def show(lobby: Lobby, guest: Guest, query: Mapping[str, str]) -> Shown:
    """The page of the visit's present stage. `query` only chooses between pages of that stage."""
    if "leave" in query and guest.stage in (Stage.CHOOSING, Stage.AT_BROKER, Stage.REVIEWING):
        return Shown(_leave(lobby, guest))
    match guest.stage:
        case Stage.AT_BROKER:
            shown = await at_broker(lobby, guest, query.get("note", ""))
            return await _fail(lobby, guest, shown) if isinstance(shown, FlowError) else shown
        case Stage.REVIEWING:
            connector = connector_of(lobby, guest)
            if connector is None:
                return await _fail(lobby, guest, NO_BROKER_AVAILABLE)
            if "login" in query or not guest.own_login:
                return await hand_over(lobby, guest, connector)
        case Stage.DONE if guest.transaction.confirmed_at is None and guest.transaction.error_name is not None:
            return Shown(await _failed(lobby, guest))
        case Stage.CONFIRMED | Stage.DONE:
            pass
        case _:
            return Shown(await _chooser(lobby, guest, query.get("q", "").strip()[:60]))
    step = await FLOWS.of(guest.transaction).step(lobby, guest, query)
    return await rendered(lobby, guest, step)


async def rendered(lobby: Lobby, guest: Guest, step: Step) -> Shown:
    """What a flow says, as a page. Raises `Suspended` (admit) where it says that nothing new is taken."""
    match step:
        case Page():
            return Shown(step.view, step.status, step.form_hosts)
        case Work():
            return Shown(step.view)
        case Wait():
            return Shown(_waiting(lobby, guest, step))
        case Done():
            await _complete(lobby, guest, step)
            return await show(lobby, await renewed(lobby, guest), {})
        case Fail():
            return await _fail(lobby, guest, step.error)
        case LoginNeeded():
            return Shown(_login_ended(lobby, guest))
        case ToLogin():
            connector = lobby.connector(guest.gateway, guest.transaction.broker or "")
            return await hand_over(lobby, guest, connector)
        case ToBroker():
            errand = await give_ticket(lobby, guest, step.connector, Purpose.BASKET)
            page = step.page(str(errand.ticket))
            return Shown(page.view, page.status, page.form_hosts, errand)
        case Changed():
            return await show(lobby, await renewed(lobby, guest), {})
        case Suspended():
            raise admit.Suspended(guest.gateway)


async def _chooser(lobby: Lobby, guest: Guest, query: str) -> Chooser:
    flow = FLOWS.of(guest.transaction)
    offered = [broker_of(known) for known in lobby.brokers(guest.gateway, guest.visit.brokers, flow.needs)]
    many = len(offered) >= SEARCH_FROM
    listed = sorted(offered, key=lambda broker: broker.name.lower()) if many else []
    if query:
        listed = [one for one in listed or offered if query.lower() in one.name.lower() or query.lower() == one.key]
    purpose = flow.purpose(guest.transaction, guest.gateway.display_name)
    top = () if query else tuple(offered[:TILES] if many else offered)
    notice = await flow.notice(lobby, guest)
    frame = frame_of(guest, Closing.AT_ONCE)
    return Chooser(frame, purpose, top, tuple(listed), query, searchable=many, notice=notice)


def _leave(lobby: Lobby, guest: Guest) -> Message:
    connector = connector_of(lobby, guest)
    frame = frame_of(guest, Closing.NOTHING, broker=connector.capabilities.name if connector else None)
    return Message(
        frame,
        Tone.ASK,
        frame.leave_title,
        (frame.leave_text,),
        primary=Action("Go back", href=guest.home),
        quiet=Action("Stop and leave", post="cancel"),
    )


def _waiting(lobby: Lobby, guest: Guest, wait: Wait) -> Waiting:
    broker = broker_of(lobby.connector(guest.gateway, guest.transaction.broker or "").capabilities)
    frame = frame_of(guest, Closing.ASK, broker=broker.name)
    return Waiting(frame, broker, wait.title, wait.text, f"{guest.home}?part={wait.part}", wait.lines)


def _login_ended(lobby: Lobby, guest: Guest) -> Message:
    broker = broker_of(lobby.connector(guest.gateway, guest.transaction.broker or "").capabilities)
    return Message(
        frame_of(guest, Closing.ASK, broker=broker.name),
        Tone.NOTE,
        f"Your {broker.name} login has ended",
        ("Log in once more to go on. Nothing was placed.",),
        broker,
        Action(f"Log in to {broker.name}", post="broker", fields={"broker": broker.key}),
        Action(back_to(guest.gateway), post="cancel"),
    )


async def _failed(lobby: Lobby, guest: Guest) -> Message:
    """How it ended without a result."""
    error = error_of(guest.transaction)
    more = await FLOWS.of(guest.transaction).explain(lobby, guest, error)
    return end_of(frame_of(guest, Closing.WINDOW), guest.gateway, error, more=more)


async def _complete(lobby: Lobby, guest: Guest, done: Done) -> None:
    """Write the result, unless something else ended it first."""
    async with lobby.database.transaction() as connection:
        await complete(connection, guest.transaction, done, lobby.clock.now())


async def _fail(lobby: Lobby, guest: Guest, error: FlowError) -> Shown:
    """End the flow and show why; if something else ended it first, show that."""
    await end(lobby, guest, error)
    return await show(lobby, await renewed(lobby, guest), {})


async def end(lobby: Lobby, guest: Guest, error: FlowError) -> None:
    """End the flow with this error. Nothing changes once it is confirmed or over."""
    async with lobby.database.transaction() as connection:
        await life_cycle.fail(
            connection,
            gateway_id=guest.visit.gateway_id,
            transaction_id=guest.visit.transaction_id,
            error=error,
            now=lobby.clock.now(),
        )
