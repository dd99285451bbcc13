"""What an investor holds of a basket and what it brought, made from fills alone: no clock, no prices, whole paise.

Shares are sold at their average cost: a sell takes as large a part of the cost with it as of the shares, rounded down
to the paisa; the last share takes the rest. So the cost of what is held and of what was sold are always together what
was paid.
"""

from collections.abc import Iterable, Sequence

import msgspec

from torana.connectors.contract import Side
from torana.kit.money import Paise


class Fill(msgspec.Struct, frozen=True):
    """Shares that were bought or sold, and the money for them, both of one order. Of a correction, what it changes:
    either may be negative then."""

    symbol: str
    exchange: str
    isin: str
    side: Side
    quantity: int
    value: Paise


class Position(msgspec.Struct, frozen=True):
    """One security of an investment. `cost` is what the shares that are held were bought for, `sold_cost` what those
    that were sold were; `proceeds` is what they brought. Paise."""

    symbol: str
    exchange: str
    isin: str
    shares: int = 0
    cost: Paise = 0
    sold: int = 0
    sold_cost: Paise = 0
    proceeds: Paise = 0

    @property
    def average(self) -> Paise | None:
        """The average cost of a share, to the nearest paisa; None where none is held."""
        return None if self.shares <= 0 else (2 * self.cost + self.shares) // (2 * self.shares)


def after(positions: Sequence[Position], fills: Iterable[Fill]) -> tuple[Position, ...]:
    """The positions once these fills, in their order, are counted; a new security comes last. One of which nothing is
    held any more stays, for what it brought."""
    found = {position.isin: position for position in positions}
    for fill in fills:
        before = found.get(fill.isin, Position(fill.symbol, fill.exchange, fill.isin))
        found[fill.isin] = _bought(before, fill) if fill.side is Side.BUY else _sold(before, fill)
    return tuple(found.values())


def _bought(position: Position, fill: Fill) -> Position:
    shares, cost, sold_cost = position.shares + fill.quantity, position.cost + fill.value, position.sold_cost
    if shares <= 0:  # a correction came after everything was sold
        cost, sold_cost = 0, sold_cost + cost
    return msgspec.structs.replace(position, shares=shares, cost=cost, sold_cost=sold_cost)


def _sold(position: Position, fill: Fill) -> Position:
    moved = _cost_of_sold(position, fill.quantity)
    return msgspec.structs.replace(
        position,
        shares=position.shares - fill.quantity,
        cost=position.cost - moved,
        sold=position.sold + fill.quantity,
        sold_cost=position.sold_cost + moved,
        proceeds=position.proceeds + fill.value,
    )


def _cost_of_sold(position: Position, quantity: int) -> Paise:
    """What of the cost goes with so many shares; below 0: comes back with them."""
    if quantity >= position.shares:
        return position.cost
    if quantity >= 0:
        return position.cost * quantity // position.shares
    if position.sold + quantity <= 0:
        return -position.sold_cost
    return -(position.sold_cost * -quantity // position.sold)
