"""A line that is too large for one order is sent as several, each with a tag of its own (decision 0016)."""

from collections.abc import Sequence

import msgspec

from torana.orders.models import ConfirmedLine

MOST_SLICES = 25
"""Orders that one line may become: beyond that an investor should place it with their broker directly."""
MOST_ORDERS = 100
"""Orders of one batch."""


def slices(quantity: int, largest: int | None, lot: int = 1) -> list[int]:
    """Shares of each order of a line; `largest` is the most that one order may have (None: no limit is known). Each
    order is a multiple of `lot` when the quantity is one.

    As few as will do, and all of nearly the same size, so that none is a remainder of a few shares.
    """
    if largest is None or quantity <= largest:
        return [quantity]
    lots, rest = divmod(quantity, lot)
    most = largest // lot
    if rest or not most:
        return slices(quantity, largest)
    count = -(-lots // most)
    size, larger = divmod(lots, count)
    return [(size + 1) * lot] * larger + [size * lot] * (count - larger)


def sliced(lines: Sequence[ConfirmedLine], sizes: Sequence[tuple[int | None, int]]) -> list[ConfirmedLine]:
    """The lines as the orders that they become, in their order; `sizes` goes with `lines`: the most that one order
    may have, and the lot."""
    return [
        msgspec.structs.replace(line, quantity=part)
        for line, (most, lot) in zip(lines, sizes, strict=True)
        for part in slices(line.quantity, most, lot)
    ]
