"""An amount of money and the weights of a basket become whole shares. Exact: integers alone, no float, no clock.

What is minimised. The basket's weights say what part of the amount belongs into each constituent: its *ideal*,
`amount * weight / sum of weights`. The deviation of an allocation is the money that is not where the weights put it:

    deviation = sum over the constituents of | shares * price - ideal |

in paise times the sum of the weights, so that it is a whole number. The ideals sum to the amount, so money that is not
spent counts as well. Allowed are allocations that cost at most the amount and hold at least one share of every
constituent.

How. Each constituent first gets the whole shares that fit into its ideal. What is over goes, one share each, to those
with the largest remainder as a part of their price, while it pays and the money lasts: that is the largest-remainder
method. A share more is worth it when over half of its price belongs there. That answer is the first of a search
(branch and bound) for a better one, which may leave a share out for another, or buy fewer of a cheap constituent to
pay for a dear one. The search ends when nothing better can exist, which is then `proven`, or after
`MOST_STEPS`: the best that was found is given then, never worse than the largest-remainder method's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from torana.kit.money import Paise

MOST_STEPS = 20_000
"""Of the search: some hundredths of a second. A hundred constituents seldom take a thousand."""


@dataclass(frozen=True, slots=True)
class Target:
    """One constituent: its weight, in any unit that is the same for all of a basket, and the price of a share."""

    weight: int
    price: Paise


@dataclass(frozen=True, slots=True)
class Allocation:
    """Whole shares, in the order of the targets."""

    shares: tuple[int, ...]
    spent: Paise
    left_over: Paise
    """Of the amount; never negative."""
    deviation: int
    """Paise times the sum of the weights, see the module."""
    proven: bool
    """No allocation deviates less."""


class BelowMinimum(ValueError):
    """The amount does not buy one share of every constituent at these weights."""

    def __init__(self, minimum: Paise) -> None:
        super().__init__(f"the amount is below the minimum of {minimum} paise")
        self.minimum = minimum


def minimum_amount(targets: Sequence[Target]) -> Paise:
    """The smallest amount of which every constituent's ideal buys at least one share, paise.

    Raises `ValueError` without targets and for a weight or a price below 1.
    """
    total = _total_weight(targets)
    return max(-(-target.price * total // target.weight) for target in targets)


def allocate(amount: Paise, targets: Sequence[Target]) -> Allocation:
    """The whole shares that deviate least from the weights and cost at most `amount`.

    Raises `BelowMinimum`, and `ValueError` without targets and for a weight or a price below 1.
    """
    minimum = minimum_amount(targets)
    if amount < minimum:
        raise BelowMinimum(minimum)
    total = _total_weight(targets)
    ideals = [amount * target.weight for target in targets]
    costs = [target.price * total for target in targets]
    whole = [ideal // cost for ideal, cost in zip(ideals, costs, strict=True)]
    remainders = [ideal % cost for ideal, cost in zip(ideals, costs, strict=True)]
    ups = [
        _Up(at, cost, 2 * remainder - cost)
        for at, (cost, remainder) in enumerate(zip(costs, remainders, strict=True))
        if 2 * remainder > cost
    ]
    downs = [_Down(at, cost, most - 1) for at, (cost, most) in enumerate(zip(costs, whole, strict=True)) if most > 1]
    search = _Search(sum(remainders), ups, downs)
    search.run()
    shares = [held + change for held, change in zip(whole, search.changes(len(targets)), strict=True)]
    spent = sum(number * target.price for number, target in zip(shares, targets, strict=True))
    deviation = sum(abs(number * cost - ideal) for number, cost, ideal in zip(shares, costs, ideals, strict=True))
    return Allocation(tuple(shares), spent, amount - spent, deviation, search.steps <= MOST_STEPS)


def _total_weight(targets: Sequence[Target]) -> int:
    if not targets or any(target.weight < 1 or target.price < 1 for target in targets):
        raise ValueError("a basket has constituents, and each has a weight and a price above 0")
    return sum(target.weight for target in targets)


@dataclass(frozen=True, slots=True)
class _Up:
    """One share more than fits into the ideal: what it costs and by how much the deviation falls."""

    at: int
    cost: int
    gain: int


@dataclass(frozen=True, slots=True)
class _Down:
    """Shares fewer than fit into the ideal: each frees its cost, and the deviation grows by as much."""

    at: int
    cost: int
    most: int


class _Search:
    """Which shares more and which fewer lower the deviation most, of a given room for their costs.

    The bound: per paisa of cost a share more gains at most its `gain / cost`, below 1, and a share fewer loses exactly
    1. So fewer shares never pay in parts, and with parts of shares allowed the best is to fill the room by falling
    `gain / cost`. Whatever is still open at a node gains no more than that.
    """

    def __init__(self, room: int, ups: list[_Up], downs: list[_Down]) -> None:
        self._room = room
        self._ups = sorted(ups, key=lambda up: (-up.gain * _SCALE // up.cost, up.at))
        self._downs = sorted(downs, key=lambda down: (-down.cost, down.at))
        self._costs = [0, *accumulate(up.cost for up in self._ups)]
        self._gains = [0, *accumulate(up.gain for up in self._ups)]
        self._frees = [*accumulate((down.cost * down.most for down in reversed(self._downs)), initial=0)][::-1]
        """What the downs from here on free at most."""
        self._chosen: list[tuple[int, int]] = []
        self._best, self._best_gain = self._largest_remainders()
        self.steps = 0

    def run(self) -> None:
        self._up(0, self._room, 0)

    def _largest_remainders(self) -> tuple[tuple[tuple[int, int], ...], int]:
        chosen, room, gain = [], self._room, 0
        for up in self._ups:
            if up.cost <= room:
                chosen.append((up.at, 1))
                room, gain = room - up.cost, gain + up.gain
        return tuple(chosen), gain

    def changes(self, size: int) -> list[int]:
        """Shares more (or fewer, below 0) by place, of the best that was found."""
        found = [0] * size
        for at, number in self._best:
            found[at] += number
        return found

    def _up(self, depth: int, room: int, gain: int) -> None:
        self.steps += 1
        if self.steps > MOST_STEPS or self._bound(depth, room, gain) <= self._best_gain:
            return
        if depth == len(self._ups):
            self._down(0, room, gain)
            return
        up = self._ups[depth]
        fits = up.cost <= room
        if not fits:
            self._up(depth + 1, room, gain)
        if fits or self._downs:
            self._chosen.append((up.at, 1))
            self._up(depth + 1, room - up.cost, gain + up.gain)
            self._chosen.pop()
        if fits:
            self._up(depth + 1, room, gain)

    def _down(self, depth: int, room: int, gain: int) -> None:
        """Free what is missing, as exactly as whole shares allow."""
        self.steps += 1
        if self.steps > MOST_STEPS or min(gain, gain + room) <= self._best_gain:
            return
        if room >= 0:
            self._best, self._best_gain = tuple(self._chosen), gain
            return
        if self._frees[depth] < -room:
            return
        down = self._downs[depth]
        for number in range(min(down.most, -(room // down.cost)), -1, -1):
            if number:
                self._chosen.append((down.at, -number))
            self._down(depth + 1, room + number * down.cost, gain - number * down.cost)
            if number:
                self._chosen.pop()
            if self.steps > MOST_STEPS:
                return

    def _bound(self, depth: int, room: int, gain: int) -> int:
        if room < 0:
            return gain + room
        low, high = depth, len(self._ups)
        while low < high:
            middle = (low + high + 1) // 2
            if self._costs[middle] - self._costs[depth] <= room:
                low = middle
            else:
                high = middle - 1
        gain += self._gains[low] - self._gains[depth]
        if low < len(self._ups):
            up = self._ups[low]
            gain += (room - self._costs[low] + self._costs[depth]) * up.gain // up.cost
        return gain


_SCALE = 10**12
"""Makes the order of `gain / cost` one of whole numbers."""
