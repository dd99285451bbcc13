"""Lines that are too large for one order."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from torana.connectors.contract import OrderType, Side
from torana.orders.models import ConfirmedLine
from torana.orders.slices import sliced, slices


@pytest.mark.parametrize(
    ("quantity", "largest", "parts"),
    [
        (1, None, [1]),
        (10_000_000, None, [10_000_000]),
        (100_000, 100_000, [100_000]),
        (100_001, 100_000, [50_001, 50_000]),
        (250_000, 100_000, [83_334, 83_333, 83_333]),
        (300_000, 100_000, [100_000] * 3),
        (3, 1, [1, 1, 1]),
    ],
)
def test_a_line_becomes_as_few_orders_as_will_do(quantity: int, largest: int | None, parts: list[int]) -> None:
    assert slices(quantity, largest) == parts


@pytest.mark.parametrize(
    ("quantity", "largest", "lot", "parts"),
    [
        (100, 60, 10, [50, 50]),
        (90, 60, 20, [45, 45]),  # no multiple of the lot: any size will do
        (100, 5, 10, [5] * 20),  # a lot is larger than one order may be
        (75, 75, 10, [75]),
        (130, 50, 10, [50, 40, 40]),
    ],
)
def test_slices_are_whole_lots_where_the_line_is(quantity: int, largest: int, lot: int, parts: list[int]) -> None:
    assert slices(quantity, largest, lot) == parts


@given(st.integers(1, 10_000_000), st.integers(1_000, 200_000))
def test_no_slice_is_too_large_or_a_remainder_of_a_few_shares(quantity: int, largest: int) -> None:
    parts = slices(quantity, largest)

    assert sum(parts) == quantity
    assert max(parts) <= largest
    assert max(parts) - min(parts) <= 1
    assert len(parts) == -(-quantity // largest)


def test_the_slices_stand_where_their_line_stood_and_differ_in_nothing_else() -> None:
    itc = ConfirmedLine("ITC", "NSE", "INE154A01025", Side.SELL, 5, OrderType.LIMIT, 41_000)
    tcs = ConfirmedLine("TCS", "NSE", "INE467B01029", Side.BUY, 7, OrderType.MARKET, None)

    orders = sliced([itc, tcs], [(2, 1), (None, 1)])

    assert [(one.symbol, one.quantity) for one in orders] == [("ITC", 2), ("ITC", 2), ("ITC", 1), ("TCS", 7)]
    assert [one.quantity for one in sliced([itc], [(4, 1)])] == [3, 2]
    assert [one.quantity for one in sliced([msgspec.structs.replace(itc, quantity=50)], [(40, 20)])] == [25, 25]
    assert [one.quantity for one in sliced([msgspec.structs.replace(itc, quantity=60)], [(50, 20)])] == [40, 20]
    with pytest.raises(ValueError, match="zip"):
        sliced([itc, tcs], [(2, 1)])
    assert {(one.side, one.limit_price, one.order_type) for one in orders[:3]} == {(Side.SELL, 41_000, OrderType.LIMIT)}
