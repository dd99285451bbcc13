"""What a review needs, loaded once, and the review as a page."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from torana.connectors.contract import Connector, SessionEnded, Side, Variety
from torana.flows import store
from torana.flows.account import read_account
from torana.flows.context import CurrentVisit, FlowServices, frame_of
from torana.flows.contract import Fail, LoginNeeded, Step
from torana.flows.ordering.costs import Basket, Means, read_costs, to_pay
from torana.flows.ordering.differences import differences, seen_now, typed_now
from torana.flows.ordering.lines import (
    Draft,
    LineProblem,
    entered,
    fill_in,
    funds_shown,
    last_prices,
    last_prices_shown,
    prices_for,
    review_hash,
    sums_of,
)
from torana.flows.ordering.models import Chosen, Line
from torana.flows.ordering.moment import Moment, moment_of
from torana.flows.ordering.review import cost_rows, review_view
from torana.flows.ordering.review_input import ReviewInput
from torana.flows.ordering.views import Review
from torana.orders.models import confirmed_hash
from torana.pages.frames import broker_of
from torana.pages.views import Closing
from torana.transactions.models import Transaction


@dataclass(frozen=True, slots=True)
class ReviewContext(Moment):
    """All that a review and its confirmation need beside the broker's word on the account, loaded once."""

    drafts: Sequence[Draft]
    chosen: Chosen

    @property
    def asked(self) -> tuple[Transaction, Sequence[Line], str, Variety]:
        """What a review shows beside its prices: of which transaction which lines, in which login, as what."""
        return self.current.transaction, self.chosen.lines, self.session.session_id, self.variety


Choose: TypeAlias = Callable[[Moment], Awaitable[Chosen | Step]]
"""Which lines are to be reviewed, or what comes before that."""


async def load(
    services: FlowServices, current: CurrentVisit, connector: Connector, choose: Choose
) -> ReviewContext | Step:
    """What is to be reviewed, or why it cannot be, or what comes before."""
    moment = await moment_of(services, current, connector)
    if not isinstance(moment, Moment):
        return moment
    chosen = await choose(moment)
    if not isinstance(chosen, Chosen):
        return chosen
    drafts = moment.drafted(chosen.lines)
    if isinstance(drafts, Fail):
        return drafts
    at = services, current, connector, moment.session, moment.market, moment.variety
    return ReviewContext(*at, drafts, chosen)


async def read_review(
    context: ReviewContext,
    *,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[int, LineProblem] | None = None,
    limits: bool = False,
    seen: str | None = None,
    costs: bool = False,
) -> Review | LoginNeeded:
    """Look at the account now, and keep the hash of what is shown. `seen`: what was shown before, of which this is not
    what came back. `costs`: ask for them, too, and wait for them; else the page does."""
    services, current, connector = context.services, context.current, context.connector
    if seen is not None:
        typed = typed_now(seen, context.drafts, typed or {})
    capabilities, session = connector.capabilities, context.session.as_session()
    account = await context.account(context.drafts, shares=any(one.line.side is not Side.BUY for one in context.drafts))
    if isinstance(account, LoginNeeded):
        return account
    prices, last = prices_for(context.drafts, account.prices), last_prices(context.drafts, account.prices)
    shown = review_hash(*context.asked, prices)
    filled = fill_in(context.drafts, typed or {}, current.texts, prices)
    basket = None if filled.problems else Basket(context.drafts, filled.lines, last, context.variety)
    await store.keep_review(services.database, current.visit.gateway_id, current.visit.visit_id, shown)
    broker = broker_of(capabilities)
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
        None if seen is None else differences(seen, context.drafts, context.variety, prices, current.texts),
        seen_now(context.drafts, context.variety, prices),
        at_broker=context.in_browser,
        lines_hash="" if filled.problems else confirmed_hash(filled.lines, context.variety).hex(),
        most_orders=context.most_orders,
        sells_pledged=capabilities.sells_pledged,
        releases=context.releases,
        prices=prices,
        remarks=context.chosen.notices,
        change=context.chosen.change,
        tells_costs=capabilities.costs,
        costs=await read_costs(connector, session, basket, context.pace) if costs else None,
    )
    return review_view(given)


async def figures_of_prices(context: ReviewContext) -> dict[str, Any]:
    """Last prices in paise by their key, and whose they are, for an open page."""
    instruments = [draft.instrument for draft in context.drafts]
    session = context.session.as_session()
    try:
        account = await read_account(
            context.connector, session, instruments, context.pace, with_funds=False, with_shares=False
        )
    except SessionEnded:
        return {"prices": {}}
    if not account.prices:
        return {"prices": {}}
    name, count, texts = context.connector.capabilities.name, len(context.drafts), context.current.texts
    told = texts.review.priced_at(broker=name, at=context.market.at, count=count)
    return {"prices": account.prices, "pricedAt": told}


async def figures_of_costs(context: ReviewContext, query: Mapping[str, str]) -> dict[str, Any]:
    """Margin and charges as texts for an open page, of the lines as they stand there; `complete` False: they are not
    known in every part yet."""
    current, drafts = context.current, context.drafts
    shown = last_prices_shown(drafts, query)
    filled = fill_in(drafts, query, current.texts, shown)
    if filled.problems:
        return {"complete": False}
    basket = Basket(drafts, filled.lines, shown, context.variety)
    told = await read_costs(context.connector, context.session.as_session(), basket, context.pace)
    sums = sums_of(drafts, [entered(draft, query) for draft in drafts], shown)
    means = Means(to_pay(sums), funds_shown(query))
    rows = cost_rows(told, means, context.connector.capabilities.name, context.market.at, current.texts)
    named = {"margin": rows.margin, "charges": rows.charges, "source": rows.source, "short": rows.short}
    return {"complete": True, **named}
