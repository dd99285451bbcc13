"""From the review to the orders: what the investor confirms is what they saw, once."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from torana.connectors.contract import Connector, ExecutionMode, SessionEnded, Side, Variety
from torana.flows import store
from torana.flows.account import Account, read_account
from torana.flows.context import CurrentVisit, Services, frame_of, live_session, pace_of
from torana.flows.contract import Changed, Fail, LoginNeeded, Page
from torana.flows.ordering.lines import (
    Draft,
    NotAtBroker,
    UnknownSecurity,
    drafts_of,
    entered,
    fill_in,
    prices_for,
    prices_shown,
    review_hash,
)
from torana.flows.ordering.review import Look, review_view
from torana.flows.ordering.shortage import too_large
from torana.flows.ordering.trading import Market, market_of
from torana.investors.models import LiveSession
from torana.kit.money import Paise
from torana.market.calendar import book_day
from torana.orders.models import ConfirmedLine, confirmed_hash
from torana.orders.plan import plan
from torana.orders.slices import sliced
from torana.pages.views import Closing, Review
from torana.pages.words import broker_of
from torana.transactions.outcomes import INTENT_NOT_ENABLED, INTERNAL_ERROR, MARKET_CLOSED


@dataclass(frozen=True, slots=True)
class ReviewContext:
    """All that a review and its confirmation need beside the broker's word on the account, loaded once. `variety` is
    as what the orders would be placed now."""

    services: Services
    current: CurrentVisit
    connector: Connector
    session: LiveSession
    market: Market
    variety: Variety
    drafts: Sequence[Draft]

    def hash(self, prices: Mapping[int, Paise]) -> bytes:
        """What a review with these prices shows now."""
        return review_hash(self.current.transaction, self.session.session_id, self.variety, prices)

    @property
    def most_orders(self) -> int | None:
        """So many orders the broker takes in one go, None where it sets no limit."""
        in_browser = self.connector.execution_mode is ExecutionMode.REDIRECT_BASKET
        return self.connector.capabilities.basket_limit if in_browser else None


async def load(services: Services, current: CurrentVisit, connector: Connector) -> ReviewContext | Fail | LoginNeeded:
    """What is to be reviewed, or why it cannot be."""
    session = await live_session(services, current.transaction)
    if session is None:
        return LoginNeeded()
    market = await market_of(services, current.gateway, connector.capabilities, amo=current.visit.amo)
    if market.variety is None:
        return Fail(MARKET_CLOSED)
    try:
        drafts = drafts_of(current.transaction, connector.capabilities, current.gateway.mode)
    except UnknownSecurity:
        return Fail(INTERNAL_ERROR)
    except NotAtBroker:
        return Fail(INTENT_NOT_ENABLED)
    return ReviewContext(services, current, connector, session, market, market.variety, drafts)


async def read_review(
    context: ReviewContext,
    *,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[int, str] | None = None,
    limits: bool = False,
    changed: bool = False,
) -> Page | LoginNeeded:
    """Look at the account now, and keep the hash of what is shown."""
    services, current, connector = context.services, context.current, context.connector
    capabilities = connector.capabilities
    try:
        account = await _account(context)
    except SessionEnded:
        now = services.clock.now()
        await services.sessions.end(current.transaction.gateway_id, context.session.session_id, now)
        return LoginNeeded()
    prices = prices_for(context.drafts, account.prices)
    shown = context.hash(prices)
    await store.keep_review(services.database, current.visit.gateway_id, current.visit.visit_id, shown)
    broker = broker_of(capabilities)
    filled = fill_in(context.drafts, typed or {}, prices)
    look = Look(
        frame_of(current, Closing.ASK, broker=broker.name),
        broker,
        context.session.broker_user_id,
        current.gateway.display_name,
        context.drafts,
        account,
        context.market,
        shown.hex(),
        typed or {},
        problems or {},
        limits or (bool(problems) and any(one.needs_price and one.number not in prices for one in context.drafts)),
        changed,
        at_broker=connector.execution_mode is ExecutionMode.REDIRECT_BASKET,
        lines_hash="" if filled.problems else confirmed_hash(filled.lines, context.variety).hex(),
        most_orders=context.most_orders,
        sells_pledged=capabilities.sells_pledged,
        prices=prices,
    )
    return Page(review_view(look))


async def _account(context: ReviewContext) -> Account:
    return await read_account(
        context.connector,
        context.session.as_session(),
        [draft.instrument for draft in context.drafts],
        pace_of(context.services, context.current.gateway, context.connector, context.session.broker_user_id),
        with_shares=any(draft.line.side is not Side.BUY for draft in context.drafts),
    )


async def confirm(context: ReviewContext, form: Mapping[str, str]) -> Page | LoginNeeded | Changed:
    """Place what the investor confirmed.

    A review comes back when something is missing, or when what they saw is not what would be sent (D13, D14). Of two
    confirmations one places, the other finds it done (D08, D09, D12).
    """
    drafts = context.drafts
    prices = prices_shown(drafts, form)
    if not _is_what_was_shown(context, form.get("review", ""), prices):
        return _refused(await read_review(context, typed=form, changed=True))
    filled = fill_in(drafts, form, prices)
    if filled.problems or "check" in form:
        return _refused(await read_review(context, typed=form, problems=filled.problems))
    known = [entered(draft, form) for draft in drafts]
    if too_large(drafts, known, context.connector.capabilities.name, context.most_orders):
        return _refused(await read_review(context, typed=form))
    orders = sliced(filled.lines, [(draft.largest, draft.security.lot) for draft in drafts])
    if not _were_shown(form, filled.lines, context.variety):
        # The page could not know what was typed: funds, shares and sizes are looked at before anything is placed.
        looked = await read_review(context, typed=form)
        if not _is_clear(looked) or len(orders) > len(filled.lines):
            return _refused(looked)
    await plan(
        context.services.database,
        gateway=context.current.gateway,
        transaction=context.current.transaction,
        session=context.session,
        execution_mode=context.connector.execution_mode,
        lines=orders,
        variety=context.variety,
        book_day=book_day(context.market.at, after_market=context.variety is Variety.AMO),
        now=context.services.clock.now(),
    )
    return Changed()


def _refused(answer: Page | LoginNeeded) -> Page | LoginNeeded:
    """A review that comes back instead of the orders."""
    return replace(answer, status=422) if isinstance(answer, Page) else answer


def _is_clear(answer: Page | LoginNeeded) -> bool:
    """Whether nothing stands against the very lines that the review shows."""
    return isinstance(answer, Page) and isinstance(answer.view, Review) and answer.view.shown is not None


def _is_what_was_shown(context: ReviewContext, given: str, prices: Mapping[int, Paise]) -> bool:
    shown = context.hash(prices)
    return _same(given, shown.hex()) and context.current.visit.review_hash == shown


def _were_shown(form: Mapping[str, str], lines: Sequence[ConfirmedLine], variety: Variety) -> bool:
    """Whether the page showed these very lines with nothing against them, or the investor wants them all the same."""
    now = confirmed_hash(lines, variety).hex()
    return any(_same(form.get(name, ""), now) for name in ("shown", "anyway"))


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
