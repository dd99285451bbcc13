"""What prices say of baskets, for the routes: the last closes of all, the index of one.

An index is computed from all closes since its basket began and kept for a minute in this process: closing prices come
once a day.
"""

import msgspec

from torana.baskets import store
from torana.baskets.index import Figures, Period, Point, figures, history
from torana.baskets.models import Basket
from torana.kit.clock import IST, Clock
from torana.kit.database import Database
from torana.market import closes
from torana.partners.models import Mode

KEPT_SECONDS = 60.0
_MOST_KEPT = 2_000


class Performance(msgspec.Struct, frozen=True):
    """The history of an index and what it says."""

    points: list[Point]
    figures: Figures


class Performances:
    """The indices of baskets, each read when it is asked for."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._kept: dict[tuple[str, str, int], tuple[float, Performance]] = {}

    async def of(self, basket: Basket, mode: Mode) -> Performance:
        """Empty as long as there are no closing prices."""
        key, now = (basket.gateway_id, basket.scid, basket.version), self._clock.steady()
        kept = self._kept.get(key)
        if kept is not None and kept[0] > now:
            return kept[1]
        performance = await self._read(basket, mode)
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[key] = (now + KEPT_SECONDS, performance)
        return performance

    async def _read(self, basket: Basket, mode: Mode) -> Performance:
        versions = await store.versions(self._database, basket.gateway_id, basket.scid)
        periods = [Period(each.published_at.astimezone(IST).date(), each.constituents) for each in versions]
        isins = sorted({each.isin for period in periods for each in period.constituents})
        points = history(periods, await closes.since(self._database, mode.value, isins, periods[0].since))
        return Performance(points, figures(points))
