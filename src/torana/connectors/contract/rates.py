"""How often a broker may be asked, as data."""

from dataclasses import dataclass
from enum import StrEnum


class Calls(StrEnum):
    """Calls that a broker counts together."""

    ORDERS = "orders"
    """Placing and cancelling."""
    BOOK = "book"
    """Reading the order book. A worker's batches of one account share each read."""
    HOLDINGS = "holdings"
    POSITIONS = "positions"
    FUNDS = "funds"
    QUOTES = "quotes"
    MARGINS = "margins"
    CHARGES = "charges"
    LOGIN = "login"
    """Finishing a login. Whose it is turns out only then: it is counted for the whole app."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most so many calls in so many seconds. All workers share it. A group without a rate is not held back: name one
    where what a few batches ask for could go beyond it."""

    calls: Calls
    most: int
    seconds: float = 1.0
    per_app: bool = False
    """The broker counts all investors of an app together; otherwise each account by itself."""

    def __str__(self) -> str:
        span = "a second" if self.seconds == 1 else f"{self.seconds:g} seconds"
        return f"{self.calls}: {self.most} in {span}{', for the whole app' if self.per_app else ''}"
