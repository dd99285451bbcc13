"""What an investment was worth by day, and its return in a year."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.baskets.test_outcomes import ALL, ITC, TCS, line, of
from tests.orders.making import NOW
from torana.baskets.growth import Worth, worth_by_day, yearly_return
from torana.baskets.investments import Kind, trades
from torana.baskets.store.trades import Trade
from torana.connectors.contract import Side
from torana.kit.clock import IST
from torana.kit.money import Paise
from torana.orders.states import OrderState

FIRST = date(2026, 1, 5)


def on(number: int) -> date:
    return FIRST + timedelta(days=number)


def test_the_worth_of_a_day_is_what_was_held_at_its_close() -> None:
    """Shares that are bought later count from then on; a day without a price of what is held, and one on which nothing
    is held, are left out."""
    traded = [
        Trade(on(0), "A", 2, 200),
        Trade(on(2), "B", 1, 50),
        Trade(on(4), "A", -2, -300),
        Trade(on(5), "B", -1, -70),
    ]
    closes = {"A": {on(0): 100, on(1): 110, on(2): 120, on(3): 130}, "B": {on(2): 50, on(4): 60, on(5): 70}}

    found = worth_by_day(traded, closes)

    assert found == [Worth(on(0), 200, 200), Worth(on(1), 220, 200), Worth(on(2), 290, 250), Worth(on(4), 60, -50)]


@pytest.mark.parametrize(
    ("paid", "worth", "days", "rate"),
    [
        ([(on(0), 100_00)], 110_00, 365, "0.1"),
        ([(on(0), 100_00), (on(365), -110_00)], 0, 365, "0.1"),
        ([(on(0), 100_00), (on(182), 100_00)], 200_00, 365, "0"),
        ([(on(0), 100_00)], 50_00, 365, "-0.5"),
        ([(on(0), 100_00)], 110_00, 29, None),
        ([(on(0), 100_00)], None, 365, None),
        ([], 0, 365, None),
        ([(on(0), 100_00)], 0, 365, None),
        ([(on(0), 100_00)], 200_00, 30, "4596.6046"),
        ([(on(0), 1_00)], 100_00, 30, None),
        ([(on(0), 100_00), (on(365), -230_00), (on(730), 132_00)], 0, 730, None),  # at 10 % and at 20 %
        ([(on(0), 100_00), (on(365), -150_00), (on(730), 200_00)], 100_00, 1095, "-0.3059"),
        ([(on(0), 100_00), (on(365), -150_00), (on(730), 200_00)], 100_00, 60_000, "-0.0025"),
        ([(on(0), 0), (on(60_000), 100_00)], 110_00, 60_365, "0.1"),
    ],
)
def test_the_return_in_a_year(paid: list[tuple[date, Paise]], worth: Paise | None, days: int, rate: str | None) -> None:
    found = yearly_return(paid, worth, on(days))

    assert (None if found is None else found.quantize(Decimal("0.0001"))) == (
        None if rate is None else Decimal(rate).quantize(Decimal("0.0001"))
    )


def test_the_end_of_a_batch_is_a_trade_of_its_day_and_a_correction_what_it_changes() -> None:
    """A correction stands on the day of the end that it corrects, however late it comes."""
    ended = of(Kind.REBALANCE, ALL, line(OrderState.COMPLETE, 10, isin=ITC, side=Side.SELL))
    corrected = of(Kind.REBALANCE, ALL, line(OrderState.COMPLETE, 9, isin=ITC, side=Side.SELL))
    day = NOW.astimezone(IST).date()

    at_end = trades(of(Kind.REBALANCE, ended=False), ended, NOW)
    later = trades(ended, corrected, NOW + timedelta(days=3))

    assert at_end == [Trade(day, TCS, 10, 1_000_00), Trade(day, ITC, -10, -1_000_00)]
    assert later == [Trade(day, ITC, 1, 100_00)]
