"""From the review to the orders: what the investor confirms is what he saw, once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from torana.connectors.contract import Connector, ExecutionMode, SessionEnded, Side, Variety
from torana.investors.models import LiveSession
from torana.market.calendar import book_day
from torana.orders.models import ConfirmedLine, confirmed_hash
from torana.orders.plan import plan
from torana.orders.slices import sliced
from torana.portal import store
from torana.portal.account import Account, read_account
from torana.portal.lines import Draft, UnknownSecurity, drafts_of, entered, fill_in, review_hash
from torana.portal.lobby import Guest, Lobby
from torana.portal.market import Market, market_of
from torana.portal.proofs import same
from torana.portal.review import Look, review_view
from torana.portal.shortage import too_large
from torana.portal.views import Closing, Review
from torana.portal.words import broker_of, frame_of
from torana.transactions.models import Transaction
from torana.transactions.outcomes import INTERNAL_ERROR, MARKET_CLOSED, FlowError

Reviewed: TypeAlias = Review | FlowError | None
"""A review; or why the flow ends here; or None: the login at the broker is over."""


async def read_review(
    lobby: Lobby,
    guest: Guest,
    connector: Connector,
    *,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[int, str] | None = None,
    limits: bool = False,
    changed: bool = False,
) -> Reviewed:
    """Look at market and account now, and keep the hash of what is shown."""
    transaction = guest.transaction
    session = await live_session(lobby, transaction)
    if session is None:
        return None
    market = await market_of(lobby, guest.gateway, connector.capabilities, amo=guest.visit.amo)
    if market.variety is None:
        return MARKET_CLOSED
    try:
        drafts = drafts_of(transaction, connector.capabilities)
    except UnknownSecurity:
        return INTERNAL_ERROR
    try:
        account = await _account(connector, session, drafts)
    except SessionEnded:
        await lobby.sessions.end(transaction.gateway_id, session.session_id, lobby.clock.now())
        return None
    shown = review_hash(transaction, session.session_id, market.variety)
    await store.keep_review(lobby.database, guest.visit.gateway_id, guest.visit.visit_id, shown)
    broker = broker_of(connector.capabilities)
    filled = fill_in(drafts, typed or {})
    return review_view(
        Look(
            frame_of(guest, Closing.ASK, broker=broker.name),
            broker,
            session.broker_user_id,
            guest.gateway.display_name,
            drafts,
            account,
            market,
            shown.hex(),
            typed or {},
            problems or {},
            limits,
            changed,
            at_broker=connector.execution_mode is ExecutionMode.REDIRECT_BASKET,
            lines_hash="" if filled.problems else confirmed_hash(filled.lines, market.variety).hex(),
            most_orders=_most_orders(connector),
            sells_pledged=connector.capabilities.sells_pledged,
        )
    )


def _most_orders(connector: Connector) -> int | None:
    """So many orders the broker takes in one go, None where it sets no limit."""
    in_browser = connector.execution_mode is ExecutionMode.REDIRECT_BASKET
    return connector.capabilities.basket_limit if in_browser else None


async def _account(connector: Connector, session: LiveSession, drafts: list[Draft]) -> Account:
    return await read_account(
        connector,
        session.as_session(),
        [draft.instrument for draft in drafts],
        with_shares=any(draft.line.side is not Side.BUY for draft in drafts),
    )


async def live_session(lobby: Lobby, transaction: Transaction) -> LiveSession | None:
    """The login that this transaction uses, None once it is over."""
    if transaction.session_id is None:
        return None
    session = await lobby.sessions.by_id(transaction.gateway_id, transaction.session_id)
    return session if session is not None and is_live(session, lobby.clock.now()) else None


def is_live(session: LiveSession, now: datetime) -> bool:
    """Whether its token should still work, as far as we know."""
    return session.ended_at is None and session.expires_at > now


async def confirm(lobby: Lobby, guest: Guest, connector: Connector, form: Mapping[str, str]) -> Reviewed:
    """Place what the investor confirmed. None: nothing more to say here, the page of the visit tells how it stands.

    A review comes back when something is missing, or when what he saw is not what would be sent (D13, D14). Of two
    confirmations one places, the other finds it done (D08, D09, D12).
    """
    transaction = guest.transaction
    session = await live_session(lobby, transaction)
    if session is None:
        return None
    market = await market_of(lobby, guest.gateway, connector.capabilities, amo=guest.visit.amo)
    if market.variety is None:
        return MARKET_CLOSED
    if not _is_what_was_shown(guest, session, market, form.get("review", "")):
        return await read_review(lobby, guest, connector, typed=form, changed=True)
    try:
        drafts = drafts_of(transaction, connector.capabilities)
    except UnknownSecurity:
        return INTERNAL_ERROR
    filled = fill_in(drafts, form)
    if filled.problems or "check" in form:
        return await read_review(lobby, guest, connector, typed=form, problems=filled.problems)
    known = [entered(draft, form) for draft in drafts]
    if too_large(drafts, known, connector.capabilities.name, _most_orders(connector)):
        return await read_review(lobby, guest, connector, typed=form)
    orders = sliced(filled.lines, [(draft.largest, draft.security.lot) for draft in drafts])
    if not _were_shown(form, filled.lines, market.variety):
        # The page could not know what was typed: funds, shares and sizes are looked at before anything is placed.
        review = await read_review(lobby, guest, connector, typed=form)
        if not isinstance(review, Review) or review.shown is None or len(orders) > len(filled.lines):
            return review
    await plan(
        lobby.database,
        gateway=guest.gateway,
        transaction=transaction,
        session=session,
        execution_mode=connector.execution_mode,
        lines=orders,
        variety=market.variety,
        book_day=book_day(market.at, after_market=market.variety is Variety.AMO),
        now=lobby.clock.now(),
    )
    return None


def _is_what_was_shown(guest: Guest, session: LiveSession, market: Market, given: str) -> bool:
    if market.variety is None or guest.visit.review_hash is None:
        return False
    now = review_hash(guest.transaction, session.session_id, market.variety)
    return same(given, now.hex()) and guest.visit.review_hash == now


def _were_shown(form: Mapping[str, str], lines: Sequence[ConfirmedLine], variety: Variety) -> bool:
    """Whether the page showed these very lines with nothing against them, or the investor wants them all the same."""
    now = confirmed_hash(lines, variety).hex()
    return any(same(form.get(name, ""), now) for name in ("shown", "anyway"))
