"""What is told of an investor's investments, kept as it was sent until something of it has changed.

Nothing is taken out when something changes: each look asks the database first, in one statement, for a mark of all that
an answer is made of (`store.overview.mark`), which changes in the transaction that changes any of it. An answer of
another mark, of other closing prices or of another list of securities is made anew. So whichever process is asked tells
what the database holds at that moment.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from torana.api.answers import encode_success
from torana.baskets.store.overview import Overview, mark, marked_overviews
from torana.kit.database import Database
from torana.kit.recent import Recent
from torana.market import store as market
from torana.market.listing import Listing
from torana.market.models import Close
from torana.market.securities import current as listing

MOST_BYTES = 32 * 1024 * 1024
"""Of all that is kept; what was asked for last stays."""
_PART_BYTES = 512
"""What a part takes beside its bytes, at most."""


class Telling(msgspec.Struct, frozen=True):
    """How an answer is made: a part of each investment at the last closing prices, and the `data` of all parts, the
    oldest first. Both are pure; what `whole` raises is not kept."""

    part: Callable[[Overview, Mapping[str, Close]], Any]
    """None: it is not told of this one."""
    whole: Callable[[Sequence[Any]], object]


class Asked(msgspec.Struct, frozen=True):
    """About whose investments; `iscid`: about that one."""

    gateway_id: str
    mode: str
    investor_id: str
    iscid: str | None = None


class _Kept(msgspec.Struct, frozen=True):
    """`parts` are by `iscid`, each with the mark of its investment."""

    mark: bytes | None
    loads: int
    parts: Mapping[str, tuple[str, Any]]
    body: bytes

    @property
    def size(self) -> int:
        """Bytes, at most: a part stands in the body, too, and may not be as long there."""
        return 2 * len(self.body) + _PART_BYTES * len(self.parts)


class InvestmentAnswers:
    """The answers of this process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: Recent[tuple[Asked, Telling], _Kept] = Recent(MOST_BYTES)
        self._listing: Listing | None = None
        """The names of securities that all of them tell."""

    async def find(self, asked: Asked, telling: Telling, moment: datetime) -> bytes:
        """The body of the answer, as it is now, at this moment. Raises what `telling` does."""
        gateway_id, mode, investor_id, iscid = msgspec.structs.astuple(asked)
        now, loads = await mark(self._database, gateway_id, mode, investor_id, moment, iscid)
        names = listing()
        self._go_by(names)
        kept = self._kept.get((asked, telling))
        if kept is not None and (kept.mark, kept.loads) == (now, loads):
            return kept.body
        # Prices are read after their loads were: of newer ones the next look makes the answer anew.
        before = kept.parts if kept is not None and kept.loads == loads else {}
        marks = {one: of for one, (of, _) in before.items()}
        now, found = await marked_overviews(self._database, gateway_id, investor_id, moment, iscid, marks)
        isins = {one.isin for each in found if each.shown for one in each.shown.investment.held}
        closes = await market.latest_closes(self._database, mode, sorted(isins)) if isins else {}
        if listing() is not names:
            return await self.find(asked, telling, moment)
        parts = {
            each.iscid: (each.mark, telling.part(each.shown, closes)) if each.shown else before[each.iscid]
            for each in found
        }
        body = encode_success(telling.whole([part for _, part in parts.values() if part is not None]))
        made = _Kept(now, loads, parts, body)
        self._kept.put((asked, telling), made, made.size)
        return body

    def _go_by(self, names: Listing) -> None:
        if names is not self._listing:
            self._kept.clear()
            self._listing = names
