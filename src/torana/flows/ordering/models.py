"""The orders that a partner asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from torana.connectors.contract import OrderType, Side
from torana.kit.money import Paise
from torana.orders.models import ForBasket
from torana.orders.store import Begin
from torana.pages.views import Action, Notice

MOST_LINES = 100
DEFAULT_EXCHANGE = "NSE"
MOST_SHARES = 10_000_000
HIGHEST_PRICE: Paise = 1_00_00_000_00
"""One crore rupees a share."""


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a basket as the partner asked for it; the investor fills in what is None.

    `symbol` is that of its exchange, `quantity` in shares, `limit_price` in paise and set exactly for LIMIT. Where
    nothing is said of the `order_type` a broker that takes no market orders asks for a limit price.
    """

    symbol: str
    quantity: int | None = None
    side: Side | None = None
    order_type: OrderType | None = None
    limit_price: Paise | None = None
    exchange: str = DEFAULT_EXCHANGE


class OrderConfig(msgspec.Struct, frozen=True):
    """What a TRANSACTION shall place. `meta` is the partner's, kept as it came (`orderName`, `orderLogo` …)."""

    lines: list[Line]
    meta: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which lines are reviewed, and what they are for. `begin` goes into the database with them, or keeps them out of
    it (`orders.plan`)."""

    lines: Sequence[Line]
    basket: ForBasket | None = None
    begin: Begin | None = None
    notices: tuple[Notice, ...] = ()
    """Remarks above the review."""
    change: Action | None = None
    """The way back to the page on which the lines were chosen."""
