"""What an investor holds of a basket and what it brought, made from fills, and from what left it without an order: no
clock, no prices, whole paise.

Shares are sold at their average cost: a sell takes as large a part of the cost with it as of the shares, rounded down
to the paisa; the last share takes the rest. So the costs of what is held, of what was sold and of what left at a price
that nobody told are always together what was paid.
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


class Left(msgspec.Struct, frozen=True):
    """Shares that left an investment without an order of it; the price of one in paise, None where nobody told it."""

    isin: str
    shares: int
    price: Paise | None = None


class Position(msgspec.Struct, frozen=True):
    """One security of an investment. `cost` is what the shares that are held were bought for, `sold_cost` what those
    that were sold were; `proceeds` is what they brought. `left` are shares that left at a price that nobody told, and
    `left_cost` what those were bought for. Paise."""

    symbol: str
    exchange: str
    isin: str
    shares: int = 0
    cost: Paise = 0
    sold: int = 0
    sold_cost: Paise = 0
    proceeds: Paise = 0
    left: int = 0
    left_cost: Paise = 0

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
    shares, cost = position.shares + fill.quantity, position.cost + fill.value
    if shares > 0:
        return msgspec.structs.replace(position, shares=shares, cost=cost)
    # A correction came after everything was sold, or had left.
    if position.left and not position.sold:
        return msgspec.structs.replace(position, shares=shares, cost=0, left_cost=position.left_cost + cost)
    return msgspec.structs.replace(position, shares=shares, cost=0, sold_cost=position.sold_cost + cost)


def _sold(position: Position, fill: Fill) -> Position:
    moved = cost_of(position, fill.quantity)
    return msgspec.structs.replace(
        position,
        shares=position.shares - fill.quantity,
        cost=position.cost - moved,
        sold=position.sold + fill.quantity,
        sold_cost=position.sold_cost + moved,
        proceeds=position.proceeds + fill.value,
    )


def without(positions: Sequence[Position], gone: Iterable[Left]) -> tuple[Position, ...]:
    """The positions once these shares have left. At a price that is known they count as sold; at another one they take
    their cost with them, and say nothing of a gain or a loss. Raises `ValueError` for more than is held."""
    found = {position.isin: position for position in positions}
    for one in gone:
        position = found.get(one.isin)
        if position is None or not 0 < one.shares <= position.shares:
            raise ValueError(f"{one.shares} shares of {one.isin} cannot leave: not as many are held")
        found[one.isin] = _left(position, one)
    return tuple(found.values())


def _left(position: Position, gone: Left) -> Position:
    if gone.price is not None:
        value = gone.shares * gone.price
        return _sold(position, Fill(position.symbol, position.exchange, position.isin, Side.SELL, gone.shares, value))
    moved = cost_of(position, gone.shares)
    return msgspec.structs.replace(
        position,
        shares=position.shares - gone.shares,
        cost=position.cost - moved,
        left=position.left + gone.shares,
        left_cost=position.left_cost + moved,
    )


def returned(positions: Sequence[Position], gone: Left, cost: Paise) -> tuple[tuple[Position, ...], Paise]:
    """The positions once these shares, which had left with this cost, are back, and the cost that came back: less where
    a correction has changed what those cost that were sold. Raises `ValueError` for what never left."""
    position = next((one for one in positions if one.isin == gone.isin), None)
    away = 0 if position is None else position.left if gone.price is None else position.sold
    if position is None or not 0 < gone.shares <= away:
        raise ValueError(f"{gone.shares} shares of {gone.isin} cannot come back: not as many left")
    spent = position.left_cost if gone.price is None else position.sold_cost
    moved = spent if gone.shares == away else min(cost, spent)
    back = msgspec.structs.replace(position, shares=position.shares + gone.shares, cost=position.cost + moved)
    if gone.price is None:
        back = msgspec.structs.replace(back, left=away - gone.shares, left_cost=spent - moved)
    else:
        proceeds = position.proceeds - gone.shares * gone.price
        back = msgspec.structs.replace(back, sold=away - gone.shares, sold_cost=spent - moved, proceeds=proceeds)
    return tuple(back if one is position else one for one in positions), moved


def became(positions: Sequence[Position], isin: str, new: Position) -> tuple[Position, ...]:
    """The positions once all shares of one ISIN are those of another, with what they cost: `new` are these alone."""
    found = {one.isin: one for one in positions}
    old, there = found[isin], found.get(new.isin, msgspec.structs.replace(new, shares=0, cost=0))
    found[isin] = msgspec.structs.replace(old, shares=0, cost=0)
    found[new.isin] = msgspec.structs.replace(there, shares=there.shares + new.shares, cost=there.cost + new.cost)
    return tuple(found.values())


def became_again(
    positions: Sequence[Position], old: Position, isin: str, shares: int
) -> tuple[tuple[Position, ...], Paise]:
    """The positions once so many shares of `isin` are those of `old` again, and the cost that came with them, which is
    that of `old` while it is known apart. Raises `ValueError` where not as many are held."""
    found = {one.isin: one for one in positions}
    new, before = found.get(isin), found.get(old.isin, msgspec.structs.replace(old, shares=0, cost=0))
    if new is None or new.shares < shares:
        raise ValueError(f"{shares} shares of {isin} cannot become others: not as many are held")
    moved = new.cost if new.shares == shares else min(old.cost, new.cost)
    found[isin] = msgspec.structs.replace(new, shares=new.shares - shares, cost=new.cost - moved)
    found[old.isin] = msgspec.structs.replace(before, shares=before.shares + old.shares, cost=before.cost + moved)
    return tuple(found.values()), moved


def cost_of(position: Position, quantity: int) -> Paise:
    """What of the cost goes with so many shares; below 0: comes back with them."""
    if quantity >= position.shares:
        return position.cost
    if quantity >= 0:
        return position.cost * quantity // position.shares
    if position.sold + quantity <= 0:
        return -position.sold_cost
    return -(position.sold_cost * -quantity // position.sold)
