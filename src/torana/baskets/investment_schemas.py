"""The wire form of investments (gateway-interface, section 11). What no price or nobody tells is null."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from torana.api.answers import iso
from torana.baskets.action_schemas import ORDERS, action_body
from torana.baskets.growth import yearly_return
from torana.baskets.models import ActionKind, Adjustment, Investment
from torana.baskets.plan_schemas import details_of
from torana.baskets.positions import Position
from torana.baskets.store.overview import Credit, Lost, Overview, Repair
from torana.connectors.contract import Variety
from torana.kit.money import Paise, short_rupees, shortest
from torana.market.models import Close
from torana.market.securities import current as listing

_UNTOLD = ("otherReturns", "accruedDivReturns", "creditedDivReturns", "weekly", "monthly")
"""Keys of the interface for what is not known here: null. Whether a dividend has been paid nobody tells."""
_SOURCE = "GATEWAY"


def item(shown: Overview, closes: Mapping[str, Close]) -> dict[str, Any]:
    """One element of the list of investments."""
    investment, held = shown.investment, shown.investment.held
    worth = networth(held, closes)
    constituents = [_constituent(one, closes.get(one.isin), worth) for one in held]
    return {
        "investment": {
            **_names(shown),
            "shortDescription": shown.short_description,
            "date": iso(investment.created_at),
            "version": investment.version,
            "status": "VALID",
            "recommendedAction": _recommended(shown),
            "stats": {"indexValue": None},
            "sipDetails": _plan(shown),
            "returns": returns(shown, held, worth, closes),
            "currentConfig": {"constituents": constituents},
            "flags": {
                "amoPending": shown.open_variety == Variety.AMO,
                "orderPending": investment.open_batch_id is not None,
                "sharesMissing": bool(shown.lost),
                "notListed": not all(one["listed"] for one in constituents),
            },
            "adjustments": [adjustment(one) for one in shown.adjustments],
            "dividends": [_credit(one) for one in shown.credits],
        },
        "actions": {
            "fix": [_fix(shown, repair) for repair in shown.repairs] if investment.open_batch_id is None else [],
            "rebalance": _rebalance(shown),
            "sip": _instalment(shown),
            "reconcile": _reconcile(shown),
        },
    }


def exited(shown: Overview, closes: Mapping[str, Close]) -> dict[str, Any]:
    """One element of the list of exited investments."""
    investment, held = shown.investment, shown.investment.held
    dates = {"date": iso(investment.created_at), "dateSold": iso(_moment(investment.exited_at))}
    return {**_names(shown), **dates, "returns": returns(shown, held, networth(held, closes), closes)}


def rate_of(
    shown: Overview, held: Sequence[Position], worth: Paise | None, closes: Mapping[str, Close]
) -> Decimal | None:
    """The yearly return of an investment that is worth this now, a part of 1 (`growth.yearly_return`), with the
    dividends that are known, as received on their ex-dates. None where shares left it of which nobody knows what they
    brought, or of which nobody knows when they were bought or sold."""
    if worth is None or not shown.investment.is_told or not shown.investment.trades_whole:
        return None
    paid = sorted([*shown.paid, *((one.ex_date, -one.amount) for one in shown.credits)])
    days = [closes[one.isin].day for one in held if one.isin in closes] + [day for day, _ in paid[-1:]]
    return yearly_return(paid, worth, max(days)) if days else None


def total_returns(shown: Overview, worth: Paise | None) -> Paise | None:
    """Of what is held, what was sold, and the dividends that are known; None where a part of it is not."""
    investment = shown.investment
    if worth is None or not investment.is_told:
        return None
    return worth - investment.cost + investment.proceeds - investment.sold_cost + (shown.dividends or 0)


def returns(
    shown: Overview, held: Sequence[Position], worth: Paise | None, closes: Mapping[str, Close]
) -> dict[str, Any]:
    """Rupees, of what is held and what that is worth at the last closing prices (`networth`). Realised is what was
    sold. Of ours: `xirr`, the yearly return, a part of 1, `totalReturns`, and `leftInvestment`: what shares had cost
    that left at a price that nobody told."""
    investment = shown.investment
    cost, sold = investment.cost, investment.sold_cost
    return {
        "networth": _rupees(worth),
        "unrealizedInvestment": short_rupees(cost),
        "unrealizedReturns": None if worth is None else short_rupees(worth - cost),
        "realizedInvestment": short_rupees(sold),
        "realizedReturns": short_rupees(investment.proceeds - sold),
        "leftInvestment": short_rupees(investment.left_cost),
        "divReturns": _rupees(shown.dividends),
        "totalReturns": _rupees(total_returns(shown, worth)),
        "xirr": rate_of(shown, held, worth, closes),
        **dict.fromkeys(_UNTOLD),
    }


class Sums(msgspec.Struct, frozen=True):
    """What one investment adds to all of its investor together, paise; None where a price, or what shares brought, is
    not known."""

    cost: Paise
    sold_cost: Paise
    worth: Paise | None
    total: Paise | None


def sums(shown: Overview, closes: Mapping[str, Close]) -> Sums:
    investment = shown.investment
    worth = networth(investment.held, closes)
    return Sums(investment.cost, investment.sold_cost, worth, total_returns(shown, worth))


def aggregated(of_each: Sequence[Sums]) -> dict[str, Any] | list[Any]:
    """All of an investor together; an empty list where they never had one, null where a part is not known."""
    if not of_each:
        return []
    cost, sold = sum(one.cost for one in of_each), sum(one.sold_cost for one in of_each)
    worth, total = _sum([one.worth for one in of_each]), _sum([one.total for one in of_each])
    now = None if worth is None else worth - cost
    return {
        "currentInvestment": short_rupees(cost),
        "currentReturns": _rupees(now),
        "networth": _rupees(worth),
        "totalReturns": _rupees(total),
        "currentReturnsPercent": _percent(now, cost),
        "totalReturnsPercent": _percent(total, cost + sold) if cost else None,
    }


def _sum(amounts: Sequence[Paise | None]) -> Paise | None:
    """None where one of them is not known."""
    known = [one for one in amounts if one is not None]
    return sum(known) if len(known) == len(amounts) else None


def networth(held: Sequence[Position], closes: Mapping[str, Close]) -> Paise | None:
    """At the last closing prices, paise; None where one is not known."""
    if any(one.isin not in closes for one in held):
        return None
    return sum(one.shares * closes[one.isin].close for one in held)


def together(investments: Sequence[Investment], closes: Mapping[str, Close]) -> Paise | None:
    """The networth of all of these."""
    return networth([position for one in investments for position in one.held], closes)


def _names(shown: Overview) -> dict[str, Any]:
    return {"iscid": shown.investment.iscid, "scid": shown.investment.scid, "name": shown.name}


def _constituent(one: Position, close: Close | None, worth: Paise | None) -> dict[str, Any]:
    security = listing().by_isin(one.isin, one.exchange)
    value = None if close is None else one.shares * close.close
    part = None if not worth or value is None else shortest((Decimal(value) / worth).quantize(Decimal("0.000001")))
    return {
        "ticker": one.symbol,
        "exchange": one.exchange,
        "stockName": one.symbol if security is None else security.name,
        "shares": one.shares,
        "listed": security is not None,
        "averagePrice": _rupees(one.average),
        "weight": part,
        "returns": None if value is None else short_rupees(value - one.cost),
    }


def _fix(shown: Overview, repair: Repair) -> dict[str, Any]:
    return {
        **_names(shown),
        "batchId": repair.batch_id,
        "date": iso(repair.created_at),
        "source": _SOURCE,
        "filled": repair.filled,
        "quantity": repair.quantity,
        "originalLabel": repair.kind,
        "hidden": False,
    }


def _rebalance(shown: Overview) -> dict[str, Any] | None:
    """What a new version of the basket asks for."""
    if ActionKind.REBALANCE not in shown.pending:
        return None
    more = {"version": shown.newest_version, "date": iso(shown.newest_at), "source": _SOURCE}
    return {**_names(shown), **more}


def _reconcile(shown: Overview) -> dict[str, Any] | None:
    """Shares that the broker does not show any more. Torana's own extension."""
    if not shown.lost:
        return None
    read_at = min(one.missing.read_at for one in shown.lost)
    lost = {one.missing.isin: one for one in shown.lost}
    rows = [_lost(position, lost[position.isin]) for position in shown.investment.held if position.isin in lost]
    return {**_names(shown), "date": iso(read_at), "source": _SOURCE, "constituents": rows}


