"""Which page a visit shows now. The stage is read from the database each time: a reload meets the truth (D11)."""

from collections.abc import Mapping

from torana.portal.admit import renewed
from torana.portal.after import confirmed, ended
from torana.portal.at_broker import at_broker, hand_over
from torana.portal.confirm import Reviewed, read_review
from torana.portal.lobby import Guest, Lobby
from torana.portal.market import market_now, reopens
from torana.portal.models import Stage
from torana.portal.shown import Shown, connector_of
from torana.portal.views import Action, Chooser, Closing, Message, Notice, Tone, Waiting
from torana.portal.words import back_to, broker_of, frame_of
from torana.transactions import life_cycle
from torana.transactions.models import Intent
from torana.transactions.outcomes import NO_BROKER_AVAILABLE, FlowError

TILES = 4
SEARCH_FROM = 7
"""So many brokers or more get a search field and a list."""


async def show(lobby: Lobby, guest: Guest, query: Mapping[str, str]) -> Shown:
    """The page of the visit's present stage. `query` only chooses between pages of that stage."""
    if "leave" in query and guest.stage in (Stage.CHOOSING, Stage.AT_BROKER, Stage.REVIEWING):
        return Shown(_leave(lobby, guest))
    match guest.stage:
        case Stage.DONE:
            return await ended(lobby, guest, query)
        case Stage.CONFIRMED:
            return await confirmed(lobby, guest, query)
        case Stage.REVIEWING:
            return await _reviewing(lobby, guest, query)
        case Stage.AT_BROKER:
            shown = await at_broker(lobby, guest, query.get("note", ""))
            return await _fail(lobby, guest, shown) if isinstance(shown, FlowError) else shown
        case _:
            return Shown(await _chooser(lobby, guest, query.get("q", "").strip()[:60]))


async def _chooser(lobby: Lobby, guest: Guest, query: str) -> Chooser:
    offered = [broker_of(known) for known in lobby.brokers(guest.gateway, guest.visit.brokers)]
    many = len(offered) >= SEARCH_FROM
    listed = sorted(offered, key=lambda broker: broker.name.lower()) if many else []
    if query:
        listed = [one for one in listed or offered if query.lower() in one.name.lower() or query.lower() == one.key]
    app = guest.gateway.display_name
    if guest.transaction.intent is Intent.CONNECT:
        purpose = f"Connect your account to {app}. Connecting buys and sells nothing."
    else:
        count = len(guest.transaction.order_config.lines) if guest.transaction.order_config else 0
        wish = f"{app} wants to place {'an order' if count == 1 else f'{count} orders'} for you."
        purpose = f"{wish} You review {'it' if count == 1 else 'them'} before anything happens."
    top = () if query else tuple(offered[:TILES] if many else offered)
    notice = None if guest.transaction.intent is Intent.CONNECT else await _closed(lobby, guest)
    frame = frame_of(guest, Closing.AT_ONCE)
    return Chooser(frame, purpose, top, tuple(listed), query, searchable=many, notice=notice)


async def _closed(lobby: Lobby, guest: Guest) -> Notice | None:
    """That nothing can be placed now, before a broker is chosen and logged in to."""
    market = await market_now(lobby, guest.gateway, amo=guest.visit.amo)
    if market.variety is not None:
        return None
    return Notice(Tone.QUEUE, "The market has closed.", reopens(market) or "")


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


async def _reviewing(lobby: Lobby, guest: Guest, query: Mapping[str, str]) -> Shown:
    connector = connector_of(lobby, guest)
    if connector is None:
        return await _fail(lobby, guest, NO_BROKER_AVAILABLE)
    if "login" in query or not guest.own_login:
        return await hand_over(lobby, guest, connector)
    if query.get("part") != "review":
        broker = broker_of(connector.capabilities)
        count = len(guest.transaction.order_config.lines) if guest.transaction.order_config else 1
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
    reviewed = await read_review(lobby, guest, connector, limits="limits" in query)
    return await show_reviewed(lobby, guest, reviewed)


async def show_reviewed(lobby: Lobby, guest: Guest, reviewed: Reviewed, status: int = 200) -> Shown:
    """The review, or what came in its place."""
    if isinstance(reviewed, FlowError):
        return await _fail(lobby, guest, reviewed)
    if reviewed is None:
        broker = broker_of(lobby.connector(guest.gateway, guest.transaction.broker or "").capabilities)
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


async def _fail(lobby: Lobby, guest: Guest, error: FlowError) -> Shown:
    """End the flow and show why; if something else ended it first, show that."""
    async with lobby.database.transaction() as connection:
        await life_cycle.fail(
            connection,
            gateway_id=guest.visit.gateway_id,
            transaction_id=guest.visit.transaction_id,
            error=error,
            now=lobby.clock.now(),
        )
    return await show(lobby, await renewed(lobby, guest), {})
