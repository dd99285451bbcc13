"""What an investor holds, security by security, and why it may not be known."""

from datetime import datetime
from enum import StrEnum

import msgspec

from torana.kit.errors import ToranaError
from torana.kit.money import Paise

MOST_SECURITIES = 5_000
"""More than this in one account are not imported. Both exchanges together list about so many companies."""


class WhyUnavailable(StrEnum):
    """Why the holdings of an account are not known."""

    NOT_ANSWERED = "not_answered"
    """The broker did not answer in time, or with an error."""
    UNREADABLE = "unreadable"
    """Its answer holds rows that cannot be read: what could be would look complete and is not."""
    TOO_MANY = "too_many"
    """More than `MOST_SECURITIES`."""


class HoldingsUnavailable(ToranaError):
    """Nothing of the account is known, rather than a part of it."""

    def __init__(self, why: WhyUnavailable) -> None:
        super().__init__(f"the holdings are unavailable: {why}")
        self.why = why


class Traded(msgspec.Struct, frozen=True):
    """The day's delivery trades of one security on one exchange: bought less sold, and the average price of the side
    that is left over, in paise (None: the broker does not tell it)."""

    quantity: int = 0
    average_price: Paise | None = 0


NOT_TRADED = Traded()


class Held(msgspec.Struct, frozen=True):
    """One security of an account, all rows of it together. Numbers are shares as they stood this morning: what was
    sold today is in the trades alone. None is what the broker does not tell."""

    isin: str | None
    """None for a trade that the broker names by a symbol that no exchange lists."""
    symbol: str
    exchanges: frozenset[str]
    """On which the broker names it."""
    quantity: int
    """Delivered or about to be, free of pledges."""
    t1_quantity: int | None
    """Of `quantity`: bought the trading day before, not delivered yet."""
    collateral_quantity: int | None
    """Pledged, beside `quantity`."""
    other_quantity: int
    """Held under another product than delivery, beside `quantity`: bought with the broker's money, or a product that
    is unknown to us."""
    average_price: Paise | None
    """Of one share of all of these."""
    nse: Traded = NOT_TRADED
    bse: Traded = NOT_TRADED
    certain: bool = True
    """Whether everything that the broker told of it was understood."""

    @property
    def owned(self) -> int:
        """All shares of this morning."""
        return self.quantity + (self.collateral_quantity or 0) + self.other_quantity


class Kept(msgspec.Struct, frozen=True):
    """A reading of an account as it is kept for the version that was asked for: `securities` is the JSON of the list.
    Times in UTC: `taken_at` before the broker was asked, `stored_at` when it had answered."""

    broker: str
    securities: bytes
    taken_at: datetime
    stored_at: datetime
    updating: bool
    """A newer reading is on its way."""
    logged_in: bool
    """The investor's login at the broker still lives, so that it can be read again without them."""
