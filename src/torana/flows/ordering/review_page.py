"""What a review needs, loaded once, and the review as a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torana.connectors.contract import Connector, ExecutionMode, SessionEnded, Side, Variety
from torana.flows import store
from torana.flows.account import Account, login_over, read_account
from torana.flows.context import CurrentVisit, FlowServices, frame_of, live_session, pace_of
from torana.flows.contract import Fail, LoginNeeded, Page
from torana.flows.ordering.costs import NOT_TOLD, Basket, CostsTold, Means, read_costs, to_pay
from torana.flows.ordering.lines import (
    Draft,
    Filled,
    NotAtBroker,
    UnknownSecurity,
    drafts_of,
    entered,
    fill_in,
    funds_shown,
    last_prices,
    last_prices_shown,
    prices_for,
    review_hash,
    sums_of,
)
from torana.flows.ordering.review import cost_rows, review_view
from torana.flows.ordering.review_input import ReviewInput
from torana.flows.ordering.trading import Market, market_of
from torana.investors.models import LiveSession
from torana.kit.money import Paise
from torana.orders.models import confirmed_hash
from torana.orders.pace import Pace
from torana.orders.store import halt_of
from torana.pages.frames import broker_of
from torana.pages.views import Closing
from torana.transactions.outcomes import INTENT_NOT_ENABLED, INTERNAL_ERROR, MARKET_CLOSED, ORDERS_HALTED


@dataclass(frozen=True, slots=True)
class ReviewContext:
    """All that a review and its confirmation need beside the broker's word on the account, loaded once. `variety` is
    as what the orders would be placed now."""

    services: FlowServices
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
    def releases(self) -> bool:
        """Whether shares are released from here before they are sold: the login said that they must be, and the
        broker's own page does not come after this one."""
        by_api = self.connector.execution_mode is ExecutionMode.SERVER_API
        releases = self.connector.capabilities.releases is not None
        return by_api and releases and self.session.edis_needed is True

    @property
    def most_orders(self) -> int | None:
        """So many orders the broker takes in one go, None where it sets no limit."""
        in_browser = self.connector.execution_mode is ExecutionMode.REDIRECT_BASKET
        return self.connector.capabilities.basket_limit if in_browser else None


async def load(
    services: FlowServices, current: CurrentVisit, connector: Connector
) -> ReviewContext | Fail | LoginNeeded:
    """What is to be reviewed, or why it cannot be."""
    session = await live_session(services, current.transaction)
    if session is None:
        return LoginNeeded()
    if await halt_of(services.database, current.gateway.gateway_id, connector.capabilities.broker):
        return Fail(ORDERS_HALTED)
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
    costs: bool = False,
) -> Page | LoginNeeded:
    """Look at the account now, and keep the hash of what is shown. `costs`: ask for them, too, and wait for them; else
    the page does."""
    services, current, connector = context.services, context.current, context.connector
    capabilities = connector.capabilities
    try:
        account = await _account(context)
    except SessionEnded:
        return await login_over(services, context.session, current.transaction.gateway_id)
    prices = prices_for(context.drafts, account.prices)
    shown = context.hash(prices)
    await store.keep_review(services.database, current.visit.gateway_id, current.visit.visit_id, shown)
    broker = broker_of(capabilities)
    filled = fill_in(context.drafts, typed or {}, current.texts, prices)
    given = ReviewInput(
        frame_of(current, Closing.ASK, broker=broker.name),
        broker,
        context.session.broker_user_id,
        current.app,
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
        releases=context.releases,
        prices=prices,
        tells_costs=capabilities.costs,
        costs=await _costs(context, filled, last_prices(context.drafts, account.prices)) if costs else None,
    )
    return Page(review_view(given))


async def figures_of_prices(context: ReviewContext) -> dict[str, Any]:
    """Last prices in paise by their key, for an open page."""
    instruments = [draft.instrument for draft in context.drafts]
    session = context.session.as_session()
    try:
        account = await read_account(
            context.connector, session, instruments, _pace(context), with_funds=False, with_shares=False
        )
    except SessionEnded:
        return {"prices": {}}
    return {"prices": account.prices or {}}


async def figures_of_costs(context: ReviewContext, query: Mapping[str, str]) -> dict[str, Any]:
    """Margin and charges as texts for an open page, of the lines as they stand there; `complete` False: they are not
    known in every part yet."""
    current, drafts = context.current, context.drafts
    shown = last_prices_shown(drafts, query)
    filled = fill_in(drafts, query, current.texts, shown)
    if filled.problems:
        return {"complete": False}
    told = await _costs(context, filled, shown)
    sums = sums_of(drafts, [entered(draft, query) for draft in drafts], shown)
    means = Means(to_pay(sums), funds_shown(query))
    rows = cost_rows(told, means, context.connector.capabilities.name, context.market.at, current.texts)
    named = {"margin": rows.margin, "charges": rows.charges, "source": rows.source, "short": rows.short}
    return {"complete": True, **named}


async def _costs(context: ReviewContext, filled: Filled, prices: Mapping[int, Paise]) -> CostsTold:
    if filled.problems:
        return NOT_TOLD
    basket = Basket(context.drafts, filled.lines, prices, context.variety)
    return await read_costs(context.connector, context.session.as_session(), basket, _pace(context))


def _pace(context: ReviewContext) -> Pace:
    return pace_of(context.services, context.current.gateway, context.connector, context.session.broker_user_id)


async def _account(context: ReviewContext) -> Account:
    return await read_account(
        context.connector,
        context.session.as_session(),
        [draft.instrument for draft in context.drafts],
        _pace(context),
        with_shares=any(draft.line.side is not Side.BUY for draft in context.drafts),
    )
