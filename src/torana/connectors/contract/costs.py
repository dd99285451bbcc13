"""What orders would cost, as the broker itself reckons it before they are sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from torana.connectors.contract.login import Session
from torana.connectors.contract.orders import Instrument, OrderType, Side, Variety
from torana.kit.money import Paise

if TYPE_CHECKING:
    from torana.connectors.contract.setup import Setup


@dataclass(frozen=True, slots=True)
class Proposal:
    """An order that is only thought of. Product: delivery. `price` in paise a share: the limit of a LIMIT order, else
    the price near which it would be filled now."""

    instrument: Instrument
    side: Side
    quantity: int
    order_type: OrderType
    price: Paise
    variety: Variety


@dataclass(frozen=True, slots=True)
class CostRules:
    """How a broker can be asked for costs, as data."""

    margin_at_once: int | None = None
    """Most orders whose margin it reckons together; None where it sets no limit. For more of them it tells none."""
    margin_by_instrument: bool = False
    """It takes each security only once in a question for a margin."""
    charges_at_once: int | None = None
    """Most orders whose charges it tells in one answer; None where it sets no limit. More are asked for in parts."""


class Costs(Protocol):
    """Each method makes one exchange and raises `SessionEnded`, `NotSent` or `Unknown`. What an answer does not tell is
    `Unknown`, never 0."""

    rules: ClassVar[CostRules]

    def __init__(self, setup: "Setup") -> None: ...

    async def margin(self, session: Session, orders: Sequence[Proposal]) -> Paise:
        """What all of them together block in the account, in paise."""
        ...

    async def charges(self, session: Session, orders: Sequence[Proposal]) -> Paise:
        """Brokerage, taxes and fees of all of them together, in paise, as the broker estimates them."""
        ...
