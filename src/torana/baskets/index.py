"""The index of a basket: 100 at the first close after its first version was published, and from there on what the
versions would have made of it, each bought at the close of the day on which it was published. No costs, no dividends.

A day on which a constituent has no closing price has no index. Whatever cannot be computed is None, never zero.
"""

import math
import statistics
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

import msgspec

from torana.baskets.models import Constituent
from torana.kit.money import Paise, shortest

SCALE = 1_000_000
"""An index inside is a whole number of millionths."""
BEGINS_AT = 100 * SCALE
_FINE = 10**12
_YEAR = timedelta(days=365)
_SESSIONS_OF_A_YEAR = 252
_FEWEST_RETURNS = 60
_LOW, _HIGH = 0.12, 0.20


class Volatility(StrEnum):
    """By the yearly standard deviation of the daily returns of the last year: below 12 %, up to 20 %, above."""

    LOW = "Low volatility"
    MEDIUM = "Medium volatility"
    HIGH = "High volatility"


class Period(msgspec.Struct, frozen=True):
    """The constituents that the index holds from the close of `since` on."""

    since: date
    constituents: tuple[Constituent, ...]


class Point(msgspec.Struct, frozen=True):
    """The index at the close of a day, in millionths."""

    day: date
    level: int


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What the history says. Returns are parts of 1: 0.012 is 1.2 %."""

    level: int | None = None
    last_level: int | None = None
    daily: Decimal | None = None
    weekly: Decimal | None = None
    monthly: Decimal | None = None
    yearly: Decimal | None = None
    cagr: Decimal | None = None
    highest: int | None = None
    """Of the last 365 days."""
    lowest: int | None = None
    risk: Decimal | None = None
    """The yearly standard deviation of the daily returns."""
    volatility: Volatility | None = None


def history(periods: Sequence[Period], closes: Mapping[str, Mapping[date, Paise]]) -> list[Point]:
    """The index by day. `periods` come in the order of their days; empty as long as no day has all closes. The next
    period begins at the first close that both know; without one the history ends where the period does."""
    points: list[Point] = []
    level, begin = BEGINS_AT, date.min
    priced = [_days(period, closes) for period in periods]
    for at, period in enumerate(periods):
        held = [day for day in priced[at] if day >= begin]
        switch: date | None = None
        if at + 1 < len(periods):
            ends, later = periods[at + 1].since, set(priced[at + 1])
            switch = next((day for day in held if day >= ends and day in later), None)
            held = [day for day in held if (day < ends if switch is None else day <= switch)]
        if held:
            found = _levels(period.constituents, held, level, closes)
            points.extend(found[1:] if points else found)
            level = points[-1].level
        if switch is None and points:
            break
        begin = switch or date.min
    return points


def _days(period: Period, closes: Mapping[str, Mapping[date, Paise]]) -> list[date]:
    """Those from the period's beginning on that have a close of every constituent."""
    common = set.intersection(*(set(closes.get(each.isin, ())) for each in period.constituents))
    return sorted(day for day in common if day >= period.since)


def _levels(
    constituents: Sequence[Constituent], days: Sequence[date], level: int, closes: Mapping[str, Mapping[date, Paise]]
) -> list[Point]:
    first = days[0]
    prices = [closes[each.isin] for each in constituents]
    parts = [
        each.weight if each.weight is not None else (each.shares or 0) * price[first]
        for each, price in zip(constituents, prices, strict=True)
    ]
    total = sum(parts)
    units = [level * part * _FINE // (total * price[first]) for part, price in zip(parts, prices, strict=True)]
    later = [
        Point(day, sum(unit * price[day] for unit, price in zip(units, prices, strict=True)) // _FINE)
        for day in days[1:]
    ]
    return [Point(first, level), *later]


def figures(points: Sequence[Point]) -> Figures:
    """Of a history, by its last day."""
    if not points:
        return Figures()
    days, last = [point.day for point in points], points[-1]
    year = [point.level for point in points if point.day > last.day - _YEAR]
    risk = _risk(points)
    return Figures(
        level=last.level,
        last_level=points[-2].level if len(points) > 1 else None,
        daily=_return(points[-2].level, last.level) if len(points) > 1 else None,
        weekly=_since(points, days, 7),
        monthly=_since(points, days, 30),
        yearly=_since(points, days, 365),
        cagr=_cagr(points[0], last),
        highest=max(year),
        lowest=min(year),
        risk=None if risk is None else _rounded(Decimal(risk)),
        volatility=None if risk is None else _label(risk),
    )


def _since(points: Sequence[Point], days: Sequence[date], back: int) -> Decimal | None:
    """Against the last close that is at least so many days old."""
    at = bisect_right(days, days[-1] - timedelta(days=back))
    return _return(points[at - 1].level, points[-1].level) if at else None


def _return(before: int, after: int) -> Decimal:
    return _rounded(Decimal(after) / before - 1)


def _cagr(first: Point, last: Point) -> Decimal | None:
    length = last.day - first.day
    return _rounded(Decimal((last.level / first.level) ** (_YEAR / length) - 1)) if length >= _YEAR else None


def _risk(points: Sequence[Point]) -> float | None:
    levels = [point.level for point in points[-_SESSIONS_OF_A_YEAR - 1 :]]
    if len(levels) <= _FEWEST_RETURNS:
        return None
    returns = [math.log(after / before) for before, after in pairwise(levels)]
    return statistics.pstdev(returns) * math.sqrt(_SESSIONS_OF_A_YEAR)


def _label(risk: float) -> Volatility:
    if risk < _LOW:
        return Volatility.LOW
    return Volatility.MEDIUM if risk <= _HIGH else Volatility.HIGH


def _rounded(value: Decimal) -> Decimal:
    return shortest(value.quantize(Decimal("0.000001")))
