"""What is told of an investor's investments, kept as it was sent until something of it has changed.

Nothing is taken out when something changes: each look asks the database first, in one statement, for a mark of all that
an answer is made of (`store.overview.mark`), which changes in the transaction that changes any of it. An answer of
another mark, of other closing prices or of another list of securities is made anew. So whichever process is asked tells
what the database holds at that moment.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

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

Telling = Callable[[Sequence[Overview], Mapping[str, Close]], object]
"""Makes the `data` of an answer of investments and the last closing prices. Pure; what it raises is not kept."""


class Asked(msgspec.Struct, frozen=True):
    """About whose investments; `iscid`: about that one."""

    gateway_id: str
    mode: str
    investor_id: str
    iscid: str | None = None


class _Kept(msgspec.Struct, frozen=True):
    mark: bytes | None
    loads: int
    body: bytes


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
        self._go_by(listing())
        kept = self._kept.get((asked, telling))
        if kept is not None and (kept.mark, kept.loads) == (now, loads):
            return kept.body
        # Prices are read after their loads were: of newer ones the next look makes the answer anew.
        now, found = await marked_overviews(self._database, gateway_id, investor_id, moment, iscid)
        isins = [one.isin for shown in found for one in shown.investment.held]
        closes = await market.latest_closes(self._database, mode, isins) if isins else {}
        self._go_by(listing())
        body = encode_success(telling(found, closes))
        self._kept.put((asked, telling), _Kept(now, loads, body), len(body))
        return body

    def _go_by(self, names: Listing) -> None:
        if names is not self._listing:
            self._kept.clear()
            self._listing = names
