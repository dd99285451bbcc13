"""Positions as brokers show them: what was traded today, by security and product. Amounts in rupees."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from torana.kit.money import Paise, rupees
from torana.market.models import Security
from torana.sandbox.accounts import Account
from torana.sandbox.exchange import Exchange
from torana.sandbox.models import Side
from torana.sandbox.securities import listed

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class SideView:
    """What was bought, or sold, of one security."""

    quantity: int
    paid: Paise
    """All together."""
    places: int
    """Decimals of the broker's average prices."""

    @property
    def value(self) -> Decimal:
        return rupees(self.paid)

    @property
    def price(self) -> Decimal:
        """Per share, 0 without shares."""
        return round(Decimal(self.paid) / self.quantity / 100, self.places) if self.quantity else NOTHING


@dataclass(frozen=True, slots=True)
class PositionView:
    """One security and product. Nothing is carried over night in the cash market; a share that was traded on both
    exchanges has a position on each."""

    account: Account
    security: Security
    product: str
    bought: SideView
    sold: SideView
    last: Paise
    close: Paise

    @property
    def symbol(self) -> str:
        return self.security.symbol

    @property
    def quantity(self) -> int:
        """Net: bought less sold."""
        return self.bought.quantity - self.sold.quantity

    @property
    def side(self) -> Side:
        """What is left over; BUY when nothing is."""
        return Side.SELL if self.quantity < 0 else Side.BUY

    @property
    def average_price(self) -> Decimal:
        """Of the side that is left over, 0 when nothing is."""
        return self.bought.price if self.quantity > 0 else self.sold.price if self.quantity < 0 else NOTHING

    @property
    def last_price(self) -> Decimal:
        return rupees(self.last)

    @property
    def close_price(self) -> Decimal:
        return rupees(self.close)

    @property
    def net_value(self) -> Decimal:
        """What is left over, at its average price."""
        return self.quantity * self.average_price

    @property
    def cash(self) -> Decimal:
        """Received less paid."""
        return rupees(self.sold.paid - self.bought.paid)

    @property
    def gain(self) -> Decimal:
        """Received less paid, and what is left over at the last price."""
        return rupees(self.sold.paid - self.bought.paid + self.quantity * self.last)

    @property
    def realised(self) -> Decimal:
        """Of the shares that were bought and sold."""
        return min(self.bought.quantity, self.sold.quantity) * (self.sold.price - self.bought.price)

    @property
    def unrealised(self) -> Decimal:
        """Of the shares that are left over."""
        return self.quantity * (self.last_price - self.average_price)

    @property
    def realised_and_unrealised(self) -> Decimal:
        return self.realised + self.unrealised


def positions(exchange: Exchange, account: Account, *, places: int) -> Iterator[PositionView]:
    """The day's trades by security and product, the oldest first. `places`: decimals of average prices."""
    products = {order.order_id: order.asked.product for order in exchange.book(account)}
    quantities: dict[tuple[Security, str], dict[Side, int]] = defaultdict(lambda: dict.fromkeys(Side, 0))
    paid: dict[tuple[Security, str], dict[Side, Paise]] = defaultdict(lambda: dict.fromkeys(Side, 0))
    for trade in exchange.trades(account):
        key = listed(trade.exchange)[trade.symbol], products[trade.order_id]
        quantities[key][trade.side] += trade.quantity
        paid[key][trade.side] += trade.quantity * trade.price
    now = exchange.now()
    for (security, product), of in quantities.items():
        cost = paid[security, product]
        bought, sold = (SideView(of[side], cost[side], places) for side in (Side.BUY, Side.SELL))
        last, close = exchange.last_price(security), exchange.prices.previous_close(security, now)
        yield PositionView(account, security, product, bought, sold, last, close)
