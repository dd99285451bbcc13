"""The index of a basket: 100 at its first close, through its versions, from closing prices alone."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from torana.baskets.index import SCALE, Period, Point, Volatility, figures, history
from torana.baskets.models import Constituent

A = Constituent("A", "NSE", "INE000A00001", weight=500_000)
B = Constituent("B", "NSE", "INE000B00001", weight=500_000)
ONLY_A = Constituent("A", "NSE", "INE000A00001", weight=1_000_000)
FIRST = date(2026, 11, 2)


def days(*closes: int | None, begin: date = FIRST) -> dict[date, int]:
    return {begin + timedelta(at): close for at, close in enumerate(closes) if close is not None}


def levels(points: list[Point]) -> list[tuple[int, float]]:
    return [((point.day - FIRST).days, round(point.level / SCALE, 4)) for point in points]


def test_a_version_by_weight_moves_with_its_shares() -> None:
    """Half in A, which rises by a tenth, half in B, which stays."""
    closes = {A.isin: days(100_00, 110_00), B.isin: days(50_00, 50_00)}

    assert levels(history([Period(FIRST, (A, B))], closes)) == [(0, 100.0), (1, 105.0)]


def test_a_version_by_shares_moves_with_its_cost() -> None:
    one = Constituent("A", "NSE", A.isin, shares=1)
    four = Constituent("B", "NSE", B.isin, shares=4)
    closes = {A.isin: days(100_00, 110_00), B.isin: days(50_00, 50_00)}

    points = history([Period(FIRST, (one, four))], closes)

    assert levels(points) == [(0, 100.0), (1, pytest.approx(100 * 310 / 300, abs=1e-4))]


def test_a_new_version_is_bought_at_the_close_of_its_day() -> None:
    """On day 2 everything goes into A, which then doubles: the index goes on from where it was."""
    closes = {A.isin: days(100_00, 110_00, 110_00, 220_00), B.isin: days(50_00, 50_00, 50_00, 1_00)}
    periods = [Period(FIRST, (A, B)), Period(FIRST + timedelta(2), (ONLY_A,))]

    assert levels(history(periods, closes)) == [(0, 100.0), (1, 105.0), (2, 105.0), (3, 210.0)]


def test_a_day_without_all_closes_has_no_index() -> None:
    closes = {A.isin: days(100_00, None, 120_00), B.isin: days(None, 50_00, 50_00)}

    assert levels(history([Period(FIRST, (A, B))], closes)) == [(2, 100.0)]
    assert history([Period(FIRST, (A, B))], {}) == []


def test_a_version_whose_prices_nobody_has_ends_the_history() -> None:
    closes = {A.isin: days(100_00, 110_00, 120_00)}
    periods = [Period(FIRST, (ONLY_A,)), Period(FIRST + timedelta(2), (A, B))]

    assert levels(history(periods, closes)) == [(0, 100.0), (1, 110.0)]


def test_figures_are_null_where_the_history_is_too_short() -> None:
    """Three days: there is a daily return, and no other."""
    found = figures([Point(FIRST + timedelta(at), level * SCALE) for at, level in enumerate((100, 110, 99))])

    assert (found.daily, found.weekly, found.monthly, found.yearly) == (Decimal("-0.1"), None, None, None)
    assert (found.cagr, found.risk, found.volatility) == (None, None, None)
    assert (found.level, found.last_level) == (99 * SCALE, 110 * SCALE)
    assert figures([]).level is None


def test_returns_go_back_a_week_a_month_and_a_year() -> None:
    points = [Point(FIRST + timedelta(at), (1000 + at) * SCALE) for at in range(366)]

    found = figures(points)

    assert found.weekly == (Decimal(1365) / 1358 - 1).quantize(Decimal("0.000001"))
    assert found.monthly == (Decimal(1365) / 1335 - 1).quantize(Decimal("0.000001"))
    assert found.yearly == found.cagr == Decimal("0.365")
    assert (found.highest, found.lowest) == (1365 * SCALE, 1001 * SCALE)


@pytest.mark.parametrize(
    ("step", "label"), [(0.005, Volatility.LOW), (0.01, Volatility.MEDIUM), (0.02, Volatility.HIGH)]
)
def test_the_label_says_how_much_a_basket_swings(step: float, label: Volatility) -> None:
    """Up and down by so much from day to day; times the root of 252 sessions that is 8, 16 and 32 % a year."""
    points = [Point(FIRST + timedelta(at), int(SCALE * 100 * (1 + step * (at % 2)))) for at in range(100)]

    assert figures(points).volatility is label
