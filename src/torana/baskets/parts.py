"""What is bought and sold of a basket: whole shares, from amounts, weights and prices. Pure, exact."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from torana.baskets.allocate import Target, allocate, minimum_amount
from torana.baskets.models import Constituent
from torana.baskets.positions import Position
from torana.connectors.contract import Side
from torana.kit.money import Paise
from torana.orders.models import Part


class Bought(msgspec.Struct, frozen=True):
    """What an amount buys. Paise."""

    parts: tuple[Part, ...]
    spent: Paise
    left_over: Paise


class Recipe(msgspec.Struct, frozen=True):
    """What money is spread over: the securities, and the target of each, in the same order."""

    securities: tuple[Constituent | Position, ...]
    targets: tuple[Target, ...]

    @property
    def minimum(self) -> Paise:
        """The smallest amount that buys a share of each, paise."""
        return minimum_amount(self.targets)


def by_basket(constituents: Sequence[Constituent], prices: Mapping[str, Paise]) -> Recipe:
    """As the basket says; `prices` are those of a share by ISIN, of every constituent."""
    targets = (
        Target(one.weight if one.weight is not None else (one.shares or 0) * prices[one.isin], prices[one.isin])
        for one in constituents
    )
    return Recipe(tuple(constituents), tuple(targets))


def as_held(held: Sequence[Position], prices: Mapping[str, Paise]) -> Recipe:
    """As the investor holds it now, whatever the basket says."""
    targets = (Target(one.shares * prices[one.isin], prices[one.isin]) for one in held)
    return Recipe(tuple(held), tuple(targets))


def bought(amount: Paise, recipe: Recipe) -> Bought:
    """Raises `allocate.BelowMinimum`."""
    found = allocate(amount, recipe.targets)
    parts = (_part(one, Side.BUY, number) for one, number in zip(recipe.securities, found.shares, strict=True))
    return Bought(tuple(part for part in parts if part.quantity), found.spent, found.left_over)


def rebalanced(held: Sequence[Position], recipe: Recipe, prices: Mapping[str, Paise]) -> list[Part]:
    """What turns the shares that are held into those of the recipe, sells first. What is held is worth the same after
    it as before, but for what does not buy a whole share; where it is worth less than the minimum, that is bought."""
    worth = sum(one.shares * prices[one.isin] for one in held)
    shares = allocate(max(worth, recipe.minimum), recipe.targets).shares
    wanted = {one.isin: number for one, number in zip(recipe.securities, shares, strict=True)}
    return changed(held, recipe.securities, wanted)


def changed(
    held: Sequence[Position], securities: Iterable[Constituent | Position], wanted: Mapping[str, int]
) -> list[Part]:
    """What turns the shares that are held into the wanted ones, by ISIN, sells first."""
    so_far = {one.isin: one.shares for one in held}
    every: dict[str, Constituent | Position] = {one.isin: one for one in (*held, *securities)}
    changes = [(one, wanted.get(isin, 0) - so_far.get(isin, 0)) for isin, one in every.items()]
    sells = [_part(one, Side.SELL, -number) for one, number in changes if number < 0]
    return [*sells, *(_part(one, Side.BUY, number) for one, number in changes if number > 0)]


def _part(of: Constituent | Position, side: Side, quantity: int) -> Part:
    return Part(of.symbol, of.exchange, of.isin, side, quantity)
