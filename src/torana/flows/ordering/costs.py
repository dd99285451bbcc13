"""What the lines of a review would cost at the broker, as it reckons itself: margin and charges. Asked beside the page,
never before it, and what it does not tell in time is not told."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from torana.connectors.contract import (
    Calls,
    Connector,
    CostRules,
    OrderType,
    Proposal,
    Session,
    SessionEnded,
    Side,
    Variety,
)
from torana.flows.account import in_time
from torana.flows.ordering.lines import Draft
from torana.kit.money import Paise
from torana.orders.models import ConfirmedLine
from torana.orders.pace import Pace
from torana.orders.slices import slices

MOST_QUESTIONS = 20
"""So many calls one look at the charges may take; of more orders none are told."""


@dataclass(frozen=True, slots=True)
class CostsTold:
    """In paise, of all lines together; None is what the broker did not tell."""

    margin: Paise | None
    charges: Paise | None


NOT_TOLD = CostsTold(None, None)


@dataclass(frozen=True, slots=True)
class Means:
    """What the buys need beyond the sells, at their prices alone, and the money that is there. In paise; None is not
    known."""

    pay: Paise | None
    funds: Paise | None


def to_pay(sums: Mapping[Side, Paise] | None) -> Paise | None:
    """What the buys need beyond the sells, below zero where the sells bring more; None: not known."""
    return None if sums is None else sums[Side.BUY] - sums[Side.SELL]


def needed_above_funds(told: CostsTold, means: Means) -> Paise | None:
    """What the orders need, where that is more than there is only once the broker has reckoned it: its margin, or the
    price with its charges, whichever is more. None: it is there, or not known, or the price alone is too much, which
    the review says without asking."""
    pay, funds = means.pay, means.funds
    if funds is None or (pay is not None and pay > funds):
        return None
    with_charges = None if pay is None or told.charges is None else pay + told.charges
    needed = max((one for one in (told.margin, with_charges) if one is not None), default=None)
    return needed if needed is not None and needed > funds else None


@dataclass(frozen=True, slots=True)
class Basket:
    """Lines that are known in every part. `prices` are the last ones, by line number."""

    drafts: Sequence[Draft]
    lines: Sequence[ConfirmedLine]
    prices: Mapping[int, Paise]
    variety: Variety


async def read_costs(connector: Connector, session: Session, basket: Basket | None, pace: Pace) -> CostsTold:
    """Ask the broker for both at once. Without a basket, or without a price for each of its lines, there is nothing to
    ask."""
    costs, lines = connector.costs, None if basket is None else _proposals(basket)
    if costs is None or basket is None or not lines:
        return NOT_TOLD
    orders = [
        replace(line, quantity=part)
        for draft, line in zip(basket.drafts, lines, strict=True)
        for part in slices(line.quantity, draft.largest, draft.security.lot)
    ]
    margin, charges = await asyncio.gather(
        _sum(pace, Calls.MARGINS, [partial(costs.margin, session, some) for some in _of_margin(costs.rules, lines)]),
        _sum(pace, Calls.CHARGES, [partial(costs.charges, session, some) for some in _of_charges(costs.rules, orders)]),
    )
    return CostsTold(margin, charges)


def _of_margin(rules: CostRules, lines: Sequence[Proposal]) -> list[Sequence[Proposal]]:
    """The question for the margin, none where this broker cannot reckon that of all lines together."""
    asked = _merged(lines) if rules.margin_by_instrument else lines
    too_many = rules.margin_at_once is not None and len(asked) > rules.margin_at_once
    repeated = rules.margin_by_instrument and len({one.instrument for one in asked}) < len(asked)
    return [] if too_many or repeated else [asked]


def _of_charges(rules: CostRules, orders: Sequence[Proposal]) -> list[Sequence[Proposal]]:
    """The questions for the charges, of the orders as they would be sent, for brokers that take a fee for each. None
    where they are too many."""
    most = rules.charges_at_once or len(orders)
    questions = [orders[at : at + most] for at in range(0, len(orders), most)]
    return [] if len(questions) > MOST_QUESTIONS else questions


async def _sum(pace: Pace, calls: Calls, questions: Sequence[Callable[[], Awaitable[Paise]]]) -> Paise | None:
    """What the broker answers to all of them together; None where it does not answer one, and where there is none."""
    told = [_amount(one) for one in await asyncio.gather(*(in_time(pace, calls, ask) for ask in questions))]
    known = [amount for amount in told if amount is not None]
    return sum(known) if known and len(known) == len(told) else None


def _amount(told: Paise | SessionEnded | None) -> Paise | None:
    """Less than nothing is no cost that we could name. The end of a login the confirmation meets by itself."""
    return None if told is None or isinstance(told, SessionEnded) or told < 0 else told


def _proposals(basket: Basket) -> list[Proposal] | None:
    """The lines in their order; None where one has no price."""
    proposals: list[Proposal] = []
    for draft, line in zip(basket.drafts, basket.lines, strict=True):
        limit = line.limit_price if line.limit_price is not None else line.worst_price
        price = basket.prices.get(draft.number) if limit is None else limit
        if price is None:
            return None
        kind = OrderType.MARKET if limit is None else OrderType.LIMIT
        proposals.append(Proposal(draft.instrument, line.side, line.quantity, kind, price, basket.variety))
    return proposals


def _merged(lines: Sequence[Proposal]) -> list[Proposal]:
    """Lines that differ in nothing but their quantity as one."""
    quantities: dict[Proposal, int] = {}
    for line in lines:
        alike = replace(line, quantity=0)
        quantities[alike] = quantities.get(alike, 0) + line.quantity
    return [replace(alike, quantity=quantity) for alike, quantity in quantities.items()]
