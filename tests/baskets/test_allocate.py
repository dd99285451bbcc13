"""An amount becomes whole shares: never over the amount, and no other whole shares deviate less from the weights."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torana.baskets.allocate import BelowMinimum, Target, allocate, minimum_amount

SMALL = st.lists(st.builds(Target, weight=st.integers(1, 12), price=st.integers(1, 40)), min_size=1, max_size=4)
REAL = st.lists(
    st.builds(Target, weight=st.integers(1, 100_000), price=st.integers(10_00, 5_000_00)), min_size=1, max_size=100
)


def deviation(amount: int, targets: list[Target], shares: tuple[int, ...]) -> int:
    total = sum(target.weight for target in targets)
    return sum(
        abs(number * target.price * total - amount * target.weight)
        for number, target in zip(shares, targets, strict=True)
    )


def smallest_deviation(amount: int, targets: list[Target]) -> int:
    """Every choice of at least one share of each that the amount pays for is looked at."""
    choices = [range(1, amount // target.price + 1) for target in targets]
    return min(
        deviation(amount, targets, shares)
        for shares in product(*choices)
        if sum(number * target.price for number, target in zip(shares, targets, strict=True)) <= amount
    )


@given(SMALL, st.integers(0, 60))
def test_no_other_whole_shares_deviate_less(targets: list[Target], over: int) -> None:
    amount = minimum_amount(targets) + over
    choices = 1
    for target in targets:
        choices *= amount // target.price
    if choices > 5_000:
        targets = targets[:2]
        amount = minimum_amount(targets) + over

    found = allocate(amount, targets)

    assert found.proven
    assert found.deviation == deviation(amount, targets, found.shares) == smallest_deviation(amount, targets)


@given(REAL, st.integers(0, 10_00_000_00))
def test_it_is_never_over_the_amount_and_holds_every_constituent(targets: list[Target], over: int) -> None:
    amount = minimum_amount(targets) + over

    found = allocate(amount, targets)

    assert min(found.shares) >= 1
    assert found.spent == sum(number * target.price for number, target in zip(found.shares, targets, strict=True))
    assert 0 <= found.left_over == amount - found.spent
    assert found.deviation <= largest_remainder(amount, targets)


def largest_remainder(amount: int, targets: list[Target]) -> int:
    """The deviation of the plain method: what fits, then a share each by falling remainder while the money lasts."""
    total = sum(target.weight for target in targets)
    shares = [amount * target.weight // (target.price * total) for target in targets]
    left = amount - sum(number * target.price for number, target in zip(shares, targets, strict=True))
    parts = [Fraction(amount * target.weight, target.price * total) % 1 for target in targets]
    for at in sorted(range(len(targets)), key=lambda at: -parts[at]):
        if parts[at] > Fraction(1, 2) and targets[at].price <= left:
            shares[at] += 1
            left -= targets[at].price
    return deviation(amount, targets, tuple(shares))


@pytest.mark.parametrize(
    ("amount", "targets", "shares"),
    [
        # Everything fits exactly.
        (1_000_00, [Target(1, 100_00), Target(1, 50_00)], (5, 10)),
        # 3.3 shares each: a third of a share is no reason to buy one more.
        (1_000_00, [Target(1, 100_00)] * 3, (3, 3, 3)),
        # 2.8 and 1.8: both are worth a share more, and there is money for one.
        (460_00, [Target(28, 100_00), Target(18, 100_00)], (2, 2)),
        # Two dear shares of which 0.99 belong here each, and two cheap ones: one cheap share fewer pays for both.
        (404_00, [Target(199, 100_00), Target(199, 100_00), Target(6, 2_00)], (2, 2, 2)),
    ],
)
def test_the_remainder_goes_where_most_of_a_share_belongs(
    amount: int, targets: list[Target], shares: tuple[int, ...]
) -> None:
    found = allocate(amount, targets)

    assert found.proven
    assert found.deviation == deviation(amount, targets, shares)


@given(SMALL)
def test_the_minimum_buys_every_constituent_and_a_paisa_less_does_not(targets: list[Target]) -> None:
    minimum, total = minimum_amount(targets), sum(target.weight for target in targets)

    assert all(minimum * target.weight >= target.price * total for target in targets)
    assert any((minimum - 1) * target.weight < target.price * total for target in targets)
    with pytest.raises(BelowMinimum) as refused:
        allocate(minimum - 1, targets)
    assert refused.value.minimum == minimum


def test_a_basket_without_constituents_weights_or_prices_is_none() -> None:
    for targets in ([], [Target(0, 1)], [Target(1, 0)]):
        with pytest.raises(ValueError, match="above 0"):
            allocate(100, targets)
