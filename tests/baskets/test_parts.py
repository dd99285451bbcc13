"""What is bought and sold of a basket, by rows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torana.baskets.allocate import BelowMinimum, Target
from torana.baskets.models import Constituent
from torana.baskets.parts import Recipe, as_held, bought, by_basket, changed, rebalanced
from torana.baskets.positions import Position
from torana.connectors.contract import Side
from torana.orders.models import Part

PRICES = {"INTCS": 300_00, "INITC": 40_00, "INNTPC": 100_00}


def constituent(symbol: str, *, weight: int | None = None, shares: int | None = None) -> Constituent:
    return Constituent(symbol, "NSE", f"IN{symbol}", weight, shares)


def held(symbol: str, shares: int) -> Position:
    return Position(symbol, "NSE", f"IN{symbol}", shares)


def part(symbol: str, side: Side, quantity: int) -> Part:
    return Part(symbol, "NSE", f"IN{symbol}", side, quantity)


def test_money_is_spread_by_weights_or_in_the_proportion_of_the_shares_at_their_prices() -> None:
    weighed = (constituent("TCS", weight=600_000), constituent("ITC", weight=400_000))
    counted = (constituent("TCS", shares=2), constituent("ITC", shares=5))
    positions = (held("TCS", 3), held("NTPC", 7))

    assert by_basket(weighed, PRICES) == Recipe(weighed, (Target(600_000, 300_00), Target(400_000, 40_00)))
    assert by_basket(counted, PRICES) == Recipe(counted, (Target(600_00, 300_00), Target(200_00, 40_00)))
    assert as_held(positions, PRICES) == Recipe(positions, (Target(900_00, 300_00), Target(700_00, 100_00)))
    assert as_held(positions, PRICES).minimum == 533_34


def test_an_amount_buys_whole_shares_and_what_is_left_is_told() -> None:
    recipe = by_basket((constituent("TCS", shares=1), constituent("ITC", shares=5)), PRICES)

    found = bought(1_060_00, recipe)

    assert found.parts == (part("TCS", Side.BUY, 2), part("ITC", Side.BUY, 11))
    assert (found.spent, found.left_over) == (1_040_00, 20_00)
    with pytest.raises(BelowMinimum):
        bought(recipe.minimum - 1, recipe)


@pytest.mark.parametrize(
    ("have", "securities", "wanted", "parts"),
    [
        # sells before buys, in whatever order the shares stand
        (
            [held("TCS", 2), held("ITC", 5)],
            [constituent("NTPC"), constituent("ITC")],
            {"INNTPC": 4, "INITC": 3, "INTCS": 2},
            [part("ITC", Side.SELL, 2), part("NTPC", Side.BUY, 4)],
        ),
        # what is not wanted is sold whole
        ([held("TCS", 2), held("ITC", 5)], (), {}, [part("TCS", Side.SELL, 2), part("ITC", Side.SELL, 5)]),
        # of what is held already only the rest is bought
        ([held("TCS", 2)], [constituent("TCS")], {"INTCS": 3}, [part("TCS", Side.BUY, 1)]),
        ([held("TCS", 2)], [constituent("TCS")], {"INTCS": 2}, []),
        ([held("TCS", 2)], [constituent("ITC")], {"INTCS": 1}, [part("TCS", Side.SELL, 1)]),
        ([], [constituent("ITC")], {"INITC": 1}, [part("ITC", Side.BUY, 1)]),
    ],
)
def test_what_turns_the_shares_that_are_held_into_the_wanted_ones(
    have: list[Position], securities: list[Constituent], wanted: dict[str, int], parts: list[Part]
) -> None:
    assert changed(have, securities, wanted) == parts


def test_a_rebalancing_moves_what_the_shares_are_worth() -> None:
    """2 at ₹300 and 10 at ₹40 are ₹1,000: 5 of one at ₹100, and of the other what ₹500 buy."""
    have = [held("TCS", 2), held("ITC", 10)]
    recipe = by_basket((constituent("NTPC", weight=500_000), constituent("ITC", weight=500_000)), PRICES)

    parts = rebalanced(have, recipe, PRICES)

    assert parts == [part("TCS", Side.SELL, 2), part("ITC", Side.BUY, 2), part("NTPC", Side.BUY, 5)]


def test_what_is_worth_less_than_the_minimum_becomes_the_minimum() -> None:
    recipe = by_basket((constituent("TCS", weight=1), constituent("ITC", weight=1)), PRICES)

    assert recipe.minimum == 600_00
    assert rebalanced([held("ITC", 1)], recipe, PRICES) == [part("ITC", Side.BUY, 6), part("TCS", Side.BUY, 1)]


@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 99))
def test_a_rebalancing_buys_for_no_more_than_it_sells_and_sells_no_more_than_is_held(
    tcs: int, itc: int, percent: int
) -> None:
    have = [held("TCS", tcs), held("ITC", itc)]
    new = (constituent("NTPC", weight=percent), constituent("ITC", weight=100 - percent))
    recipe = by_basket(new, PRICES)
    worth = tcs * 300_00 + itc * 40_00

    parts = rebalanced(have, recipe, PRICES)

    after = {one.isin: one.shares for one in have}
    for one in parts:
        after[one.isin] = after.get(one.isin, 0) + (one.quantity if one.side is Side.BUY else -one.quantity)
    assert min(after.values()) >= 0
    assert sum(shares * PRICES[isin] for isin, shares in after.items()) <= max(worth, recipe.minimum)
    sides = [one.side for one in parts]
    assert sides == sorted(sides, reverse=True), "sells come first"
