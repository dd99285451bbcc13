"""What prices say of a basket: its index and the figures of that, computed from all closes since the basket began. The
figures, and the histories that were asked for last, are kept in this process until the basket or the closing prices are
others."""

from collections import OrderedDict
from collections.abc import Sequence

from torana.baskets import store
from torana.baskets.index import Figures, Period, Point, figures, history
from torana.baskets.models import Basket
from torana.kit.clock import IST
from torana.kit.database import Database
from torana.market import store as market
from torana.partners.models import Mode

_MOST_KEPT = 20_000
_MOST_HISTORIES = 100
"""Of some thousand points each."""


class Performances:
    """The indices of baskets."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: dict[tuple[str, str], tuple[tuple[int, int], Figures]] = {}
        self._histories: OrderedDict[tuple[str, str], tuple[tuple[int, int], list[Point]]] = OrderedDict()

    async def figures(self, baskets: Sequence[Basket], mode: Mode) -> list[Figures]:
        """Of each, what its index says; nothing as long as there are no closing prices."""
        loads = await market.loads_of_closes(self._database, mode.value)
        return [await self._figures(basket, mode, loads) for basket in baskets]

    async def _figures(self, basket: Basket, mode: Mode, loads: int) -> Figures:
        key, of = (basket.gateway_id, basket.scid), (basket.version, loads)
        kept = self._kept.get(key)
        if kept is not None and kept[0] == of:
            return kept[1]
        found = figures(await self._compute(basket, mode))
        if key not in self._kept and len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[key] = (of, found)
        return found

    async def points(self, basket: Basket, mode: Mode) -> list[Point]:
        """The index by day; empty as long as there are no closing prices."""
        return (await self.histories([basket], mode))[0]

    async def histories(self, baskets: Sequence[Basket], mode: Mode) -> list[list[Point]]:
        """The same of each."""
        loads = await market.loads_of_closes(self._database, mode.value)
        return [await self._points(basket, mode, loads) for basket in baskets]

    async def _points(self, basket: Basket, mode: Mode, loads: int) -> list[Point]:
        key, of = (basket.gateway_id, basket.scid), (basket.version, loads)
        kept = self._histories.pop(key, None)
        found = kept[1] if kept is not None and kept[0] == of else await self._compute(basket, mode)
        self._histories[key] = (of, found)
        if len(self._histories) > _MOST_HISTORIES:
            self._histories.popitem(last=False)
        return found

    async def _compute(self, basket: Basket, mode: Mode) -> list[Point]:
        versions = await store.versions(self._database, basket.gateway_id, basket.scid)
        periods = [Period(each.published_at.astimezone(IST).date(), each.constituents) for each in versions]
        isins = sorted({each.isin for period in periods for each in period.constituents})
        return history(periods, await market.closes_since(self._database, mode.value, isins, periods[0].since))
