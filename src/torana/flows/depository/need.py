"""What the depository has to release, from what is to be sold, what is held and what is released already.

All quantities are shares of one day, by ISIN: what was released or sold since the morning is included.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from torana.connectors.contract import Holding, Release

KEY = "depository"
"""Under which a visit keeps it."""


class Asked(msgspec.Struct, frozen=True, omit_defaults=True):
    """The step at the depository of one visit: `wanted` altogether, `kept` of all requests, `begun` how many of
    them there were, `sells` the orders for which `wanted` was reckoned."""

    wanted: dict[str, int]
    kept: dict[str, str] = {}
    begun: int = 0
    sells: dict[str, int] = {}

    def beyond(self, sells: Mapping[str, int]) -> dict[str, int]:
        """Those of these sells that were not reckoned with."""
        return {isin: number for isin, number in sells.items() if self.sells.get(isin, 0) < number}

    def lacking(self, told: Mapping[str, int]) -> list[Release]:
        """What the broker does not tell to be released. A share that was not told is none that is."""
        return [Release(isin, number) for isin, number in self.wanted.items() if told.get(isin, 0) < number]


def asked_of(answers: Mapping[str, object], key: str = KEY) -> Asked | None:
    """None before the step has begun."""
    kept = answers.get(key)
    return None if kept is None else msgspec.convert(kept, Asked)


def delivered(holdings: Sequence[Holding]) -> dict[str, int]:
    """Shares that stand in the demat account this morning, without what is pledged."""
    total: Counter[str] = Counter()
    for row in holdings:
        if row.delivery is not False:
            total[row.isin] += max(row.quantity, 0) + row.sold_today
    return {isin: number for isin, number in total.items() if number > 0}


def left(holdings: Sequence[Holding]) -> dict[str, int]:
    """Those of them that are not sold."""
    total: Counter[str] = Counter()
    for row in holdings:
        total[row.isin] += max(row.quantity, 0) if row.delivery is not False else 0
    return dict(total)


def wanted_for(sells: Mapping[str, int], holdings: Sequence[Holding], told: Mapping[str, int]) -> dict[str, int]:
    """What has to be released for these sells. Shares that are not delivered yet need nobody's leave and are not
    counted: it may be more than is needed, never less. Where as much is told to be released and the step is needed all
    the same, orders that rest have taken it, and everything is asked for. A security of which the broker shows no row
    is asked for as it is sold."""
    there, unsold = delivered(holdings), left(holdings)
    sold = {isin: number - unsold[isin] for isin, number in there.items()}
    wanted = {}
    for isin, number in sells.items():
        most = there.get(isin)
        enough = number if most is None else min(number + sold[isin], most)
        wanted[isin] = most if most is not None and told.get(isin, 0) >= enough else enough
    return wanted
