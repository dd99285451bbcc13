"""Money: exact, or refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torana.kit.money import grouped, inr, nearest_paise, paise, rupees


@given(st.integers(-(10**15), 10**15))
def test_paise_to_rupees_and_back_is_exact(amount: int) -> None:
    assert paise(rupees(amount)) == amount
    assert paise(str(rupees(amount))) == amount


@pytest.mark.parametrize(
    ("given_rupees", "expected"),
    [("0", 0), ("0.01", 1), ("1234.5", 123450), ("-3.20", -320), (7, 700), (Decimal("1E+2"), 10000), ("1.100", 110)],
)
def test_rupees_become_paise(given_rupees: str, expected: int) -> None:
    assert paise(given_rupees) == expected


@pytest.mark.parametrize(
    "given_rupees",
    [
        *("0.001", "abc", "", "NaN", "Infinity", "1e20", "1,000", "₹5", "0x10"),
        *("1E99999999999", "-1E99999999999", "1E-99999999999", "1E999999999999999999"),
    ],
)
def test_what_is_no_amount_is_refused(given_rupees: str) -> None:
    with pytest.raises(ValueError, match=r"rupees|paisa"):
        paise(given_rupees)


@pytest.mark.parametrize("average", ["1E99999999999", "-1E99999999999", "NaN", "-Infinity", "1E14"])
def test_an_average_that_is_no_amount_is_refused(average: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        nearest_paise(Decimal(average))


@pytest.mark.parametrize(
    ("average", "expected"), [("10.005", 1001), ("10.004999", 1000), ("-10.005", -1001), ("10", 1000)]
)
def test_an_average_is_rounded_to_the_nearest_paisa(average: str, expected: int) -> None:
    assert nearest_paise(Decimal(average)) == expected


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "₹0.00"),
        (5, "₹0.05"),
        (12345678, "₹1,23,456.78"),
        (-12345678, "-₹1,23,456.78"),
        (99999, "₹999.99"),
        (100000, "₹1,000.00"),
        (1234567890123, "₹12,34,56,78,901.23"),
    ],
)
def test_people_see_rupees_grouped_the_indian_way(amount: int, shown: str) -> None:
    assert inr(amount) == shown


@given(st.integers(0, 10**18))
def test_grouping_only_adds_commas(number: int) -> None:
    assert grouped(number).replace(",", "") == str(number)
