"""What fills make of an investment, whatever their story: 500 of them, 10,000 in `make campaign`."""

from collections import Counter
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import examples
from torana.baskets.positions import Fill, Position, after
from torana.connectors.contract import Side

SYMBOLS = ("TCS", "ITC", "NTPC")


def fill(symbol: str, side: Side, quantity: int, value: int) -> Fill:
    return Fill(symbol, "NSE", f"IN{symbol}", side, quantity, value)


@dataclass
class History:
    """Fills in their order. Never more is sold than is held then; beside the investment the investor buys and sells
    the same shares freely."""

    invested: list[Fill]
    free: list[Fill]


@st.composite
def histories(draw: st.DrawFn) -> History:
    held: Counter[str] = Counter()
    history = History([], [])
    for _ in range(draw(st.integers(0, 30))):
        symbol = draw(st.sampled_from(SYMBOLS))
        price, quantity = draw(st.integers(1, 1_000_000)), draw(st.integers(1, 1000))
        if draw(st.integers(0, 3)) == 0:
            side = draw(st.sampled_from(Side))
            history.free.append(fill(symbol, side, quantity, price * quantity))
        elif held[symbol] and draw(st.booleans()):
            quantity = draw(st.integers(1, held[symbol]))
            held[symbol] -= quantity
            history.invested.append(fill(symbol, Side.SELL, quantity, price * quantity))
        else:
            held[symbol] += quantity
            history.invested.append(fill(symbol, Side.BUY, quantity, price * quantity))
    return history


def shares(fills: list[Fill]) -> Counter[str]:
    found: Counter[str] = Counter()
    for one in fills:
        found[one.isin] += one.quantity if one.side is Side.BUY else -one.quantity
    return found


def money(fills: list[Fill], side: Side) -> int:
    return sum(one.value for one in fills if one.side is side)


@settings(max_examples=examples(500))
@given(histories())
def test_an_investment_and_the_free_shares_are_what_the_fills_say(history: History) -> None:
    """The invariant of `torana doctor`."""
    positions = after((), history.invested)
    free = shares(history.free)

    told = {one.isin: one.shares for one in positions}
    every = shares(history.invested + history.free)
    assert {isin: told.get(isin, 0) + free[isin] for isin in {*told, *free}} == {
        isin: every[isin] for isin in {*told, *free}
    }
    assert sum(one.cost + one.sold_cost for one in positions) == money(history.invested, Side.BUY)
    assert sum(one.proceeds for one in positions) == money(history.invested, Side.SELL)


@given(histories())
def test_nothing_held_costs_nothing_and_an_average_lies_between_the_prices(history: History) -> None:
    for one in after((), history.invested):
        paid = [each.value // each.quantity for each in history.invested if (each.isin, each.side) == (one.isin, "BUY")]
        assert one.shares >= 0
        assert (one.shares == 0) == (one.average is None)
        assert one.cost >= 0 if one.shares else one.cost == 0
        if one.average is not None:
            assert min(paid) <= one.average <= max(paid) + 1


@given(histories(), st.data())
def test_a_fill_that_comes_in_parts_changes_no_sum(history: History, data: st.DataObject) -> None:
    """What was told at an end, and a correction of it later, are together the same as if it had been told at once."""
    parts: list[Fill] = []
    for one in history.invested:
        first = data.draw(st.integers(0, one.quantity))
        price = one.value // one.quantity
        parts += [
            fill(one.symbol, one.side, quantity, price * quantity)
            for quantity in (first, one.quantity - first)
            if quantity
        ]

    whole, parted = after((), history.invested), after((), parts)

    assert {one.isin: (one.shares, one.sold, one.proceeds) for one in whole} == {
        one.isin: (one.shares, one.sold, one.proceeds) for one in parted
    }
    assert sum(one.cost + one.sold_cost for one in parted) == sum(one.cost + one.sold_cost for one in whole)


@given(histories(), histories())
def test_what_is_counted_in_two_steps_is_counted_the_same(first: History, second: History) -> None:
    """The positions are all that has to be kept: no fill is counted anew."""
    fills = [*first.invested, *(one for one in second.invested if one.side is Side.BUY)]

    assert after(after((), first.invested), fills[len(first.invested) :]) == after((), fills)


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
