"""A line that is too large for one order is sent as several, each with a tag of its own (decision 0016)."""

from collections.abc import Sequence

import msgspec

from torana.orders.models import ConfirmedLine

MOST_SLICES = 25
"""Orders that one line may become: beyond that an investor should place it with their broker directly."""
MOST_ORDERS = 100
"""Orders of one batch."""


def slices(quantity: int, largest: int | None) -> list[int]:
    """Shares of each order of a line; `largest` is the most that one order may have (None: no limit is known).

    As few as will do, and all of nearly the same size, so that none is a remainder of a few shares.
    """
    if largest is None or quantity <= largest:
        return [quantity]
    count = -(-quantity // largest)
    size, larger = divmod(quantity, count)
    return [size + 1] * larger + [size] * (count - larger)


def sliced(lines: Sequence[ConfirmedLine], largest: Sequence[int | None]) -> list[ConfirmedLine]:
    """The lines as the orders that they become, in their order; `largest` goes with `lines`."""
    return [
        msgspec.structs.replace(line, quantity=part)
        for line, most in zip(lines, largest, strict=True)
        for part in slices(line.quantity, most)
    ]
