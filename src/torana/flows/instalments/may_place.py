"""Whether an instalment may be placed now without its investor, and with which orders. Pure: every rule of decision
0106 stands here. Whoever places asks before the broker is asked, and again under the locks of the commit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from torana.baskets.allocate import BelowMinimum
from torana.baskets.models import Investment, PendingAction, Plan, WhyNot
from torana.baskets.parts import as_held, bought
from torana.baskets.schedule import due_day
from torana.baskets.store.actions import Standing
from torana.connectors.contract import OrderType, Side
from torana.flows.ordering.lines import Draft
from torana.investors.models import Consent
from torana.kit.money import Paise
from torana.market.calendar import trading_of
from torana.orders.market_price import limit_beyond
from torana.orders.models import ConfirmedLine
from torana.orders.slices import MOST_ORDERS, MOST_SLICES, sliced

BEFORE_CLOSE = timedelta(minutes=30)
"""So long before the close of its day an instalment is tried last: its orders end with that day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the decision is about, as it is at this moment."""

    now: datetime
    allowed: bool
    """The installation, the gateway and the broker take it."""
    action: PendingAction
    plan: Plan | None
    consent: Consent | None
    investment: Investment
    standing: Standing
    ordered_since: bool
    """Anything of the investment was ordered since the instalment came due."""
    in_front: bool
    """The investor is logged in in front of an order of theirs."""
    logged_in: bool
    halted: bool
    market_open: bool


def hours(action: PendingAction) -> tuple[datetime, datetime]:
    """From when until when it may be placed by itself, UTC. Raises `LookupError` where the calendar has no such day."""
    if action.day is None:
        raise LookupError(f"the instalment {action.action_id} has no day")
    opening, close = trading_of(due_day(action.day))
    return opening, close - BEFORE_CLOSE


def decide(facts: Facts) -> WhyNot | None:
    """Why not now; None: it may be placed."""
    opening, last = hours(facts.action)
    reasons = (
        (WhyNot.CONSENT_OVER, not _is_agreed(facts)),
        (WhyNot.TAKEN_UP, facts.action.why_not is WhyNot.TAKEN_UP),
        (WhyNot.DAY_OVER, facts.now > last),
        (WhyNot.NOT_ALLOWED, not facts.allowed),
        (WhyNot.NEW_VERSION, not _is_version_agreed(facts)),
        (WhyNot.BEING_ORDERED, facts.investment.open_batch_id is not None or facts.in_front),
        (WhyNot.ORDERED, facts.ordered_since),
        (WhyNot.REPAIR, bool(facts.investment.repairs)),
        (WhyNot.SHARES_MISSING, any(one.isin in facts.standing.missing for one in facts.investment.held)),
        (WhyNot.HALTED, facts.halted),
        (WhyNot.MARKET_CLOSED, facts.now < opening or not facts.market_open),
        (WhyNot.NO_LOGIN, not facts.logged_in),
    )
    return next((why for why, holds in reasons if holds), None)


def _is_agreed(facts: Facts) -> bool:
    """The consent under which the instalment came due stands, and is the plan's still: it was not changed since."""
    action, plan, consent = facts.action, facts.plan, facts.consent
    if plan is None or consent is None or not action.consent_id or not facts.investment.held:
        return False
    same = action.consent_id == plan.consent_id == consent.consent_id
    whose = {action.investor_id, plan.investor_id, consent.investor_id, facts.investment.investor_id}
    stands = consent.withdrawn_at is None and facts.now < consent.valid_until
    within = action.amount is not None and action.amount <= plan.amount and plan.limit_percent is not None
    return same and len(whose) == 1 and stands and within and plan.ended_at is None


def _is_version_agreed(facts: Facts) -> bool:
    """The basket is sold, in the version for which it was agreed to, and that is what is held."""
    agreed = None if facts.plan is None else facts.plan.basket_version
    return facts.standing.for_sale and facts.standing.version == facts.investment.version == agreed


@dataclass(frozen=True, slots=True)
class Money:
    """What the broker tells: prices of a share by ISIN, and what the account can spend, paise. None: it did not tell;
    `tells_funds` says whether it ever does."""

    prices: Mapping[str, Paise]
    funds: Paise | None
    tells_funds: bool


def orders(
    investment: Investment, drafts: Sequence[Draft], amount: Paise, percent: int, money: Money
) -> list[ConfirmedLine] | WhyNot:
    """Limit orders that cost at most the amount, each at most so many percent above its last price, in the proportions
    in which the shares are held; `drafts` go with what is held. Or why there are none."""
    held = investment.held
    if any(one.isin not in money.prices for one in held):
        return WhyNot.PRICE_UNKNOWN
    limits = {}
    for draft in drafts:
        last = money.prices[draft.security.isin]
        limit = limit_beyond(last, Side.BUY, Decimal(percent), draft.security.tick)
        if limit * 100 > last * (100 + percent):
            return WhyNot.NOT_TRADABLE  # its tick alone is more than was agreed to
        limits[draft.security.isin] = limit
    try:
        made = bought(amount, as_held(held, limits))
    except BelowMinimum:
        return WhyNot.BELOW_MINIMUM
    if money.funds is None and money.tells_funds:
        return WhyNot.FUNDS_UNKNOWN
    if money.funds is not None and money.funds < made.spent:
        return WhyNot.FUNDS_MISSING
    of = {draft.security.isin: draft for draft in drafts}
    lines = [_line(of[part.isin], part.quantity, limits[part.isin]) for part in made.parts]
    if any(line.quantity % of[line.isin].security.lot for line in lines):
        return WhyNot.NOT_TRADABLE
    every = sliced(lines, [(of[line.isin].largest, of[line.isin].security.lot) for line in lines])
    most = max(sum(one.isin == line.isin for one in every) for line in lines)
    return WhyNot.NOT_TRADABLE if most > MOST_SLICES or len(every) > MOST_ORDERS else every


def _line(draft: Draft, quantity: int, limit: Paise) -> ConfirmedLine:
    return ConfirmedLine(
        symbol=draft.security.symbol,
        exchange=draft.security.exchange,
        isin=draft.security.isin,
        side=Side.BUY,
        quantity=quantity,
        order_type=OrderType.LIMIT,
        limit_price=limit,
        broker_code=draft.code,
        broker_symbol=draft.listed_as,
    )
