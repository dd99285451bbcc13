"""What fills make of an investment, whatever their story."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torana.baskets.positions import Fill, Left, Position, after, without
from torana.connectors.contract import Side

SYMBOLS = ("TCS", "ITC", "NTPC")


def fill(symbol: str, side: Side, quantity: int, value: int) -> Fill:
    return Fill(symbol, "NSE", f"IN{symbol}", side, quantity, value)


@st.composite
def histories(draw: st.DrawFn) -> list[Fill]:
    """Fills in their order. Never more is sold than is held then."""
    held: Counter[str] = Counter()
    history: list[Fill] = []
    for _ in range(draw(st.integers(0, 30))):
        symbol = draw(st.sampled_from(SYMBOLS))
        price, quantity = draw(st.integers(1, 1_000_000)), draw(st.integers(1, 1000))
        if held[symbol] and draw(st.booleans()):
            quantity = draw(st.integers(1, held[symbol]))
            held[symbol] -= quantity
            history.append(fill(symbol, Side.SELL, quantity, price * quantity))
        else:
            held[symbol] += quantity
            history.append(fill(symbol, Side.BUY, quantity, price * quantity))
    return history


@given(histories())
def test_nothing_held_costs_nothing_and_an_average_lies_between_the_prices(history: list[Fill]) -> None:
    for one in after((), history):
        paid = [each.value // each.quantity for each in history if (each.isin, each.side) == (one.isin, "BUY")]
        assert one.shares >= 0
        assert (one.shares == 0) == (one.average is None)
        assert one.cost >= 0 if one.shares else one.cost == 0
        if one.average is not None:
            assert min(paid) <= one.average <= max(paid) + 1


@given(histories(), st.data())
def test_a_fill_that_comes_in_parts_changes_no_sum(history: list[Fill], data: st.DataObject) -> None:
    """What was told at an end, and a correction of it later, are together the same as if it had been told at once."""
    parts: list[Fill] = []
    for one in history:
        first = data.draw(st.integers(0, one.quantity))
        price = one.value // one.quantity
        parts += [
            fill(one.symbol, one.side, quantity, price * quantity)
            for quantity in (first, one.quantity - first)
            if quantity
        ]

    whole, parted = after((), history), after((), parts)

    assert {one.isin: (one.shares, one.sold, one.proceeds) for one in whole} == {
        one.isin: (one.shares, one.sold, one.proceeds) for one in parted
    }
    assert sum(one.cost + one.sold_cost for one in parted) == sum(one.cost + one.sold_cost for one in whole)


@given(histories(), histories())
def test_what_is_counted_in_two_steps_is_counted_the_same(first: list[Fill], second: list[Fill]) -> None:
    """The positions are all that has to be kept: no fill is counted anew."""
    fills = [*first, *(one for one in second if one.side is Side.BUY)]

    assert after(after((), first), fills[len(first) :]) == after((), fills)


def test_shares_are_sold_at_their_average_cost() -> None:
    positions = after(
        (),
        [
            fill("TCS", Side.BUY, 2, 200_00),
            fill("TCS", Side.BUY, 1, 130_00),
            fill("TCS", Side.SELL, 1, 150_00),
        ],
    )

    assert positions == (Position("TCS", "NSE", "INTCS", 2, 220_00, 1, 110_00, 150_00),)
    assert positions[0].average == 110_00


def test_a_price_that_is_corrected_after_everything_was_sold_is_a_cost_of_what_was_sold() -> None:
    sold = after((), [fill("TCS", Side.BUY, 2, 200_00), fill("TCS", Side.SELL, 2, 300_00)])

    (position,) = after(sold, [fill("TCS", Side.BUY, 0, 10_00)])

    assert (position.shares, position.cost, position.sold_cost) == (0, 0, 210_00)


def test_fewer_sold_than_was_told_come_back_with_their_cost() -> None:
    sold = after((), [fill("TCS", Side.BUY, 4, 400_00), fill("TCS", Side.SELL, 4, 600_00)])

    (position,) = after(sold, [fill("TCS", Side.SELL, -1, -150_00)])

    assert position == Position("TCS", "NSE", "INTCS", 1, 100_00, 3, 300_00, 450_00)


def test_shares_that_leave_at_a_price_are_sold_and_without_one_take_their_cost_along() -> None:
    bought = after((), [fill("TCS", Side.BUY, 3, 301_00)])

    (sold,) = without(bought, [Left("INTCS", 1, 150_00)])
    (gone,) = without(bought, [Left("INTCS", 1)])
    (empty,) = without([gone], [Left("INTCS", 2)])

    assert sold == Position("TCS", "NSE", "INTCS", 2, 200_67, 1, 100_33, 150_00)
    assert gone == Position("TCS", "NSE", "INTCS", 2, 200_67, left=1, left_cost=100_33)
    assert (empty.shares, empty.cost, empty.left, empty.left_cost) == (0, 0, 3, 301_00)
    for more in (Left("INTCS", 4), Left("INTCS", 0), Left("INITC", 1)):
        with pytest.raises(ValueError, match="not as many are held"):
            without(bought, [more])


def test_a_price_that_is_corrected_after_everything_left_is_a_cost_of_what_left() -> None:
    gone = without(after((), [fill("TCS", Side.BUY, 2, 200_00)]), [Left("INTCS", 2)])

    (position,) = after(gone, [fill("TCS", Side.BUY, 0, 10_00)])

    assert (position.cost, position.sold_cost, position.left_cost) == (0, 0, 210_00)