def _lost(position: Position, lost: Lost) -> dict[str, Any]:
    return {
        "ticker": position.symbol,
        "exchange": position.exchange,
        "shares": position.shares,
        "missing": min(lost.missing.shares, position.shares),
        "alsoIn": list(lost.others),
    }


def _credit(one: Credit) -> dict[str, Any]:
    """A dividend that was supplied, of the shares that were held before its ex-date."""
    return {
        "ticker": one.symbol,
        "exDate": one.ex_date.isoformat(),
        "shares": one.shares,
        "perShare": short_rupees(one.per_share),
        "amount": short_rupees(one.amount),
    }


def adjustment(one: Adjustment) -> dict[str, Any]:
    """Shares that left an investment without an order of it."""
    return {
        "adjustmentId": one.adjustment_id,
        "date": one.day.isoformat(),
        "ticker": one.symbol,
        "exchange": one.exchange,
        "shares": one.shares,
        "price": _rupees(one.price),
        "cost": short_rupees(one.cost),
        "acceptedBy": one.accepted_by.value,
        "acceptedAt": iso(one.created_at),
        "takesBack": one.takes_back,
        "pairedWith": one.pair,
    }


def _plan(shown: Overview) -> dict[str, Any] | None:
    """The instalment plan that runs, as its SIP_SETUP told it. Torana's own extension."""
    return None if shown.plan is None else details_of(shown.plan)


def _instalment(shown: Overview) -> dict[str, Any] | None:
    """The one that is due."""
    due = shown.pending.get(ActionKind.SIP)
    if due is None:
        return None
    told = action_body(due, shown.name)
    return {key: told[key] for key in ("iscid", "scid", "name", "frequency", "amount", "scheduledDate")} | {
        "source": _SOURCE
    }


def _recommended(shown: Overview) -> str | None:
    """The first of what is asked for, by the kind of order that does it."""
    if shown.investment.open_batch_id is not None:
        return None
    return next((ORDERS.get(kind, kind.value) for kind in ActionKind if kind in shown.pending), None)


def _rupees(amount: Paise | None) -> Decimal | None:
    return None if amount is None else short_rupees(amount)


def _percent(part: Paise | None, whole: Paise) -> Decimal | None:
    """With two decimals; None of nothing."""
    return None if part is None or not whole else shortest((Decimal(part) * 100 / whole).quantize(Decimal("0.01")))


def _moment(at: datetime | None) -> datetime:
    if at is None:
        raise ValueError("it has not been exited")
    return at
