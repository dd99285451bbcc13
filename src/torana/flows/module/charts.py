"""Curves of the module: the paths, and the same figures as words and as a table."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from torana.baskets.growth import Worth
from torana.baskets.index import SCALE, Point
from torana.flows.module.context import ModuleContext, percent
from torana.flows.module.request import Place
from torana.flows.module.views import HEIGHT, SPARK, WIDTH, Chart, Tab
from torana.kit.money import Paise, inr
from torana.pages.drawing import Drawn, drawn, thinned

PERIODS = {"1m": 30, "6m": 182, "1y": 365, "all": 0}
"""Days back from the last close; 0: all of them."""
USUAL = "1y"
_ROWS = 12
"""Of the table beside a curve."""


def spark(points: Sequence[Point]) -> Drawn | None:
    """The last year in little."""
    return drawn([point.level for point in _within(points, USUAL)], *SPARK, margin=2)


def index_chart(context: ModuleContext, points: Sequence[Point]) -> Chart | None:
    """The index of a basket over the period that the address names; None as long as nothing can be drawn."""
    period = _period(context)
    shown = _within(points, period)
    line = drawn([point.level for point in shown], WIDTH, HEIGHT)
    if line is None:
        return None
    words, levels = context.words, [point.level for point in shown]
    first, last = shown[0], shown[-1]
    change = percent(Decimal(last.level) / first.level - 1)
    return Chart(
        words.index_title,
        words.index_summary(
            begin=context.day(first.day),
            end=context.day(last.day),
            change=change.text,
            low=_index(min(levels)),
            high=_index(max(levels)),
        ),
        line,
        None,
        (),
        _index(max(levels)),
        _index((max(levels) + min(levels)) // 2),
        _index(min(levels)),
        context.day(first.day),
        context.day(last.day),
        (words.column_day, words.column_index),
        tuple((context.day(shown[at].day), _index(shown[at].level)) for at in thinned(len(shown), _ROWS)),
        _tabs(context, period, points[-1].day - points[0].day),
    )


def money_chart(context: ModuleContext, days: Sequence[Worth]) -> Chart | None:
    """What an investment was worth by day, beside the money in it; None as long as nothing can be drawn."""
    worth, put = [one.worth for one in days], [one.put_in for one in days]
    low, high = min((*worth, *put), default=0), max((*worth, *put), default=0)
    first = drawn(worth, WIDTH, HEIGHT, low=low, high=high)
    if first is None:
        return None
    words, begin, end = context.words, context.day(days[0].day), context.day(days[-1].day)
    return Chart(
        words.worth_title,
        words.worth_summary(begin=begin, end=end, worth=worth[-1], put=put[-1]),
        first,
        drawn(put, WIDTH, HEIGHT, low=low, high=high),
        (words.legend_worth, words.legend_put),
        _short(high),
        _short((high + low) // 2),
        _short(low),
        begin,
        end,
        (words.column_day, words.legend_worth, words.legend_put),
        tuple((context.day(days[at].day), inr(worth[at]), inr(put[at])) for at in thinned(len(days), _ROWS)),
    )


def _period(context: ModuleContext) -> str:
    asked = context.where.get("period", USUAL)
    return asked if asked in PERIODS else USUAL


def _within(points: Sequence[Point], period: str) -> Sequence[Point]:
    if not points or not PERIODS[period]:
        return points
    begin = points[-1].day - timedelta(days=PERIODS[period])
    at = bisect_right(points, begin, key=lambda point: point.day)
    return points[max(at - 1, 0) :]


def _tabs(context: ModuleContext, period: str, length: timedelta) -> tuple[Tab, ...]:
    """The periods that differ: one that is longer than the history shows what another does."""
    labels = {
        "1m": context.words.month,
        "6m": context.words.half_year,
        "1y": context.words.year,
        "all": context.words.whole,
    }
    known = [name for name, days in PERIODS.items() if not days or timedelta(days=days) < length or name == period]
    return tuple(
        Tab(labels[name], context.to(Place.BASKET, id=context.id, period=name), name == period) for name in known
    )


def _index(level: int) -> str:
    return f"{Decimal(level) / SCALE:.1f}"


def _short(amount: Paise) -> str:
    """Without paise: an axis need not tell them."""
    return inr(amount // 100 * 100).removesuffix(".00")
